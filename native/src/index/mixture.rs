//! Whether the files of a segment were written together. Each has its own checksum, so one of another segment passes for
//! whole; but what they say of the same documents then differs.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{DocSet, SegmentReader, TantivyDocument, TERMINATED};

use super::ledger::digest_of;
use super::schema::{Fields, DIGEST_COLUMN, KEY_COLUMN};
use super::search::list_files;

/// Files of each segment whose documents are compared: another segment has none of them, so one would do.
const SAMPLES: usize = 16;

/// Names what does not belong to the segment, or one of what does not belong together; `None` when all of it does.
pub fn find_foreign(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Option<String>> {
    let id = segment.segment_id().uuid_string();
    let terms_or_columns = || Ok(Some(format!("{id}.term, {id}.idx or {id}.fast")));
    let columns = segment.fast_fields();
    let keys = columns.column_opt::<u64>(KEY_COLUMN)?;
    let digests = columns.column_opt::<u64>(DIGEST_COLUMN)?;
    let files = list_files(fields, segment, None, usize::MAX)?;
    let stored = segment.get_store_reader(1)?;
    for (path, document) in files.iter().step_by(files.len().div_ceil(SAMPLES).max(1)) {
        let key = keys.as_ref().and_then(|keys| keys.first(*document));
        let digest = digests.as_ref().and_then(|digests| digests.first(*document));
        let (Some(key), Some(digest)) = (key, digest) else {
            return terms_or_columns();
        };
        if !has_key(segment, fields, key, *document)? {
            return terms_or_columns();
        }
        let found: TantivyDocument = stored.get(*document)?;
        let facts = found.get_first(fields.facts).and_then(|value| value.as_bytes());
        if facts.is_none_or(|facts| digest_of(path, facts) != digest) {
            return Ok(Some(format!("{id}.store")));
        }
    }
    match has_its_lengths(segment, fields)? {
        true => Ok(None),
        false => Ok(Some(format!("{id}.fieldnorm"))),
    }
}

/// Whether the dictionary finds a document by its key.
fn has_key(segment: &SegmentReader, fields: &Fields, key: u64, document: u32) -> tantivy::Result<bool> {
    let inverted = segment.inverted_index(fields.key)?;
    let Some(mut postings) = inverted.read_postings(&fields.key_term(key), IndexRecordOption::Basic)? else {
        return Ok(false);
    };
    while postings.doc() != TERMINATED && postings.doc() < document {
        postings.advance();
    }
    Ok(postings.doc() == document)
}

/// Whether the lengths of the texts, each rounded down, add up to the words that were counted.
fn has_its_lengths(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<bool> {
    for field in [fields.name, fields.body, fields.place] {
        let words = segment.inverted_index(field)?.total_num_tokens();
        let lengths = segment.get_fieldnorms_reader(field)?;
        let (mut least, mut most) = (0, 0);
        for document in 0..segment.max_doc() {
            let id = lengths.fieldnorm_id(document);
            least += u64::from(FieldNormReader::id_to_fieldnorm(id));
            most += match id {
                u8::MAX => u64::from(u32::MAX),
                _ => u64::from(FieldNormReader::id_to_fieldnorm(id + 1) - 1),
            };
        }
        if lengths.num_docs() != segment.max_doc() || !(least..=most).contains(&words) {
            return Ok(false);
        }
    }
    Ok(true)
}
