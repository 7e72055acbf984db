//! Lua: the row; its query is in lua.scm.

use super::{ExportRule, Language, Mode, Visibility, PLAIN};

/// Lua.
pub static LANGUAGE: Language = Language {
    name: "Lua",
    id: "lua",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_lua::LANGUAGE),
    query: include_str!("lua.scm"),
    extensions: &["lua"],
    shebangs: &["lua", "luajit"],
    exports: ExportRule::Modifier(Visibility::Public),
    ..PLAIN
};
