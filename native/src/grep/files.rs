//! One search over many files on several threads, with an answer that does not depend on their number.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::pattern::Pattern;
use super::scan::Found;
use super::{GrepOptions, GrepResult};
use crate::decode::decode;
use crate::error::Result;
use crate::failpoint::reach;
use crate::read::Root;
use crate::skip_reason::SkipReason;
use crate::task::{guarded, CancelFlag};

/// What became of one file.
enum Outcome {
    Searched(Found),
    Unreadable,
}

struct Search<'a> {
    root: Root,
    pattern: Pattern,
    paths: &'a [String],
    per_file: usize,
    limit: usize,
    max_file_bytes: u64,
    cancel: &'a CancelFlag,
    next: AtomicUsize,
    is_done: AtomicBool,
    progress: Mutex<Progress>,
}

/// Outcomes by position in `paths`. Once the files before `prefix`, which are all there, fill the limit, the search is done.
struct Progress {
    outcomes: Vec<Option<Outcome>>,
    prefix: usize,
    prefix_hits: usize,
}

/// Searches `paths` in the order of their bytes until the limit is reached.
pub fn grep_files(options: &GrepOptions, mut paths: Vec<String>, cancel: &CancelFlag) -> Result<GrepResult> {
    paths.sort_unstable();
    paths.dedup();
    let search = Search {
        root: Root::open(&options.root)?,
        pattern: Pattern::new(options)?,
        paths: &paths,
        per_file: options.per_file.min(options.limit) as usize,
        limit: options.limit as usize,
        max_file_bytes: options.max_file_bytes as u64,
        cancel,
        next: AtomicUsize::new(0),
        is_done: AtomicBool::new(false),
        progress: Mutex::new(Progress {
            outcomes: paths.iter().map(|_| None).collect(),
            prefix: 0,
            prefix_hits: 0,
        }),
    };
    let threads = (options.threads.clamp(1, 64) as usize).min(paths.len());
    std::thread::scope(|scope| -> Result<()> {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(|| guarded(|| search.run()))).collect();
        let mut results = threads.into_iter().map(|thread| thread.join());
        // The threads fence their own panics, so joining cannot fail.
        results.try_for_each(|result| result.unwrap_or(Ok(())))
    })?;
    Ok(search.into_result())
}

impl Search<'_> {
    fn run(&self) -> Result<()> {
        reach("a thread of a search");
        let pattern = self.pattern.clone();
        let mut buffer = Vec::new();
        while !self.is_done.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = self.paths.get(index) else {
                break;
            };
            let outcome = self
                .cancel
                .check()
                .and_then(|()| self.search_file(&pattern, path, &mut buffer));
            match outcome {
                Ok(outcome) => self.note(index, outcome),
                Err(error) => {
                    self.is_done.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn search_file(&self, pattern: &Pattern, path: &str, buffer: &mut Vec<u8>) -> Result<Outcome> {
        if let Err(skip) = self.root.read(path, self.max_file_bytes, buffer) {
            // A file that was deleted since it was listed has no matches, as is right.
            let is_gone = skip.reason == SkipReason::Vanished;
            return Ok(if is_gone {
                Outcome::Searched(Found::default())
            } else {
                Outcome::Unreadable
            });
        }
        let Some((text, _)) = decode(buffer) else {
            return Ok(Outcome::Searched(Found::default()));
        };
        pattern
            .scan(path, &text, self.per_file, self.cancel)
            .map(Outcome::Searched)
    }

    fn note(&self, index: usize, outcome: Outcome) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = &mut *progress;
        progress.outcomes[index] = Some(outcome);
        while let Some(Some(outcome)) = progress.outcomes.get(progress.prefix) {
            if let Outcome::Searched(found) = outcome {
                progress.prefix_hits += found.hits.len();
            }
            progress.prefix += 1;
        }
        if progress.prefix_hits >= self.limit {
            self.is_done.store(true, Ordering::Relaxed);
        }
    }

    /// Outcomes in order, up to the file that fills the limit; what threads found beyond it is dropped.
    fn into_result(self) -> GrepResult {
        let progress = self.progress.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut result = GrepResult {
            hits: vec![],
            total: 0,
            files: 0,
            cut: false,
            unreadable: vec![],
        };
        for (path, outcome) in self.paths.iter().zip(progress.outcomes) {
            match outcome {
                Some(Outcome::Searched(found)) if result.hits.len() < self.limit => {
                    result.total += found.total;
                    result.files += u32::from(found.total > 0);
                    result.hits.extend(found.hits);
                }
                Some(Outcome::Unreadable) if result.hits.len() < self.limit => result.unreadable.push(path.clone()),
                _ => {
                    result.cut = true;
                    break;
                }
            }
        }
        result.hits.truncate(self.limit);
        result.cut |= result.total as usize > result.hits.len();
        result
    }
}
