//! The languages we know, as data: one row and one query file per language, listed once in `ALL`. Nothing here runs a
//! parser. How to write a row and a query is in README.md beside this file.

mod detect;
mod edits;

pub use detect::{detect, is_generated, is_test_file, is_vendored};

use tree_sitter_language::LanguageFn;

mod bash;
mod c;
mod cpp;
mod csharp;
mod css;
mod go;
mod html;
mod java;
mod javascript;
mod json;
mod kotlin;
mod lua;
mod macros;
mod markdown;
mod php;
mod plain;
mod python;
mod ruby;
mod rust;
mod scala;
mod sql;
mod swift;
mod toml;
mod tsx;
mod typescript;
mod yaml;

/// Every language; its position is the number in the fact tables, so new ones go to the end. 0 is plain text.
pub static ALL: &[&Language] = &[
    &plain::LANGUAGE,
    &typescript::LANGUAGE,
    &tsx::LANGUAGE,
    &javascript::LANGUAGE,
    &python::LANGUAGE,
    &go::LANGUAGE,
    &rust::LANGUAGE,
    &java::LANGUAGE,
    &c::LANGUAGE,
    &cpp::LANGUAGE,
    &csharp::LANGUAGE,
    &ruby::LANGUAGE,
    &php::LANGUAGE,
    &kotlin::LANGUAGE,
    &swift::LANGUAGE,
    &scala::LANGUAGE,
    &bash::LANGUAGE,
    &lua::LANGUAGE,
    &markdown::LANGUAGE,
    &json::LANGUAGE,
    &yaml::LANGUAGE,
    &toml::LANGUAGE,
    &html::LANGUAGE,
    &css::LANGUAGE,
    &sql::LANGUAGE,
];

/// How a file is chunked and counted; numbers as in server/model/mode.ts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Code = 1,
    Prose = 2,
    ExtractedProse = 3,
    Records = 4,
}

/// Who can see a symbol; numbers as in `visibilities` of server/model/columns.ts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Default = 0,
    Public = 1,
    Protected = 2,
    Private = 3,
    Internal = 4,
}

/// What makes a symbol exported. A member is exported only if the type around it is, except under `Keyword`, where
/// members are never exported by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportRule {
    /// Inside `@exported`, or named by an `@export` statement (JavaScript).
    Keyword,
    /// Begins with an upper-case letter; others are internal (Go).
    Capital,
    /// Has no leading underscore, unless an `@export` list says otherwise (Python).
    Underscore,
    /// Its `@modifier` or `@section` says so; without one it has this visibility (Rust, Java, Kotlin …).
    Modifier(Visibility),
    /// Always, unless `static` at file level, or in a non-public section of a class (C, C++).
    Linkage,
    /// Always (shell, SQL, data).
    Everything,
}

/// Which methods are constructors, beyond those that the query calls so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constructors {
    Named(&'static [&'static str]),
    /// Named as the type around it.
    AsType,
}

/// How tests are told apart. Names and attributes are compared as the fields say; a child of a test is a test.
#[derive(Clone, Copy, Debug)]
pub struct Tests {
    /// File patterns: `*` stands for anything but `/`; one without `/` is matched with the file's name, one that ends
    /// in `/` with any folder of its path.
    pub files: &'static [&'static str],
    /// Prefixes of functions, methods and classes in a test file.
    pub prefixes: &'static [&'static str],
    /// Texts that an `@attribute` of a test contains.
    pub attributes: &'static [&'static str],
}

/// A file with one of `extensions` is in language `name` if a line of it begins with one of `markers`.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    pub extensions: &'static [&'static str],
    pub markers: &'static [&'static str],
    pub name: &'static str,
}

/// One language. `..PLAIN` fills in what a row does not say.
#[derive(Clone, Copy)]
pub struct Language {
    pub name: &'static str,
    /// VS Code's language id.
    pub id: &'static str,
    /// Of the extraction: raise it whenever the same bytes give other facts than before.
    pub version: u32,
    pub mode: Mode,
    pub grammar: Option<LanguageFn>,
    pub query: &'static str,
    /// Without the dot.
    pub extensions: &'static [&'static str],
    pub file_names: &'static [&'static str],
    /// Interpreters named by a `#!` line, without version digits.
    pub shebangs: &'static [&'static str],
    pub dialect: Option<Dialect>,
    /// The text as the parser should read it: of equal length in bytes, without what would mislead it. `None`: as it is.
    pub plain: Option<fn(&str) -> Option<String>>,
    /// The grammar's scanner ends the process beyond this nesting by indentation; a file with a line that begins further
    /// in is text only.
    pub max_indent: usize,
    /// Between the parts of a qualified name, also between the parts of a module's name.
    pub separator: &'static str,
    pub exports: ExportRule,
    pub constructors: Constructors,
    /// A comment documents what follows if it begins with one of these; empty: any comment does.
    pub doc_markers: &'static [&'static str],
    pub tests: Tests,
}

/// What a row is when it says nothing else.
pub const PLAIN: Language = Language {
    name: "Plain text",
    id: "plaintext",
    version: 3,
    mode: Mode::Prose,
    grammar: None,
    query: "",
    extensions: &[],
    file_names: &[],
    shebangs: &[],
    dialect: None,
    plain: None,
    max_indent: usize::MAX,
    separator: ".",
    exports: ExportRule::Everything,
    constructors: Constructors::Named(&[]),
    doc_markers: &[],
    tests: Tests {
        files: &[],
        prefixes: &[],
        attributes: &[],
    },
};

/// The number of the language of this name.
pub fn index_of(name: &str) -> Option<usize> {
    ALL.iter().position(|language| language.name == name)
}
