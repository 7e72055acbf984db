//! TOML: the row; its query is in toml.scm.

use super::{Language, Mode, PLAIN};

/// TOML.
pub static LANGUAGE: Language = Language {
    name: "TOML",
    id: "toml",
    mode: Mode::Records,
    grammar: Some(tree_sitter_toml_ng::LANGUAGE),
    query: include_str!("toml.scm"),
    extensions: &["toml"],
    file_names: &["Cargo.lock", "poetry.lock", "uv.lock"],
    ..PLAIN
};
