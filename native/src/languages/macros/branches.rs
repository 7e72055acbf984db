//! Parts of a text that depend on a condition and are no whole statements or declarations: an `#ifdef` within a list or
//! a condition, or around one of two heads of a function. The parser gets them without directives, and of several parts
//! that exclude each other the first.

use std::ops::Range;

use super::directives::{end_of_directive, start_of_directive, Source};
use super::{is_word, start_of_line, Edits};

/// Larger ones are whole declarations, which the grammars know.
const MAX_GROUP: usize = 8192;

/// Groups with more groups within each other than these are nobody's code, and each would be looked through again.
const MAX_LEVELS: usize = 16;

/// How many lines back what stands before a group is looked for.
const MAX_LINES: usize = 40;

/// The parts that a grammar of C could not read.
pub fn find(source: &Source, edits: &mut Edits) {
    groups(source, |group| {
        let shapes = group.shapes();
        if !group.is_whole(&shapes) {
            group.flatten(&shapes, edits);
        }
    });
}

/// All parts.
pub fn find_all(source: &Source, edits: &mut Edits) {
    groups(source, |group| group.flatten(&group.shapes(), edits));
}

/// From an `#if` to its `#endif`.
struct Group<'a> {
    source: &'a Source<'a>,
    /// Two at least.
    directives: Vec<Range<usize>>,
    /// How many groups are within each other here, from 1.
    levels: usize,
}

/// Each group that is closed, inner ones first.
fn groups(source: &Source, mut visit: impl FnMut(&Group)) {
    let mut open: Vec<Group> = Vec::new();
    for line in &source.directives {
        match directive(source.bytes()[line.clone()].trim_ascii_start()) {
            b"if" | b"ifdef" | b"ifndef" => open.push(Group {
                source,
                directives: vec![line.clone()],
                levels: 1,
            }),
            b"elif" | b"else" => {
                if let Some(group) = open.last_mut() {
                    group.directives.push(line.clone());
                }
            }
            b"endif" => {
                let Some(mut group) = open.pop() else {
                    continue;
                };
                group.directives.push(line.clone());
                if let Some(outer) = open.last_mut() {
                    outer.levels = outer.levels.max(group.levels + 1);
                }
                if group.range().len() <= MAX_GROUP && group.levels <= MAX_LEVELS {
                    visit(&group);
                }
            }
            _ => {}
        }
    }
}

/// The word behind a `#` and blanks.
fn directive(text: &[u8]) -> &[u8] {
    let blanks = text[1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let rest = &text[1 + blanks..];
    let length = rest.iter().take_while(|byte| is_word(**byte)).count();
    &rest[..length]
}

impl Group<'_> {
    fn range(&self) -> Range<usize> {
        self.directives[0].start..self.directives[self.directives.len() - 1].end
    }

    fn parts(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.directives.windows(2).map(|pair| pair[0].end..pair[1].start)
    }

    fn shapes(&self) -> Vec<Shape> {
        self.parts().map(|part| Shape::of(&self.source.bytes()[part])).collect()
    }

    /// Whether each part is a list of statements or declarations, between such.
    fn is_whole(&self, shapes: &[Shape]) -> bool {
        let range = self.range();
        let ends_whole = |shape: &Shape| match shape.last {
            None | Some(b';' | b'}' | b':') => true,
            Some(b')') => !self.source.bytes()[range.end..].trim_ascii_start().starts_with(b"{"),
            _ => false,
        };
        shapes.iter().all(|shape| shape.is_balanced() && ends_whole(shape)) && begins_whole(self.source, range.start)
    }

    /// Removes the directives, and what does not go together with the first part.
    fn flatten(&self, shapes: &[Shape], edits: &mut Edits) {
        let ends = |mark: &[u8]| {
            let mut shapes = shapes.iter();
            shapes.all(|shape| shape.is_balanced() && shape.last.is_none_or(|last| mark.contains(&last)))
        };
        if shapes.len() == 1 || ends(b",") || ends(b";}") {
            self.directives.iter().for_each(|line| edits.blank(line.clone()));
            if self.is_never() {
                self.parts().for_each(|part| edits.blank(part));
            }
            return;
        }
        let kept = usize::from(self.is_never());
        edits.blank(self.directives[0].start..self.directives[kept].end);
        edits.blank(self.directives[kept + 1].start..self.range().end);
    }

    /// `#if 0`, and what C++ reads of a header for both.
    fn is_never(&self) -> bool {
        let line = &self.source.bytes()[self.directives[0].clone()];
        let condition = line.trim_ascii_start()[1..].trim_ascii_start();
        condition.strip_prefix(b"if").is_some_and(|rest| {
            let rest = rest.strip_prefix(b"def").unwrap_or(rest).trim_ascii();
            rest == b"0" || rest == b"__cplusplus"
        })
    }
}

/// What stands between two directives, without inner ones and all but their first parts.
#[derive(Default)]
struct Shape {
    braces: i32,
    parentheses: i32,
    /// Something is closed that was not opened here.
    closes: bool,
    /// The last byte that is neither white space nor in a comment.
    last: Option<u8>,
}

