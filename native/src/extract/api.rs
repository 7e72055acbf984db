//! Extraction as JavaScript sees it: options in, one batch of typed arrays out. The only file of `extract` that knows napi.

use std::time::{Duration, Instant};

use napi::bindgen_prelude::{ArrayBuffer, Buffer, Float64Array, Uint16Array, Uint32Array, Uint8Array};
use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::languages::{Language, ALL};
use crate::read::Root;
use crate::task::{off_thread, throwing, CancelFlag, Promised};

use super::batch::{self, Start, Threads};
use super::packed::{symbol_names, Packed, Verdict};
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
    pub verdict: Option<KnownVerdict>,
}

/// What is known of the files beforehand, and stands for what extraction finds out.
#[napi(object)]
pub struct KnownVerdict {
    /// SkipReason number, 0 = none.
    pub skip: u8,
    /// Why, for a skipped file.
    pub detail: String,
    /// LimitReason number of a file that is not skipped.
    pub limit: u8,
}

/// One batch. Files are in the order of their paths' bytes, and so are per-file arrays. See server/model/columns.ts.
#[napi(object)]
pub struct ExtractedBatch {
    pub files: u32,
    /// Place of each file in the request.
    pub order: Uint32Array,
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
    /// Rows of each table, 5 per file.
    pub row_counts: Uint32Array,
    /// Of a file's chunks, those of comments.
    pub comment_chunks: Uint32Array,
    /// Names that symbols have, distinct over the batch, sorted by (length, ASCII-lowercased bytes, bytes).
    pub names: Buffer,
    /// Names + 1.
    pub name_offsets: Uint32Array,
    /// Per symbol, file after file: its name's place, its kind and its flags.
    pub symbol_names: Uint32Array,
    pub symbol_kinds: Uint8Array,
    pub symbol_flags: Uint16Array,
    /// Each file's facts as server/facts/block.ts reads them.
    pub blocks: Buffer,
    /// Files + 1, in units of 8 bytes.
    pub block_offsets: Uint32Array,
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
    let threads = Threads {
        count: options.threads as usize,
        start: if urgent { Start::AtOnce } else { Start::InTurn },
    };
    off_thread("extractFiles", move || {
        let root = Root::open(&options.root)?;
        let max = options.max_file_bytes as u64;
        let verdict = options.verdict();
        let is_cancelled = || cancel.cancelled();
        let keep = |outcome| Packed::of(outcome, verdict.as_ref());
        let files = batch::extract_files(&root, &paths, max, &options.limits(), threads, is_cancelled, keep)?;
        Ok(to_batch(&paths, &files))
    })
}

/// The same for one text that is not on disk (an open editor); `path` decides the language.
#[napi(ts_return_type = "Promise<ExtractedBatch>")]
pub fn extract_text(options: ExtractOptions, path: String, text: String) -> Promised<ExtractedBatch> {
    off_thread("extractText", move || {
        let outcome = batch::extract_text(&path, &text, &options.limits());
        let file = Packed::of(outcome, options.verdict().as_ref());
        Ok(to_batch(&[path], &[file]))
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

    fn verdict(&self) -> Option<Verdict> {
        self.verdict
            .as_ref()
            .map(|KnownVerdict { skip, detail, limit }| Verdict {
                skip: *skip,
                detail: detail.clone(),
                limit: *limit,
            })
    }
}

fn to_batch(paths: &[String], packed: &[Packed]) -> ExtractedBatch {
    let mut order: Vec<u32> = (0..packed.len() as u32).collect();
    order.sort_unstable_by_key(|place| &paths[*place as usize]);
    let files = || order.iter().map(|place| &packed[*place as usize]);
    let symbols = || files().flat_map(|file| &file.symbols);
    let bytes = |of: fn(&Packed) -> u8| Uint8Array::from(files().map(of).collect::<Vec<_>>());
    let words = |of: fn(&Packed) -> u32| Uint32Array::from(files().map(of).collect::<Vec<_>>());
    let floats = |of: fn(&Packed) -> f64| Float64Array::from(files().map(of).collect::<Vec<_>>());
    let halves = |stat: u64| [stat as u32, (stat >> 32) as u32];
    let (names, name_places) = symbol_names(files());
    let mut blocks = Vec::with_capacity(files().map(|file| file.block.len()).sum());
    let mut block_offsets = vec![0];
    for file in files() {
        blocks.extend_from_slice(&file.block);
        block_offsets.push((blocks.len() / 8) as u32);
    }
    ExtractedBatch {
        files: packed.len() as u32,
        skips: bytes(|file| file.skip),
        details: files().map(|file| file.detail.clone()).collect(),
        limits: bytes(|file| file.limit),
        languages: bytes(|file| file.language),
        modes: bytes(|file| file.mode),
        encodings: bytes(|file| file.encoding as u8),
        flags: bytes(|file| file.flags),
        lines: words(|file| file.lines),
        errors: words(|file| file.errors),
        sizes: floats(|file| file.stat.size as f64),
        changed_ms: floats(|file| file.stat.changed_ms),
        fingerprints: files()
            .flat_map(|file| halves(file.stat.fingerprint))
            .collect::<Vec<_>>()
            .into(),
        hashes: files().flat_map(|file| file.hash).collect::<Vec<_>>().into(),
        micros: words(|file| file.elapsed.as_micros().min(u32::MAX.into()) as u32),
        row_counts: files().flat_map(|file| file.rows).collect::<Vec<_>>().into(),
        comment_chunks: words(|file| file.comment_chunks),
        names: names.bytes.into(),
        name_offsets: names.offsets.into(),
        symbol_names: name_places.into(),
        symbol_kinds: symbols().map(|symbol| symbol.kind).collect::<Vec<_>>().into(),
        symbol_flags: symbols().map(|symbol| symbol.flags).collect::<Vec<_>>().into(),
        blocks: blocks.into(),
        block_offsets: block_offsets.into(),
        order: order.into(),
    }
}
