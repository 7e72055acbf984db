//! Extraction as JavaScript sees it: options in, one batch of typed arrays out. The only file of `extract` that knows napi.

use std::time::{Duration, Instant};

use napi::bindgen_prelude::{ArrayBuffer, Buffer, Float64Array, Uint32Array, Uint8Array};
use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::languages::{Language, ALL};
use crate::read::Root;
use crate::task::{off_thread, throwing, CancelFlag, Promised};

use super::batch::{self, Outcome, Start};
use super::facts::{FileFacts, Rows};
use super::Limits;

/// Where files are and how much one of them may cost.
#[napi(object)]
pub struct ExtractOptions {
    /// Absolute.
    pub root: String,
    pub threads: u32,
    /// Per file.
    pub deadline_ms: u32,
    /// Larger files are skipped (tooLarge).
    pub max_file_bytes: f64,
    /// Larger files are text only.
    pub max_parse_bytes: f64,
    /// A longer line makes a file text only.
    pub max_line_bytes: f64,
    /// Per table and file.
    pub max_rows: u32,
}

/// Rows of one table for all files of a batch.
#[napi(object)]
pub struct TableRows {
    pub columns: u32,
    /// Files + 1: first row of each file.
    pub offsets: Uint32Array,
    /// Per file, column after column: file f's block starts at offsets[f] * columns, its column c at + c * rows(f).
    pub data: Uint32Array,
}

/// One batch. Per-file arrays have `files` entries in the order of the request. See server/model/columns.ts.
#[napi(object)]
pub struct ExtractedBatch {
    pub files: u32,
    /// SkipReason number, 0 = indexed.
    pub skips: Uint8Array,
    /// Why, for a skipped file (operating system's message); '' otherwise.
    pub details: Vec<String>,
    /// LimitReason number.
    pub limits: Uint8Array,
    /// Index into languages().
    pub languages: Uint8Array,
    /// Mode number of the file.
    pub modes: Uint8Array,
    pub encodings: Uint8Array,
    /// FileFlag.
    pub flags: Uint8Array,
    pub lines: Uint32Array,
    /// Syntax error nodes.
    pub errors: Uint32Array,
    /// Bytes on disk, from fstat of the descriptor that was read.
    pub sizes: Float64Array,
    pub changed_ms: Float64Array,
    /// 2 per file, as in WalkResult, from that same fstat.
    pub fingerprints: Uint32Array,
    /// 32 bytes per file: BLAKE3 of the raw bytes.
    pub hashes: Buffer,
    /// Time spent, volatile: never a fact.
    pub micros: Uint32Array,
    /// Names, distinct over the batch, sorted by (length, ASCII-lowercased bytes, bytes).
    pub names: Buffer,
    /// Names + 1.
    pub name_offsets: Uint32Array,
    /// Per file: its names (sorted the same way) as ids into `names`.
    pub name_maps: Uint32Array,
    /// Files + 1.
    pub name_map_offsets: Uint32Array,
    /// Per file: UTF-8 text block.
    pub texts: Buffer,
    /// Files + 1.
    pub text_offsets: Uint32Array,
    pub symbols: TableRows,
    pub imports: TableRows,
    pub call_sites: TableRows,
    pub type_refs: TableRows,
    pub chunks: TableRows,
}

/// A language as data.
#[napi(object)]
pub struct LanguageInfo {
    pub name: String,
    /// VS Code language id.
    pub id: String,
    pub grammar: bool,
    pub version: u32,
    pub mode: u32,
    pub extensions: Vec<String>,
    pub file_names: Vec<String>,
}

/// A file being worked on.
#[napi(object)]
pub struct FileInFlight {
    pub path: String,
    pub elapsed_ms: f64,
}

/// What parsing alone took.
#[napi(object)]
pub struct ParseTime {
    pub files: u32,
    pub bytes: f64,
    pub millis: f64,
}

/// All languages; index 0 is plain text.
#[napi]
pub fn languages() -> Result<Vec<LanguageInfo>, Thrown> {
    throwing("languages", || Ok(ALL.iter().map(language_info).collect()))
}

fn language_info(language: &&Language) -> LanguageInfo {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    LanguageInfo {
        name: language.name.to_owned(),
        id: language.id.to_owned(),
        grammar: language.grammar.is_some(),
        version: language.version,
        mode: language.mode as u32,
        extensions: owned(language.extensions),
        file_names: owned(language.file_names),
    }
}

/// Reads, hashes, decodes, parses and extracts files of a root. Its threads start at once if it is `urgent`, else as
/// those of the calls before it run out of files.
#[napi(ts_return_type = "Promise<ExtractedBatch>")]
pub fn extract_files(
    options: ExtractOptions,
    paths: Vec<String>,
    urgent: bool,
    cancel: Option<&CancelFlag>,
) -> Promised<ExtractedBatch> {
    let cancel = cancel.cloned().unwrap_or_default();
    let start = if urgent { Start::AtOnce } else { Start::InTurn };
    off_thread("extractFiles", move || {
        let root = Root::open(&options.root)?;
        let max = options.max_file_bytes as u64;
        let threads = options.threads as usize;
        let outcomes = batch::extract_files(&root, &paths, max, &options.limits(), threads, start, || {
            cancel.cancelled()
        })?;
        Ok(to_batch(&outcomes))
    })
}

/// The same for one text that is not on disk (an open editor); `path` decides the language.
#[napi(ts_return_type = "Promise<ExtractedBatch>")]
pub fn extract_text(options: ExtractOptions, path: String, text: String) -> Promised<ExtractedBatch> {
    off_thread("extractText", move || {
        Ok(to_batch(&[batch::extract_text(&path, &text, &options.limits())]))
    })
}

