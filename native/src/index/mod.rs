//! The search index: one document per file with its facts, one per chunk with its words, in Tantivy.
//!
//! After a failure of the disk or of Tantivy the object is closed for good (`ERR_INDEX_CLOSED`): what is in memory can no
//! longer be trusted to be what is on disk, so the caller opens the index again and replays what is missing.

mod definitions;
mod document;
mod files;
mod ledger;
mod mixture;
pub mod query;
mod salvage;
pub mod schema;
mod search;
mod store;
pub mod tokenizer;
mod vocabulary;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{Buffer, Either};
use napi_derive::napi;

use crate::error::{Code, NativeError, Result, Thrown};
use crate::failpoint::reach;
use crate::read::Root;
use crate::task::{guarded, off_thread, throwing, Promised};
pub use document::FileEntry;
use ledger::Seal;
use store::Readable;
pub use vocabulary::WordCounts;
use writer::Writer;

/// How to open an index.
#[napi(object, object_to_js = false)]
pub struct OpenOptions {
    /// Makes an index where the folder has none.
    pub create: bool,
    /// Takes Tantivy's writer lock; a reader takes no lock.
    pub writable: bool,
    /// The writer's memory budget; at least 15 MB are used.
    pub memory_bytes: f64,
    /// What the numbers of paths depend on: the same each time that the index is written, and foreseen by nobody.
    pub secret: String,
}

/// What `apply` did.
#[napi(object, object_from_js = false)]
pub struct ApplyResult {
    /// Paths whose bytes on disk no longer have the hash, or cannot be read: indexed without text.
    pub changed: Vec<String>,
    pub documents: u32,
}

/// A ranked search.
#[napi(object, object_to_js = false)]
pub struct SearchOptions {
    /// Words, `"phrases"`, `-word`, `OR`; at most 1 KiB and 64 of them.
    pub query: String,
    pub limit: u32,
    pub offset: u32,
    /// Numbers of modes; all when missing or empty. The same holds for the next two.
    pub modes: Option<Vec<u32>>,
    pub languages: Option<Vec<String>>,
    /// Beginnings of root-relative paths.
    pub path_prefixes: Option<Vec<String>>,
    /// Where the files are, to verify phrases: the index knows no word order, so that without it a phrase counts as its words.
    pub root: Option<String>,
}

/// A chunk that matches; lines from 0, both included.
#[napi(object, object_from_js = false)]
pub struct RankedHit {
    pub path: String,
    pub mode: u32,
    pub start_line: u32,
    pub end_line: u32,
    pub score: f64,
}

/// `total` counts all chunks that match; for phrases, those among the best 1,000 candidates that were verified.
#[napi(object, object_from_js = false)]
pub struct SearchResult {
    pub hits: Vec<RankedHit>,
    pub total: u32,
}

/// What a file's document stores.
#[napi(object, object_from_js = false)]
pub struct StoredFacts {
    pub path: String,
    pub seq: f64,
    pub facts: Buffer,
}

/// Which content of which file is held.
#[napi(object, object_from_js = false)]
pub struct StoredContents {
    pub paths: Vec<String>,
    /// Per path the first 8 bytes of the BLAKE3 hash of the file's bytes.
    pub hashes: Buffer,
}

/// Counts as of the last commit or merge; `bytes` are those of the segments' files.
#[napi(object, object_from_js = false)]
pub struct IndexStats {
    pub segments: u32,
    pub documents: f64,
    pub deleted: f64,
    pub bytes: f64,
}

/// An open search index. One object at a time may be writable, readers see whole commits.
#[napi]
pub struct SearchIndex {
    shared: Arc<Shared>,
}

struct Shared {
    /// Or why it is closed.
    readable: Mutex<Result<Readable, String>>,
    writer: Mutex<Option<Writer>>,
}

