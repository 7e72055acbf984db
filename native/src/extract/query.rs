//! The capture vocabulary and the compiled query of each language. A capture's name is looked up once, when the query
//! is compiled; afterwards each capture is one value of `Capture`. What the names mean is in languages/README.md.

use std::sync::OnceLock;

use crate::allocator::install_for_parsing;
use crate::languages::{ExportRule, Visibility, ALL};

use super::pattern::{parse, Patterns};

/// LSP symbol kinds as used by `@definition.*`.
pub mod kind {
    pub const MODULE: u32 = 2;
    pub const NAMESPACE: u32 = 3;
    pub const CLASS: u32 = 5;
    pub const METHOD: u32 = 6;
    pub const PROPERTY: u32 = 7;
    pub const FIELD: u32 = 8;
    pub const CONSTRUCTOR: u32 = 9;
    pub const ENUM: u32 = 10;
    pub const INTERFACE: u32 = 11;
    pub const FUNCTION: u32 = 12;
    pub const VARIABLE: u32 = 13;
    pub const CONSTANT: u32 = 14;
    pub const OBJECT: u32 = 19;
    pub const ENUM_MEMBER: u32 = 22;
    pub const STRUCT: u32 = 23;
}

/// `@definition.<word>` to kind.
const KINDS: &[(&str, u32)] = &[
    ("module", kind::MODULE),
    ("namespace", kind::NAMESPACE),
    ("package", 4),
    ("class", kind::CLASS),
    ("type", kind::CLASS),
    ("method", kind::METHOD),
    ("property", kind::PROPERTY),
    ("field", kind::FIELD),
    ("constructor", kind::CONSTRUCTOR),
    ("enum", kind::ENUM),
    ("interface", kind::INTERFACE),
    ("function", kind::FUNCTION),
    ("macro", kind::FUNCTION),
    ("variable", kind::VARIABLE),
    ("constant", kind::CONSTANT),
    ("section", 15),
    ("object", kind::OBJECT),
    ("key", 20),
    ("enumMember", kind::ENUM_MEMBER),
    ("struct", kind::STRUCT),
    ("union", kind::STRUCT),
    ("event", 24),
    ("operator", 25),
];

/// Numbers of `typeRefRoles` in server/model/columns.ts.
const ROLES: &[(&str, u32)] = &[
    ("heritage.extends", 1),
    ("heritage.implements", 2),
    ("heritage.embeds", 3),
    ("heritage.traitImpl", 4),
    ("type.parameter", 5),
    ("type.return", 6),
    ("type.variable", 7),
];

/// Numbers of `importKinds` in server/model/columns.ts.
const IMPORTS: &[(&str, u32)] = &[
    ("import", 1),
    ("reexport", 2),
    ("include", 3),
    ("require", 4),
    ("export", 5),
];

/// Bits of a call's flags.
const CALLS: &[(&str, u32)] = &[
    ("reference.call", 0),
    ("reference.class", 1),
    ("reference.macro", 2),
    ("reference.decorator", 4),
];

/// What a captured node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    Definition(u32),
    Name,
    Body,
    Container,
    Outer { exported: bool },
    Scope,
    Function,
    Modifier,
    Section,
    Attribute,
    Comment,
    Doc,
    Branch,
    Call(u32),
    Receiver,
    Arguments,
    TypeLeaf,
    Region(u32),
    Import(u32),
    ImportGroup,
    ImportModule,
    ImportName,
    ImportAlias,
    ImportStar,
    ImportTypeOnly,
    ImportSystem,
}

/// A language's query, ready to run.
pub struct Compiled {
    pub language: tree_sitter::Language,
    pub patterns: Patterns<Capture>,
    /// By pattern.
    pub settings: Vec<Settings>,
}

/// What `(#set! …)` in a definition pattern says of its symbols.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// With the visibility in their bits, if it is said.
    pub flags: u32,
    /// Of a heading, 1 for the outermost: its range reaches to the next heading of this or an outer level.
    pub level: u32,
    /// Nothing around it owns it, as a `#define` in a function.
    pub of_file: bool,
    /// The name ends before this byte.
    pub until: Option<u8>,
}

/// The compiled query of a language with a grammar. Fails only if the query file is wrong, which a test rules out.
pub fn compiled(index: usize) -> Result<&'static Compiled, String> {
    static CELLS: [OnceLock<Result<Compiled, String>>; 64] = [const { OnceLock::new() }; 64];
    CELLS[index]
        .get_or_init(|| compile(index))
        .as_ref()
        .map_err(Clone::clone)
}

