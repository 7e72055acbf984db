//! What the index holds, kept as sums beside it: how many files and documents, and an order-free sum of one digest per
//! file. The sums travel with each commit as its **seal**, so that an index that was opened can be counted again and held
//! against what was committed, whoever wrote `meta.json` last.

use std::collections::HashMap;

use tantivy::schema::Schema;
use tantivy::{Searcher, TantivyError};

use super::schema::{DIGEST_COLUMN, DOCUMENTS_COLUMN, KEY_COLUMN};
use crate::error::{Code, NativeError, Result};

/// Sums over all files; equal for equal content, whatever the order of the changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub files: u64,
    pub documents: u64,
    /// Sum of the digests, modulo 2^64.
    pub set_hash: u64,
}

/// One file in the sums.
#[derive(Clone, Copy)]
struct Entry {
    digest: u64,
    documents: u64,
}

/// The files of the index by the number of their path.
#[derive(Default)]
pub struct Ledger {
    entries: HashMap<u64, Entry>,
    sums: Sums,
}

impl Ledger {
    /// Counts what is committed.
    pub fn of(searcher: &Searcher) -> tantivy::Result<Self> {
        let mut ledger = Self::default();
        for segment in searcher.segment_readers() {
            let columns = segment.fast_fields();
            let keys = columns.column_opt::<u64>(KEY_COLUMN)?;
            let digests = columns.column_opt::<u64>(DIGEST_COLUMN)?;
            let counts = columns.column_opt::<u64>(DOCUMENTS_COLUMN)?;
            let (Some(keys), Some(digests), Some(counts)) = (keys, digests, counts) else {
                continue; // a segment of nothing but deleted documents has no columns
            };
            for document in segment.doc_ids_alive() {
                let Some(key) = keys.first(document) else {
                    continue;
                };
                let (Some(digest), Some(documents)) = (digests.first(document), counts.first(document)) else {
                    let what = "a file document without its digest";
                    return Err(TantivyError::InternalError(what.to_owned()));
                };
                ledger.put(key, digest, documents);
            }
        }
        Ok(ledger)
    }

    /// Sums of what is committed, without keeping the files.
    pub fn sums_of(searcher: &Searcher) -> tantivy::Result<Sums> {
        Ok(Self::of(searcher)?.sums)
    }

    /// How many documents the file of this number has, itself included; `None` when it is not held.
    pub fn documents(&self, key: u64) -> Option<u64> {
        self.entries.get(&key).map(|entry| entry.documents)
    }

    pub fn sums(&self) -> Sums {
        self.sums
    }

    /// A file has these documents now, itself included.
    pub fn put(&mut self, key: u64, digest: u64, documents: u64) {
        self.remove(key);
        self.entries.insert(key, Entry { digest, documents });
        self.sums.files += 1;
        self.sums.documents += documents;
        self.sums.set_hash = self.sums.set_hash.wrapping_add(digest);
    }

    pub fn remove(&mut self, key: u64) {
        let Some(old) = self.entries.remove(&key) else {
            return;
        };
        self.sums.files -= 1;
        self.sums.documents -= old.documents;
        self.sums.set_hash = self.sums.set_hash.wrapping_sub(old.digest);
    }
}

/// Gives paths their numbers. Two paths of one number would hide each other, and whoever writes a workspace can look for
/// such paths, so the numbers depend on a secret, the same for all search folders of an index.
pub struct PathKeys([u8; 32]);

impl PathKeys {
    pub fn new(secret: &str) -> Self {
        Self(blake3::derive_key("almagest 2026 numbers of paths", secret.as_bytes()))
    }

    /// The number of a path.
    pub fn of(&self, path: &str) -> u64 {
        first_bytes(&blake3::keyed_hash(&self.0, path.as_bytes()))
    }
}

/// The digest of what is stored of a file.
pub fn digest_of(path: &str, facts: &[u8]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(path.as_bytes()).update(&[0]).update(facts);
    first_bytes(&hasher.finalize())
}

/// What a commit holds, as it stands in Tantivy's payload: a line of numbers with their checksum, and the caller's payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    pub sums: Sums,
    pub payload: String,
}

