//! The fields of the search index. A **file document** carries a file's facts; a **chunk document** makes one chunk of its
//! text findable. Both carry the file's key, by which they are replaced.

use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions, FAST, STORED};
use tantivy::Term;

use super::tokenizer::CODE_TOKENIZER;

/// Handles of the fields, resolved once.
#[derive(Clone)]
pub struct Fields {
    pub schema: Schema,
    /// The number of the path (`PathKeys`), on every document: a short term for any path, because each one is spelled out in
    /// the dictionary of each segment. Its name is another than that of the field of unkeyed numbers: an index that has
    /// those is one of another schema.
    pub key: Field,
    /// The path, on file documents only; its dictionary lists the files in order.
    pub file: Field,
    /// The batch that wrote the file, stored on file documents.
    pub seq: Field,
    /// Stored on file documents.
    pub facts: Field,
    /// Columns of file documents, for the sums of what the index holds: number of the path, digest of what is stored, and
    /// how many documents the file has.
    pub key_number: Field,
    pub digest: Field,
    pub documents: Field,
    /// Column of file documents: the beginning of the hash of the file's bytes, to compare without unpacking the facts.
    pub content: Field,
    /// The path as a column, on chunk documents.
    pub path: Field,
    pub language: Field,
    pub mode: Field,
    pub flags: Field,
    pub start_line: Field,
    pub end_line: Field,
    /// Words of the symbols that the chunk defines.
    pub name: Field,
    /// Words of the chunk's text.
    pub body: Field,
    /// Words of the path.
    pub place: Field,
}

/// Columns that are read by name.
pub const KEY_COLUMN: &str = "keyNumber";
pub const DIGEST_COLUMN: &str = "digest";
pub const DOCUMENTS_COLUMN: &str = "documents";
pub const CONTENT_COLUMN: &str = "content";
pub const PATH_COLUMN: &str = "path";
pub const MODE_COLUMN: &str = "mode";
pub const FLAGS_COLUMN: &str = "flags";
pub const START_LINE_COLUMN: &str = "startLine";
pub const END_LINE_COLUMN: &str = "endLine";

impl Default for Fields {
    fn default() -> Self {
        let mut builder = Schema::builder();
        let term = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::Basic),
        );
        // Frequencies rank; positions would double the index, and phrases are verified on the bytes.
        let words = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(CODE_TOKENIZER)
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        let number = NumericOptions::from(FAST);
        // The flag INDEXED would also keep the lengths of these fields, which are no texts.
        let indexed = NumericOptions::default().set_indexed();
        Self {
            key: builder.add_u64_field("fileKey", indexed.clone()),
            file: builder.add_text_field("file", term.clone()),
            seq: builder.add_u64_field("seq", STORED),
            facts: builder.add_bytes_field("facts", STORED),
            key_number: builder.add_u64_field(KEY_COLUMN, FAST),
            digest: builder.add_u64_field(DIGEST_COLUMN, FAST),
            documents: builder.add_u64_field(DOCUMENTS_COLUMN, FAST),
            content: builder.add_u64_field(CONTENT_COLUMN, FAST),
            path: builder.add_text_field(PATH_COLUMN, TextOptions::default().set_fast("raw")),
            language: builder.add_text_field("language", term),
            mode: builder.add_u64_field(MODE_COLUMN, indexed.set_fast()),
            flags: builder.add_u64_field(FLAGS_COLUMN, number.clone()),
            start_line: builder.add_u64_field(START_LINE_COLUMN, number.clone()),
            end_line: builder.add_u64_field(END_LINE_COLUMN, number),
            name: builder.add_text_field("name", words.clone()),
            body: builder.add_text_field("body", words.clone()),
            place: builder.add_text_field("place", words),
            schema: builder.build(),
        }
    }
}

impl Fields {
    /// The term that all documents of the file of this number share.
    pub fn key_term(&self, key: u64) -> Term {
        Term::from_field_u64(self.key, key)
    }
}
