//! What a symbol's surroundings say of it: visibility, exported, static, abstract, deprecated, test.

use crate::extract::facts::symbol_flag;
use crate::extract::query::{kind, members_follow_type};
use crate::extract::scan::{Scan, Span};
use crate::languages::{ExportRule, Visibility};

use super::{between, is_callable, is_storage, is_type, Source, Symbol};

/// Marks before a name beyond so many say nothing: thousands of them before each of thousands of names would take for ever.
const MAX_MARKS: usize = 256;

/// Sets all flags of a symbol. `parent` has its own already; `exports` are the names that export statements list.
pub fn set_flags(
    source: &Source,
    scan: &Scan,
    symbol: &mut Symbol,
    parent: Option<&Symbol>,
    doc: Option<Span>,
    exports: &[&str],
) {
    let modifiers = Modifiers::of(source, scan, symbol);
    let visibility = visibility(source, symbol, parent, &modifiers);
    let before_name = Span {
        start: symbol.lead,
        end: symbol.name.start,
    };
    let attributes = || {
        between(&scan.attributes, before_name)
            .take(MAX_MARKS)
            .map(|span| span.of(source.text))
    };
    let flags = [
        (symbol_flag::ABSTRACT, modifiers.is_abstract),
        (symbol_flag::STATIC, modifiers.is_static),
        (
            symbol_flag::EXPORTED,
            is_exported(source, symbol, parent, visibility, exports),
        ),
        (
            symbol_flag::DECLARATION,
            is_callable(symbol.kind) && symbol.body.is_none(),
        ),
        (
            symbol_flag::DEPRECATED,
            doc.is_some_and(|doc| doc_deprecates(doc.of(source.text))) || attributes().any(attribute_deprecates),
        ),
        (symbol_flag::TEST, is_test(source, symbol, parent, attributes())),
    ];
    symbol.flags &= !(7 << symbol_flag::VISIBILITY_SHIFT);
    symbol.flags |= (visibility as u32) << symbol_flag::VISIBILITY_SHIFT;
    for (flag, _) in flags.iter().filter(|(_, is_set)| *is_set) {
        symbol.flags |= flag;
    }
}

/// What the words before a name say.
struct Modifiers {
    visibility: Option<Visibility>,
    is_static: bool,
    is_abstract: bool,
}

impl Modifiers {
    fn of(source: &Source, scan: &Scan, symbol: &Symbol) -> Self {
        let texts = || {
            between(&scan.modifiers, symbol.modifiers_from)
                .take(MAX_MARKS)
                .map(|span| span.of(source.text))
        };
        Self {
            visibility: texts().find_map(modifier_visibility),
            // In C also as a macro, so that a debug build can see everything.
            is_static: texts().flat_map(words).any(|word| matches!(word, "static" | "STATIC")),
            is_abstract: texts().flat_map(words).any(|word| word == "abstract"),
        }
    }
}

/// The first that says something: a modifier, the section around, the query, the rule of the language.
fn visibility(source: &Source, symbol: &Symbol, parent: Option<&Symbol>, modifiers: &Modifiers) -> Visibility {
    let name = symbol.name.of(source.text);
    let in_type = parent.is_some_and(|parent| is_type(parent.kind)) || symbol.container.is_some();
    let inherits = symbol.kind == kind::ENUM_MEMBER || parent.is_some_and(|parent| parent.kind == kind::INTERFACE);
    let said = modifiers.visibility.or(symbol.section).or(visibility_in(symbol.flags));
    said.unwrap_or_else(|| match source.language.exports {
        ExportRule::Keyword if name.starts_with('#') => Visibility::Private,
        ExportRule::Keyword | ExportRule::Everything => Visibility::Default,
        ExportRule::Capital if name.chars().next().is_some_and(char::is_uppercase) => Visibility::Public,
        ExportRule::Capital => Visibility::Internal,
        ExportRule::Underscore if name.starts_with('_') && !(name.starts_with("__") && name.ends_with("__")) => {
            Visibility::Private
        }
        ExportRule::Underscore => Visibility::Public,
        ExportRule::Modifier(_) if inherits => Visibility::Public,
        ExportRule::Modifier(visibility) => visibility,
        ExportRule::Linkage if modifiers.is_static && !in_type => Visibility::Private,
        ExportRule::Linkage => Visibility::Public,
    })
}

fn is_exported(
    source: &Source,
    symbol: &Symbol,
    parent: Option<&Symbol>,
    visibility: Visibility,
    exports: &[&str],
) -> bool {
    let rule = source.language.exports;
    let listed = symbol.parent == 0 && exports.contains(&symbol.name.of(source.text));
    let follows = parent.is_none_or(|parent| !members_follow_type(rule) || parent.flags & symbol_flag::EXPORTED != 0);
    let local = parent.is_some_and(|parent| is_callable(parent.kind));
    let by_rule = || match rule {
        ExportRule::Keyword => false,
        ExportRule::Underscore if symbol.parent == 0 && !exports.is_empty() => false,
        ExportRule::Everything => true,
        _ => visibility == Visibility::Public,
    };
    follows && !local && (symbol.exported_by_wrapper || listed || by_rule())
}

fn is_test<'text>(
    source: &Source,
    symbol: &Symbol,
    parent: Option<&Symbol>,
    mut attributes: impl Iterator<Item = &'text str>,
) -> bool {
    let tests = &source.language.tests;
    let name = symbol.name.of(source.text);
    let named =
        source.is_test_file && !is_storage(symbol.kind) && tests.prefixes.iter().any(|prefix| name.starts_with(prefix));
    named
        || parent.is_some_and(|parent| parent.flags & symbol_flag::TEST != 0)
        || attributes.any(|text| tests.attributes.iter().any(|mark| text.contains(mark)))
}

fn attribute_deprecates(text: &str) -> bool {
    ["deprecated", "Deprecated", "Obsolete"]
        .iter()
        .any(|mark| text.contains(mark))
}

fn doc_deprecates(doc: &str) -> bool {
    ["@deprecated", "Deprecated:", "deprecated::", "DEPRECATED"]
        .iter()
        .any(|mark| doc.contains(mark))
}

/// The words of a modifier or section mark.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

fn modifier_visibility(text: &str) -> Option<Visibility> {
    // Rust: what is visible to a part of the crate only is internal.
    if text.starts_with("pub(") || text.starts_with("pub (") {
        return Some(Visibility::Internal);
    }
    words(text).find_map(visibility_of)
}

/// What the query says of a definition without a modifier.
fn visibility_in(flags: u32) -> Option<Visibility> {
    [Visibility::Public, Visibility::Private, Visibility::Internal]
        .into_iter()
        .find(|visibility| flags >> symbol_flag::VISIBILITY_SHIFT & 7 == *visibility as u32)
}

fn visibility_of(word: &str) -> Option<Visibility> {
    Some(match word {
        "public" | "pub" | "open" => Visibility::Public,
        "protected" => Visibility::Protected,
        "private" | "fileprivate" | "local" => Visibility::Private,
        "internal" | "package" => Visibility::Internal,
        _ => return None,
    })
}

/// Of C++: members of a `class` are private until a section says otherwise.
pub fn section_visibility(word: &str) -> Option<Visibility> {
    if word == "class" {
        Some(Visibility::Private)
    } else {
        visibility_of(word)
    }
}
