//! Rust: the row; its query is in rust.scm.

use super::{ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// Rust.
pub static LANGUAGE: Language = Language {
    name: "Rust",
    id: "rust",
    mode: Mode::Code,
    grammar: Some(tree_sitter_rust::LANGUAGE),
    query: include_str!("rust.scm"),
    extensions: &["rs"],
    shebangs: &["rust-script"],
    separator: "::",
    exports: ExportRule::Modifier(Visibility::Private),
    doc_markers: &["///", "//!", "/**", "/*!"],
    tests: Tests {
        files: &[],
        prefixes: &[],
        attributes: &["test]", "test(", "cfg(test)"],
    },
    ..PLAIN
};
