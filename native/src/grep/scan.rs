//! The matching lines of one text.

use std::io;
use std::ops::Range;

use grep_matcher::Matcher;
use grep_searcher::{Searcher, Sink, SinkMatch};

use super::pattern::Pattern;
use super::GrepHit;
use crate::error::{Code, NativeError, Result};
use crate::task::CancelFlag;

const MAX_SHOWN_CHARACTERS: usize = 1_000;
/// Matches marked in one line; a minified file can have hundreds of thousands.
const MAX_RANGES: usize = 1_000;

/// What one text has.
#[derive(Default)]
pub struct Found {
    pub hits: Vec<GrepHit>,
    /// Matching lines, also those beyond the limit.
    pub total: u32,
}

struct Collector<'a> {
    pattern: &'a Pattern,
    path: &'a str,
    text: &'a str,
    limit: usize,
    cancel: &'a CancelFlag,
    found: Found,
}

impl Pattern {
    /// Finds the lines of `text` that match and describes the first `limit` of them.
    pub fn scan(&self, path: &str, text: &str, limit: usize, cancel: &CancelFlag) -> Result<Found> {
        let mut collector = Collector {
            pattern: self,
            path,
            text,
            limit,
            cancel,
            found: Found::default(),
        };
        let searched = self
            .searcher()
            .search_slice(&self.matcher, text.as_bytes(), &mut collector);
        cancel.check()?;
        searched.map_err(|error| NativeError::new(Code::Query, format!("could not search {path}: {error}")))?;
        Ok(collector.found)
    }
}

impl Sink for Collector<'_> {
    type Error = io::Error;

    /// Called with one matching line, or with the lines of a match that goes over several.
    fn matched(&mut self, _searcher: &Searcher, matched: &SinkMatch<'_>) -> io::Result<bool> {
        let start = matched.absolute_byte_offset() as usize;
        let block = start..start + matched.bytes().len();
        let first = matched.line_number().unwrap_or(1) as u32 - 1;
        let ranges = match self.found.hits.len() < self.limit {
            true => self.ranges(block.clone())?,
            false => vec![],
        };
        let mut line_start = block.start;
        for (line, slice) in (first..).zip(self.text[block].split_inclusive('\n')) {
            if self.found.hits.len() < self.limit {
                let hit = self.hit(line, line_start..line_start + slice.len(), &ranges);
                self.found.hits.push(hit);
            }
            self.found.total += 1;
            line_start += slice.len();
        }
        Ok(!self.cancel.cancelled())
    }
}

impl Collector<'_> {
    /// The matches that begin in a block of lines.
    fn ranges(&self, block: Range<usize>) -> io::Result<Vec<Range<usize>>> {
        // A pattern for single lines sees its line as if it were all there is.
        let (text, from) = match self.pattern.is_multiline {
            true => (self.text, block.start),
            false => (
                &self.text[..block.start + without_end(&self.text[block.clone()]).len()],
                block.start,
            ),
        };
        let mut ranges = Vec::new();
        let searched = self.pattern.matcher.find_iter_at(text.as_bytes(), from, |found| {
            if found.start() < block.end && !found.is_empty() {
                ranges.push(found.start()..found.end());
            }
            found.start() < block.end && ranges.len() < MAX_RANGES
        });
        searched.map_err(io::Error::other)?;
        Ok(ranges)
    }

    fn hit(&self, line: u32, bytes: Range<usize>, ranges: &[Range<usize>]) -> GrepHit {
        let text = without_end(&self.text[bytes.clone()]);
        let end = bytes.start + text.len();
        let column = |at: usize| utf16_length(&text.as_bytes()[..at.clamp(bytes.start, end) - bytes.start]);
        let touching = ranges
            .iter()
            .filter(|range| range.start < end && range.end > bytes.start);
        let before = self.text[..bytes.start]
            .split_inclusive('\n')
            .rev()
            .take(self.pattern.context_lines);
        let after = self.text[bytes.end..]
            .split_inclusive('\n')
            .take(self.pattern.context_lines);
        let mut before: Vec<String> = before.map(shown).collect();
        before.reverse();
        GrepHit {
            path: self.path.to_owned(),
            line,
            text: shown(text),
            ranges: touching
                .flat_map(|range| [column(range.start), column(range.end)])
                .collect(),
            before,
            after: after.map(shown).collect(),
        }
    }
}

/// A line as it is shown.
pub fn shown(line: &str) -> String {
    let line = without_end(line);
    let cut = line
        .char_indices()
        .nth(MAX_SHOWN_CHARACTERS)
        .map_or(line.len(), |(at, _)| at);
    line[..cut].to_owned()
}

/// A line without `\n` or `\r\n`.
pub fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Length in UTF-16 units of UTF-8 that may end within a character.
pub fn utf16_length(bytes: &[u8]) -> u32 {
    // Each first byte of a character counts one, that of a character beyond the basic plane two.
    bytes
        .iter()
        .map(|byte| u32::from(byte & 0xC0 != 0x80) + u32::from(*byte >= 0xF0))
        .sum()
}
