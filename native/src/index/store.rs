//! The Tantivy index on disk: opening, writing, committing, merging, checking. It decides nothing about what is indexed.
//!
//! Rules that keep it safe, each paid for by others: one writer thread, no merge but ours, never `rollback` and never
//! `delete_all_documents`, readers reloaded by hand, and our own fsync of the folder after each change of `meta.json`,
//! because Tantivy renames that file into place without making the name durable.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use tantivy::index::{IndexMeta, SegmentComponent, SegmentId, SegmentMeta};
use tantivy::indexer::{IndexWriterOptions, NoMergePolicy};
use tantivy::schema::IndexRecordOption;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{
    DocSet, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError,
    Term, TERMINATED,
};

use super::document::FileEntry;
use super::ledger::{key_number, number_of_key, Ledger, Seal, Sums};
use super::schema::Fields;
use super::tokenizer::{CodeTokenizer, CODE_TOKENIZER};
use super::{ApplyResult, IndexStats, OpenOptions};
use crate::error::{Code, NativeError, Result};
use crate::os::fsync_folder;
use crate::read::Root;

/// The list of segments, and Tantivy's list of the files that it may remove.
pub const META: &str = "meta.json";
pub const MANAGED: &str = ".managed.json";
/// A list of ten thousand files is smaller.
const MAX_LIST_BYTES: u64 = 4 << 20;
/// Tantivy refuses smaller and larger budgets.
const MIN_WRITER_BYTES: f64 = 15e6;
const MAX_WRITER_BYTES: f64 = 4e9;

/// Of the segments that one merge makes one of.
const MAX_MERGE_BYTES: u64 = 128 << 20;

/// What reading needs; cheap to clone.
#[derive(Clone)]
pub struct Readable {
    pub folder: PathBuf,
    pub fields: Fields,
    index: Index,
    reader: IndexReader,
    /// Of the last commit.
    pub seal: Option<Seal>,
}

/// What writing needs besides.
pub struct Writer {
    writer: IndexWriter,
    /// Whether there are changes that no commit has made durable.
    is_dirty: bool,
    /// What the index holds with those changes; counted when it is first needed.
    ledger: Option<Ledger>,
}

impl Readable {
    /// Opens or creates an index. With a writer it holds Tantivy's writer lock, without it takes none.
    pub fn open(folder: &Path, options: &OpenOptions) -> Result<(Self, Option<Writer>)> {
        let failed = |error: TantivyError| NativeError::tantivy("open the search index in", folder, &error);
        let fields = Fields::default();
        check_list(folder, META)?;
        check_list(folder, MANAGED)?;
        let index = match folder.join(META).exists() {
            true => Index::open_in_dir(folder).map_err(failed)?,
            false if options.create => create(folder, &fields)?,
            false => return Err(corrupt(folder, "it has no meta.json")),
        };
        if index.schema() != fields.schema {
            return Err(corrupt(folder, "it was made with another schema"));
        }
        index.tokenizers().register(CODE_TOKENIZER, CodeTokenizer::default());
        let mut metas = index.load_metas().map_err(failed)?;
        if let Some(name) = missing_files(folder, &metas).first() {
            return Err(corrupt(folder, &format!("its file {name} is missing")));
        }
        if let Some(name) = unmanaged_files(folder, &index, &metas).first() {
            return Err(corrupt(folder, &format!("its file {name} is not in its list of files")));
        }
        let seal = metas
            .payload
            .take()
            .map(|text| Seal::decode(&text, &fields.schema))
            .transpose()
            .map_err(|error| corrupt(folder, &error.message))?;
        let writer = options
            .writable
            .then(|| open_writer(&index, options))
            .transpose()
            .map_err(failed)?;
        if writer.is_some() {
            remove_uncommitted(folder, &metas).map_err(|error| NativeError::io("tidy the folder", folder, &error))?;
        }
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(failed)?;
        let readable = Self {
            folder: folder.to_owned(),
            fields,
            index,
            reader,
            seal,
        };
        Ok((readable, writer))
    }

