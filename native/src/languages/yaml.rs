//! YAML: the row; its query is in yaml.scm.

use super::{Language, Mode, PLAIN};

/// YAML.
pub static LANGUAGE: Language = Language {
    name: "YAML",
    id: "yaml",
    mode: Mode::Records,
    grammar: Some(tree_sitter_yaml::LANGUAGE),
    query: include_str!("yaml.scm"),
    extensions: &["yaml", "yml"],
    file_names: &[".clang-format", ".clang-tidy"],
    max_indent: 250,
    ..PLAIN
};
