//! Where the directives of the preprocessor are. And those that the grammar loses its way in: a comment in the middle of a
//! macro, after which it takes the rest, and the macros that follow, for something else; a named rest of parameters
//! (`#define LOG(format...)`); and a header that is looked for.

use std::ops::Range;

use memchr::memmem;

use super::{is_word, start_of_line, Edits};

/// A text with the places of its directives, which define what else is looked for.
pub struct Source<'a> {
    pub text: &'a str,
    /// In their order, without the ends of their lines.
    pub directives: Vec<Range<usize>>,
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut directives: Vec<Range<usize>> = Vec::new();
        let mut end = 0;
        for at in memchr::memchr_iter(b'#', bytes) {
            if let Some(start) = start_of_directive(bytes, at).filter(|_| at >= end) {
                end = end_of_directive(bytes, at);
                directives.push(start..end);
            }
        }
        Self { text, directives }
    }

    pub fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    pub fn in_directive(&self, at: usize) -> bool {
        let next = self.directives.partition_point(|directive| directive.end <= at);
        self.directives.get(next).is_some_and(|directive| directive.start <= at)
    }
}

pub fn find(source: &Source, edits: &mut Edits) {
    for directive in &source.directives {
        for comment in inner_comments(source.bytes(), directive.clone()) {
            edits.blank(comment);
        }
        if let Some(header) = header_looked_for(source.bytes(), directive.clone()) {
            edits.blank(header);
        }
        if let Some(name) = named_rest(source.bytes(), directive.clone()) {
            edits.blank(name);
        }
    }
}

/// The start of this `#`'s line, if nothing but blanks stands before it, and the line before does not go on in it.
pub fn start_of_directive(text: &[u8], at: usize) -> Option<usize> {
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let start = at - text[..at].iter().rev().take_while(is_blank).count();
    let Some(before) = start.checked_sub(1) else {
        return Some(start);
    };
    (text[before] == b'\n' && !goes_on(&text[start_of_line(text, before)..before])).then_some(start)
}

fn goes_on(line: &[u8]) -> bool {
    line.trim_ascii_end().ends_with(b"\\")
}

/// A directive goes on behind a backslash at the end of a line.
pub fn end_of_directive(text: &[u8], at: usize) -> usize {
    let mut start = at;
    loop {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length);
        if end == text.len() || !goes_on(&text[start..end]) {
            return end;
        }
        start = end + 1;
    }
}

/// The comments that something follows in the same directive.
fn inner_comments(bytes: &[u8], directive: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = directive.start;
    std::iter::from_fn(move || {
        let open = at + memmem::find(&bytes[at..directive.end], b"/*")?;
        let close = open + 2 + memmem::find(&bytes[open + 2..directive.end], b"*/")? + 2;
        at = close;
        let rest = bytes[close..directive.end].iter();
        let is_last = rest.copied().all(|byte| byte.is_ascii_whitespace() || byte == b'\\');
        (!is_last).then_some(open..close)
    })
}

/// What stands in parentheses in `#if __has_include(<a.h>)`.
fn header_looked_for(bytes: &[u8], directive: Range<usize>) -> Option<Range<usize>> {
    const LOOKS: &str = "__has_include(";
    let open = directive.start + memmem::find(&bytes[directive.clone()], LOOKS.as_bytes())? + LOOKS.len() - 1;
    let length = memchr::memchr(b')', &bytes[open..directive.end])?;
    Some(open..open + length + 1)
}

fn named_rest(bytes: &[u8], directive: Range<usize>) -> Option<Range<usize>> {
    let dots = directive.start + memmem::find(&bytes[directive.clone()], b"...")?;
    let name = bytes[..dots].iter().rev().take_while(|byte| is_word(**byte)).count();
    (name > 0).then_some(dots - name..dots)
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c};

    #[test]
    fn comments_within_a_directive_go() {
        let cases = [
            (
                "#define A (1 /* é */ + \\\n 2 /* b */)\n#define B /* 1 */ 2 /* 3 */",
                "#define A (1          + \\\n 2        )\n#define B         2 /* 3 */",
            ),
            ("  # if A /* a\\\n */ + B\n", "  # if A     \\\n    + B\n"),
            ("#if A /* a\\\r\n */ + B\r\n", "#if A     \\\r\n    + B\r\n"),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "#define A 1 /* a */ \\\n\n",
            "#define A 1 /* a\n b */ c",
            "f(/* a */ 1);",
            "#define A 1 // /* a",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }

    #[test]
    fn headers_that_are_looked_for_go() {
        let cases = [("#if a && __has_include(<b/c.h>)", "#if a && __has_include         ")];
        assert_plain(plain_c, &cases);
    }

    #[test]
    fn the_rest_of_parameters_has_no_name() {
        let cases = [(
            "#define LOG(a, rest...) f(a, ##rest)",
            "#define LOG(a,     ...) f(a, ##rest)",
        )];
        assert_plain(plain_c, &cases);
        assert_eq!(plain_c("#define F(...) f(a, ...)"), None);
    }
}
