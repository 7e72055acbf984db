//! A file's name (the first line) and its text, in any language: facts are those of the text alone, and what they refer
//! to is there.

#![no_main]

use std::ops::Range;
use std::time::Duration;

use almagest_native::extract::facts::{FileFacts, Limit};
use almagest_native::extract::{Extractor, Limits};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    deadline: Duration::from_millis(500),
    max_parse_bytes: 1 << 16,
    max_line_bytes: 10_000,
    max_rows: 100,
};

fuzz_target!(|bytes: &[u8]| {
    let input = String::from_utf8_lossy(bytes);
    let (path, text) = input.split_once('\n').unwrap_or((&input, ""));
    let mut extractor = Extractor::default();
    let facts = extractor.extract(path, text, &LIMITS);
    check(&facts, text);
    // A parser that has been in use must not remember what it saw.
    let again = extractor.extract(path, text, &LIMITS);
    if [&facts, &again].iter().all(|facts| facts.limit != Limit::Deadline) {
        assert_eq!(facts, again);
    }
});

/// The columns are those of server/model/columns.ts.
fn check(facts: &FileFacts, text: &str) {
    let names = facts.names.offsets.len() as u32 - 1;
    let symbols = facts.symbols.len() as u32;
    for (row, symbol) in facts.symbols.iter().enumerate() {
        assert!(symbol[0] < names && symbol[4] <= names);
        assert!(symbol[3] <= row as u32, "a parent precedes its children");
        assert!(
            (symbol[5], symbol[6]) <= (symbol[7], symbol[8]),
            "a symbol ends before it begins"
        );
        assert!(symbol[7] < facts.lines && symbol[9] < facts.lines && symbol[10] <= symbol[11]);
        block(facts, symbol[12], symbol[13]);
        block(facts, symbol[14], symbol[15]);
    }
    for import in &facts.imports {
        assert!(import[1] <= names && import[2] <= names && import[3] <= names);
        assert!((import[5], import[6]) <= (import[7], import[8]) && import[7] < facts.lines);
    }
    for call in &facts.calls {
        assert!(call[0] < names && call[5] <= symbols && call[6] < facts.lines);
        block(facts, call[1], call[2]);
    }
    for type_ref in &facts.type_refs {
        assert!(type_ref[0] < names && type_ref[2] <= symbols && type_ref[3] <= names && type_ref[4] < facts.lines);
    }
    for chunk in &facts.chunks {
        assert!(
            text.get(span(chunk[1], chunk[2])).is_some(),
            "a chunk lies outside of the text"
        );
        assert!(chunk[3] <= chunk[4] && chunk[4] < facts.lines && chunk[5] <= symbols);
        block(facts, chunk[6], chunk[7]);
    }
}

/// Fails where a piece of the text block is not there, or no text.
fn block(facts: &FileFacts, start: u32, length: u32) {
    let bytes = &facts.text[span(start, start + length)];
    assert!(
        std::str::from_utf8(bytes).is_ok(),
        "a piece of text is cut within a character"
    );
}

fn span(start: u32, end: u32) -> Range<usize> {
    start as usize..end as usize
}
