//! Writing to the search index: documents in, commits, merges. It decides nothing about what is indexed.
//!
//! Rules that keep it safe, each paid for by others: one writer thread, no merge but ours, never `rollback` and never
//! `delete_all_documents`.

use std::collections::HashMap;

use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::indexer::{IndexWriterOptions, NoMergePolicy};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Index, IndexWriter, TantivyDocument, TantivyError, TERMINATED};

use super::document::FileEntry;
use super::files::live_bytes;
use super::ledger::{Ledger, PathKeys, Seal};
use super::store::Readable;
use super::{ApplyResult, OpenOptions};
use crate::error::{NativeError, Result};
use crate::read::Root;

/// Tantivy refuses smaller and larger budgets.
const MIN_WRITER_BYTES: f64 = 15e6;
const MAX_WRITER_BYTES: f64 = 4e9;

/// Of the segments that one merge makes one of.
const MAX_MERGE_BYTES: u64 = 128 << 20;
/// A segment is large, and left as it is, from so many bytes on and from such a part of the whole: a first build, whose
/// segments are large, rewrites nothing, and there are never more large ones than that.
const LARGE_BYTES: u64 = 4 << 20;
const LARGE_PART: u64 = 64;

/// What writing needs besides.
pub struct Writer {
    writer: IndexWriter,
    keys: PathKeys,
    /// Whether there are changes that no commit has made durable.
    is_dirty: bool,
    /// What the index holds with those changes; counted when it is first needed.
    ledger: Option<Ledger>,
}

/// A segment as a merge sees it.
struct Candidate {
    id: SegmentId,
    /// What would be left of it in a merge, which drops deleted documents.
    live_bytes: u64,
    /// More of its documents are deleted than are not.
    is_mostly_dead: bool,
}

impl Writer {
    /// Takes Tantivy's writer lock.
    pub fn open(index: &Index, options: &OpenOptions) -> tantivy::Result<Self> {
        let bytes = options.memory_bytes.clamp(MIN_WRITER_BYTES, MAX_WRITER_BYTES) as usize;
        let keys = PathKeys::new(&options.secret);
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(bytes)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter<TantivyDocument> = index.writer_with_options(options)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Ok(Self {
            writer,
            keys,
            is_dirty: false,
            ledger: None,
        })
    }

    /// Replaces the documents of `files` and deletes those of `removed`; visible and durable after `commit`.
    pub fn apply(
        &mut self,
        readable: &Readable,
        root: &Root,
        seq: u64,
        files: &[FileEntry],
        removed: &[String],
    ) -> Result<ApplyResult> {
        let fields = &readable.fields;
        let mut result = ApplyResult {
            changed: vec![],
            documents: 0,
        };
        let mut buffer = Vec::new();
        self.is_dirty = true;
        self.ledger(readable)?;
        let ledger = self.ledger.get_or_insert_default();
        // A deletion is looked up in every segment: one of what is not held would cost a first build a look-up per file.
        let delete = |key: u64, ledger: &Ledger| {
            if ledger.documents(key).is_some() {
                self.writer.delete_term(fields.key_term(key));
            }
        };
        for path in removed {
            let key = self.keys.of(path);
            delete(key, ledger);
            ledger.remove(key);
        }
        for file in files {
            let key = self.keys.of(&file.path);
            delete(key, ledger);
            let chunks = file.chunk_documents(fields, key, root, &mut buffer);
            if chunks.is_none() {
                result.changed.push(file.path.clone());
            }
            let documents = 1 + chunks.as_ref().map_or(0, |chunks| chunks.len() as u64);
            ledger.put(key, file.digest(), documents);
            let file_document = file.file_document(fields, key, seq, documents);
            for document in std::iter::once(file_document).chain(chunks.into_iter().flatten()) {
                self.writer
                    .add_document(document)
                    .map_err(|error| readable.failed("write to", &error))?;
                result.documents += 1;
            }
        }
        Ok(result)
    }

    /// Makes everything applied so far durable, under `payload` and the sums of what is held, and then visible.
    pub fn commit(&mut self, readable: &Readable, payload: String) -> Result<Seal> {
        let failed = |error: TantivyError| readable.failed("commit", &error);
        let sums = self.ledger(readable)?.sums();
        let seal = Seal { sums, payload };
        let text = seal.encode(&readable.fields.schema);
        let mut prepared = self.writer.prepare_commit().map_err(failed)?;
        prepared.set_payload(&text);
        prepared.commit().map_err(failed)?;
        readable.make_visible("commit")?;
        readable.check_commit(&seal, &text)?;
        self.is_dirty = false;
        Ok(seal)
    }

    /// Deletes the documents of files that are not held whole: some of their documents are missing, or there are too many.
    pub fn discard_partial(&mut self, readable: &Readable) -> Result<()> {
        let failed = |error: TantivyError| readable.failed("look for cut files in", &error);
        let counts = count_by_key(readable).map_err(failed)?;
        self.is_dirty = true;
        self.ledger(readable)?;
        let ledger = self.ledger.get_or_insert_default();
        for (key, count) in counts {
            if ledger.documents(key) != Some(count) {
                self.writer.delete_term(readable.fields.key_term(key));
                ledger.remove(key);
            }
        }
        Ok(())
    }

