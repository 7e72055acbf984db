//! CSS: the row; its query is in css.scm.

use super::{Language, Mode, PLAIN};

/// CSS.
pub static LANGUAGE: Language = Language {
    name: "CSS",
    id: "css",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_css::LANGUAGE),
    query: include_str!("css.scm"),
    extensions: &["css"],

    ..PLAIN
};
