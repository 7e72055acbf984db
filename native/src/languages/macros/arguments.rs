//! What C's grammar does not expect in an expression: a type as an argument, as macros take it
//! (`container_of(p, struct page, list)`, `min_t(unsigned int, a, b)`), and a range of cases (`case 1 ... 9:`).

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use super::{arguments_of, is_word, pattern, Edits, Source};

/// What follows the dots of a range of cases has fewer bytes.
const MAX_CASE: usize = 100;

pub fn find(source: &Source, edits: &mut Edits) {
    tags(source.text, edits);
    types(source.text, edits);
    members(source.bytes(), edits);
    ranges(source.bytes(), edits);
    names(source.text, edits);
}

/// The keywords in `f(p, struct page, list)`: without them it is a list of names.
fn tags(text: &str, edits: &mut Edits) {
    static TAG: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(struct|union|enum)[ \t]+\w+\s*([,)])"));
    let captures = TAG.captures_iter(text);
    for (keyword, end) in captures.filter_map(|found| Some((found.get(1)?, found.get(2)?.as_str()))) {
        let before = text[..keyword.start()].trim_ascii_end();
        let is_argument = match before.strip_suffix('(') {
            Some(callee) if end == ")" => !takes_type(callee),
            Some(_) => true,
            None => before.ends_with(','),
        };
        if is_argument {
            edits.blank(keyword.range());
        }
    }
}

/// Whether what stands before a parenthesis ends with an operator on types, or is no callee at all, so that this is a cast.
fn takes_type(before: &str) -> bool {
    let word = &before[before
        .trim_end_matches(|last: char| last.is_ascii() && is_word(last as u8))
        .len()..];
    matches!(
        word.trim_matches('_'),
        "" | "sizeof" | "typeof" | "alignof" | "Alignof" | "return"
    )
}

/// The type in `min_t(unsigned int, a, b)` and `va_arg(list, char *)`.
fn types(text: &str, edits: &mut Edits) {
    static MACRO: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:(?:min|max|clamp)_t|(va_arg))\("));
    for found in MACRO.captures_iter(text) {
        let Some(open) = found.get(0).map(|whole| whole.end() - 1) else {
            continue;
        };
        let Some(arguments) = arguments_of(&text.as_bytes()[open..]) else {
            continue;
        };
        let bounds = match (found.get(1), arguments.commas.as_slice()) {
            (None, [first, ..]) => 1..*first,
            (Some(_), [first]) => first + 1..arguments.end - 1,
            _ => continue,
        };
        let range = trimmed(text, open + bounds.start..open + bounds.end);
        if !range.is_empty() && !text[range.clone()].contains('\n') {
            edits.name(range);
        }
    }
}

/// The path behind the first member in `offsetof(struct page, first.inner[1])`.
fn members(bytes: &[u8], edits: &mut Edits) {
    for at in memmem::find_iter(bytes, "offsetof(") {
        let open = at + "offsetof".len();
        let Some(arguments) = arguments_of(&bytes[open..]) else {
            continue;
        };
        let [comma] = arguments.commas.as_slice() else {
            continue;
        };
        let path = open + comma..open + arguments.end - 1;
        if let Some(dot) = bytes[path.clone()].iter().position(|byte| matches!(byte, b'.' | b'[')) {
            edits.name(path.start + dot..path.end);
        }
    }
}

/// The argument in `typedef LIB_WITHOUT_CONST(T) Plain;`.
fn names(text: &str, edits: &mut Edits) {
    static TYPEDEF: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\btypedef[ \t]+(?:typename[ \t]+)?[A-Z][A-Z0-9_]+(\([^()\n;]*\))[ \t]+\w"));
    for argument in TYPEDEF.captures_iter(text).filter_map(|found| found.get(1)) {
        edits.blank(argument.range());
    }
}

/// The second half of `case 1 ... 9:`, which standard C does not have.
fn ranges(bytes: &[u8], edits: &mut Edits) {
    let (mut looked_at, mut is_case) = (0, false);
    for at in memmem::find_iter(bytes, "...") {
        let line = memchr::memrchr(b'\n', &bytes[looked_at..at]).map(|end| looked_at + end + 1);
        if looked_at == 0 || line.is_some() {
            let value = bytes[line.unwrap_or(0)..at].trim_ascii_start().strip_prefix(b"case");
            is_case = value.and_then(<[u8]>::first).is_some_and(|byte| !is_word(*byte));
        }
        looked_at = at;
        if !is_case {
            continue;
        }
        let rest = bytes[at..].iter().take(MAX_CASE);
        let end = rest.enumerate().find(|(_, byte)| matches!(byte, b':' | b';' | b'{'));
        if let Some((length, b':')) = end {
            edits.blank(at..at + length);
        }
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let all = &text[range.clone()];
    let start = range.start + (all.len() - all.trim_ascii_start().len());
    start..start + all.trim_ascii().len()
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c};

    #[test]
    fn types_as_arguments_become_names() {
        let cases = [
            ("x = of(p, struct page, list);", "x = of(p,        page, list);"),
            ("f(a,\n  enum e) + g(union u , b)", "f(a,\n       e) + g(      u , b)"),
            ("min_t(unsigned int, a, b)", "min_t(____________, a, b)"),
            ("max_t( u8 ,f(a, b), 2)", "max_t( __ ,f(a, b), 2)"),
            ("p = va_arg(list, char *);", "p = va_arg(list, ______);"),
            ("p = alloc_one(struct page);", "p = alloc_one(       page);"),
            ("n = offsetof(struct s, a.b[1]);", "n = offsetof(       s, a_____);"),
            ("typedef L_PLAIN(const T) U;", "typedef L_PLAIN          U;"),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "n = sizeof(struct page);",
            "p = (struct page *)q;",
            "n = __typeof__(struct page) + (struct page){1};",
            "void f(struct page *, struct list *);",
            "min_t(a)",
            "va_arg(list, a, b)",
            "va_arg(list",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }

    #[test]
    fn ranges_of_cases_lose_their_second_half() {
        let cases = [
            ("case 1 ... 9: f();", "case 1      : f();"),
            ("\tcase 'a'...'z':", "\tcase 'a'      :"),
            (
                "#define LOG(a, rest...) f(a, ##rest)",
                "#define LOG(a,     ...) f(a, ##rest)",
            ),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "int f(int a, ...);",
            "case_1 ... 9:",
            "#define F(...) f(a, ...)",
            "case f(...); g:",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }
}
