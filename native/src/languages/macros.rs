//! Words of the preprocessor, which no parser of a single file can know, and which make C and C++ look like something
//! else: `class EXPORT Name {` reads as a function `Name` that returns an `EXPORT`, `int __read_mostly x` as an error.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// The head of a class, and what stands in parentheses behind an annotation, have fewer bytes.
const MAX_HEAD: usize = 400;

/// Annotations of declarations, as Linux and those who learned from it write them; some have arguments.
const ANNOTATIONS: &str = concat!(
    r"__(?:(?:net_|mem|cpu|dev)?(?:init|exit)(?:data|const)?(?:_or_module)?|initdata_memblock|ref|refdata|ref_text",
    r"|read_mostly|ro_after_init|cpumask_var_read_mostly|page_aligned_(?:data|bss)|latent_entropy|randomize_layout",
    r"|user|kernel|iomem|percpu|rcu|force|nocast|private|bitwise|designated_init|visible",
    r"|must_check|maybe_unused|always_unused|used|weak|packed|pure|cold|hot|noreturn|malloc|deprecated|always_inline",
    r"|sched|kprobes|lockfunc|noclone|flatten|no_sanitize_\w+|no_kcsan|no_kasan_or_inline|no_profile|nostackprotector",
    r"|(?:__)?cacheline_(?:internodealigned|aligned)(?:_in_smp)?",
    r"|aligned|printf|scanf|acquires|releases|must_hold|cond_acquires|section|counted_by|alloc_size|assume_aligned)",
    r"|asmlinkage|noinline(?:_for_stack)?|notrace|noinstr",
);

/// C as it looks without annotations and with plain loops, of the same length; `None` where there is nothing to blank.
pub fn plain_c(text: &str) -> Option<String> {
    blank(text, c_words)
}

/// The same for C++, also without words before the names of classes.
pub fn plain_cpp(text: &str) -> Option<String> {
    blank(text, |text| {
        let mut words = c_words(text);
        words.extend(class_macros(text));
        words
    })
}

fn blank(text: &str, find: impl Fn(&str) -> Vec<Range<usize>>) -> Option<String> {
    let words = find(text);
    if words.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for word in words {
        bytes[word].fill(b' ');
    }
    // Only words of ASCII, and the whole of what stands in parentheses, were replaced.
    String::from_utf8(bytes).ok()
}

/// Annotations with their arguments, and what makes a loop look like a call: `do_each_task(t) {`, `} while_each_task(t);`.
/// But not in lines of the preprocessor, which define them.
fn c_words(text: &str) -> Vec<Range<usize>> {
    static WORD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!(r"\b(?:(?:do|while)_each_\w+|{ANNOTATIONS})\b")).ok());
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    for word in WORD.iter().flat_map(|word| word.find_iter(text)) {
        let line = memchr::memrchr(b'\n', &bytes[..word.start()]).map_or(0, |at| at + 1);
        if text[line..].trim_start_matches([' ', '\t']).starts_with('#') {
            continue;
        }
        let arguments = &bytes[word.end()..bytes.len().min(word.end() + MAX_HEAD)];
        let keyword = ["do", "while"]
            .into_iter()
            .find(|keyword| word.as_str().starts_with(keyword));
        let keeps_arguments = keyword == Some("while");
        let end = if arguments.first() == Some(&b'(') && !keeps_arguments {
            closing(arguments)
        } else {
            Some(0)
        };
        let start = word.start() + keyword.map_or(0, str::len);
        words.extend(end.map(|end| start..word.end() + end));
    }
    words
}

/// Where the parenthesis that this begins with is closed again.
fn closing(text: &[u8]) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(at + 1),
            b')' => depth -= 1,
            b';' | b'{' => return None,
            _ => {}
        }
    }
    None
}

fn class_macros(text: &str) -> Vec<Range<usize>> {
    static HEAD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\b(class|struct)[ \t]+[A-Z_][A-Z0-9_]+[ \t\n(]").ok());
    let mut words = Vec::new();
    for keyword in HEAD
        .iter()
        .flat_map(|head| head.captures_iter(text))
        .filter_map(|found| found.get(1))
    {
        let at = keyword.end();
        let found = words_before_name(&text.as_bytes()[at..], keyword.as_str() == "class");
        words.extend(found.into_iter().map(|word| at + word.start..at + word.end));
    }
    words
}

/// The words before a class's name, if this is a class's head: `EXPORT(1) API Name final :`.
fn words_before_name(head: &[u8], is_class: bool) -> Vec<Range<usize>> {
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
            assert_eq!(plain_cpp(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn blanks_annotations_with_their_arguments() {
        for (text, expected) in [
            ("do { f(); } while_each_t(a, b);", "do { f(); } while       (a, b);"),
            (
                "do_each_t(a) { f(); } while_each_t(a);",
                "do           { f(); } while       (a);",
            ),
            ("int __read_mostly x;", "int               x;"),
            (
                "void __init f(void) __acquires(l(1)) {",
                "void        f(void)                  {",
            ),
            (
                "#define __init __section(\".i\")\nint __weak y;",
                "#define __init __section(\".i\")\nint        y;",
            ),
        ] {
            assert_eq!(plain_c(text).as_deref(), Some(expected));
        }
        for text in ["__initcall(f);", "int __users;", "void f(void) { __schedule(); }"] {
            assert_eq!(plain_c(text), None, "{text}");
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
            assert_eq!(plain_cpp(text), None, "{text}");
        }
    }
}
