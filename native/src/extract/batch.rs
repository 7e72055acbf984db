//! Many files on several threads: read, hashed, decoded, extracted. Outcomes are in the order of the request whatever the
//! threads do; a file that cannot be read or makes the extractor panic is a reason, never a failure of the batch.

use std::collections::BTreeMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::ThreadClock;
use crate::decode::{decode, Encoding};
use crate::error::{Code, NativeError, Result};
use crate::failpoint::reach;
use crate::read::{FileStat, Root, Skip};
use crate::skip_reason::SkipReason;
use crate::task::guarded;

use super::facts::FileFacts;
use super::turnstile::Turnstile;
use super::{Extractor, Limits};

/// Parsers keep their own stacks on the heap; this is for their scanners and for us, with room to spare.
const STACK_BYTES: usize = 8 << 20;

/// The threads of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Threads {
    pub count: usize,
    pub start: Start,
}

/// When the threads of a batch start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Beside whatever runs.
    AtOnce,
    /// As those of the batches before it run out of files.
    InTurn,
}

/// What became of one file.
pub struct Outcome {
    pub skip: Option<Skip>,
    pub stat: FileStat,
    /// BLAKE3 of the raw bytes; zeros if they could not be read.
    pub hash: [u8; 32],
    pub encoding: Encoding,
    pub facts: FileFacts,
    pub elapsed: Duration,
}

/// Extracts files below `root` on several threads, and makes on the same threads of each outcome what is kept of it. Fails
/// only when `is_cancelled` says so, or a thread cannot be had.
pub fn extract_files<T: Send>(
    root: &Root,
    paths: &[String],
    max_file_bytes: u64,
    limits: &Limits,
    threads: Threads,
    is_cancelled: impl Fn() -> bool + Sync,
    keep: impl Fn(Outcome) -> T + Sync,
) -> Result<Vec<T>> {
    let results: Mutex<Vec<Option<T>>> = Mutex::new(paths.iter().map(|_| None).collect());
    run(paths.len(), threads, &is_cancelled, |worker, index| {
        let kept = keep(worker.file(root, &paths[index], max_file_bytes, limits));
        lock(&results)[index] = Some(kept);
    })?;
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A missing outcome means that a thread was cancelled before it took the file.
    results
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .ok_or_else(NativeError::cancelled)
}

/// The same for one text that is not on disk. Size and hash are those of its UTF-8.
pub fn extract_text(path: &str, text: &str, limits: &Limits) -> Outcome {
    Worker::default().guard(path, |extractor| {
        let stat = FileStat {
            size: text.len() as u64,
            ..NO_STAT
        };
        let hash = *blake3::hash(text.as_bytes()).as_bytes();
        let facts = extractor.extract(path, text, limits);
        Outcome {
            skip: None,
            stat,
            hash,
            encoding: Encoding::Utf8,
            facts,
            elapsed: Duration::ZERO,
        }
    })
}

/// Parses files on `count` threads and drops the trees. Returns how many were parsed, and their bytes.
pub fn parse_files(
    root: &Root,
    paths: &[String],
    max_file_bytes: u64,
    limits: &Limits,
    count: usize,
    is_cancelled: impl Fn() -> bool + Sync,
) -> Result<(usize, u64)> {
    let (files, bytes) = (AtomicUsize::new(0), AtomicU64::new(0));
    let threads = Threads {
        count,
        start: Start::AtOnce,
    };
    run(paths.len(), threads, &is_cancelled, |worker, index| {
        if root.read(&paths[index], max_file_bytes, &mut worker.buffer).is_err() {
            return;
        }
        let Some((text, _)) = decode(&worker.buffer) else {
            return;
        };
        if worker.extractor.parse_only(&paths[index], &text, limits) {
            files.fetch_add(1, Ordering::Relaxed);
            bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
        }
    })?;
    Ok((files.into_inner(), bytes.into_inner()))
}

/// The files being worked on right now in this process, and how long their threads have run for them.
pub fn in_flight() -> Vec<(String, Duration)> {
    lock(&IN_FLIGHT)
        .values()
        .map(|(path, clock)| (path.clone(), clock.elapsed()))
        .collect()
}

static IN_FLIGHT: Mutex<BTreeMap<u64, (String, ThreadClock)>> = Mutex::new(BTreeMap::new());
static NEXT_FLIGHT: AtomicU64 = AtomicU64::new(0);

