//! Cuts a text into chunks, the units of search: code by symbol, prose by heading or paragraph, records by entry. They
//! cover the text without overlap; the comments inside code are chunks of prose on top.

use crate::languages::Mode;

use super::facts::{Rows, CHUNK_COLUMNS};
use super::scan::{Scan, Span};
use super::symbols::{is_callable, is_storage, trim_quotes, Outline, Source};

/// Small neighbours grow together up to this size.
const SMALL_LINES: usize = 60;
const SMALL_BYTES: usize = 3 * 1024;
/// A function of at least this many lines is a chunk of its own.
const OWN_LINES: usize = 6;
/// What is larger is split, at the least indented line in reach.
const LARGE_LINES: usize = 200;
const LARGE_BYTES: usize = 16 * 1024;
/// A single line longer than this is split between characters.
const LINE_BYTES: usize = 64 * 1024;
/// Shortest comment that is a chunk.
const PROSE_LINES: usize = 3;

/// A run of whole lines that belong together.
#[derive(Clone, Copy, Debug)]
struct Piece {
    first: usize,
    /// Exclusive.
    end: usize,
    /// Row + 1.
    symbol: u32,
    /// Never grows together with a neighbour.
    alone: bool,
    title: Option<Span>,
}

/// The chunks of a file, in order of their first byte.
pub fn chunk_rows(source: &mut Source, scan: &Scan, outline: &Outline, mode: Mode) -> Rows<CHUNK_COLUMNS> {
    if source.text.is_empty() {
        return Rows::new();
    }
    let pieces = match mode {
        Mode::Prose if outline.symbols.is_empty() => paragraphs(source),
        Mode::Records if outline.symbols.is_empty() => vec![whole(source)],
        _ => coalesce(source, by_symbol(source, outline, mode), outline),
    };
    let mut rows = Rows::with_capacity(pieces.len());
    for piece in pieces {
        let title = piece.title.map_or((0, 0), |title| {
            source.block.add_line(trim_quotes(title.of(source.text)), 200)
        });
        for part in split(source, piece) {
            push_lines(source, part, mode, title, &mut rows);
        }
    }
    if mode == Mode::Code {
        comment_chunks(source, scan, outline, &mut rows);
        rows.sort_by_key(|row| (row[1], row[0], row[2]));
    }
    rows
}

fn whole(source: &Source) -> Piece {
    Piece {
        first: 0,
        end: line_count(source),
        symbol: 0,
        alone: false,
        title: None,
    }
}

/// Lines that hold text: the empty one after the last line break is none.
fn line_count(source: &Source) -> usize {
    let count = source.lines.count();
    if count > 1 && source.lines.start(count - 1) == source.text.len() {
        count - 1
    } else {
        count
    }
}

/// Cuts before and after each symbol that is not inside a function.
fn by_symbol(source: &Source, outline: &Outline, mode: Mode) -> Vec<Piece> {
    let total = line_count(source);
    // (line, owner from here on, title): later cuts at one line win, so that an end gives way to the next start.
    let mut cuts: Vec<(usize, u32, Option<u32>)> = vec![(0, 0, None)];
    let mut ends: Vec<(usize, u32)> = Vec::new();
    let mut inside_until = 0;
    for (index, symbol) in outline.symbols.iter().enumerate() {
        let first = source.lines.line_at(symbol.lead as usize);
        if symbol.hoisted || symbol.span.start < inside_until || is_storage(symbol.kind) && symbol.parent > 0 {
            continue;
        }
        let depth = depth_of(outline, symbol.parent);
        if mode == Mode::Records && depth > 1 {
            continue;
        }
        while ends.last().is_some_and(|(line, _)| *line <= first) {
            if let Some((line, owner)) = ends.pop() {
                cuts.push((line, owner, None));
            }
        }
        let row = index as u32 + 1;
        cuts.push((first, row, Some(row)));
        let last = source
            .lines
            .line_at(symbol.span.end.saturating_sub(1).max(symbol.span.start) as usize);
        ends.push((last + 1, symbol.parent));
        if is_callable(symbol.kind) {
            inside_until = symbol.span.end;
        }
    }
    while let Some((line, owner)) = ends.pop() {
        cuts.push((line, owner, None));
    }
    // An end can lie beyond the start of what shares its line; lines never go back.
    let mut pieces: Vec<Piece> = Vec::with_capacity(cuts.len());
    for (at, (line, owner, start)) in cuts.iter().enumerate() {
        let next = cuts[at + 1..].iter().map(|(line, ..)| *line).find(|next| *next > *line);
        let first = pieces.last().map_or(*line, |piece| piece.end.max(*line));
        let is_last_here = cuts.get(at + 1).is_none_or(|(next, ..)| *next > *line);
        let end = next.unwrap_or(total).min(total);
        if first >= end || !is_last_here {
            continue;
        }
        let symbol = start.map_or(*owner, |row| row);
        let of = outline.symbols.get((symbol.max(1) - 1) as usize).filter(|_| symbol > 0);
        let callable = of.is_some_and(|symbol| is_callable(symbol.kind));
        let title = of.filter(|_| mode != Mode::Code).map(|symbol| symbol.name);
        let alone = mode == Mode::Prose || callable && end - first >= OWN_LINES;
        pieces.push(Piece {
            first,
            end,
            symbol,
            alone,
            title,
        });
    }
    pieces
}