    /// One consistent state of the index, as of the last commit or merge.
    pub fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// Completes "could not … the search index in …".
    pub fn failed(&self, doing: &str, error: &TantivyError) -> NativeError {
        NativeError::tantivy(&format!("{doing} the search index in"), &self.folder, error)
    }

    /// Counts as of the last commit or merge.
    pub fn stats(&self) -> Result<IndexStats> {
        let searcher = self.searcher();
        let metas = self.index.load_metas().map_err(|error| self.failed("read", &error))?;
        let length = |file: &PathBuf| fs::metadata(self.folder.join(file)).map_or(0, |metadata| metadata.len());
        let deleted: u32 = searcher
            .segment_readers()
            .iter()
            .map(|segment| segment.num_deleted_docs())
            .sum();
        Ok(IndexStats {
            segments: searcher.segment_readers().len() as u32,
            documents: searcher.num_docs() as f64,
            deleted: f64::from(deleted),
            bytes: metas.list_segment_files().iter().map(length).sum::<u64>() as f64,
        })
    }

    /// Names of the files that the last commit consists of, sorted.
    pub fn files(&self) -> Result<Vec<String>> {
        let metas = self.index.load_metas().map_err(|error| self.failed("read", &error))?;
        let present = |file: &PathBuf| self.folder.join(file).exists();
        let mut files: Vec<String> = metas
            .list_segment_files()
            .iter()
            .filter(|file| present(file))
            .map(|file| file.to_string_lossy().into_owned())
            .collect();
        files.sort();
        Ok(files)
    }

    /// What the index holds other than its seal says, in words.
    pub fn recount(&self) -> Result<Option<String>> {
        let failed = |error: TantivyError| self.failed("count", &error);
        let searcher = self.searcher();
        let counted = Ledger::sums_of(&searcher).map_err(failed)?;
        let sealed = self.seal.as_ref().map_or_else(Sums::default, |seal| seal.sums);
        if counted == sealed && searcher.num_docs() == sealed.documents {
            return Ok(None);
        }
        Ok(Some(format!(
            "it holds {} files in {} documents where its last commit says {} in {}, or other ones",
            counted.files,
            searcher.num_docs(),
            sealed.files,
            sealed.documents
        )))
    }

    /// Names of the files that are missing or whose checksum is wrong, sorted.
    pub fn verify(&self) -> Result<Vec<String>> {
        let metas = self.index.load_metas().map_err(|error| self.failed("read", &error))?;
        let mut damaged = missing_files(&self.folder, &metas);
        for file in metas.list_segment_files() {
            // Tantivy's own check leaves out the files that `.managed.json` does not list, ours looks at each.
            let is_present = is_regular(&self.folder.join(&file));
            if is_present
                && !self
                    .index
                    .directory()
                    .validate_checksum(&file)
                    .is_ok_and(|is_valid| is_valid)
            {
                damaged.push(file.to_string_lossy().into_owned());
            }
        }
        damaged.sort();
        Ok(damaged)
    }

    /// What is on disk after a commit is what was to be committed.
    fn check_commit(&self, seal: &Seal, text: &str) -> Result<()> {
        let metas = self.index.load_metas().map_err(|error| self.failed("read", &error))?;
        let documents = self.searcher().num_docs();
        let problem = if metas.payload.as_deref() != Some(text) {
            "it has another payload".to_owned()
        } else if let Some(name) = missing_files(&self.folder, &metas).first() {
            format!("its file {name} is missing")
        } else if documents != seal.sums.documents {
            format!("it has {documents} documents instead of {}", seal.sums.documents)
        } else {
            return Ok(());
        };
        Err(corrupt(&self.folder, &format!("after a commit {problem}")))
    }

    fn make_visible(&self, doing: &str) -> Result<()> {
        fsync_folder(&self.folder)?;
        self.reader.reload().map_err(|error| self.failed(doing, &error))
    }
}

