//! Python: the row; its query is in python.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, PLAIN};

/// Python.
pub static LANGUAGE: Language = Language {
    name: "Python",
    id: "python",
    mode: Mode::Code,
    grammar: Some(tree_sitter_python::LANGUAGE),
    query: include_str!("python.scm"),
    extensions: &["py", "pyi", "pyw"],
    file_names: &["SConstruct", "SConscript", "wscript"],
    shebangs: &["python", "pypy"],
    exports: ExportRule::Underscore,
    constructors: Constructors::Named(&["__init__"]),
    tests: Tests {
        files: &["test_*.py", "*_test.py", "tests.py", "conftest.py"],
        prefixes: &["test", "Test"],
        attributes: &[],
    },
    ..PLAIN
};
