//! C: the row; its query is in c.scm.

use super::{macros, Dialect, ExportRule, Language, Mode, PLAIN};

/// C.
pub static LANGUAGE: Language = Language {
    name: "C",
    id: "c",
    version: 9,
    mode: Mode::Code,
    grammar: Some(tree_sitter_c::LANGUAGE),
    query: include_str!("c.scm"),
    extensions: &["c", "h"],
    dialect: Some(Dialect {
        extensions: &["h"],
        markers: &[
            "class ",
            "namespace ",
            "template<",
            "template <",
            "public:",
            "private:",
            "using ",
            "#include <string>",
            "#include <vector>",
            "#include <memory>",
        ],
        name: "C++",
    }),
    exports: ExportRule::Linkage,
    plain: Some(macros::plain_c),
    separator: "::",
    ..PLAIN
};
