//! Text and regular expressions over many files, with ripgrep's own engine, so that matches are those of ripgrep. Files are
//! read as everywhere in this crate; those that are no text are passed over.

mod best_lines;
mod files;
pub mod pattern;
pub mod scan;

use napi_derive::napi;

use crate::error::Result;
use crate::read::Root;
use crate::task::{off_thread, CancelFlag, Promised};
use pattern::Pattern;

/// What to look for, and how much of it.
#[napi(object, object_to_js = false)]
pub struct GrepOptions {
    /// Absolute path of the workspace root.
    pub root: String,
    pub pattern: String,
    /// Whether `pattern` is a regular expression of Rust's `regex` crate, or text.
    pub regex: bool,
    pub case_sensitive: bool,
    pub whole_word: bool,
    /// Whether a match may go over the end of a line.
    pub multiline: bool,
    /// Matching lines in all.
    pub limit: u32,
    /// Matching lines per file.
    pub per_file: u32,
    pub threads: u32,
    /// Larger files are unreadable.
    pub max_file_bytes: f64,
    /// Lines shown before and after a matching one, at most 20.
    pub context_lines: u32,
}

/// One matching line. Lines are counted from 0 and come without their ends.
#[napi(object, object_from_js = false)]
pub struct GrepHit {
    pub path: String,
    pub line: u32,
    /// The line, cut at 1,000 characters.
    pub text: String,
    /// Start and end of each match, in UTF-16 columns of the whole line.
    pub ranges: Vec<u32>,
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// Hits in the order of the bytes of their paths, then lines, whatever the number of threads.
#[napi(object, object_from_js = false)]
pub struct GrepResult {
    pub hits: Vec<GrepHit>,
    /// Matching lines in the files that were searched: all of them, or those up to the one that reached the limit.
    pub total: u32,
    /// Files with matches among them.
    pub files: u32,
    /// Whether there may be matches that are not in `hits`.
    pub cut: bool,
    /// Files that exist and could not be searched: refused by the operating system, too large, no regular file.
    pub unreadable: Vec<String>,
}

/// A range of lines to show something of; both ends included, from 0.
#[napi(object, object_to_js = false)]
pub struct LineRange {
    pub path: String,
    pub start_line: u32,
    pub end_line: u32,
}

/// Matching lines of files below the root. Rejects with `ERR_QUERY` and the reason when the pattern cannot be searched.
#[napi(ts_return_type = "Promise<GrepResult>")]
pub fn grep_files(options: GrepOptions, paths: Vec<String>, cancel: Option<&CancelFlag>) -> Promised<GrepResult> {
    let cancel = cancel.cloned().unwrap_or_default();
    off_thread("grepFiles", move || files::grep_files(&options, paths, &cancel))
}

/// The same for one text that is not on disk; hits carry `path`.
#[napi(ts_return_type = "Promise<GrepResult>")]
pub fn grep_text(
    options: GrepOptions,
    path: String,
    text: String,
    cancel: Option<&CancelFlag>,
) -> Promised<GrepResult> {
    let cancel = cancel.cloned().unwrap_or_default();
    off_thread("grepText", move || {
        cancel.check()?;
        let most = options.per_file.min(options.limit) as usize;
        let found = Pattern::new(&options)?.scan(&path, &text, most, &cancel)?;
        Ok(GrepResult {
            cut: found.total as usize > found.hits.len(),
            files: u32::from(found.total > 0),
            total: found.total,
            hits: found.hits,
            unreadable: vec![],
        })
    })
}

/// The line of each range that has most of the words, in the order of `hits`: what a ranked hit shows. Ranges that cannot be
/// read, or are no longer there, are left out.
#[napi(ts_return_type = "Promise<GrepHit[]>")]
pub fn best_lines(root: String, hits: Vec<LineRange>, words: Vec<String>) -> Promised<Vec<GrepHit>> {
    off_thread("bestLines", move || -> Result<_> {
        best_lines::best_lines(&Root::open(&root)?, &hits, &words)
    })
}

#[cfg(test)]
mod tests;
