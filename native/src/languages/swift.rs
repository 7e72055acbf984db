//! Swift: the row; its query is in swift.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// Swift.
pub static LANGUAGE: Language = Language {
    name: "Swift",
    id: "swift",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_swift::LANGUAGE),
    query: include_str!("swift.scm"),
    extensions: &["swift"],
    exports: ExportRule::Modifier(Visibility::Internal),
    constructors: Constructors::Named(&["init"]),
    doc_markers: &["///", "/**"],
    tests: Tests {
        files: &["*Tests.swift", "*Test.swift"],
        prefixes: &["test"],
        attributes: &["@Test", "@Suite"],
    },
    ..PLAIN
};
