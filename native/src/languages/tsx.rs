//! TSX: the row; its query is in tsx.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, PLAIN};

/// TSX.
pub static LANGUAGE: Language = Language {
    name: "TSX",
    id: "typescriptreact",
    version: 4,
    mode: Mode::Code,
    grammar: Some(tree_sitter_typescript::LANGUAGE_TSX),
    query: concat!(
        include_str!("ecmascript.scm"),
        include_str!("typescript.scm"),
        include_str!("jsx.scm")
    ),
    extensions: &["tsx"],
    exports: ExportRule::Keyword,
    constructors: Constructors::Named(&["constructor"]),
    doc_markers: &["/**"],
    tests: Tests {
        files: &["*.test.*", "*.spec.*", "*.e2e.*", "test/"],
        prefixes: &[],
        attributes: &[],
    },
    ..PLAIN
};
