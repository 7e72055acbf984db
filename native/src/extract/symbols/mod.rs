//! From frames to symbols: nesting, what is local and therefore no symbol, names, visibility, documentation, flags.

mod flags;
mod frames;
mod leads;
mod levels;
mod nest;
mod row;

use crate::languages::{Language, Visibility};

use super::facts::{Rows, SYMBOL_COLUMNS};
use super::lines::Lines;
use super::names::Names;
use super::query::kind;
use super::scan::{Scan, Span};
use super::text::TextBlock;
use flags::set_flags;
use leads::Leads;
use levels::{complexities, docstrings};
use nest::nest;

pub use levels::{Level, Walk};
pub use row::trim_quotes;

/// What all steps of one file's extraction share.
pub struct Source<'text> {
    pub text: &'text str,
    pub lines: Lines<'text>,
    pub language: &'static Language,
    pub is_test_file: bool,
    pub names: Names,
    pub block: TextBlock,
}

/// A symbol before it becomes a row.
#[derive(Clone, Debug)]
pub struct Symbol {
    pub span: Span,
    pub name: Span,
    pub kind: u32,
    /// Row + 1.
    pub parent: u32,
    pub container: Option<Span>,
    pub body: Option<Span>,
    /// Where its documentation, attributes and wrappers begin.
    pub lead: u32,
    /// The documentation comment before it.
    pub doc: Option<Span>,
    pub flags: u32,
    /// Lifted out of the method that assigns it; nothing is inside it.
    pub hoisted: bool,
    signature_start: u32,
    modifiers_from: Span,
    exported_by_wrapper: bool,
    section: Option<Visibility>,
}

/// The symbols of a file in their final order, and the levels that they form.
#[derive(Debug, Default)]
pub struct Outline {
    pub symbols: Vec<Symbol>,
    pub levels: Vec<Level>,
}

/// Builds the outline. Frames of one node matched by several patterns count once: the first pattern wins.
pub fn outline(source: &Source, scan: &mut Scan) -> Outline {
    frames::prepare(&mut scan.frames, source.text);
    scan.comments.sort_unstable();
    scan.attributes.sort_unstable();
    scan.modifiers.sort_unstable();
    scan.sections.sort_unstable();
    let mut outline = nest(source, &scan.frames, &scan.sections);
    let leads = Leads::new(source, scan);
    for symbol in &mut outline.symbols {
        leads.apply(symbol);
    }
    outline
}

/// Writes one row per symbol. `exports` are the names that export statements list, and whether they are all there is.
pub fn symbol_rows(source: &mut Source, scan: &Scan, outline: &mut Outline, exports: &[&str]) -> Rows<SYMBOL_COLUMNS> {
    let complexities = complexities(scan, outline);
    let docstrings = docstrings(scan, outline);
    let mut rows = Rows::with_capacity(outline.symbols.len());
    for index in 0..outline.symbols.len() {
        let parent = outline.symbols[index]
            .parent
            .checked_sub(1)
            .map(|row| outline.symbols[row as usize].clone());
        let symbol = &mut outline.symbols[index];
        let doc = symbol.doc.or(docstrings[index]);
        set_flags(source, scan, symbol, parent.as_ref(), doc, exports);
        rows.push(row::row(source, &scan.comments, symbol, doc, complexities[index]));
    }
    rows
}

/// Whether this kind has a body that runs.
pub fn is_callable(kind: u32) -> bool {
    matches!(kind, kind::FUNCTION | kind::METHOD | kind::CONSTRUCTOR)
}

/// Whether this kind has members.
pub fn is_type(kind: u32) -> bool {
    matches!(
        kind,
        kind::CLASS | kind::INTERFACE | kind::ENUM | kind::STRUCT | kind::OBJECT
    )
}

/// Whether this kind holds a value.
pub fn is_storage(kind: u32) -> bool {
    matches!(kind, kind::VARIABLE | kind::CONSTANT | kind::FIELD | kind::PROPERTY)
}

/// Of sorted spans those that begin in `range`.
fn between(spans: &[Span], range: Span) -> impl Iterator<Item = &Span> {
    let first = spans.partition_point(|span| span.start < range.start);
    spans[first..].iter().take_while(move |span| span.start < range.end)
}
