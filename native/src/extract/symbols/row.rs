//! A symbol as a row of facts: its positions, name and signature.

use crate::extract::facts::SYMBOL_COLUMNS;
use crate::extract::scan::Span;
use crate::extract::text::cut;

use super::{between, Source, Symbol};

/// The columns of a symbol; its name, signature and documentation go into the block's texts.
pub fn row(
    source: &mut Source,
    comments: &[Span],
    symbol: &Symbol,
    doc: Option<Span>,
    complexity: u32,
) -> [u32; SYMBOL_COLUMNS] {
    let text = source.text;
    let start = source.lines.position(symbol.span.start as usize);
    let name_start = source.lines.position(symbol.name.start as usize);
    let name_end = source.lines.position(symbol.name.end as usize);
    let end = source.lines.position(symbol.span.end as usize);
    let signature_end = symbol
        .body
        .map_or(symbol.span.end, |body| body.start)
        .max(symbol.name.end);
    let (signature_start, signature_length) = add_signature(source, comments, symbol.signature_start, signature_end);
    let (doc_start, doc_length) = doc.map_or((0, 0), |doc| source.block.add_sentence(cut(doc.of(text), 4000)));
    let name = source.names.intern(trim_quotes(symbol.name.of(text)).as_bytes());
    let container = symbol
        .container
        .map_or(0, |container| source.names.intern(container.of(text).as_bytes()) + 1);
    [
        name,
        symbol.kind,
        symbol.flags,
        symbol.parent,
        container,
        start.line,
        start.column,
        end.line,
        end.column,
        name_start.line,
        name_start.column,
        name_end.column,
        signature_start,
        signature_length,
        doc_start,
        doc_length,
        complexity,
    ]
}

/// The signature without the comments in it. A definition of a thousand lines without a body, such as a table, need not
/// be looked at beyond what is shown.
fn add_signature(source: &mut Source, comments: &[Span], start: u32, end: u32) -> (u32, u32) {
    const ENOUGH: usize = 2000;
    let text = source.text;
    let mut inside = between(comments, Span { start, end }).peekable();
    if inside.peek().is_none() {
        return source
            .block
            .add_signature(cut(&text[start as usize..end as usize], ENOUGH));
    }
    let mut kept = String::new();
    let mut from = start;
    for comment in inside {
        if kept.len() > ENOUGH || comment.start < from {
            break;
        }
        kept.push_str(&text[from as usize..comment.start as usize]);
        kept.push(' ');
        from = comment.end.min(end);
    }
    kept.push_str(cut(&text[from as usize..end as usize], ENOUGH));
    source.block.add_signature(&kept)
}

/// A name without one pair of quotes or angle brackets around it, or the colon of a Ruby symbol before it. The operators
/// `<=>` and `<>` have no name in their brackets, and a heading may have several words in them.
pub fn trim_quotes(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(b'"'), Some(b'"')) | (Some(b'\''), Some(b'\'')) if bytes.len() > 1 => &text[1..text.len() - 1],
        (Some(b'`'), Some(b'`')) if text.matches('`').count() == 2 => &text[1..text.len() - 1],
        (Some(b'<'), Some(b'>')) if !matches!(bytes[1], b'=' | b'>') && text.matches('<').count() == 1 => {
            &text[1..text.len() - 1]
        }
        (Some(b':'), _) if bytes.get(1).is_some_and(|next| *next != b':') => &text[1..],
        _ => text,
    }
}
