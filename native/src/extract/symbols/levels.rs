//! The levels of nesting that symbols and nameless functions form, and what is assigned to them by its offset.

use crate::extract::scan::{Scan, Span};

use super::{is_callable, Outline};

/// A level of nesting after locals were dropped: what calls, types and branches are assigned to.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    pub span: Span,
    /// Row + 1 of the symbol, or of the innermost symbol around a level that is none.
    pub symbol: u32,
    pub callable: bool,
    /// Name of a scope that is no symbol.
    pub scope: Option<Span>,
}

/// Walks down the levels along ascending offsets.
pub struct Walk<'a> {
    levels: &'a [Level],
    next: usize,
    open: Vec<usize>,
}

impl<'a> Walk<'a> {
    pub fn new(levels: &'a [Level]) -> Self {
        Self {
            levels,
            next: 0,
            open: Vec::new(),
        }
    }

    /// The innermost level around `offset`, which must not be before the last one asked for.
    pub fn innermost(&mut self, offset: u32) -> Option<&'a Level> {
        self.advance(offset);
        self.open.last().map(|level| &self.levels[*level])
    }

    /// The innermost level that runs.
    pub fn innermost_callable(&mut self, offset: u32) -> Option<&'a Level> {
        self.advance(offset);
        self.open
            .iter()
            .rev()
            .map(|level| &self.levels[*level])
            .find(|level| level.callable)
    }

    fn advance(&mut self, offset: u32) {
        while self
            .levels
            .get(self.next)
            .is_some_and(|level| level.span.start <= offset)
        {
            let start = self.levels[self.next].span.start;
            self.open.retain(|level| self.levels[*level].span.end > start);
            self.open.push(self.next);
            self.next += 1;
        }
        while self
            .open
            .last()
            .is_some_and(|level| self.levels[*level].span.end <= offset)
        {
            self.open.pop();
        }
    }
}

/// 1 + branches, for each callable; those in nested functions, named or not, are theirs.
pub fn complexities(scan: &Scan, outline: &Outline) -> Vec<u32> {
    let mut counts: Vec<u32> = outline
        .symbols
        .iter()
        .map(|symbol| u32::from(is_callable(symbol.kind)))
        .collect();
    let mut branches = scan.branches.clone();
    branches.sort_unstable();
    let mut walk = Walk::new(&outline.levels);
    for branch in branches {
        let Some(level) = walk.innermost_callable(branch) else {
            continue;
        };
        let Some(row) = level.symbol.checked_sub(1) else {
            continue;
        };
        if outline.symbols[row as usize].span == level.span {
            counts[row as usize] += 1;
        }
    }
    counts
}

/// For each symbol the docstring directly inside it.
pub fn docstrings(scan: &Scan, outline: &Outline) -> Vec<Option<Span>> {
    let mut found = vec![None; outline.symbols.len()];
    let mut docs = scan.docs.clone();
    docs.sort_unstable();
    let mut walk = Walk::new(&outline.levels);
    for doc in docs {
        if let Some(row) = walk.innermost(doc.start).and_then(|level| level.symbol.checked_sub(1)) {
            found[row as usize] = found[row as usize].or(Some(doc));
        }
    }
    found
}
