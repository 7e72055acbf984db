//! Words of the preprocessor that make a C++ class look like something else: `class EXPORT Name {` reads as a function
//! `Name` that returns an `EXPORT`, and its members as statements.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// The head of a class has fewer bytes.
const MAX_HEAD: usize = 400;

/// The text with such words blanked, of the same length; `None` where there are none.
pub fn blanked(text: &str) -> Option<String> {
    static HEAD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\b(class|struct)[ \t]+[A-Z_][A-Z0-9_]+[ \t\n(]").ok());
    let mut bytes = Vec::new();
    for found in HEAD.as_ref()?.captures_iter(text) {
        let keyword = found.get(1)?;
        for word in macros(&text.as_bytes()[keyword.end()..], keyword.as_str() == "class") {
            if bytes.is_empty() {
                bytes.extend_from_slice(text.as_bytes());
            }
            bytes[keyword.end() + word.start..keyword.end() + word.end].fill(b' ');
        }
    }
    // Only whole words of ASCII, and what stands in their parentheses, were replaced.
    String::from_utf8(bytes).ok().filter(|blanked| !blanked.is_empty())
}

/// The words before a class's name, if this is a class's head: `EXPORT(1) API Name final :`.
fn macros(head: &[u8], is_class: bool) -> Vec<Range<usize>> {
    let head = &head[..head.len().min(MAX_HEAD)];
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    loop {
        at += head[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let rest = &head[at..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        match rest.first() {
            Some(b'(') => match (words.last_mut(), rest.iter().position(|byte| *byte == b')')) {
                (Some(word), Some(end)) => {
                    at += end + 1;
                    word.end = at;
                }
                _ => return Vec::new(),
            },
            Some(b':') if rest.get(1) == Some(&b':') => at += 2,
            Some(b'{' | b':') => break,
            Some(b';' | b'<') if is_class => break,
            Some(_) if length > 0 => {
                // The parts of a qualified name are one word.
                match words.last_mut().filter(|last| head[last.start..at].ends_with(b"::")) {
                    Some(last) => last.end = at + length,
                    None => words.push(at..at + length),
                }
                at += length;
            }
            _ => return Vec::new(),
        }
    }
    if words.last().is_some_and(|word| &head[word.clone()] == b"final") {
        words.pop();
    }
    words.pop();
    let is_macro = |word: &Range<usize>| {
        let name = head[word.clone()].split(|byte| *byte == b'(').next().unwrap_or(&[]);
        name.iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b' '))
    };
    if words.iter().all(is_macro) {
        words
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_what_stands_before_the_name_of_a_class() {
        for (text, expected) in [
            ("class API Foo {};", "class     Foo {};"),
            ("class API FOO final : Base {", "class     FOO final : Base {"),
            ("struct\tA_1(\"é\") B ns::Foo\n{", "struct\t            ns::Foo\n{"),
            (
                "x class API Foo; class API Foo<T> {",
                "x class     Foo; class     Foo<T> {",
            ),
        ] {
            assert_eq!(blanked(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn leaves_all_else_alone() {
        for text in [
            "class FOO {",
            "class FOO final {",
            "class Export Foo {",
            "struct TM now;",
            "struct TM now = {1};",
            "template <class T, class U>",
            "enum class API",
            "struct A (",
            "class A::B {",
        ] {
            assert_eq!(blanked(text), None, "{text}");
        }
    }
}
