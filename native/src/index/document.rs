//! From a file's facts and text to the documents of the search index.

use std::borrow::Cow;

use napi::bindgen_prelude::{Buffer, Uint32Array};
use napi_derive::napi;
use tantivy::TantivyDocument;

use super::definitions::{Definitions, SYMBOL_NUMBERS};
use super::ledger::digest_of;
use super::schema::Fields;
use crate::decode::decode;
use crate::error::{NativeError, Result};
use crate::read::Root;

/// Numbers per chunk in `FileEntry::chunks`.
const CHUNK_NUMBERS: usize = 5;
/// The mode of comments, whose chunks lie in code chunks (server/model/mode.ts): they define no symbols.
const EXTRACTED_PROSE: u32 = 3;

/// One file to be put into the index.
#[napi(object, object_to_js = false)]
pub struct FileEntry {
    /// Root-relative.
    pub path: String,
    /// BLAKE3 of the bytes that the chunks were cut from; text is taken from disk only when it still has this hash.
    pub hash: Buffer,
    /// Stored as it is, opaque.
    pub facts: Buffer,
    pub language: String,
    /// Bits of `FileFlag` (server/model/columns.ts): tests, generated and vendored files rank lower.
    pub flags: u32,
    /// The file's names (UTF-8) one after the other, and where each begins and the last one ends.
    pub names: Buffer,
    pub name_offsets: Uint32Array,
    /// Per symbol: the number of its name, and the line of the name.
    pub symbols: Uint32Array,
    /// Per chunk: mode, start byte, end byte, start line, end line; bytes of the decoded text without byte order mark.
    pub chunks: Uint32Array,
}

struct Chunk {
    mode: u32,
    bytes: std::ops::Range<usize>,
    start_line: u32,
    end_line: u32,
}

impl FileEntry {
    /// Fails with `ERR_INVALID_ARGUMENT` for an entry that no correct caller makes.
    pub fn check(&self) -> Result<()> {
        let problem = match () {
            () if self.path.is_empty() => "has no path",
            () if self.hash.len() != 32 => "has a hash that is not 32 bytes long",
            () if !self.chunks.len().is_multiple_of(CHUNK_NUMBERS) => "has chunks that are not 5 numbers each",
            () if !self.symbols.len().is_multiple_of(SYMBOL_NUMBERS) => "has symbols that are not 2 numbers each",
            () => return Ok(()),
        };
        Err(NativeError::invalid(format!("the entry {:?} {problem}", self.path)))
    }

    /// The digest of what is stored of the file.
    pub fn digest(&self) -> u64 {
        digest_of(&self.path, &self.facts)
    }

    /// The beginning of the hash of the bytes, as a number.
    fn content(&self) -> u64 {
        // `check` has refused hashes of another length.
        self.hash[..8]
            .iter()
            .rev()
            .fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    /// The document that carries the facts, `key` being the number of the path; `documents` counts it and the chunks.
    pub fn file_document(&self, fields: &Fields, key: u64, seq: u64, documents: u64) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_u64(fields.key, key);
        document.add_text(fields.file, &self.path);
        document.add_u64(fields.seq, seq);
        document.add_bytes(fields.facts, &self.facts);
        document.add_u64(fields.key_number, key);
        document.add_u64(fields.digest, self.digest());
        document.add_u64(fields.documents, documents);
        document.add_u64(fields.content, self.content());
        document
    }

    /// The documents that make the text findable, each made when it is asked for; `None` when the bytes on disk are no
    /// longer those that the chunks were cut from. `buffer` is only room to read into.
    pub fn chunk_documents<'a>(
        &'a self,
        fields: &'a Fields,
        key: u64,
        root: &Root,
        buffer: &'a mut Vec<u8>,
    ) -> Option<impl ExactSizeIterator<Item = TantivyDocument> + 'a> {
        let chunks: Vec<Chunk> = self.chunks.chunks_exact(CHUNK_NUMBERS).map(Chunk::from).collect();
        let end = chunks.iter().map(|chunk| chunk.bytes.end).max();
        let text = match end {
            None => Cow::Borrowed(""),
            Some(end) => self.read_text(root, end, buffer)?,
        };
        if chunks.iter().any(|chunk| text.get(chunk.bytes.clone()).is_none()) {
            return None;
        }
        let definitions = Definitions::new(&self.names, &self.name_offsets, &self.symbols);
        let documents = chunks.into_iter().map(move |chunk| {
            let mut document = TantivyDocument::new();
            document.add_u64(fields.key, key);
            document.add_text(fields.path, &self.path);
            document.add_text(fields.place, &self.path);
            document.add_text(fields.language, &self.language);
            document.add_u64(fields.mode, u64::from(chunk.mode));
            document.add_u64(fields.flags, u64::from(self.flags));
            document.add_u64(fields.start_line, u64::from(chunk.start_line));
            document.add_u64(fields.end_line, u64::from(chunk.end_line));
            if chunk.mode != EXTRACTED_PROSE {
                let defined = definitions.within(chunk.start_line, chunk.end_line);
                if !defined.is_empty() {
                    document.add_text(fields.name, defined);
                }
            }
            document.add_text(fields.body, &text[chunk.bytes]);
            document
        });
        Some(documents)
    }

    /// The text on disk up to `end` and more, if it is the one that the chunks were cut from.
    fn read_text<'a>(&self, root: &Root, end: usize, buffer: &'a mut Vec<u8>) -> Option<Cow<'a, str>> {
        // No encoding takes more than two bytes for what is one byte of UTF-8, plus the mark: more is another text.
        root.read(&self.path, 2 * end as u64 + 3, buffer).ok()?;
        if blake3::hash(buffer).as_bytes()[..] != self.hash[..] {
            return None;
        }
        decode(buffer).map(|(text, _)| text)
    }
}

impl From<&[u32]> for Chunk {
    fn from(numbers: &[u32]) -> Self {
        Self {
            mode: numbers[0],
            bytes: numbers[1] as usize..numbers[2] as usize,
            start_line: numbers[3],
            end_line: numbers[4],
        }
    }
}
