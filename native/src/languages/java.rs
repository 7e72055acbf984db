//! Java: the row; its query is in java.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// Java.
pub static LANGUAGE: Language = Language {
    name: "Java",
    id: "java",
    mode: Mode::Code,
    grammar: Some(tree_sitter_java::LANGUAGE),
    query: include_str!("java.scm"),
    extensions: &["java"],
    exports: ExportRule::Modifier(Visibility::Internal),
    constructors: Constructors::AsType,
    doc_markers: &["/**"],
    tests: Tests {
        files: &["*Test.java", "*Tests.java", "*IT.java", "test/"],
        prefixes: &[],
        attributes: &["@Test", "@ParameterizedTest", "@RepeatedTest"],
    },
    ..PLAIN
};
