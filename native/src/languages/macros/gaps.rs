//! What C++ has and its grammar does not know: pointers to members, calls of operators by their names, attributes in some
//! places, defaults of parameters without a name. The parser gets something like it that the grammar knows.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use super::{closing, pattern, Edits, Source, MAX_HEAD};

pub fn find(source: &Source, edits: &mut Edits) {
    called_operators(source.text, edits);
    operators_as_arguments(source.bytes(), edits);
    left_out(source.text, edits);
    attributes(source.bytes(), edits);
    statements(source, edits);
}

/// `a.operator==(b)` calls a method of some name.
fn called_operators(text: &str, edits: &mut Edits) {
    static CALLED: LazyLock<Part> = LazyLock::new(|| {
        Part::new(
            &[".operator", "->operator"],
            r"(?:\.|->)(operator[ ]?(?:\(\)|\[\]|[-+*/%^&|~!=<>,]{1,3}))[ ]?\(",
        )
    });
    for operator in CALLED.find(text) {
        edits.name(operator);
    }
}

/// `COMPARE(LE, <=)` has some argument, but not `int (*)(int)`.
fn operators_as_arguments(text: &[u8], edits: &mut Edits) {
    let is_part = |byte: &&u8| b"-+*/%^&|~!=<>".contains(byte);
    for at in memchr::memchr2_iter(b'(', b',', text) {
        let start = at + 1 + text[at + 1..].iter().take_while(|byte| **byte == b' ').count();
        let end = start + text[start..].iter().take_while(is_part).count();
        let is_pointer = || text[start..end].iter().all(|byte| matches!(byte, b'*' | b'&'));
        let is_argument = start < end
            && match text[end..].trim_ascii_start().first() {
                Some(b',') => true,
                Some(b')') => !is_pointer(),
                _ => false,
            };
        if is_argument {
            edits.name(start..end);
        }
    }
}

/// What the parser does without.
fn left_out(text: &str, edits: &mut Edits) {
    static PARTS: LazyLock<[Part; 7]> = LazyLock::new(|| {
        [
            // the class in `void (Class::*member)()`
            Part::new(&["::*"], r"\(([A-Za-z_][\w:]*(?:<[^()<>;]*>)?::)\*"),
            // the default in `f(const char* = nullptr)`
            Part::new(
                &["* =", "& ="],
                r"[*&] (=[ ]*[\w:]+(?:<[^()<>;]*>)?(?:\([^();]*\)|\{\})?)\s*[,)>]",
            ),
            // `void f(const A&&) = delete;` outside of a class
            Part::new(&["delete;"], r"\)[ ]*(=[ ]*delete);"),
            // the word before a value: `f(typename A<T>::type())`
            Part::new(
                &["typename"],
                r"\b(typename)\s+[\w:]+(?:<[^(){};]*>)?(?:::\w+)+(?:\(\)|\{\})",
            ),
            // `new Type*[size]`
            Part::new(&["*["], r"\bnew\s+[A-Za-z_][\w:]*(?:<[^()<>;]*>)?[ ]*(\*+)\["),
            // `extern template void f(A);`, `template class A<int>;`
            Part::new(&["extern template"], r"\b(extern) template\b"),
            Part::new(
                &["template class", "template struct"],
                r"\b(template) (?:class|struct)\b",
            ),
        ]
    });
    for part in PARTS.iter().flat_map(|part| part.find(text)) {
        edits.blank(part);
    }
}

/// What the group of a pattern finds, in texts with one of some words: looking for those is much faster.
struct Part {
    words: &'static [&'static str],
    pattern: Regex,
}

impl Part {
    fn new(words: &'static [&'static str], text: &str) -> Self {
        Self {
            words,
            pattern: pattern(text),
        }
    }

    fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let is_in = |word: &&str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        let text = if self.words.iter().any(is_in) { text } else { "" };
        let found = self.pattern.captures_iter(text);
        found.filter_map(|found| Some(found.get(1)?.range()))
    }
}

/// `int a __attribute__((unused)) = 1;`
fn attributes(text: &[u8], edits: &mut Edits) {
    const WORD: &str = "__attribute__";
    for at in memmem::find_iter(text, WORD) {
        let behind = at + WORD.len();
        let blanks = text[behind..].iter().take_while(|byte| **byte == b' ').count();
        if let Some(end) = text[behind..]
            .get(blanks)
            .filter(|byte| **byte == b'(')
            .and_then(|_| closing(&text[behind + blanks..]))
        {
            edits.blank(at..behind + blanks + end);
        }
    }
}

/// `LIB_DEBUG(f();)` and `LIB_DEBUG_ONLY(f();)` are `f();`.
fn statements(source: &Source, edits: &mut Edits) {
    static MACRO: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Z_]+_DEBUG(?:_ONLY)?\("));
    for word in MACRO
        .find_iter(source.text)
        .filter(|word| !source.in_directive(word.start()))
    {
        let inside = &source.bytes()[word.end()..];
        let mut depth = 1;
        let close = inside.iter().take(MAX_HEAD).position(|byte| {
            depth += i32::from(*byte == b'(') - i32::from(*byte == b')');
            depth == 0
        });
        if let Some(close) = close.filter(|close| inside[..*close].trim_ascii_end().ends_with(b";")) {
            edits.blank(word.range());
            edits.blank(word.end() + close..word.end() + close + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_cpp};

    #[test]
    fn operators_are_names_of_methods_and_arguments() {
        let cases = [
            (
                "a.operator==(b); c->operator()(d);",
                "a.__________(b); c->__________(d);",
            ),
            ("a.operator [](1)", "a.___________(1)"),
            ("HELPER_(LE, <=) HELPER(*, times)", "HELPER_(LE, __) HELPER(_, times)"),
        ];
        assert_plain(plain_cpp, &cases);
        for text in [
            "bool operator==(A);",
            "a.operator bool()",
            "A::operator()(b);",
            "int (*)(int), (&)",
        ] {
            assert_eq!(plain_cpp(text), None, "{text}");
        }
    }

    #[test]
    fn what_the_grammar_does_not_know_goes() {
        let cases = [
            ("void (A::*f)(int);", "void (   *f)(int);"),
            ("typedef int (a::B<T>::*F)();", "typedef int (         *F)();"),
            (
                "f(const A* = nullptr, B& = C::d())",
                "f(const A*          , B&         )",
            ),
            ("template <class A, B* = 0>", "template <class A, B*    >"),
            ("void f(const A&&) = delete;", "void f(const A&&)         ;"),
            (
                "g(typename A<T>::b{}, typename c::d());",
                "g(         A<T>::b{},          c::d());",
            ),
            ("p = new A*[3];", "p = new A [3];"),
            ("extern template class A<int>;", "                class A<int>;"),
            ("int a __attribute__ ((b(1))) = 1;", "int a                        = 1;"),
            ("{ L_DEBUG_ONLY(f(a);) }", "{              f(a);  }"),
        ];
        assert_plain(plain_cpp, &cases);
        for text in [
            "int* p = q;",
            "f(a *= 2, b)",
            "template <typename T, typename U>",
            "typename A::b c();",
            "x = (a::b * c);",
            "new A[3]",
            "__attribute__((a",
            "L_DEBUG(a) + L_DEBUG(b;",
        ] {
            assert_eq!(plain_cpp(text), None, "{text}");
        }
    }
}