/// Gives the memory behind the arrays of a batch back at once, and not when garbage is next collected, which knows nothing
/// of its size. They are empty from here on.
#[napi]
pub fn release_arrays(buffers: Vec<ArrayBuffer>) -> Result<(), Thrown> {
    let given_back = |error: napi::Error| NativeError::invalid(format!("an array cannot be given back: {error}"));
    throwing("releaseArrays", || {
        buffers
            .into_iter()
            .try_for_each(|buffer| buffer.detach().map_err(given_back))
    })
}

/// Parses files without extracting anything: what a measurement compares `extractFiles` with.
#[napi(ts_return_type = "Promise<ParseTime>")]
pub fn parse_only(options: ExtractOptions, paths: Vec<String>) -> Promised<ParseTime> {
    off_thread("parseOnly", move || {
        let root = Root::open(&options.root)?;
        let start = Instant::now();
        let max = options.max_file_bytes as u64;
        let (files, bytes) =
            batch::parse_files(&root, &paths, max, &options.limits(), options.threads as usize, || {
                false
            })?;
        let millis = start.elapsed().as_secs_f64() * 1e3;
        Ok(ParseTime {
            files: files as u32,
            bytes: bytes as f64,
            millis,
        })
    })
}

/// Files being worked on right now in this process, for a watchdog.
#[napi]
pub fn in_flight() -> Result<Vec<FileInFlight>, Thrown> {
    throwing("inFlight", || {
        let files = batch::in_flight().into_iter();
        Ok(files
            .map(|(path, elapsed)| FileInFlight {
                path,
                elapsed_ms: elapsed.as_secs_f64() * 1e3,
            })
            .collect())
    })
}

impl ExtractOptions {
    fn limits(&self) -> Limits {
        Limits {
            deadline: Duration::from_millis(self.deadline_ms.into()),
            max_parse_bytes: self.max_parse_bytes as usize,
            max_line_bytes: self.max_line_bytes as usize,
            max_rows: self.max_rows as usize,
        }
    }
}

fn to_batch(outcomes: &[Outcome]) -> ExtractedBatch {
    let (names, maps) = batch::merge_names(outcomes.iter().map(|outcome| &outcome.facts.names));
    let bytes = |of: fn(&Outcome) -> u8| Uint8Array::from(outcomes.iter().map(of).collect::<Vec<_>>());
    let words = |of: fn(&Outcome) -> u32| Uint32Array::from(outcomes.iter().map(of).collect::<Vec<_>>());
    let floats = |of: fn(&Outcome) -> f64| Float64Array::from(outcomes.iter().map(of).collect::<Vec<_>>());
    let ends = |of: fn(&FileFacts) -> usize| offsets(outcomes.iter().map(|outcome| of(&outcome.facts)));
    let halves = |stat: u64| [stat as u32, (stat >> 32) as u32];
    ExtractedBatch {
        files: outcomes.len() as u32,
        skips: bytes(|outcome| outcome.skip.as_ref().map_or(0, |skip| skip.reason as u8)),
        details: outcomes
            .iter()
            .map(|outcome| outcome.skip.as_ref().map_or(String::new(), |skip| skip.detail.clone()))
            .collect(),
        limits: bytes(|outcome| outcome.facts.limit as u8),
        languages: bytes(|outcome| outcome.facts.language as u8),
        modes: bytes(|outcome| outcome.facts.mode),
        encodings: bytes(|outcome| outcome.encoding as u8),
        flags: bytes(|outcome| outcome.facts.flags),
        lines: words(|outcome| outcome.facts.lines),
        errors: words(|outcome| outcome.facts.errors),
        sizes: floats(|outcome| outcome.stat.size as f64),
        changed_ms: floats(|outcome| outcome.stat.changed_ms),
        fingerprints: outcomes
            .iter()
            .flat_map(|outcome| halves(outcome.stat.fingerprint))
            .collect::<Vec<_>>()
            .into(),
        hashes: outcomes
            .iter()
            .flat_map(|outcome| outcome.hash)
            .collect::<Vec<_>>()
            .into(),
        micros: words(|outcome| outcome.elapsed.as_micros().min(u32::MAX.into()) as u32),
        names: names.bytes.into(),
        name_offsets: names.offsets.into(),
        name_maps: maps.into(),
        name_map_offsets: ends(|facts| facts.names.count()),
        texts: outcomes
            .iter()
            .flat_map(|outcome| &outcome.facts.text)
            .copied()
            .collect::<Vec<_>>()
            .into(),
        text_offsets: ends(|facts| facts.text.len()),
        symbols: table(outcomes, |facts| &facts.symbols),
        imports: table(outcomes, |facts| &facts.imports),
        call_sites: table(outcomes, |facts| &facts.calls),
        type_refs: table(outcomes, |facts| &facts.type_refs),
        chunks: table(outcomes, |facts| &facts.chunks),
    }
}

/// Rows, which extraction appends one by one, turned into columns.
fn table<const N: usize>(outcomes: &[Outcome], of: fn(&FileFacts) -> &Rows<N>) -> TableRows {
    let tables = || outcomes.iter().map(|outcome| of(&outcome.facts));
    let mut data = Vec::with_capacity(tables().map(Vec::len).sum::<usize>() * N);
    for rows in tables() {
        for column in 0..N {
            data.extend(rows.iter().map(|row| row[column]));
        }
    }
    TableRows {
        columns: N as u32,
        offsets: offsets(tables().map(Vec::len)),
        data: data.into(),
    }
}

fn offsets(lengths: impl Iterator<Item = usize>) -> Uint32Array {
    let mut offsets = vec![0];
    let mut end = 0;
    for length in lengths {
        end += length as u32;
        offsets.push(end);
    }
    offsets.into()
}
