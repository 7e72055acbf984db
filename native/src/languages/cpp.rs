//! C++: the row; its query is in cpp.scm.

use super::{macros, Constructors, ExportRule, Language, Mode, Tests, PLAIN};

/// C++.
pub static LANGUAGE: Language = Language {
    name: "C++",
    id: "cpp",
    version: 10,
    mode: Mode::Code,
    grammar: Some(tree_sitter_cpp::LANGUAGE),
    query: concat!(include_str!("c.scm"), include_str!("cpp.scm")),
    extensions: &[
        "cc", "cpp", "cxx", "c++", "hh", "hpp", "hxx", "h++", "inl", "ipp", "tpp", "cu", "cuh", "ino",
    ],
    exports: ExportRule::Linkage,
    plain: Some(macros::plain_cpp),
    separator: "::",
    constructors: Constructors::AsType,
    tests: Tests {
        files: &["*_test.cc", "*_test.cpp", "*Test.cpp", "*_unittest.cc"],
        prefixes: &["Test"],
        attributes: &[],
    },
    ..PLAIN
};
