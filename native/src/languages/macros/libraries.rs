//! Words of libraries, told by what all of them call such a thing: `LIB_API int f();`, `int g() LIB_NOEXCEPT;`, and
//! `LIB_BEGIN_NAMESPACE` on a line of its own.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{closing, is_word, pattern, Edits, Source};

/// Ends of words that stand before a type, where nothing else of that name could.
const BEFORE_TYPES: [&str; 12] = [
    "_API",
    "_ABI",
    "_CAPI",
    "_EXPORT",
    "_EXTERN",
    "_INLINE",
    "_NODISCARD",
    "_DLL",
    "_CONST",
    "_PURE",
    "_INTRINSIC",
    "_VOLATILE",
];

/// Ends of words that say the same anywhere, with or without arguments.
const ANYWHERE: [&str; 17] = [
    "_NOEXCEPT",
    "_NOEXCEPT_IF",
    "_NOTHROW",
    "_TXN_SAFE",
    "_TXN_SAFE_DYN",
    "_MUST_USE_RESULT",
    "_VISIBILITY",
    "_DEPRECATED",
    "GUARDED_BY",
    "LOCKS_REQUIRED",
    "LOCK_REQUIRED",
    "LOCK_EXCLUDED",
    "LOCKS_EXCLUDED",
    "_NO_INLINE",
    "WINAPI",
    "APIENTRY",
    "NO_THREAD_SAFETY_ANALYSIS",
];

/// The same, but what stands in parentheses behind it is not its own: `if LIB_CONSTEXPR (…)`.
const WITHOUT_ARGUMENTS: [&str; 1] = ["_CONSTEXPR"];

/// A part of words that stand before a type: `LIB_ATTRIBUTE_UNUSED_`.
const ATTRIBUTE: &str = "_ATTRIBUTE_";

/// What is opened, and closed, by macros: `G_BEGIN_DECLS`, `NS_NAMESPACE_END`, `X_WARNINGS_PUSH`.
const BRACKETS: [(&str, [&str; 2]); 3] = [
    ("NAMESPACE", ["BEGIN", "END"]),
    ("_DECLS", ["BEGIN", "END"]),
    ("WARNINGS_", ["PUSH", "POP"]),
];

pub fn find(source: &Source, edits: &mut Edits) {
    // Looking for their ends is much faster than for whole words, whose beginnings may be anything.
    static END: LazyLock<Regex> = LazyLock::new(|| {
        let ends = BEFORE_TYPES
            .iter()
            .chain(&ANYWHERE)
            .chain(&WITHOUT_ARGUMENTS)
            .chain([&ATTRIBUTE]);
        let all: Vec<&str> = ends.copied().chain(BRACKETS.map(|(word, _)| word)).collect();
        pattern(&all.join("|"))
    });
    let mut after = 0;
    for found in END.find_iter(source.text) {
        if found.start() < after {
            continue;
        }
        let word = word_around(source.bytes(), found.range());
        after = word.end;
        if source.in_directive(word.start) {
            continue;
        }
        if let Some(annotation) = annotation(source.text, word) {
            edits.blank(annotation);
        }
    }
}

fn word_around(text: &[u8], part: Range<usize>) -> Range<usize> {
    let before = text[..part.start].iter().rev().take_while(|byte| is_word(**byte));
    let behind = text[part.end..].iter().take_while(|byte| is_word(**byte));
    part.start - before.count()..part.end + behind.count()
}

/// The word with its arguments, if it is one of those.
fn annotation(text: &str, word: Range<usize>) -> Option<Range<usize>> {
    let name = &text[word.clone()];
    if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let rest = &text.as_bytes()[word.end..];
    // `LIB_API_`, `LIB_CONSTEXPR20`.
    let stem = name.trim_end_matches(|last: char| last == '_' || last.is_ascii_digit());
    let ends_with = |ends: &[&str]| ends.iter().any(|end| stem.ends_with(end));
    if ends_with(&WITHOUT_ARGUMENTS) {
        return Some(word);
    }
    let is_bracket =
        |(word, marks): (&str, [&str; 2])| name.contains(word) && marks.iter().any(|mark| name.contains(mark));
    let is_anywhere = ends_with(&ANYWHERE) || BRACKETS.into_iter().any(is_bracket);
    if !is_anywhere {
        return ((ends_with(&BEFORE_TYPES) || name.contains(ATTRIBUTE)) && stands_before_type(rest)).then_some(word);
    }
    let arguments = match rest.first() {
        Some(b'(') => closing(rest)?,
        _ => 0,
    };
    Some(word.start..word.end + arguments)
}

/// Whether blanks and a word follow that is not called.
fn stands_before_type(rest: &[u8]) -> bool {
    let next = rest.trim_ascii_start();
    let length = next.iter().take_while(|byte| is_word(**byte) || **byte == b':').count();
    next.len() < rest.len() && length > 0 && !next[0].is_ascii_digit() && next.get(length) != Some(&b'(')
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c};

    #[test]
    fn words_of_libraries_go() {
        let cases = [
            ("LIB_API int f(void);", "        int f(void);"),
            (
                "F_EXPORT_\nstd::string g() L_NOEXCEPT;",
                "         \nstd::string g()           ;",
            ),
            (
                "namespace a A_VISIBILITY(x)\n{\nA_BEGIN_NAMESPACE_V\nint x GUARDED_BY(m);",
                "namespace a                \n{\n                   \nint x              ;",
            ),
            ("X_WARNINGS_PUSH_(1)\nG_END_DECLS", "                   \n           "),
            ("explicit L_CONSTEXPR A(int);", "explicit             A(int);"),
            ("if L17_CONSTEXPR (a)", "if               (a)"),
            (
                "LONG WINAPI f(L_ATTRIBUTE_UNUSED_ int a);",
                "LONG        f(                    int a);",
            ),
            ("int f() L_NO_INLINE_;", "int f()             ;"),
            ("L_PURE bool f();", "       bool f();"),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "x = LIB_API;",
            "LIB_EXPORT(x) y;",
            "LIB_API f(x);",
            "Lib_API int x;",
            "#define LIB_API int x",
            "#define P() \\\n  X_WARNINGS_PUSH()\n",
            "enum { A_NAMESPACE, B_END };",
            "L_NOEXCEPTION x;",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }
}
