//! Answers from the search index: ranked hits, and the stored facts in order of their paths.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use tantivy::collector::{Count, TopDocs};
use tantivy::columnar::{Column, StrColumn};
use tantivy::schema::Value;
use tantivy::{DocAddress, DocSet, Score, Searcher, SegmentReader, TantivyDocument, TantivyError, TERMINATED};

use super::ledger::digest_of;
use super::query::{Clause, Filters, ParsedQuery};
use super::schema::{
    Fields, CONTENT_COLUMN, DIGEST_COLUMN, END_LINE_COLUMN, FLAGS_COLUMN, MODE_COLUMN, PATH_COLUMN, START_LINE_COLUMN,
};
use super::store::Readable;
use super::{RankedHit, SearchOptions, SearchResult, StoredContents, StoredFacts};
use crate::decode::decode;
use crate::error::{Code, NativeError, Result};
use crate::read::Root;

const MAX_LIMIT: u32 = 10_000;
const MAX_OFFSET: u32 = 100_000;
/// This many of the best hits are verified when a query has phrases.
const MAX_VERIFIED: usize = 1_000;
/// Files larger than this are not read to verify a phrase.
const MAX_VERIFIED_BYTES: u64 = 16 << 20;
const MAX_REGEX_BYTES: usize = 1 << 20;

/// Bits of `FileFlag` in server/model/columns.ts, and what a hit in such a file is worth.
const FLAG_WEIGHTS: [(u64, Score); 3] = [(1, 0.5), (2, 0.4), (4, 0.3)];

/// The best hits for `options`, best first; equal scores in order of path and line. Phrases are verified below `root`.
pub fn search(readable: &Readable, options: SearchOptions, root: Option<&Root>) -> Result<SearchResult> {
    let parsed = ParsedQuery::parse(&options.query)?;
    let (limit, offset) = (
        options.limit.min(MAX_LIMIT) as usize,
        options.offset.min(MAX_OFFSET) as usize,
    );
    let filters = Filters {
        modes: options.modes.unwrap_or_default(),
        languages: options.languages.unwrap_or_default(),
        path_prefixes: options.path_prefixes.unwrap_or_default(),
    };
    let query = filters.apply(&readable.fields, parsed.to_query(&readable.fields));
    let searcher = readable.searcher();
    let verified_below = root.filter(|_| parsed.has_phrases());
    let wanted = if verified_below.is_some() {
        MAX_VERIFIED
    } else {
        (limit + offset).max(1)
    };
    let failed = |error: TantivyError| readable.failed("search in", &error);
    let top = TopDocs::with_limit(wanted).tweak_score(weigh);
    let (top, total) = searcher.search(&query, &(top, Count)).map_err(failed)?;
    let mut hits = read_hits(&searcher, &top).map_err(failed)?;
    hits.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| (&a.path, a.start_line).cmp(&(&b.path, b.start_line)))
    });
    let mut total = total as u32;
    if let Some(root) = verified_below {
        hits = verify_phrases(root, &parsed, hits)?;
        total = hits.len() as u32;
    }
    let hits = hits.into_iter().skip(offset).take(limit).collect();
    Ok(SearchResult { hits, total })
}

/// Own code before tests, generated and vendored files.
fn weigh(segment: &SegmentReader) -> impl Fn(u32, Score) -> Score + 'static {
    // Only an index without any chunk lacks the column, and then there is nothing to weigh.
    let flags = segment.fast_fields().u64(FLAGS_COLUMN).ok();
    move |document, score| {
        let flags = flags.as_ref().and_then(|flags| flags.first(document)).unwrap_or(0);
        let weights = FLAG_WEIGHTS.iter().filter(|(flag, _)| flags & flag != 0);
        weights
            .map(|(_, weight)| weight)
            .fold(f64::from(score), |score, weight| score * f64::from(*weight)) as Score
    }
}

