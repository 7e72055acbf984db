//! Markdown: the row; its query is in markdown.scm.

use super::{Language, Mode, PLAIN};

/// Markdown.
pub static LANGUAGE: Language = Language {
    name: "Markdown",
    id: "markdown",
    version: 3,
    mode: Mode::Prose,
    grammar: Some(tree_sitter_md::LANGUAGE),
    query: include_str!("markdown.scm"),
    extensions: &["md", "markdown", "mdx", "mkd"],

    ..PLAIN
};