fn depth_of(outline: &Outline, mut row: u32) -> usize {
    let mut depth = 0;
    while row > 0 && depth < 64 {
        row = outline.symbols[row as usize - 1].parent;
        depth += 1;
    }
    depth
}

/// Lets small neighbours grow together. A piece of several symbols belongs to what is around them all.
fn coalesce(source: &Source, pieces: Vec<Piece>, outline: &Outline) -> Vec<Piece> {
    let bytes = |first: usize, end: usize| source.lines.start(end) - source.lines.start(first);
    let mut grown: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        if let Some(last) = grown.last_mut() {
            let blank = source.text[source.lines.start(piece.first)..source.lines.start(piece.end)].len() < 200
                && is_filler(source, piece);
            let fits = piece.end - last.first <= SMALL_LINES && bytes(last.first, piece.end) <= SMALL_BYTES;
            if blank || !piece.alone && !last.alone && fits {
                if !blank {
                    last.symbol = common_owner(outline, last.symbol, piece.symbol);
                    last.title = last.title.or(piece.title);
                }
                last.end = piece.end;
                continue;
            }
        }
        grown.push(piece);
    }
    grown
}

/// Nothing but white space and closing brackets: belongs to what it follows.
fn is_filler(source: &Source, piece: Piece) -> bool {
    let text = &source.text[source.lines.start(piece.first)..source.lines.start(piece.end)];
    text.bytes()
        .all(|byte| byte.is_ascii_whitespace() || matches!(byte, b'}' | b')' | b']' | b';' | b','))
}

fn common_owner(outline: &Outline, a: u32, b: u32) -> u32 {
    let parent = |row: u32| row.checked_sub(1).map_or(0, |row| outline.symbols[row as usize].parent);
    match () {
        _ if a == b || parent(b) == a && a > 0 => a,
        _ if parent(a) == b => b,
        _ if parent(a) == parent(b) => parent(a),
        _ => 0,
    }
}

/// Prose without headings: paragraphs, as many as fit.
fn paragraphs(source: &Source) -> Vec<Piece> {
    let total = line_count(source);
    let mut pieces = Vec::new();
    let mut first = 0;
    for line in 1..total {
        let starts_paragraph =
            source.lines.line(line - 1).trim().is_empty() && !source.lines.line(line).trim().is_empty();
        if line - first >= SMALL_LINES || starts_paragraph && line - first >= SMALL_LINES / 2 {
            pieces.push(Piece {
                first,
                end: line,
                symbol: 0,
                alone: true,
                title: None,
            });
            first = line;
        }
    }
    pieces.push(Piece {
        first,
        end: total,
        symbol: 0,
        alone: true,
        title: None,
    });
    pieces
}