/// The columns of one segment that make a hit of a document.
struct Columns {
    path: Option<StrColumn>,
    numbers: [Column<u64>; 3],
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        Ok(Self {
            path: fast.str(PATH_COLUMN)?,
            numbers: [
                fast.u64(MODE_COLUMN)?,
                fast.u64(START_LINE_COLUMN)?,
                fast.u64(END_LINE_COLUMN)?,
            ],
        })
    }

    fn hit(&self, document: u32, score: Score) -> tantivy::Result<RankedHit> {
        let mut path = String::new();
        if let Some(column) = &self.path {
            if let Some(ordinal) = column.ords().first(document) {
                column.ord_to_str(ordinal, &mut path)?;
            }
        }
        let [mode, start_line, end_line] = self
            .numbers
            .each_ref()
            .map(|column| column.first(document).unwrap_or(0) as u32);
        Ok(RankedHit {
            path,
            mode,
            start_line,
            end_line,
            score: f64::from(score),
        })
    }
}

fn read_hits(searcher: &Searcher, top: &[(Score, DocAddress)]) -> tantivy::Result<Vec<RankedHit>> {
    let mut columns = HashMap::new();
    let mut hits = Vec::with_capacity(top.len());
    for (score, address) in top {
        let columns = match columns.entry(address.segment_ord) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(Columns::open(searcher.segment_reader(address.segment_ord))?)
            }
        };
        hits.push(columns.hit(address.doc_id, *score)?);
    }
    Ok(hits)
}

/// Keeps the hits whose lines on disk contain the phrases of the query and none of its excluded ones.
fn verify_phrases(root: &Root, parsed: &ParsedQuery, hits: Vec<RankedHit>) -> Result<Vec<RankedHit>> {
    let mut groups = Vec::new();
    // A group with a plain word as an alternative is met by what the index knows.
    for group in parsed
        .groups
        .iter()
        .filter(|group| group.iter().all(|clause| clause.is_phrase))
    {
        groups.push(group.iter().map(phrase_regex).collect::<Result<Vec<_>>>()?);
    }
    let excluded = parsed.excluded.iter().filter(|clause| clause.is_phrase);
    let excluded: Vec<Regex> = excluded.map(phrase_regex).collect::<Result<_>>()?;
    let mut texts: HashMap<String, Option<String>> = HashMap::new();
    let mut buffer = Vec::new();
    let mut verified = Vec::new();
    for hit in hits {
        let text = texts.entry(hit.path.clone()).or_insert_with(|| {
            root.read(&hit.path, MAX_VERIFIED_BYTES, &mut buffer).ok()?;
            decode(&buffer).map(|(text, _)| text.into_owned())
        });
        let Some(text) = text else {
            continue;
        };
        let lines = lines_of(text, hit.start_line, hit.end_line);
        let matches = |phrase: &Regex| phrase.is_match(lines);
        if groups.iter().all(|group| group.iter().any(matches)) && !excluded.iter().any(matches) {
            verified.push(hit);
        }
    }
    Ok(verified)
}

/// The words of a phrase in order, whatever stands between them that is no word, in either case.
fn phrase_regex(clause: &Clause) -> Result<Regex> {
    let words = clause
        .text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    let pattern = words.map(regex::escape).collect::<Vec<_>>().join(r"\W+");
    let regex = RegexBuilder::new(&pattern)
        .case_insensitive(true)
        .size_limit(MAX_REGEX_BYTES)
        .build();
    regex.map_err(|error| {
        NativeError::new(
            Code::Query,
            format!("the phrase {:?} cannot be searched: {error}", clause.text),
        )
    })
}

/// The text of lines `start` to `end`, both included, from 0.
fn lines_of(text: &str, start: u32, end: u32) -> &str {
    let mut breaks = memchr::memchr_iter(b'\n', text.as_bytes());
    let from = match start.checked_sub(1) {
        Some(before) => breaks.nth(before as usize).map_or(text.len(), |at| at + 1),
        None => 0,
    };
    let to = breaks.nth(end.saturating_sub(start) as usize).unwrap_or(text.len());
    &text[from..to.max(from)]
}

/// Stored facts of the files after `after`, in order of their paths.
pub fn stored_facts(readable: &Readable, after: Option<&str>, limit: usize) -> Result<Vec<StoredFacts>> {
    let searcher = readable.searcher();
    let failed = |error: TantivyError| readable.failed("read facts from", &error);
    let found = page_of_files(readable, &searcher, after, limit).map_err(failed)?;
    let digests = digests_at(&searcher, found.iter().map(|(_, address)| *address)).map_err(failed)?;
    let read = |(path, address): (String, DocAddress)| {
        let document: TantivyDocument = searcher.doc(address)?;
        let seq = document.get_first(readable.fields.seq).and_then(|value| value.as_u64());
        let facts = document
            .get_first(readable.fields.facts)
            .and_then(|value| value.as_bytes());
        match (seq, facts) {
            (Some(_), Some(facts)) if digests.get(&address) != Some(&digest_of(&path, facts)) => {
                Err(damaged(format!("the facts of {path} do not have their digest")))
            }
            (Some(seq), Some(facts)) => Ok(StoredFacts {
                path,
                seq: seq as f64,
                facts: facts.to_vec().into(),
            }),
            _ => Err(damaged(format!("{path} has no facts"))),
        }
    };
    found
        .into_iter()
        .map(read)
        .collect::<tantivy::Result<_>>()
        .map_err(failed)
}

