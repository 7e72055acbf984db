//! What the search index is asked with, and what it answers.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

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