impl Shape {
    fn of(text: &[u8]) -> Self {
        let mut shape = Self::default();
        let mut at = 0;
        // Inner groups, and where the first of those that are left out began.
        let (mut depth, mut skipped) = (0, None);
        while let Some(&byte) = text.get(at) {
            let rest = &text[at..];
            let length = match byte {
                b'#' if start_of_directive(text, at).is_some() => {
                    match directive(rest) {
                        b"if" | b"ifdef" | b"ifndef" => depth += 1,
                        b"elif" | b"else" => skipped = skipped.or(Some(depth)),
                        b"endif" => {
                            skipped = skipped.filter(|from| *from < depth);
                            depth -= 1;
                        }
                        _ => {}
                    }
                    end_of_directive(text, at) - at
                }
                b'/' if rest.starts_with(b"//") => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                b'/' if rest.starts_with(b"/*") => {
                    memchr::memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4)
                }
                b'"' | b'\'' => quoted(rest),
                _ => 1,
            };
            if skipped.is_none() && !byte.is_ascii_whitespace() && (length == 1 || byte == b'"' || byte == b'\'') {
                shape.add(byte);
            }
            at += length;
        }
        shape
    }

    fn add(&mut self, byte: u8) {
        match byte {
            b'{' => self.braces += 1,
            b'}' => self.braces -= 1,
            b'(' => self.parentheses += 1,
            b')' => self.parentheses -= 1,
            _ => {}
        }
        self.closes |= self.braces < 0 || self.parentheses < 0;
        self.last = Some(byte);
    }

    fn is_balanced(&self) -> bool {
        self.braces == 0 && self.parentheses == 0 && !self.closes
    }
}

/// The length of a string or character; it ends with its line.
fn quoted(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            _ if byte == text[0] => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Whether a statement or declaration can begin here.
pub fn begins_whole(source: &Source, at: usize) -> bool {
    let text = source.bytes();
    let (mut end, mut in_comment) = (at, false);
    for _ in 0..MAX_LINES {
        let Some(line_end) = text[..end].strip_suffix(b"\n").map(<[u8]>::len) else {
            return true;
        };
        end = start_of_line(text, line_end);
        let line;
        (line, in_comment) = code_of(text[end..line_end].trim_ascii(), in_comment);
        if line.is_empty() || source.in_directive(end) {
            continue;
        }
        let first = line.iter().take_while(|byte| is_word(**byte)).count();
        return match line[line.len() - 1] {
            b';' | b'{' | b'}' | b':' => true,
            b')' => !matches!(&line[..first], b"if" | b"for" | b"while" | b"switch" | b"else"),
            // `G_BEGIN_DECLS`
            _ => first == line.len() && line.iter().all(|byte| !byte.is_ascii_lowercase()),
        };
    }
    true
}

/// A line without the comment at its end, and whether that began before this line.
fn code_of(line: &[u8], in_comment: bool) -> (&[u8], bool) {
    let opens = if in_comment || line.ends_with(b"*/") {
        match memchr::memmem::rfind(line, b"/*") {
            Some(open) => open,
            None => return (&[], true),
        }
    } else {
        memchr::memmem::find(line, b"//").unwrap_or(line.len())
    };
    (line[..opens].trim_ascii_end(), false)
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c, plain_csharp};

    #[test]
    fn lists_keep_all_that_goes_together() {
        let cases = [
            (
                "int a[] = {\n\t1,\n#ifdef A\n\t2, /* é */\n#else\n\t3,\n#endif\n};",
                "int a[] = {\n\t1,\n        \n\t2, /* é */\n     \n\t3,\n      \n};",
            ),
            (
                "x = a\n#ifdef A // b\n + b\n#endif\n;",
                "x = a\n             \n + b\n      \n;",
            ),
        ];
        assert_plain(plain_c, &cases);
    }

    #[test]
    fn of_parts_that_exclude_each_other_the_first_stays() {
        let cases = [
            (
                "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{ }",
                "        \nint f(int a)\n     \n           \n      \n{ }",
            ),
            (
                "#if 0\nint f(int a)\n#else\nint f(void)\n#endif\n{ }",
                "     \n            \n     \nint f(void)\n      \n{ }",
            ),
            (
                "f();\n#if A\nif (a) {\n#elif B \\\n  C\n{\n#endif\n}\n",
                "f();\n     \nif (a) {\n        \\\n   \n \n      \n}\n",
            ),
            (
                "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint f(void);\n",
                "                  \n            \n      \nint f(void);\n",
            ),
            (
                "if (a) b();\n#ifdef A\nelse\n#endif\nc();",
                "if (a) b();\n        \nelse\n      \nc();",
            ),
        ];
        assert_plain(plain_c, &cases);
    }

    #[test]
    fn whole_statements_and_declarations_stay() {
        for text in [
            "int a;\n#ifdef A\nint f(void) { return '{'; }\n#else\nint g(void); /* ( */\n#endif\nint b;",
            "#ifndef A\n#define A\nint a;\n#endif",
            "F(a)\n#ifdef A\nint b;\n#endif",
            "int a; /* b\n c,\n */\n#ifdef A\nint b;\n#endif",
            "#endif\n#else\n#if A\n",
            "int a = b\n#\nif\n#\nendif\n;",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_that_another_goes_on_in_is_no_directive() {
        for text in [
            "#ifdef A\nf(\"\\\n#ifdef B\\\n#define C\\\n#endif\\\n\");\n#endif\n",
            "#if A \\\n#endif\n",
            "#if A \\\r\n#endif\r\n",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
        let cases = [("f(a\n#if A \\\n\n#endif\n);", "f(a\n      \\\n\n      \n);")];
        assert_plain(plain_c, &cases);
    }

    #[test]
    fn in_csharp_all_directives_go() {
        let cases = [
            (
                "int A {\n#if B\n get { return 1; }\n#else\n get { return 2; }\n#endif\n}",
                "int A {\n     \n get { return 1; }\n     \n get { return 2; }\n      \n}",
            ),
            (
                "#if A\nif (a) {\n#else\n{\n#endif\n}",
                "     \nif (a) {\n     \n \n      \n}",
            ),
        ];
        assert_plain(plain_csharp, &cases);
    }
}