#[napi]
impl SearchIndex {
    /// Opens an index, or creates it. Rejects with `ERR_INDEX_CORRUPT` and what is wrong, and with `ERR_LOCKED` when it is to be
    /// writable and another writer has it.
    #[napi(ts_return_type = "Promise<SearchIndex>")]
    pub fn open(folder: String, options: OpenOptions) -> Promised<SearchIndex> {
        off_thread("SearchIndex.open", move || {
            let opened = guarded(|| Readable::open(Path::new(&folder), &options)).map_err(|error| match error.code {
                // Opening only parses what is on disk, so what it trips over is damage there.
                Code::Panic => NativeError::new(Code::IndexCorrupt, format!("{folder}: {}", error.message)),
                _ => error,
            });
            let (readable, writer) = opened?;
            let shared = Arc::new(Shared {
                readable: Mutex::new(Ok(readable)),
                writer: Mutex::new(writer),
            });
            Ok(SearchIndex { shared })
        })
    }

    /// Replaces the documents of `files` and deletes those of `removed`, under one `seq`; visible and durable after `commit`. Texts
    /// are read below `root`.
    #[napi(ts_return_type = "Promise<ApplyResult>")]
    pub fn apply(&self, root: String, seq: f64, files: Vec<FileEntry>, removed: Vec<String>) -> Promised<ApplyResult> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.apply", move || {
            files.iter().try_for_each(FileEntry::check)?;
            let seq = check_seq(seq)?;
            let root = Root::open(&root)?;
            shared.writing(|readable, writer| writer.apply(readable, &root, seq, &files, &removed))
        })
    }

    /// Makes what was applied durable, together with `payload` and the sums of what the index holds, and visible. Reads back
    /// what Tantivy says that it committed, and rejects when that is not it.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn commit(&self, payload: String) -> Promised<()> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.commit", move || {
            let seal = shared.writing(|readable, writer| writer.commit(readable, payload))?;
            shared.set_seal(seal);
            Ok(())
        })
    }

    /// The payload of the last commit or merge, `undefined` before the first.
    #[napi(getter, ts_return_type = "string | undefined")]
    pub fn payload(&self) -> Result<Either<String, ()>, Thrown> {
        throwing("SearchIndex.payload", || {
            Ok(self
                .shared
                .readable()?
                .seal
                .map(|seal| seal.payload)
                .map_or(Either::B(()), Either::A))
        })
    }

    /// The best chunks for a query, best first. Rejects with `ERR_QUERY` for a query that cannot be run.
    #[napi(ts_return_type = "Promise<SearchResult>")]
    pub fn search(&self, options: SearchOptions) -> Promised<SearchResult> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.search", move || {
            // A root that is gone is no failure of the index.
            let root = options.root.as_deref().map(Root::open).transpose()?;
            shared.reading(|readable| search::search(readable, options, root.as_ref()))
        })
    }

    /// Stored facts in pages, ordered by the bytes of the paths; `after` is the last path of the previous page.
    #[napi(ts_return_type = "Promise<StoredFacts[]>")]
    pub fn stored_facts(&self, after: Option<String>, limit: u32) -> Promised<Vec<StoredFacts>> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.storedFacts", move || {
            shared.reading(|readable| search::stored_facts(readable, after.as_deref(), limit as usize))
        })
    }

    /// Which content of which file is held, in pages like `storedFacts`, at a small part of its cost.
    #[napi(ts_return_type = "Promise<StoredContents>")]
    pub fn stored_contents(&self, after: Option<String>, limit: u32) -> Promised<StoredContents> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.storedContents", move || {
            shared.reading(|readable| search::stored_contents(readable, after.as_deref(), limit as usize))
        })
    }

    /// Makes a new index in the folder `into`, of what is sound in the damaged one in `folder`, which is left as it is and must
    /// not be written meanwhile. What it holds of a file it holds whole; what the damaged parts held is missing. It is
    /// committed under `payload`. `sealed` is the list of its parts, `meta.json`, as it was once, for when that is damaged.
    /// Resolves to `false`, having made nothing, when nothing is sound; rejects when the damage is such that the parts cannot
    /// be told.
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn salvage(folder: String, into: String, payload: String, sealed: Option<String>) -> Promised<bool> {
        let work = move || salvage::salvage(Path::new(&folder), Path::new(&into), payload, sealed.as_deref());
        off_thread("SearchIndex.salvage", move || guarded(work))
    }

    /// Merges small segments until at most `maxSmall` of them are left; only when everything is committed. Large ones are left
    /// alone: of those there are only so many.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn merge(&self, max_small: u32) -> Promised<()> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.merge", move || {
            shared.writing(|readable, writer| writer.merge(readable, max_small as usize))
        })
    }

    /// Counts the words of all texts by mode, as of the last commit or merge; takes time in proportion to the index.
    #[napi(ts_return_type = "Promise<WordCounts[]>")]
    pub fn count_words(&self) -> Promised<Vec<WordCounts>> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.countWords", move || {
            shared.reading(vocabulary::count_words)
        })
    }

    #[napi]
    pub fn stats(&self) -> Result<IndexStats, Thrown> {
        throwing("SearchIndex.stats", || self.shared.reading(Readable::stats))
    }

    /// Names of the files that are missing, whose checksum is wrong, or that are those of another part of the index, sorted;
    /// none in a sound index.
    #[napi(ts_return_type = "Promise<string[]>")]
    pub fn verify(&self) -> Promised<Vec<String>> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.verify", move || shared.reading(Readable::verify))
    }

    /// Counts the index and holds it against the sums of its last commit: what differs, in words, or `undefined`. Reads three
    /// columns, not the documents.
    #[napi(ts_return_type = "Promise<string | undefined>")]
    pub fn recount(&self) -> Promised<Either<String, ()>> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.recount", move || {
            let difference = shared.reading(Readable::recount)?;
            Ok(difference.map_or(Either::B(()), Either::A))
        })
    }

    /// Names of the files that the last commit or merge consists of, sorted, `meta.json` not among them.
    #[napi]
    pub fn files(&self) -> Result<Vec<String>, Thrown> {
        throwing("SearchIndex.files", || self.shared.reading(Readable::files))
    }

    /// Gives up the lock and the memory; what was not committed is dropped. Later calls reject with `ERR_INDEX_CLOSED`.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close(&self) -> Promised<()> {
        let shared = self.shared.clone();
        off_thread("SearchIndex.close", move || {
            let writer = lock(&shared.writer).take();
            shared.close("it was closed");
            drop(writer);
            Ok(())
        })
    }
}

