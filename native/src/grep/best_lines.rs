//! Which line of a ranked chunk shows best why it was found.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use super::scan::{shown, utf16_length, without_end};
use super::{GrepHit, LineRange};
use crate::decode::decode;
use crate::error::{Code, NativeError, Result};
use crate::index::words_of;
use crate::read::Root;

const MAX_WORDS: usize = 64;
const MAX_FILE_BYTES: u64 = 64 << 20;
const MAX_REGEX_BYTES: usize = 1 << 20;

/// See `bestLines` in the module above.
pub fn best_lines(root: &Root, hits: &[LineRange], words: &[String]) -> Result<Vec<GrepHit>> {
    let patterns = words.iter().filter(|word| !word.is_empty()).take(MAX_WORDS);
    let patterns: Vec<Regex> = patterns.map(|word| word_regex(word)).collect::<Result<_>>()?;
    let mut texts: HashMap<&str, Option<String>> = HashMap::new();
    let mut buffer = Vec::new();
    let mut best = Vec::with_capacity(hits.len());
    for hit in hits {
        let text = texts.entry(&hit.path).or_insert_with(|| {
            root.read(&hit.path, MAX_FILE_BYTES, &mut buffer).ok()?;
            decode(&buffer).map(|(text, _)| text.into_owned())
        });
        best.extend(text.as_ref().and_then(|text| best_line(text, hit, &patterns)));
    }
    Ok(best)
}

/// A word in either case, its parts joined as any naming style joins them (`parse_file` finds `parseFile`).
fn word_regex(word: &str) -> Result<Regex> {
    let words = words_of(word);
    let parts: Vec<String> = words.iter().skip(1).map(|part| regex::escape(part)).collect();
    let pattern = match parts.len() {
        0 => regex::escape(word),
        _ => format!("{}|{}", regex::escape(word), parts.join("[_-]?")),
    };
    let built = RegexBuilder::new(&pattern)
        .case_insensitive(true)
        .size_limit(MAX_REGEX_BYTES)
        .build();
    built.map_err(|error| NativeError::new(Code::Query, format!("the word {word:?} cannot be looked for: {error}")))
}

/// The first of the lines with most distinct words; without any, the first that is not blank.
fn best_line(text: &str, range: &LineRange, patterns: &[Regex]) -> Option<GrepHit> {
    let count = (range.end_line.checked_sub(range.start_line)? as usize).saturating_add(1);
    let lines = text
        .split_inclusive('\n')
        .map(without_end)
        .zip(0..)
        .skip(range.start_line as usize)
        .take(count);
    let score = |line: &str| patterns.iter().filter(|pattern| pattern.is_match(line)).count();
    let mut best: Option<(usize, &str, u32)> = None;
    for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
        let score = score(line);
        if best.is_none_or(|(most, ..)| score > most) {
            best = Some((score, line, number));
        }
    }
    let (_, line, number) = best?;
    let mut found: Vec<_> = patterns
        .iter()
        .flat_map(|pattern| pattern.find_iter(line))
        .map(|found| found.range())
        .collect();
    found.sort_by_key(|range| (range.start, range.end));
    let column = |at: usize| utf16_length(&line.as_bytes()[..at]);
    let mut ranges: Vec<u32> = Vec::new();
    for range in found.into_iter().filter(|range| !range.is_empty()) {
        match ranges.last_mut() {
            // Words may overlap; what is marked does not.
            Some(end) if column(range.start) < *end => *end = (*end).max(column(range.end)),
            _ => ranges.extend([column(range.start), column(range.end)]),
        }
    }
    Some(GrepHit {
        path: range.path.clone(),
        line: number,
        text: shown(line),
        ranges,
        before: vec![],
        after: vec![],
    })
}