impl Writer {
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
        for path in removed {
            self.writer.delete_term(fields.key_of(path));
            ledger.remove(key_number(path));
        }
        for file in files {
            self.writer.delete_term(fields.key_of(&file.path));
            let chunks = file.chunk_documents(fields, root, &mut buffer).unwrap_or_else(|| {
                result.changed.push(file.path.clone());
                vec![]
            });
            let documents = 1 + chunks.len() as u64;
            ledger.put(key_number(&file.path), file.digest(), documents);
            for document in std::iter::once(file.file_document(fields, seq, documents)).chain(chunks) {
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
            let number = number_of_key(&key);
            if number.and_then(|number| ledger.documents(number)) == Some(count) {
                continue;
            }
            self.writer.delete_term(Term::from_field_text(
                readable.fields.key,
                &String::from_utf8_lossy(&key),
            ));
            if let Some(number) = number {
                ledger.remove(number);
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

    /// Merges the smallest segments until at most `max_segments` are left, or only such that are too large together:
    /// a merge maps all that it reads, so its bytes are those of the memory it takes.
    pub fn merge(&mut self, readable: &Readable, max_segments: usize) -> Result<()> {
        if self.is_dirty || max_segments == 0 {
            return Err(NativeError::invalid(
                "a merge needs a commit before it, and at least one segment to be left",
            ));
        }
        let failed = |error: TantivyError| readable.failed("merge", &error);
        loop {
            let segments = readable.index.searchable_segment_metas().map_err(failed)?;
            let surplus = segments.len().saturating_sub(max_segments);
            let mut sized: Vec<_> = segments
                .iter()
                .map(|segment| (live_bytes(&readable.folder, segment), segment.id()))
                .collect();
            sized.sort();
            let smallest = within(MAX_MERGE_BYTES, &sized[..sized.len().min(surplus + 1)]);
            if surplus == 0 || smallest.len() < 2 {
                return Ok(());
            }
            self.writer.merge(&smallest).wait().map_err(failed)?;
            readable.make_visible("merge")?;
        }
    }
}

/// How many live documents there are of each key.
fn count_by_key(readable: &Readable) -> tantivy::Result<HashMap<Vec<u8>, u64>> {
    let mut counts: HashMap<Vec<u8>, u64> = HashMap::new();
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
                *counts.entry(keys.key().to_vec()).or_default() += live;
            }
        }
    }
    Ok(counts)
}

fn create(folder: &Path, fields: &Fields) -> Result<Index> {
    create_private_folder(folder).map_err(|error| NativeError::io("create the folder", folder, &error))?;
    let built = Index::builder()
        .schema(fields.schema.clone())
        .settings(settings())
        .create_in_dir(folder);
    let index = built.map_err(|error| NativeError::tantivy("create the search index in", folder, &error))?;
    fsync_folder(folder)?;
    Ok(index)
}

/// Those of every index of ours.
pub fn settings() -> IndexSettings {
    IndexSettings {
        docstore_compression: Compressor::Zstd(ZstdCompressor::default()),
        ..IndexSettings::default()
    }
}

pub fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn open_writer(index: &Index, options: &OpenOptions) -> tantivy::Result<Writer> {
    let bytes = options.memory_bytes.clamp(MIN_WRITER_BYTES, MAX_WRITER_BYTES) as usize;
    let options = IndexWriterOptions::builder()
        .memory_budget_per_thread(bytes)
        .num_worker_threads(1)
        .num_merge_threads(1)
        .build();
    let writer: IndexWriter<TantivyDocument> = index.writer_with_options(options)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    Ok(Writer {
        writer,
        is_dirty: false,
        ledger: None,
    })
}

/// The first of these segments that have at most `max` bytes together.
fn within(max: u64, sized: &[(u64, SegmentId)]) -> Vec<SegmentId> {
    let sums = sized.iter().scan(0, |sum, (bytes, id)| {
        *sum += bytes;
        Some((*sum, *id))
    });
    sums.take_while(|(sum, _)| *sum <= max).map(|(_, id)| id).collect()
}