impl Seal {
    pub fn encode(&self, schema: &Schema) -> String {
        let Sums {
            files,
            documents,
            set_hash,
        } = self.sums;
        let body = format!(
            "{:016x} {files} {documents} {set_hash:016x}\n{}",
            schema_hash(schema),
            self.payload
        );
        format!("{:08x} {body}", crc32c::crc32c(body.as_bytes()))
    }

    /// Fails with `ERR_INDEX_CORRUPT`, saying what is wrong.
    pub fn decode(text: &str, schema: &Schema) -> Result<Self> {
        let corrupt = |why: &str| NativeError::new(Code::IndexCorrupt, format!("the seal of its last commit {why}"));
        let (crc, body) = text.split_once(' ').ok_or_else(|| corrupt("is not one"))?;
        if crc != format!("{:08x}", crc32c::crc32c(body.as_bytes())) {
            return Err(corrupt("does not have its checksum"));
        }
        let (line, payload) = body.split_once('\n').ok_or_else(|| corrupt("is cut"))?;
        let fields: Vec<&str> = line.split(' ').collect();
        let [schema_text, files, documents, set_hash] = fields[..] else {
            return Err(corrupt("has other fields"));
        };
        if schema_text != format!("{:016x}", schema_hash(schema)) {
            return Err(corrupt("is of another schema"));
        }
        let numbers = (files.parse(), documents.parse(), u64::from_str_radix(set_hash, 16));
        let (Ok(files), Ok(documents), Ok(set_hash)) = numbers else {
            return Err(corrupt("has wrong numbers"));
        };
        Ok(Self {
            sums: Sums {
                files,
                documents,
                set_hash,
            },
            payload: payload.to_owned(),
        })
    }
}

fn schema_hash(schema: &Schema) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for (_, entry) in schema.fields() {
        hasher.update(format!("{entry:?}\n").as_bytes());
    }
    first_bytes(&hasher.finalize())
}

fn first_bytes(hash: &blake3::Hash) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::schema::Fields;
    use super::*;

    #[test]
    fn sums_are_those_of_the_files_whatever_came_before() {
        let mut one = Ledger::default();
        one.put(1, 10, 2);
        one.put(2, u64::MAX, 1);
        one.put(1, 11, 3);
        one.remove(3);
        let mut other = Ledger::default();
        other.put(2, u64::MAX, 1);
        other.put(3, 9, 9);
        other.put(1, 11, 3);
        other.remove(3);
        assert_eq!(one.sums(), other.sums());
        assert_eq!(
            one.sums(),
            Sums {
                files: 2,
                documents: 4,
                set_hash: 10
            }
        );
    }

    #[test]
    fn numbers_of_paths_are_those_of_the_secret() {
        let (keys, others) = (PathKeys::new("one"), PathKeys::new("other"));
        assert_eq!(keys.of("src/a.rs"), PathKeys::new("one").of("src/a.rs"));
        assert_ne!(keys.of("src/a.rs"), others.of("src/a.rs"));
        assert_ne!(keys.of("src/a.rs"), first_bytes(&blake3::hash(b"src/a.rs")));
        // Paths that share a part of their numbers under one secret, which can be found, share none under another.
        let part = |keys: &PathKeys, path: &str| keys.of(path) >> 40;
        let mut seen = HashMap::new();
        let pair = (0..).find_map(|n| Some((seen.insert(part(&keys, &format!("{n}.rs")), n)?, n)));
        let (first, second) = pair.unwrap();
        let (first, second) = (format!("{first}.rs"), format!("{second}.rs"));
        assert_ne!(part(&others, &first), part(&others, &second));
    }

    #[test]
    fn a_seal_comes_back_and_no_changed_byte_passes() {
        let schema = Fields::default().schema;
        let sums = Sums {
            files: 3,
            documents: 70,
            set_hash: 0xfeed,
        };
        let seal = Seal {
            sums,
            payload: "{\"seq\":7}\nmore".to_owned(),
        };
        let text = seal.encode(&schema);
        assert_eq!(Seal::decode(&text, &schema).unwrap(), seal);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(Seal::decode(&changed, &schema).is_err(), "{changed}");
            assert!(Seal::decode(&text[..at], &schema).is_err());
        }
        assert!(Seal::decode("", &schema).is_err());
    }
}
