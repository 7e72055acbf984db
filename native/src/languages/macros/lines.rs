//! Macros that are a line of their own without a semicolon: `Q_OBJECT`, `LIB_TEMPLATE_HEAD`, `module_init(start)`. And
//! what Qt adds to C++: `public slots:`, `signals:`.

use std::ops::Range;

use super::branches::begins_whole;
use super::loops::blank_before_statement;
use super::{closing, is_word, lines, Edits, Source};

pub fn find(source: &Source, edits: &mut Edits) {
    for Range { start, end } in lines(source.bytes()) {
        let line = source.bytes()[start..end].trim_ascii_end();
        let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let word = &line[indent..];
        let at = start + indent;
        let is_macro = match word.first() {
            Some(b'A'..=b'Z' | b'_') if word.ends_with(b")") => {
                end_statement(source, start, word, end, edits);
                false
            }
            Some(b'A'..=b'Z' | b'_') => is_word_alone(word) && has_own_type(&source.bytes()[end..]),
            Some(b'a'..=b'z') if indent == 0 => is_initializer(word),
            _ => false,
        };
        if is_macro && begins_whole(source, start) && !source.in_directive(start) {
            edits.blank(at..at + word.len());
        } else if indent < 4 && word.ends_with(b":") {
            section(word, at, edits);
        }
    }
}

/// A macro that is a statement of its own gets the semicolon that it lacks, if one would follow: `CHECK(a)`.
fn end_statement(source: &Source, start: usize, call: &[u8], end: usize, edits: &mut Edits) {
    let length = call.iter().take_while(|byte| is_word(**byte)).count();
    if is_word_alone(&call[..length]) && closing(&call[length..]) == Some(call.len() - length) {
        let blank = blank_before_statement(source.bytes(), end);
        let blank = blank.filter(|_| begins_whole(source, start) && !source.in_directive(start));
        if let Some(blank) = blank {
            edits.word(blank..blank + 1, ";");
        }
    }
}

/// One word in capitals, of several parts.
fn is_word_alone(line: &[u8]) -> bool {
    line.contains(&b'_') && line.iter().all(|byte| is_word(*byte) && !byte.is_ascii_lowercase())
}

/// Whether what follows is a declaration that has a type, or the end of a part of a class.
fn has_own_type(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let length = rest.iter().take_while(|byte| is_word(**byte)).count();
    let behind = rest[length..].trim_ascii_start();
    let next = behind.first().copied().unwrap_or(b';');
    let is_section = matches!(&rest[..length], b"public" | b"protected" | b"private" | b"signals");
    length > 0 && (is_section || is_word(next) || matches!(next, b'*' | b'&' | b'<') || behind.starts_with(b"::"))
}

/// How the kernel names what runs at the start and the end.
fn is_initializer(line: &[u8]) -> bool {
    let length = line.iter().take_while(|byte| is_word(**byte)).count();
    let name = &line[..length];
    let is_named = name == b"module_init" || name == b"module_exit" || name.ends_with(b"_initcall");
    is_named && line.get(length) == Some(&b'(') && closing(&line[length..]) == Some(line.len() - length)
}

/// `public slots:` and `signals:` as sections of C++.
fn section(line: &[u8], at: usize, edits: &mut Edits) {
    let word = line[..line.len() - 1].trim_ascii_end();
    if matches!(word, b"signals" | b"Q_SIGNALS") {
        edits.word(at..at + word.len(), "public");
    } else if let Some(access) = word.strip_suffix(b"Q_SLOTS").or(word.strip_suffix(b"slots")) {
        let access = access.trim_ascii_end();
        if matches!(access, b"public" | b"protected" | b"private") {
            edits.blank(at + access.len()..at + word.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c, plain_cpp};

    #[test]
    fn macros_on_lines_of_their_own_go() {
        let cases = [
            ("class A {\n  Q_OBJECT\n\npublic:", "class A {\n          \n\npublic:"),
            ("LIB_HEAD\nvoid\nf() {}", "        \nvoid\nf() {}"),
            (
                "}\nmodule_init(f)\nmodule_exit(g)\nint a;",
                "}\n              \n              \nint a;",
            ),
        ];
        assert_plain(plain_cpp, &cases);
        for text in [
            "return\nA_B\nint a;",
            "enum {\n  A_B\n};",
            "LIB_TYPE\nf() {}",
            "module_init(f);",
            "int b = a +\nA_B\nc d;",
            "int\nmodule_init(f)\n{",
            "#define A \\\n  B_C\n\nint a;",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }

    #[test]
    fn macros_that_are_statements_end_as_such() {
        let cases = [
            ("{\n  A_CHECK(a, (b))\n\n  c = d;", "{\n  A_CHECK(a, (b))\n\n; c = d;"),
            ("{\n A_B(a)\n\treturn;\n}", "{\n A_B(a)\n;return;\n}"),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "{\n  A_B(a)\n}",
            "{\n  A_B(a)\n  {",
            "{\n  x = y +\n  A_B(a)\n  c;",
            "{\n  A_B(a) + C(d)\n  c;",
            "#define A \\\n  A_B(a) \\\n  c",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }

    #[test]
    fn sections_of_qt_are_those_of_cpp() {
        let cases = [
            ("public slots:\n", "public      :\n"),
            ("signals:\nQ_SIGNALS:", "public :\npublic   :"),
        ];
        assert_plain(plain_cpp, &cases);
        assert_eq!(plain_cpp("default:"), None);
    }
}