/// Removes what a kill left of a commit: the next one may give the same names to its files, and would find them taken.
/// Only for the holder of the writer lock, before it writes.
fn remove_uncommitted(folder: &Path, metas: &IndexMeta) -> std::io::Result<()> {
    let committed = metas.list_segment_files();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if segment_of(&name.to_string_lossy()).is_some() && !committed.contains(Path::new(&name)) {
            fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}

/// The segment that a file belongs to, by its name: 32 hex digits before the first dot.
pub fn segment_of(name: &str) -> Option<&str> {
    let (id, _) = name.split_once('.')?;
    let is_id = id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_id.then_some(id)
}

/// About what is left of a segment in a merge, which drops deleted documents.
fn live_bytes(folder: &Path, segment: &SegmentMeta) -> u64 {
    use SegmentComponent::{Positions, Postings, Store, Terms};
    // The others are small; a file that is missing is told by whoever reads it.
    let sizes = [Postings, Positions, Terms, Store].into_iter().filter_map(|component| {
        let metadata = fs::metadata(folder.join(segment.relative_path(component))).ok()?;
        Some(metadata.len())
    });
    sizes.sum::<u64>() * u64::from(segment.num_docs()) / u64::from(segment.max_doc().max(1))
}

/// Refuses a list of files that should not be read, because it is read as a whole, whatever it is.
pub fn check_list(folder: &Path, name: &str) -> Result<()> {
    match fs::symlink_metadata(folder.join(name)) {
        Ok(found) if !found.is_file() => Err(corrupt(folder, &format!("its {name} is not a regular file"))),
        Ok(found) if found.len() > MAX_LIST_BYTES => {
            let why = format!(
                "its {name} has {} bytes, more than the {MAX_LIST_BYTES} it may have",
                found.len()
            );
            Err(corrupt(folder, &why))
        }
        _ => Ok(()), // one that is missing has an error of its own
    }
}

/// Links, pipes and devices are no files of an index.
pub fn is_regular(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// Files that `meta.json` needs and the folder does not have, sorted.
pub fn missing_files(folder: &Path, metas: &IndexMeta) -> Vec<String> {
    let has_no_deletes = |segment: &&SegmentMeta| !segment.has_deletes();
    let deletes = metas
        .segments
        .iter()
        .filter(has_no_deletes)
        .map(|segment| segment.relative_path(SegmentComponent::Delete));
    let temporary = metas
        .segments
        .iter()
        .map(|segment| segment.relative_path(SegmentComponent::TempStore));
    let optional: HashSet<PathBuf> = deletes.chain(temporary).collect();
    let mut missing: Vec<String> = metas
        .list_segment_files()
        .iter()
        .filter(|file| !is_regular(&folder.join(file)) && !optional.contains(*file))
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    missing.sort();
    missing
}

/// Files of `meta.json` that the folder has and Tantivy's list of its files has not: a list that was lost or cut.
fn unmanaged_files(folder: &Path, index: &Index, metas: &IndexMeta) -> Vec<String> {
    let managed = index.directory().list_managed_files();
    let mut unmanaged: Vec<String> = metas
        .list_segment_files()
        .iter()
        .filter(|file| !managed.contains(*file) && folder.join(file).exists())
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    unmanaged.sort();
    unmanaged
}

pub fn corrupt(folder: &Path, why: &str) -> NativeError {
    let message = format!("the search index in {} cannot be opened: {why}", folder.display());
    NativeError::new(Code::IndexCorrupt, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_segments_are_merged_up_to_a_size() {
        let ids: Vec<_> = (0..4).map(|_| SegmentId::generate_random()).collect();
        let sized: Vec<_> = [10, 20, 30, 40].into_iter().zip(ids.iter().copied()).collect();
        assert_eq!(within(100, &sized), ids);
        assert_eq!(within(99, &sized), ids[..3]);
        assert_eq!(within(29, &sized), ids[..1]);
        assert_eq!(within(9, &sized), []);
    }
}