const NO_STAT: FileStat = FileStat {
    size: 0,
    changed_ms: 0.0,
    fingerprint: 0,
};

#[derive(Default)]
struct Worker {
    extractor: Extractor,
    buffer: Vec<u8>,
}

impl Worker {
    fn file(&mut self, root: &Root, path: &str, max_file_bytes: u64, limits: &Limits) -> Outcome {
        let mut buffer = std::mem::take(&mut self.buffer);
        let outcome = self.guard(path, |extractor| match root.read(path, max_file_bytes, &mut buffer) {
            Ok(stat) => of_bytes(extractor, path, &buffer, stat, limits),
            Err(skip) => Outcome::skipped(skip),
        });
        // One huge file must not hold its memory for the rest of the batch.
        if buffer.capacity() <= 4 << 20 {
            self.buffer = buffer;
        }
        outcome
    }

    /// Registers the file as in flight, takes the time, and turns a panic into the reason `crashed`.
    fn guard(&mut self, path: &str, work: impl FnOnce(&mut Extractor) -> Outcome) -> Outcome {
        let start = Instant::now();
        let flight = NEXT_FLIGHT.fetch_add(1, Ordering::Relaxed);
        lock(&IN_FLIGHT).insert(flight, (path.to_owned(), ThreadClock::start()));
        let extractor = &mut self.extractor;
        // What a panic leaves half done is the extractor, which is replaced.
        let result = catch_unwind(AssertUnwindSafe(|| work(extractor)));
        lock(&IN_FLIGHT).remove(&flight);
        let mut outcome = result.unwrap_or_else(|panic| {
            self.extractor = Extractor::default();
            let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
            let detail = said
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            Outcome::skipped(Skip {
                detail,
                ..Skip::because(SkipReason::Crashed)
            })
        });
        outcome.elapsed = start.elapsed();
        outcome
    }
}

impl Outcome {
    fn skipped(skip: Skip) -> Self {
        let facts = FileFacts::default();
        Self {
            stat: skip.stat.unwrap_or(NO_STAT),
            skip: Some(skip),
            hash: [0; 32],
            encoding: Encoding::Utf8,
            facts,
            elapsed: Duration::ZERO,
        }
    }
}

fn of_bytes(extractor: &mut Extractor, path: &str, bytes: &[u8], stat: FileStat, limits: &Limits) -> Outcome {
    let hash = *blake3::hash(bytes).as_bytes();
    let mut outcome = Outcome {
        stat,
        hash,
        ..Outcome::skipped(Skip::because(SkipReason::Binary))
    };
    if let Some((text, encoding)) = decode(bytes) {
        outcome.skip = None;
        outcome.encoding = encoding;
        outcome.facts = extractor.extract(path, &text, limits);
    }
    outcome
}

static TURNSTILE: Turnstile = Turnstile::new();

/// Gives each index to one of the threads.
fn run(
    count: usize,
    threads: Threads,
    is_cancelled: &(impl Fn() -> bool + Sync),
    work: impl Fn(&mut Worker, usize) + Sync,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let take = || -> Result<()> {
        let _turn = match threads.start {
            Start::AtOnce => None,
            Start::InTurn => TURNSTILE.enter(threads.count.max(1), is_cancelled),
        };
        let mut worker = Worker::default();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count || is_cancelled() {
                break;
            }
            reach("a thread of an extraction");
            work(&mut worker, index);
        }
        Ok(())
    };
    std::thread::scope(|scope| -> Result<()> {
        let start = |number| {
            let builder = std::thread::Builder::new()
                .name(format!("extract-{number}"))
                .stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, || guarded(take))
        };
        let started: std::io::Result<Vec<_>> = (0..threads.count.clamp(1, count.max(1))).map(start).collect();
        let failed = |error| NativeError::new(Code::Io, format!("could not start a thread to extract files: {error}"));
        // The threads fence their own panics, so joining cannot fail.
        let mut results = started.map_err(failed)?.into_iter().map(|thread| thread.join());
        results.try_for_each(|result| result.unwrap_or(Ok(())))
    })?;
    if is_cancelled() {
        return Err(NativeError::cancelled());
    }
    Ok(())
}

/// No code of ours panics while it holds one of these locks, and their content is whole between statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
