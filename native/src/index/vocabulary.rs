//! How many words the texts of each mode have, and how many different ones: counted from what the last commit holds,
//! without deleted documents, so the numbers are those of a fresh index of the same files.

use std::path::PathBuf;

use napi_derive::napi;
use tantivy::directory::OwnedBytes;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::termdict::TermMerger;
use tantivy::{Directory, SegmentReader, TantivyError};

use super::schema::{Fields, MODE_COLUMN};
use super::store::Readable;
use crate::error::Result;
use crate::os::release_mapped;

/// Of the texts of one mode; words of paths and of names are not among them.
#[napi(object, object_from_js = false)]
pub struct WordCounts {
    pub mode: u32,
    /// Words.
    pub tokens: f64,
    /// Pairs of a word and a chunk that has it.
    pub postings: f64,
    /// Different words.
    pub vocabulary: f64,
}

/// Modes are bytes; 0 stands for documents that do not count.
const MODES: usize = 256;
/// After so many words what was read of the files is given back: they would count as memory of the process, all of them.
const WORDS_PER_RELEASE: u64 = 1 << 13;

/// One entry for each mode that has texts, in the order of their numbers.
pub fn count_words(readable: &Readable) -> Result<Vec<WordCounts>> {
    let failed = |error: TantivyError| readable.failed("count the words of", &error);
    let searcher = readable.searcher();
    let parts: tantivy::Result<Vec<Part>> = searcher
        .segment_readers()
        .iter()
        .map(|segment| Part::open(segment, &readable.fields))
        .collect();
    let mapped = mapped_files(readable, searcher.segment_readers()).map_err(failed)?;
    // SAFETY: `Readable` opens folders only, whose files Tantivy maps for reading and never changes.
    let release = || mapped.iter().for_each(|bytes| unsafe { release_mapped(bytes) });
    let counts = count(parts.map_err(failed)?, release).map_err(failed)?;
    Ok(counts.into_iter().filter(|counts| counts.tokens > 0.0).collect())
}

/// A segment of the index.
struct Part {
    inverted: std::sync::Arc<InvertedIndexReader>,
    /// Of each document; 0 of those that are deleted, or no chunks.
    modes: Vec<u8>,
    /// Room for the postings of one word.
    postings: Option<BlockSegmentPostings>,
}

impl Part {
    fn open(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let mut modes = vec![0; segment.max_doc() as usize];
        if let Some(column) = segment.fast_fields().column_opt::<u64>(MODE_COLUMN)? {
            for document in segment.doc_ids_alive() {
                modes[document as usize] = column.first(document).map_or(0, |mode| mode.min(255) as u8);
            }
        }
        Ok(Self {
            inverted: segment.inverted_index(fields.body)?,
            modes,
            postings: None,
        })
    }

    /// Calls `each` with the mode and the frequency of each posting of a word.
    fn each_posting(&mut self, word: &TermInfo, mut each: impl FnMut(u8, u32)) -> tantivy::Result<()> {
        let postings = match &mut self.postings {
            Some(postings) => {
                self.inverted.reset_block_postings_from_terminfo(word, postings)?;
                postings
            }
            none => none.insert(
                self.inverted
                    .read_block_postings_from_terminfo(word, IndexRecordOption::WithFreqs)?,
            ),
        };
        let mut left = word.doc_freq as usize;
        while left > 0 {
            let documents = postings.docs();
            if documents.is_empty() {
                let what = "a list of postings that ends too early";
                return Err(TantivyError::InternalError(what.to_owned()));
            }
            for (&document, &frequency) in documents.iter().zip(postings.freqs()) {
                each(self.modes.get(document as usize).copied().unwrap_or(0), frequency);
            }
            left = left.saturating_sub(documents.len());
            postings.advance();
        }
        Ok(())
    }
}

/// @param release called now and then
fn count(mut parts: Vec<Part>, release: impl Fn()) -> tantivy::Result<Vec<WordCounts>> {
    let mut tokens = [0_u64; MODES];
    let mut postings = [0_u64; MODES];
    let mut vocabulary = [0_u64; MODES];
    // The last word that a mode was seen to have, by its number from 1.
    let mut last = [0_u64; MODES];
    let dictionaries: Vec<_> = parts.iter().map(|part| part.inverted.clone()).collect();
    let streams: std::io::Result<Vec<_>> = dictionaries.iter().map(|inverted| inverted.terms().stream()).collect();
    let mut words = TermMerger::new(streams?);
    let mut word = 0;
    while words.advance() {
        word += 1;
        for (part, info) in words.current_segment_ords_and_term_infos() {
            parts[part].each_posting(&info, |mode, frequency| {
                let mode = mode as usize;
                tokens[mode] += u64::from(frequency);
                postings[mode] += 1;
                vocabulary[mode] += u64::from(last[mode] != word);
                last[mode] = word;
            })?;
        }
        if word % WORDS_PER_RELEASE == 0 {
            release();
        }
    }
    release();
    let of_mode = |mode: usize| WordCounts {
        mode: mode as u32,
        tokens: tokens[mode] as f64,
        postings: postings[mode] as f64,
        vocabulary: vocabulary[mode] as f64,
    };
    Ok((1..MODES).map(of_mode).collect())
}

/// The files that are read, as they are mapped.
fn mapped_files(readable: &Readable, segments: &[SegmentReader]) -> tantivy::Result<Vec<OwnedBytes>> {
    let directory = readable.index.directory();
    let names = segments.iter().flat_map(|segment| {
        let id = segment.segment_id().uuid_string();
        ["idx", "term"].map(|extension| PathBuf::from(format!("{id}.{extension}")))
    });
    names
        .map(|name| Ok(directory.open_read(&name)?.read_bytes()?))
        .collect()
}