/// Which content of which file is held, for the files after `after`, in order of their paths. Reads the dictionary of paths
/// and a column, not the documents.
pub fn stored_contents(readable: &Readable, after: Option<&str>, limit: usize) -> Result<StoredContents> {
    let searcher = readable.searcher();
    let failed = |error: TantivyError| readable.failed("list the files of", &error);
    let found = page_of_files(readable, &searcher, after, limit).map_err(failed)?;
    let columns = number_columns(&searcher, CONTENT_COLUMN).map_err(failed)?;
    let mut paths = Vec::with_capacity(found.len());
    let mut beginnings = Vec::with_capacity(found.len() * 8);
    for (path, address) in found {
        let column = columns[address.segment_ord as usize].as_ref();
        let Some(content) = column.and_then(|column| column.first(address.doc_id)) else {
            return Err(failed(damaged(format!("{path} has no hash"))));
        };
        beginnings.extend(content.to_le_bytes());
        paths.push(path);
    }
    Ok(StoredContents {
        paths,
        hashes: beginnings.into(),
    })
}

/// The first `limit` live file documents after a path, in order of their paths.
fn page_of_files(
    readable: &Readable,
    searcher: &Searcher,
    after: Option<&str>,
    limit: usize,
) -> tantivy::Result<Vec<(String, DocAddress)>> {
    let mut found = Vec::new();
    for (ordinal, segment) in searcher.segment_readers().iter().enumerate() {
        let from_segment = list_files(&readable.fields, segment, after, limit)?.into_iter();
        found.extend(from_segment.map(|(path, document)| (path, DocAddress::new(ordinal as u32, document))));
    }
    found.sort_unstable();
    found.truncate(limit);
    Ok(found)
}

/// A column of numbers of each segment; a segment of nothing but deleted documents has none.
fn number_columns(searcher: &Searcher, name: &str) -> tantivy::Result<Vec<Option<Column<u64>>>> {
    let segments = searcher.segment_readers().iter();
    segments
        .map(|segment| segment.fast_fields().column_opt::<u64>(name))
        .collect()
}

fn damaged(what: String) -> TantivyError {
    TantivyError::DeserializeError(std::io::Error::new(std::io::ErrorKind::InvalidData, what).into())
}

/// The digests of file documents, from their column.
fn digests_at(
    searcher: &Searcher,
    addresses: impl Iterator<Item = DocAddress>,
) -> tantivy::Result<HashMap<DocAddress, u64>> {
    let columns = number_columns(searcher, DIGEST_COLUMN)?;
    let digest = |address: DocAddress| {
        let column = columns[address.segment_ord as usize].as_ref()?;
        column.first(address.doc_id).map(|digest| (address, digest))
    };
    Ok(addresses.filter_map(digest).collect())
}

/// The first `limit` live file documents of a segment after a path.
pub fn list_files(
    fields: &Fields,
    segment: &SegmentReader,
    after: Option<&str>,
    limit: usize,
) -> tantivy::Result<Vec<(String, u32)>> {
    let inverted = segment.inverted_index(fields.file)?;
    let range = inverted.terms().range();
    let range = match after {
        Some(path) => range.gt(path),
        None => range,
    };
    let mut stream = range.into_stream()?;
    let mut files = Vec::new();
    while files.len() < limit && stream.advance() {
        let mut postings =
            inverted.read_postings_from_terminfo(stream.value(), tantivy::schema::IndexRecordOption::Basic)?;
        while postings.doc() != TERMINATED {
            if !segment.is_deleted(postings.doc()) {
                files.push((String::from_utf8_lossy(stream.key()).into_owned(), postings.doc()));
            }
            postings.advance();
        }
    }
    Ok(files)
}