fn compile(index: usize) -> Result<Compiled, String> {
    let row = ALL[index];
    let grammar = row.grammar.ok_or_else(|| format!("{} has no grammar", row.name))?;
    install_for_parsing();
    let language = tree_sitter::Language::new(grammar);
    let patterns = parse(row.query, &language, capture_of).map_err(|error| format!("{}: {error}", row.name))?;
    let settings = patterns
        .settings
        .iter()
        .map(|set| settings_of(set).map_err(|word| format!("{}: no such setting: {word}", row.name)))
        .collect::<Result<_, _>>()?;
    Ok(Compiled {
        language,
        patterns,
        settings,
    })
}

fn capture_of(name: &str) -> Option<Capture> {
    let number = |table: &[(&str, u32)]| table.iter().find(|(word, _)| *word == name).map(|(_, number)| *number);
    if let Some(word) = name.strip_prefix("definition.") {
        return KINDS
            .iter()
            .find(|(kind, _)| *kind == word)
            .map(|(_, number)| Capture::Definition(*number));
    }
    if let Some(role) = number(ROLES) {
        return Some(Capture::Region(role));
    }
    if let Some(import) = number(IMPORTS) {
        return Some(Capture::Import(import));
    }
    if let Some(flags) = number(CALLS) {
        return Some(Capture::Call(flags));
    }
    Some(match name {
        "name" => Capture::Name,
        "body" => Capture::Body,
        "container" => Capture::Container,
        "outer" => Capture::Outer { exported: false },
        "exported" => Capture::Outer { exported: true },
        "scope" => Capture::Scope,
        "function" => Capture::Function,
        "modifier" => Capture::Modifier,
        "section" => Capture::Section,
        "attribute" => Capture::Attribute,
        "comment" => Capture::Comment,
        "doc" => Capture::Doc,
        "branch" => Capture::Branch,
        "call.receiver" => Capture::Receiver,
        "call.arguments" => Capture::Arguments,
        "reference.type" => Capture::TypeLeaf,
        "import.group" => Capture::ImportGroup,
        "import.module" => Capture::ImportModule,
        "import.name" => Capture::ImportName,
        "import.alias" => Capture::ImportAlias,
        "import.star" => Capture::ImportStar,
        "import.typeOnly" => Capture::ImportTypeOnly,
        "import.system" => Capture::ImportSystem,
        _ => return None,
    })
}

fn settings_of(set: &[(String, String)]) -> Result<Settings, String> {
    use super::facts::symbol_flag::{ABSTRACT, DECLARATION, EXPORTED, STATIC, TEST, VISIBILITY_SHIFT};
    let mut settings = Settings::default();
    for (key, value) in set {
        let wrong = || format!("{key} {value}");
        match (key.as_str(), value.as_str()) {
            ("flag", "abstract") => settings.flags |= ABSTRACT,
            ("flag", "declaration") => settings.flags |= DECLARATION,
            ("flag", "exported") => settings.flags |= EXPORTED,
            ("flag", "static") => settings.flags |= STATIC,
            ("flag", "test") => settings.flags |= TEST,
            ("visibility", "private") => settings.flags |= (Visibility::Private as u32) << VISIBILITY_SHIFT,
            ("visibility", "public") => settings.flags |= (Visibility::Public as u32) << VISIBILITY_SHIFT,
            ("visibility", "internal") => settings.flags |= (Visibility::Internal as u32) << VISIBILITY_SHIFT,
            ("scope", "file") => settings.of_file = true,
            ("level", level) => settings.level = level.parse().map_err(|_| wrong())?,
            ("until", mark) if mark.len() == 1 => settings.until = mark.bytes().next(),
            _ => return Err(wrong()),
        }
    }
    Ok(settings)
}

/// Whether members of a type need a mark of their own to be exported.
pub fn members_follow_type(rule: ExportRule) -> bool {
    !matches!(rule, ExportRule::Keyword)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_loads_and_every_query_compiles() {
        for (index, language) in ALL
            .iter()
            .enumerate()
            .filter(|(_, language)| language.grammar.is_some())
        {
            let compiled = compiled(index).unwrap_or_else(|error| panic!("{error}"));
            tree_sitter::Parser::new()
                .set_language(&compiled.language)
                .unwrap_or_else(|error| panic!("{}: {error}", language.name));
        }
    }
}
