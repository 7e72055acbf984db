//! TypeScript: the row; its query is in typescript.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, PLAIN};

/// TypeScript.
pub static LANGUAGE: Language = Language {
    name: "TypeScript",
    id: "typescript",
    version: 4,
    mode: Mode::Code,
    grammar: Some(tree_sitter_typescript::LANGUAGE_TYPESCRIPT),
    query: concat!(include_str!("ecmascript.scm"), include_str!("typescript.scm")),
    extensions: &["ts", "mts", "cts"],
    shebangs: &["deno", "ts-node", "tsx"],
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
