//! What is kept of a file until its batch is handed over: its block, and what is asked of all files at once. The rows, which
//! take several times as much, are gone by then.

use std::time::Duration;

use super::batch::Outcome;
use super::block::{self, TABLES};
use super::facts::{CHUNK_COLUMNS, SYMBOL_COLUMNS};
use super::names::{Names, SortedNames};
use crate::decode::Encoding;
use crate::languages::Mode;
use crate::read::FileStat;

/// Something that is known of a file beforehand, and stands for what reading it would say.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Number of the reason why it is not indexed; 0 if it is.
    pub skip: u8,
    pub detail: String,
    /// Number of the limit that it is subject to, if it is indexed.
    pub limit: u8,
}

/// One file.
pub struct Packed {
    /// SkipReason number, 0 = indexed.
    pub skip: u8,
    pub detail: String,
    pub limit: u8,
    pub language: u8,
    pub mode: u8,
    pub encoding: Encoding,
    pub flags: u8,
    pub lines: u32,
    pub errors: u32,
    pub stat: FileStat,
    pub hash: [u8; 32],
    pub elapsed: Duration,
    pub rows: [u32; TABLES],
    /// Of its chunks, those of comments.
    pub comment_chunks: u32,
    pub symbols: Vec<Symbol>,
    /// Names of the file, in their order; symbols are among those that have them.
    pub names: SortedNames,
    pub block: Vec<u8>,
}

/// What is kept in memory of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    pub name: u32,
    pub kind: u8,
    pub flags: u16,
}

impl Packed {
    pub fn of(outcome: Outcome, verdict: Option<&Verdict>) -> Self {
        let Outcome {
            skip,
            stat,
            hash,
            encoding,
            facts,
            elapsed,
        } = outcome;
        let mut limit = facts.limit as u8;
        let (mut skip, mut detail) = skip.map_or((0, String::new()), |skip| (skip.reason as u8, skip.detail));
        match verdict {
            Some(verdict) if verdict.skip != 0 => (skip, detail) = (verdict.skip, verdict.detail.clone()),
            Some(verdict) if skip == 0 => limit = verdict.limit,
            _ => {}
        }
        let text = if detail.is_empty() {
            &facts.text
        } else {
            detail.as_bytes()
        };
        let is_comment = |row: &&[u32; CHUNK_COLUMNS]| row[0] == Mode::ExtractedProse as u32;
        Self {
            skip,
            limit,
            language: facts.language as u8,
            mode: facts.mode,
            encoding,
            flags: facts.flags,
            lines: facts.lines,
            errors: facts.errors,
            stat,
            hash,
            elapsed,
            rows: block::row_counts(&facts),
            comment_chunks: facts.chunks.iter().filter(is_comment).count() as u32,
            symbols: facts.symbols.iter().map(Symbol::of).collect(),
            block: block::encode(&facts, text),
            names: facts.names,
            detail,
        }
    }
}

impl Symbol {
    fn of(row: &[u32; SYMBOL_COLUMNS]) -> Self {
        Self {
            name: row[0],
            kind: row[1] as u8,
            flags: row[2] as u16,
        }
    }
}

/// The names that symbols of these files have as one sorted list, and for each symbol, file after file, its name's place.
pub fn symbol_names<'a>(files: impl Iterator<Item = &'a Packed> + Clone) -> (SortedNames, Vec<u32>) {
    let mut all = Names::default();
    let mut ids = Vec::with_capacity(files.clone().map(|file| file.symbols.len()).sum());
    for Packed { names, symbols, .. } in files {
        ids.extend(symbols.iter().map(|symbol| all.intern(names.get(symbol.name as usize))));
    }
    let (sorted, places) = all.sorted();
    for id in &mut ids {
        *id = places[*id as usize];
    }
    (sorted, ids)
}
