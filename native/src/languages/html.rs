//! HTML: the row; its query is in html.scm.

use super::{Language, Mode, PLAIN};

/// HTML.
pub static LANGUAGE: Language = Language {
    name: "HTML",
    id: "html",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_html::LANGUAGE),
    query: include_str!("html.scm"),
    extensions: &["html", "htm", "xhtml"],

    ..PLAIN
};