    fn ledger(&mut self, readable: &Readable) -> Result<&Ledger> {
        if self.ledger.is_none() {
            let counted = Ledger::of(&readable.searcher()).map_err(|error| readable.failed("count", &error))?;
            self.ledger = Some(counted);
        }
        Ok(self.ledger.get_or_insert_default())
    }

    /// Merges small segments until at most `max_small` of them are left, or only such that are too large together: a merge
    /// maps all that it reads, so its bytes are those of the memory it takes.
    pub fn merge(&mut self, readable: &Readable, max_small: usize) -> Result<()> {
        if self.is_dirty || max_small == 0 {
            return Err(NativeError::invalid(
                "a merge needs a commit before it, and at least one segment to be left",
            ));
        }
        let failed = |error: TantivyError| readable.failed("merge", &error);
        loop {
            let segments = readable.index.searchable_segment_metas().map_err(failed)?;
            let candidate = |segment: &SegmentMeta| Candidate {
                id: segment.id(),
                live_bytes: live_bytes(&readable.folder, segment),
                is_mostly_dead: segment.num_deleted_docs() > segment.num_docs(),
            };
            let chosen = choose(segments.iter().map(candidate).collect(), max_small);
            if chosen.is_empty() {
                return Ok(());
            }
            self.writer.merge(&chosen).wait().map_err(failed)?;
            readable.make_visible("merge")?;
        }
    }
}

/// The smallest segments of which one is to be made, so that at most `max_small` are left that are not large.
fn choose(mut candidates: Vec<Candidate>, max_small: usize) -> Vec<SegmentId> {
    let all: u64 = candidates.iter().map(|candidate| candidate.live_bytes).sum();
    let large = LARGE_BYTES.max(all / LARGE_PART);
    candidates.retain(|candidate| candidate.live_bytes < large || candidate.is_mostly_dead);
    candidates.sort_by_key(|candidate| (candidate.live_bytes, candidate.id));
    let surplus = candidates.len().saturating_sub(max_small);
    let sums = candidates.iter().scan(0, |sum, candidate| {
        *sum += candidate.live_bytes;
        Some((*sum, candidate.id))
    });
    let fitting = sums.take_while(|(sum, _)| *sum <= MAX_MERGE_BYTES);
    let chosen: Vec<SegmentId> = fitting.take(surplus + 1).map(|(_, id)| id).collect();
    match chosen.len() {
        0 | 1 => vec![],
        _ => chosen,
    }
}

/// The number that a term of the field `key` spells.
fn key_of(term: &[u8]) -> tantivy::Result<u64> {
    let what = || TantivyError::InternalError("a key that is no number".to_owned());
    Ok(u64::from_be_bytes(term.try_into().map_err(|_| what())?))
}

/// How many live documents there are of each key.
fn count_by_key(readable: &Readable) -> tantivy::Result<HashMap<u64, u64>> {
    let mut counts: HashMap<u64, u64> = HashMap::new();
    for segment in readable.searcher().segment_readers() {
        let inverted = segment.inverted_index(readable.fields.key)?;
        let mut keys = inverted.terms().stream()?;
        while keys.advance() {
            let mut postings = inverted.read_postings_from_terminfo(keys.value(), IndexRecordOption::Basic)?;
            let mut live = 0;
            while postings.doc() != TERMINATED {
                live += u64::from(!segment.is_deleted(postings.doc()));
                postings.advance();
            }
            if live > 0 {
                *counts.entry(key_of(keys.key())?).or_default() += live;
            }
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// Which of segments of so many MiB a merge takes, by their places.
    fn chosen(sizes: &[u64], mostly_dead: &[usize], max_small: usize) -> Vec<usize> {
        let ids: Vec<_> = sizes.iter().map(|_| SegmentId::generate_random()).collect();
        let candidate = |(at, size): (usize, &u64)| Candidate {
            id: ids[at],
            live_bytes: size * MIB,
            is_mostly_dead: mostly_dead.contains(&at),
        };
        let taken = choose(sizes.iter().enumerate().map(candidate).collect(), max_small);
        taken
            .iter()
            .filter_map(|id| ids.iter().position(|other| other == id))
            .collect()
    }

    #[test]
    fn the_smallest_segments_are_merged() {
        assert_eq!(chosen(&[3, 1, 2], &[], 2), [1, 2]);
        assert_eq!(chosen(&[3, 1, 2], &[], 1), [1, 2, 0]);
        assert!(chosen(&[3, 1, 2], &[], 3).is_empty());
        assert!(chosen(&[], &[], 1).is_empty());
    }

    #[test]
    fn large_segments_are_left_alone_while_they_live() {
        assert!(chosen(&[9; 40], &[], 8).is_empty());
        assert_eq!(chosen(&[9, 9, 1, 9, 2], &[], 1), [2, 4]);
        assert_eq!(chosen(&[9, 9, 1, 9, 2], &[3], 1), [2, 4, 3]);
        // Beside so many others these are small: there is a limit to the number of large ones.
        assert_eq!(chosen(&[9; 70], &[], 8).len(), 14);
    }

    #[test]
    fn what_is_too_large_together_is_not_merged() {
        let sizes = [[60, 61, 62].as_slice(), &[900; 9]].concat();
        assert_eq!(chosen(&sizes, &[], 1), [0, 1]);
        let sizes = [[90; 3].as_slice(), &[900; 9]].concat();
        assert!(chosen(&sizes, &[], 1).is_empty());
    }
}
