//! Kotlin: the row; its query is in kotlin.scm.

use super::{ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// Kotlin.
pub static LANGUAGE: Language = Language {
    name: "Kotlin",
    id: "kotlin",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_kotlin_ng::LANGUAGE),
    query: include_str!("kotlin.scm"),
    extensions: &["kt", "kts"],
    exports: ExportRule::Modifier(Visibility::Public),
    doc_markers: &["/**"],
    tests: Tests {
        files: &["*Test.kt", "*Tests.kt", "test/"],
        prefixes: &[],
        attributes: &["@Test", "@ParameterizedTest", "@RepeatedTest"],
    },
    ..PLAIN
};
