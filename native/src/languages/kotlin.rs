//! Kotlin: the row; its query is in kotlin.scm.

use std::sync::LazyLock;

use regex::Regex;

use super::edits::{pattern, Edits};
use super::{ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// Kotlin.
pub static LANGUAGE: Language = Language {
    name: "Kotlin",
    id: "kotlin",
    version: 4,
    mode: Mode::Code,
    grammar: Some(tree_sitter_kotlin_ng::LANGUAGE),
    query: include_str!("kotlin.scm"),
    extensions: &["kt", "kts"],
    plain: Some(plain),
    exports: ExportRule::Modifier(Visibility::Public),
    doc_markers: &["/**"],
    tests: Tests {
        files: &["*Test.kt", "*Tests.kt", "test/"],
        prefixes: &[],
        attributes: &["@Test", "@ParameterizedTest", "@RepeatedTest"],
    },
    ..PLAIN
};

/// Words that are keywords in other places, as names of what is assigned to: `open = true`.
fn plain(text: &str) -> Option<String> {
    static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?m)^[ \t]*(data|enum|inner|open|value|get|set|internal|external|override)[ \t]*[-+*/%]?=[^=]")
    });
    let mut edits = Edits::default();
    for name in ASSIGNED.captures_iter(text).filter_map(|found| found.get(1)) {
        edits.name(name.range());
    }
    edits.apply(text)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn keywords_that_are_assigned_to_are_names() {
        let expected = "  ____ = true\n___ += 1";
        assert_eq!(plain("  open = true\nset += 1").as_deref(), Some(expected));
        assert_eq!(plain("open class A\nset(v) = f()\nif (open == a)\nopen == b"), None);
    }
}
