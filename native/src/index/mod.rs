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
mod shared;
mod store;
pub mod tokenizer;
mod values;
mod vocabulary;
mod writer;

use std::path::Path;
use std::sync::Arc;

use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::error::{Code, NativeError, Result, Thrown};
use crate::read::Root;
use crate::task::{guarded, off_thread, throwing, Promised};
pub use document::FileEntry;
use shared::Shared;
use store::Readable;
pub use values::{
    ApplyResult, IndexStats, OpenOptions, RankedHit, SearchOptions, SearchResult, StoredContents, StoredFacts,
};
pub use vocabulary::WordCounts;

/// An open search index. One object at a time may be writable, readers see whole commits.
#[napi]
pub struct SearchIndex {
    shared: Arc<Shared>,
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
            Ok(SearchIndex {
                shared: Arc::new(Shared::new(readable, writer)),
            })
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
            shared.end();
            Ok(())
        })
    }
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
