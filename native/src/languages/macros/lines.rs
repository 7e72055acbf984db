//! Macros that are a line of their own without a semicolon: `Q_OBJECT`, `LIB_TEMPLATE_HEAD`, `module_init(start)`. And
//! what Qt adds to C++: `public slots:`, `signals:`.

use super::branches::begins_whole;
use super::{closing, in_directive, is_word, spaces, Edit, Plain};

pub fn find(text: &str, edits: &mut Vec<Edit>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
        let line = bytes[start..end].trim_ascii_end();
        let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let word = &line[indent..];
        let range = start + indent..start + line.len();
        let is_macro = match word.first() {
            Some(b'A'..=b'Z' | b'_') => is_word_alone(word) && has_own_type(&bytes[end..]),
            Some(b'a'..=b'z') if indent == 0 => is_initializer(word),
            _ => false,
        };
        if is_macro && begins_whole(bytes, start) && !in_directive(bytes, start) {
            edits.push(spaces(range));
        } else if indent < 4 && word.ends_with(b":") {
            edits.extend(section(word, range.start));
        }
        start = end + 1;
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
fn section(line: &[u8], at: usize) -> Option<Edit> {
    let word = line.strip_suffix(b":")?.trim_ascii_end();
    if matches!(word, b"signals" | b"Q_SIGNALS") {
        return Some(Edit {
            range: at..at + word.len(),
            to: Plain::Word("public"),
        });
    }
    let access = word
        .strip_suffix(b"Q_SLOTS")
        .or(word.strip_suffix(b"slots"))?
        .trim_ascii_end();
    matches!(access, b"public" | b"protected" | b"private").then(|| spaces(at + access.len()..at + word.len()))
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
    fn sections_of_qt_are_those_of_cpp() {
        let cases = [
            ("public slots:\n", "public      :\n"),
            ("signals:\nQ_SIGNALS:", "public :\npublic   :"),
        ];
        assert_plain(plain_cpp, &cases);
        assert_eq!(plain_cpp("default:"), None);
    }
}
