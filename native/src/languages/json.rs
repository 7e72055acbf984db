//! JSON: the row; its query is in json.scm.

use super::{Language, Mode, PLAIN};

/// JSON.
pub static LANGUAGE: Language = Language {
    name: "JSON",
    id: "json",
    mode: Mode::Records,
    grammar: Some(tree_sitter_json::LANGUAGE),
    query: include_str!("json.scm"),
    extensions: &["json", "jsonc", "webmanifest", "code-workspace"],
    file_names: &[".prettierrc", ".babelrc", ".eslintrc"],
    ..PLAIN
};
