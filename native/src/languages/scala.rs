//! Scala: the row; its query is in scala.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// Scala.
pub static LANGUAGE: Language = Language {
    name: "Scala",
    id: "scala",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_scala::LANGUAGE),
    query: include_str!("scala.scm"),
    extensions: &["scala", "sc", "sbt"],
    exports: ExportRule::Modifier(Visibility::Public),
    constructors: Constructors::Named(&["this"]),
    doc_markers: &["/**"],
    tests: Tests {
        files: &["*Test.scala", "*Spec.scala", "*Suite.scala", "test/"],
        prefixes: &[],
        attributes: &["@Test"],
    },
    ..PLAIN
};
