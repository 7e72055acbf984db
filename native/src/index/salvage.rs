//! Makes an index of the sound segments of a damaged one, so that only the files of the others have to be fed again. The
//! damaged index is only read. Which files are missing from the result is for the caller to find out.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tantivy::index::{IndexMeta, SegmentMeta};
use tantivy::{Index, TantivyError};

use super::schema::{Fields, KEY_COLUMN};
use super::store::{check_lists, create_private_folder, is_regular, missing_files, Readable, MANAGED, META};
use super::OpenOptions;
use crate::error::{NativeError, Result};
use crate::os::fsync_folder;
use crate::task::guarded;

/// The writer only deletes.
const WRITABLE: OpenOptions = OpenOptions {
    create: false,
    writable: true,
    memory_bytes: 0.0,
};

/// Makes the index in `into` and commits it under `payload`; false when no segment is sound.
pub fn salvage(folder: &Path, into: &Path, payload: String) -> Result<bool> {
    let failed = |error: TantivyError| NativeError::tantivy("salvage the search index in", folder, &error);
    check_lists(folder)?;
    let index = Index::open_in_dir(folder).map_err(failed)?;
    let mut metas = index.load_metas().map_err(failed)?;
    if metas.schema != Fields::default().schema {
        return Ok(false);
    }
    let all = std::mem::take(&mut metas.segments);
    metas.segments = all
        .into_iter()
        .filter(|segment| is_sound(folder, &index, &metas, segment))
        .collect();
    if metas.segments.is_empty() {
        return Ok(false);
    }
    metas.payload = None;
    lay_out(folder, into, &metas)?;
    let (readable, writer) = Readable::open(into, &WRITABLE)?;
    if let Some(mut writer) = writer {
        writer.discard_partial(&readable)?;
        writer.commit(&readable, payload)?;
    }
    Ok(true)
}

/// Whether a segment has all its files, each with its checksum, and as many documents as `meta.json` says.
fn is_sound(folder: &Path, index: &Index, metas: &IndexMeta, segment: &SegmentMeta) -> bool {
    let alone = IndexMeta {
        segments: vec![segment.clone()],
        ..metas.clone()
    };
    if !missing_files(folder, &alone).is_empty() {
        return false;
    }
    // What opening or checking trips over is damage.
    let checked = guarded(|| {
        let failed = |error: TantivyError| NativeError::tantivy("check", folder, &error);
        for file in present_files(folder, &alone) {
            let checked = index.directory().validate_checksum(&file);
            if !checked.is_ok_and(|is_valid| is_valid) {
                return Ok(false);
            }
        }
        let reader = tantivy::SegmentReader::open(&index.segment(segment.clone())).map_err(failed)?;
        let keys = reader.fast_fields().column_opt::<u64>(KEY_COLUMN).map_err(failed)?;
        Ok(keys.is_none_or(|keys| keys.num_docs() == segment.max_doc()))
    });
    checked.unwrap_or(false)
}

/// The files of the segments that are there: some are only made when they are needed.
fn present_files(folder: &Path, metas: &IndexMeta) -> BTreeSet<PathBuf> {
    let files = metas.list_segment_files().into_iter();
    files.filter(|file| is_regular(&folder.join(file))).collect()
}

/// The files of `metas` in a new folder, under their names, and a `meta.json` that names them. Segments never change, so
/// both folders can have the same files.
fn lay_out(folder: &Path, into: &Path, metas: &IndexMeta) -> Result<()> {
    let failed = |error: std::io::Error| NativeError::io("fill the folder", into, &error);
    create_private_folder(into).map_err(failed)?;
    let mut managed = present_files(folder, metas);
    for file in &managed {
        let (from, to) = (folder.join(file), into.join(file));
        // Some file systems have no second names for a file.
        if fs::hard_link(&from, &to).is_err() {
            fs::copy(&from, &to).map_err(failed)?;
            File::open(&to).and_then(|copy| copy.sync_all()).map_err(failed)?;
        }
    }
    managed.insert(META.into());
    write(&into.join(MANAGED), &serde_json::to_vec(&managed)).map_err(failed)?;
    write(&into.join(META), &serde_json::to_vec_pretty(metas)).map_err(failed)?;
    fsync_folder(into)
}

fn write(path: &Path, json: &serde_json::Result<Vec<u8>>) -> std::io::Result<()> {
    let bytes = json
        .as_ref()
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