impl Shared {
    fn readable(&self) -> Result<Readable> {
        let closed = |why: &String| {
            NativeError::new(
                Code::IndexClosed,
                format!("the search index has to be opened again: {why}"),
            )
        };
        lock(&self.readable).as_ref().map(Readable::clone).map_err(closed)
    }

    fn reading<T>(&self, work: impl FnOnce(&Readable) -> Result<T>) -> Result<T> {
        let readable = self.readable()?;
        let result = guarded(|| {
            reach("reading the search index");
            work(&readable)
        });
        self.close_after(&result);
        result
    }

    fn writing<T>(&self, work: impl FnOnce(&Readable, &mut Writer) -> Result<T>) -> Result<T> {
        let mut writer = lock(&self.writer);
        let readable = self.readable()?;
        let Some(open) = writer.as_mut() else {
            return Err(NativeError::invalid("the search index was opened for reading only"));
        };
        let result = guarded(|| {
            let done = work(&readable, open);
            // Where the caller does not learn that it was done.
            reach("writing the search index");
            done
        });
        if self.close_after(&result) {
            *writer = None;
        }
        result
    }

    /// Closes for good after a failure that leaves memory and disk in doubt.
    fn close_after<T>(&self, result: &Result<T>) -> bool {
        match result {
            Err(error) if !matches!(error.code, Code::InvalidArgument | Code::Query | Code::Cancelled) => {
                self.close(&error.message);
                true
            }
            _ => false,
        }
    }

    fn close(&self, why: &str) {
        let mut readable = lock(&self.readable);
        if readable.is_ok() {
            *readable = Err(why.to_owned());
        }
    }

    fn set_seal(&self, seal: Seal) {
        if let Ok(readable) = lock(&self.readable).as_mut() {
            readable.seal = Some(seal);
        }
    }
}

/// A panic in work under the lock closes the index (`close_after`), so the mutex's own poison says nothing more.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The words under which a text is indexed: each identifier, then its parts.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    let mut words = tokenizer::Words::new(text);
    let mut word = String::new();
    std::iter::from_fn(|| words.next_into(&mut word).map(|_| word.clone())).collect()
}

fn check_seq(seq: f64) -> Result<u64> {
    match seq.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&seq) {
        true => Ok(seq as u64),
        false => Err(NativeError::invalid(format!("{seq} is no batch number"))),
    }
}

#[cfg(test)]
mod tests;
