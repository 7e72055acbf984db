//! Words before the names of classes: `class EXPORT Name {`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{closing, is_word, pattern, Edits, Source, MAX_HEAD};

pub fn find(source: &Source, edits: &mut Edits) {
    static HEAD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(class|struct)[ \t]+[A-Z_][A-Z0-9_]+[ \t\n(]"));
    for keyword in HEAD.captures_iter(source.text).filter_map(|found| found.get(1)) {
        let at = keyword.end();
        for word in words_before_name(&source.bytes()[at..], keyword.as_str() == "class") {
            edits.blank(at + word.start..at + word.end);
        }
    }
}

/// The words before a class's name, if this is a class's head: `EXPORT(1) API Name final :`.
fn words_before_name(head: &[u8], is_class: bool) -> Vec<Range<usize>> {
    let head = &head[..head.len().min(MAX_HEAD)];
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    loop {
        at += head[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let rest = &head[at..];
        let length = rest.iter().take_while(|byte| is_word(**byte)).count();
        match rest.first() {
            Some(b'(') => match (words.last_mut(), closing(rest)) {
                (Some(word), Some(end)) => {
                    at += end;
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
    use super::super::{assert_plain, plain_cpp};

    #[test]
    fn what_stands_before_the_name_of_a_class_goes() {
        let cases = [
            ("class API Foo {};", "class     Foo {};"),
            ("class API FOO final : Base {", "class     FOO final : Base {"),
            ("struct\tA_1(\"é\") B ns::Foo\n{", "struct\t            ns::Foo\n{"),
            (
                "x class API Foo; class API Foo<T> {",
                "x class     Foo; class     Foo<T> {",
            ),
        ];
        assert_plain(plain_cpp, &cases);
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
            assert_eq!(plain_cpp(text), None, "{text}");
        }
    }
}
