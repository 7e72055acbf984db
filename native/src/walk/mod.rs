//! Which files a workspace has: a parallel walk that honours ignore files, never follows a symbolic link, and says what
//! it left out and why. It reads no file but ignore files.

mod explain;
mod folder;
mod found;
pub mod rules;
mod walker;

use napi::bindgen_prelude::{Buffer, Float64Array, Uint32Array};
use napi_derive::napi;

use crate::error::{NativeError, Result};
use crate::read::Root;
use crate::task::{off_thread, CancelFlag, Promised};
use found::{Left, Sorted};
use rules::CommonRules;

/// What to walk.
#[napi(object, object_to_js = false)]
pub struct WalkOptions {
    /// Absolute path of the workspace root.
    pub root: String,
    /// Root-relative folder to restrict the walk to; the ignore files of its parents up to the root apply.
    pub under: Option<String>,
    /// Globs as in a `.gitignore` at the root, from settings; no ignore file can re-include what they leave out.
    pub excludes: Vec<String>,
    pub threads: u32,
    /// Folders nested deeper than this are skipped as too deep; files directly in the root have depth 1.
    pub max_depth: u32,
    /// Only so many files are taken, the first by the bytes of their paths; the others are skipped as too many.
    pub max_files: u32,
}

/// The files found, sorted by the bytes of their paths. Paths are root-relative, with `/` between names.
#[napi(object, object_from_js = false)]
pub struct WalkResult {
    pub count: u32,
    /// UTF-8, one after the other.
    pub paths: Buffer,
    /// `count` + 1 of them.
    pub path_offsets: Uint32Array,
    /// In bytes.
    pub sizes: Float64Array,
    /// The later of the times of modification and status change, in milliseconds since the epoch.
    pub changed_ms: Float64Array,
    /// Two per file, low half first: 64-bit hash of size, times in nanoseconds, inode and device.
    pub fingerprints: Uint32Array,
    /// What was left out although no rule ignores it, sorted by path: the first 10,000 files beyond the limit, and the
    /// first 10,000 of all else.
    pub skipped: Vec<SkippedPath>,
    /// How many paths were left out, by the number of the reason.
    pub skipped_counts: Uint32Array,
    /// Folders that were listed.
    pub folders: u32,
}

/// A path that was left out although no rule ignores it.
#[napi(object, object_from_js = false)]
pub struct SkippedPath {
    pub path: String,
    /// Number of the reason, as in server/model/skipReason.ts.
    pub reason: u32,
    /// The operating system's words, or `''`.
    pub detail: String,
}

/// What the walk makes of one path.
#[napi(object, object_from_js = false)]
pub struct PathExplanation {
    pub exists: bool,
    pub ignored: bool,
    pub secret: bool,
    /// The rule that decides, as it is written.
    pub rule: Option<String>,
    /// Root-relative path of the rule's file, `settings` or `built in`; absolute for the user's global ignore file.
    pub source: Option<String>,
    /// Line of the rule in its file, from 1.
    pub line: Option<u32>,
    /// `file`, `folder`, `symlink`, `other` or `missing`.
    pub kind: String,
}

/// Lists the files of a workspace. Rejects with `ERR_IO` when the root cannot be read, with `ERR_INVALID_ARGUMENT` for an
/// exclude that is no glob, with `ERR_CANCELLED` once cancelled.
#[napi(ts_return_type = "Promise<WalkResult>")]
pub fn walk(options: WalkOptions, cancel: Option<&CancelFlag>) -> Promised<WalkResult> {
    let cancel = cancel.cloned().unwrap_or_default();
    off_thread("walk", move || {
        Ok(WalkResult::from(walker::walk(&Plan::new(&options)?, &cancel)?.sorted()))
    })
}

/// Which rule decides about one path, given root-relative, and what the path is.
#[napi(ts_return_type = "Promise<PathExplanation>")]
pub fn explain_path(options: WalkOptions, path: String) -> Promised<PathExplanation> {
    off_thread("explainPath", move || explain::explain(&Plan::new(&options)?, &path))
}

/// `WalkOptions` after validation.
pub(crate) struct Plan {
    root: Root,
    under: String,
    common: CommonRules,
    threads: usize,
    max_depth: usize,
    max_files: usize,
}

impl Plan {
    fn new(options: &WalkOptions) -> Result<Self> {
        let under = options.under.clone().unwrap_or_default();
        check_relative(&under)?;
        Ok(Self {
            root: Root::open(&options.root)?,
            under,
            common: CommonRules::new(&options.excludes)?,
            threads: options.threads.clamp(1, 64) as usize,
            max_depth: options.max_depth as usize,
            max_files: options.max_files as usize,
        })
    }
}

/// Refuses what is no root-relative path in our sense; `""` is the root itself.
fn check_relative(path: &str) -> Result<()> {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
    match path.is_empty() || path.split('/').all(is_plain) {
        true => Ok(()),
        false => Err(NativeError::invalid(format!("{path:?} is not a root-relative path"))),
    }
}

impl From<Sorted> for WalkResult {
    fn from(found: Sorted) -> Self {
        let mut paths = Vec::with_capacity(found.files.iter().map(|(path, _)| path.len()).sum());
        let mut path_offsets = vec![0];
        for (path, _) in &found.files {
            paths.extend_from_slice(path.as_bytes());
            path_offsets.push(paths.len() as u32);
        }
        let halves = |fingerprint: u64| [fingerprint as u32, (fingerprint >> 32) as u32];
        let stats = || found.files.iter().map(|(_, stat)| stat);
        Self {
            count: found.files.len() as u32,
            paths: paths.into(),
            path_offsets: path_offsets.into(),
            sizes: stats().map(|stat| stat.size as f64).collect::<Vec<_>>().into(),
            changed_ms: stats().map(|stat| stat.changed_ms).collect::<Vec<_>>().into(),
            fingerprints: stats()
                .flat_map(|stat| halves(stat.fingerprint))
                .collect::<Vec<_>>()
                .into(),
            skipped: found.left.into_iter().map(SkippedPath::from).collect(),
            skipped_counts: found.counts.to_vec().into(),
            folders: found.folders,
        }
    }
}

impl From<Left> for SkippedPath {
    fn from(left: Left) -> Self {
        Self {
            path: left.path,
            reason: left.skip.reason as u32,
            detail: left.skip.detail,
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
