//! Annotations of declarations, and loops that are begun and ended by macros.

use std::sync::LazyLock;

use regex::Regex;

use super::{closing, pattern, Edits, Source};

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

/// Annotations with their arguments, and what makes a loop look like a call: `do_each_task(t) {`, `} while_each_task(t);`.
/// But not in lines of the preprocessor, which define them.
pub fn find(source: &Source, edits: &mut Edits) {
    static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\b(?:(?:do|while)_each_\w+|{ANNOTATIONS})\b")));
    for word in WORD.find_iter(source.text) {
        if source.in_directive(word.start()) {
            continue;
        }
        let arguments = &source.bytes()[word.end()..];
        let keyword = ["do", "while"]
            .into_iter()
            .find(|keyword| word.as_str().starts_with(keyword));
        let keeps_arguments = keyword == Some("while");
        let end = if arguments.first() == Some(&b'(') && !keeps_arguments {
            closing(arguments)
        } else {
            Some(0)
        };
        if let Some(end) = end {
            edits.blank(word.start() + keyword.map_or(0, str::len)..word.end() + end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c};

    #[test]
    fn annotations_go_with_their_arguments() {
        let cases = [
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
        ];
        assert_plain(plain_c, &cases);
        for text in ["__initcall(f);", "int __users;", "void f(void) { __schedule(); }"] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }
}
