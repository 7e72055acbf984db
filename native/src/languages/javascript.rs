//! JavaScript: the row; its query is in javascript.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, PLAIN};

/// JavaScript.
pub static LANGUAGE: Language = Language {
    name: "JavaScript",
    id: "javascript",
    version: 4,
    mode: Mode::Code,
    grammar: Some(tree_sitter_javascript::LANGUAGE),
    query: concat!(
        include_str!("ecmascript.scm"),
        include_str!("javascript.scm"),
        include_str!("jsx.scm")
    ),
    extensions: &["js", "mjs", "cjs", "jsx", "es6"],
    shebangs: &["node", "nodejs"],
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
