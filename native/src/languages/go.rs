//! Go: the row; its query is in go.scm.

use super::{ExportRule, Language, Mode, Tests, PLAIN};

/// Go.
pub static LANGUAGE: Language = Language {
    name: "Go",
    id: "go",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_go::LANGUAGE),
    query: include_str!("go.scm"),
    extensions: &["go"],
    exports: ExportRule::Capital,
    tests: Tests {
        files: &["*_test.go"],
        prefixes: &["Test", "Benchmark", "Fuzz", "Example"],
        attributes: &[],
    },
    ..PLAIN
};