/// Splits what is too large for one chunk.
fn split(source: &Source, piece: Piece) -> Vec<Piece> {
    let large_lines = if piece.symbol == 0 && !piece.alone {
        SMALL_LINES
    } else {
        LARGE_LINES
    };
    let mut parts = Vec::new();
    let mut first = piece.first;
    while first < piece.end {
        let start = source.lines.start(first);
        let fits = |end: usize| end - first <= large_lines && source.lines.start(end) - start <= LARGE_BYTES;
        let mut end = first + 1;
        while end < piece.end && fits(end + 1) {
            end += 1;
        }
        if end < piece.end {
            end = best_break(source, first, end);
        }
        parts.push(Piece { first, end, ..piece });
        first = end;
    }
    parts
}

/// The line in the second half at which a new piece starts best: the least indented one, the last of those.
fn best_break(source: &Source, first: usize, end: usize) -> usize {
    let indent = |line: usize| {
        let text = source.lines.line(line);
        let trimmed = text.trim_start();
        if trimmed.is_empty() {
            usize::MAX
        } else {
            text.len() - trimmed.len()
        }
    };
    let half = first + (end - first).div_ceil(2);
    (half.max(first + 1)..=end)
        .rev()
        .min_by_key(|line| indent(*line))
        .unwrap_or(end)
}

/// One row for a run of lines, several for a single line that is too long.
fn push_lines(source: &Source, piece: Piece, mode: Mode, title: (u32, u32), rows: &mut Rows<CHUNK_COLUMNS>) {
    let end = source.lines.start(piece.end);
    let mut start = source.lines.start(piece.first);
    let (first_line, last_line) = (piece.first as u32, piece.end as u32 - 1);
    while start < end {
        let mut stop = if end - start > LINE_BYTES {
            start + LINE_BYTES
        } else {
            end
        };
        while !source.text.is_char_boundary(stop) {
            stop -= 1;
        }
        rows.push([
            mode as u32,
            start as u32,
            stop as u32,
            first_line,
            last_line,
            piece.symbol,
            title.0,
            title.1,
        ]);
        start = stop;
    }
}

/// Comments of several lines, neighbouring line comments taken together, and docstrings.
fn comment_chunks(source: &Source, scan: &Scan, outline: &Outline, rows: &mut Rows<CHUNK_COLUMNS>) {
    let mut spans: Vec<Span> = scan.comments.iter().chain(&scan.docs).copied().collect();
    spans.sort_unstable();
    let mut blocks: Vec<Span> = Vec::new();
    for span in spans {
        match blocks.last_mut() {
            Some(block)
                if span.start < block.end || is_one_break(&source.text[block.end as usize..span.start as usize]) =>
            {
                block.end = block.end.max(span.end);
            }
            _ => blocks.push(span),
        }
    }
    let mut leads: Vec<(u32, u32)> = outline
        .symbols
        .iter()
        .enumerate()
        .map(|(row, symbol)| (symbol.lead, row as u32 + 1))
        .collect();
    leads.sort_unstable();
    for block in blocks {
        let end = block.start + source.text[block.start as usize..block.end as usize].trim_end().len() as u32;
        let (first, last) = (
            source.lines.line_at(block.start as usize),
            source.lines.line_at(end as usize),
        );
        if last + 1 - first < PROSE_LINES {
            continue;
        }
        let symbol = documented(outline, &leads, block);
        let mode = Mode::ExtractedProse as u32;
        rows.push([mode, block.start, end, first as u32, last as u32, symbol, 0, 0]);
    }
}

/// The symbol that a comment block leads up to, or else the one that a docstring is in.
fn documented(outline: &Outline, leads: &[(u32, u32)], block: Span) -> u32 {
    let next = leads.partition_point(|(lead, _)| *lead < block.start);
    if let Some((lead, row)) = leads.get(next) {
        if *lead < block.end && outline.symbols[*row as usize - 1].span.start >= block.end {
            return *row;
        }
    }
    let before = outline.levels.partition_point(|level| level.span.start <= block.start);
    outline.levels[..before]
        .iter()
        .rev()
        .take(64)
        .find(|level| level.span.contains(block.start))
        .map_or(0, |level| level.symbol)
}

fn is_one_break(gap: &str) -> bool {
    gap.bytes().filter(|byte| *byte == b'\n').count() <= 1 && gap.trim().is_empty()
}
