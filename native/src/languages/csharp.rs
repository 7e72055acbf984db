//! C#: the row; its query is in csharp.scm.

use super::{macros, Constructors, ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// C#.
pub static LANGUAGE: Language = Language {
    name: "C#",
    id: "csharp",
    version: 4,
    mode: Mode::Code,
    grammar: Some(tree_sitter_c_sharp::LANGUAGE),
    query: include_str!("csharp.scm"),
    extensions: &["cs", "csx"],
    exports: ExportRule::Modifier(Visibility::Private),
    plain: Some(macros::plain_csharp),
    constructors: Constructors::AsType,
    doc_markers: &["///", "/**"],
    tests: Tests {
        files: &["*Test.cs", "*Tests.cs"],
        prefixes: &[],
        attributes: &["[Test", "[Fact", "[Theory"],
    },
    ..PLAIN
};
