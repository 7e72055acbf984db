//! PHP: the row; its query is in php.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// PHP.
pub static LANGUAGE: Language = Language {
    name: "PHP",
    id: "php",
    mode: Mode::Code,
    grammar: Some(tree_sitter_php::LANGUAGE_PHP),
    query: include_str!("php.scm"),
    extensions: &["php", "phtml", "php5", "inc"],
    shebangs: &["php"],
    separator: "\\",
    exports: ExportRule::Modifier(Visibility::Public),
    constructors: Constructors::Named(&["__construct"]),
    doc_markers: &["/**"],
    tests: Tests {
        files: &["*Test.php"],
        prefixes: &["test"],
        attributes: &["#[Test", "\\Test]"],
    },
    ..PLAIN
};
