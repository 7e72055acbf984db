//! SQL: the row; its query is in sql.scm.

use super::{Language, Mode, PLAIN};

/// SQL.
pub static LANGUAGE: Language = Language {
    name: "SQL",
    id: "sql",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_sequel::LANGUAGE),
    query: include_str!("sql.scm"),
    extensions: &["sql", "ddl"],

    ..PLAIN
};
