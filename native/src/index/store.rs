//! The Tantivy index on disk: opening, reading, checking. It decides nothing about what is indexed.
//!
//! Rules that keep it safe, each paid for by others: readers reloaded by hand, and our own fsync of the folder after each
//! change of `meta.json`, because Tantivy renames that file into place without making the name durable.

use std::fs;
use std::path::{Path, PathBuf};

use tantivy::index::IndexMeta;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{Index, IndexReader, IndexSettings, ReloadPolicy, Searcher, TantivyError};

use super::files::{
    check_list, corrupt, create_private_folder, is_regular, missing_files, remove_uncommitted, unmanaged_files,
    MANAGED, META,
};
use super::ledger::{Ledger, Seal, Sums};
use super::mixture::find_foreign;
use super::schema::Fields;
use super::tokenizer::{CodeTokenizer, CODE_TOKENIZER};
use super::writer::Writer;
use super::{IndexStats, OpenOptions};
use crate::error::{NativeError, Result};
use crate::os::fsync_folder;
use crate::task::guarded;

/// Stored facts are packed in blocks of so many bytes, at the level that takes the least time: larger blocks make up for
/// what that leaves.
const STORED_BLOCK_BYTES: usize = 64 << 10;
const STORED_LEVEL: i32 = 1;

/// What reading needs; cheap to clone.
#[derive(Clone)]
pub struct Readable {
    pub folder: PathBuf,
    pub fields: Fields,
    pub(super) index: Index,
    reader: IndexReader,
    /// Of the last commit.
    pub seal: Option<Seal>,
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
            .then(|| Writer::open(&index, options))
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

    /// Names of the files that are missing, whose checksum is wrong, or that do not belong to their segment, sorted.
    pub fn verify(&self) -> Result<Vec<String>> {
        let metas = self.index.load_metas().map_err(|error| self.failed("read", &error))?;
        let mut damaged = missing_files(&self.folder, &metas);
        if !self.is_as_written(&metas)? {
            damaged.push(META.to_owned());
        }
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
        let searcher = self.searcher();
        for segment in searcher.segment_readers() {
            let id = segment.segment_id().uuid_string();
            if damaged.iter().any(|name| name.starts_with(&id)) {
                continue;
            }
            // Files of several segments may lead anywhere when they are read together.
            let checked = guarded(|| find_foreign(segment, &self.fields).map_err(|error| self.failed("check", &error)));
            damaged.extend(checked.unwrap_or_else(|_| Some(format!("one of the files {id}.*"))));
        }
        damaged.sort();
        Ok(damaged)
    }

    /// Whether `meta.json`, which has no checksum, is letter by letter what Tantivy writes for what it says.
    fn is_as_written(&self, metas: &IndexMeta) -> Result<bool> {
        let bytes = fs::read(self.folder.join(META))
            .map_err(|error| NativeError::io("read the list of", &self.folder, &error))?;
        let written = serde_json::to_vec_pretty(metas).map_err(|error| corrupt(&self.folder, &error.to_string()))?;
        Ok(bytes.strip_suffix(b"\n") == Some(&written))
    }

    /// What is on disk after a commit is what was to be committed.
    pub(super) fn check_commit(&self, seal: &Seal, text: &str) -> Result<()> {
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

    /// Makes what Tantivy wrote durable, and then what readers see.
    pub(super) fn make_visible(&self, doing: &str) -> Result<()> {
        fsync_folder(&self.folder)?;
        self.reader.reload().map_err(|error| self.failed(doing, &error))
    }
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
        docstore_compression: Compressor::Zstd(ZstdCompressor {
            compression_level: Some(STORED_LEVEL),
        }),
        docstore_blocksize: STORED_BLOCK_BYTES,
        ..IndexSettings::default()
    }
}
