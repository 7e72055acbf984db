//! Makes an index of the sound segments of a damaged one, so that only the files of the others have to be fed again. The
//! damaged index is only read. Which files are missing from the result is for the caller to find out.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde_json::{json, Value};
use tantivy::index::{IndexMeta, SegmentMeta};
use tantivy::{Index, TantivyError};

use super::files::{check_list, corrupt, create_private_folder, is_regular, missing_files, segment_of, MANAGED, META};
use super::mixture::find_foreign;
use super::schema::{Fields, KEY_COLUMN};
use super::store::{settings, Readable};
use super::OpenOptions;
use crate::error::{NativeError, Result};
use crate::os::fsync_folder;
use crate::task::guarded;

/// The writer only deletes, by the numbers that there are, so it needs no secret.
const WRITABLE: OpenOptions = OpenOptions {
    create: false,
    writable: true,
    memory_bytes: 0.0,
    secret: String::new(),
};
/// Bytes of a set of deleted documents; a segment of hundreds of millions has a smaller one.
const MAX_DELETES_BYTES: u64 = 64 << 20;

/// Makes the index in `into` and commits it under `payload`; false, having made nothing, when no segment is sound.
///
/// Which segments there are, `meta.json` says, or `sealed`, which it was once, when that keeps more documents.
pub fn salvage(folder: &Path, into: &Path, payload: String, sealed: Option<&str>) -> Result<bool> {
    let found = find_sound(folder, into, sealed);
    let Some(sound) = found.as_ref().ok().and_then(Option::as_ref) else {
        fs::remove_dir_all(into).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(NativeError::io("remove the folder", into, &error)),
        })?;
        return found.map(|_| false);
    };
    write_lists(into, sound)?;
    let (readable, writer) = Readable::open(into, &WRITABLE)?;
    if let Some(mut writer) = writer {
        writer.discard_partial(&readable)?;
        writer.commit(&readable, payload)?;
    }
    Ok(true)
}

/// Lays out the files of `folder` in `into` and finds the list that keeps most documents, cut to its sound segments.
/// Fails when there is no list that can be read.
fn find_sound(folder: &Path, into: &Path, sealed: Option<&str>) -> Result<Option<IndexMeta>> {
    let names = link_files(folder, into)?;
    let on_disk = read_list(folder).and_then(|list| sound_part(into, &list));
    if let (Ok((_, true)), _) | (_, None) = (&on_disk, sealed) {
        return on_disk.map(|(metas, _)| metas);
    }
    let sealed = with_newest_deletes(folder, &names, sealed.unwrap_or_default());
    match (on_disk, sealed.and_then(|list| sound_part(into, &list))) {
        (Ok((metas, _)), Ok((others, _))) => Ok(match live_documents(&others) > live_documents(&metas) {
            true => others,
            false => metas,
        }),
        (on_disk, sealed) => on_disk.or(sealed).map(|(metas, _)| metas),
    }
}

/// The sound segments of a list, if any, and whether those are all.
fn sound_part(into: &Path, list: &str) -> Result<(Option<IndexMeta>, bool)> {
    let failed = |error: TantivyError| NativeError::tantivy("salvage the search index in", into, &error);
    // What opening or checking trips over is damage.
    guarded(|| {
        replace(&into.join(META), list.as_bytes()).map_err(|error| NativeError::io("fill the folder", into, &error))?;
        let index = Index::open_in_dir(into).map_err(failed)?;
        let mut metas = index.load_metas().map_err(failed)?;
        if metas.schema != Fields::default().schema || metas.index_settings != settings() {
            return Err(corrupt(into, "it was made with another schema"));
        }
        let all = std::mem::take(&mut metas.segments);
        let count = all.len();
        metas.segments = all
            .into_iter()
            .filter(|segment| is_sound(into, &index, &metas, segment))
            .collect();
        metas.payload = None;
        let is_whole = metas.segments.len() == count;
        Ok((Some(metas).filter(|metas| !metas.segments.is_empty()), is_whole))
    })
}

fn live_documents(metas: &Option<IndexMeta>) -> u64 {
    let segments = metas.iter().flat_map(|metas| &metas.segments);
    segments.map(|segment| u64::from(segment.num_docs())).sum()
}

/// Whether a segment has all its files, each with its checksum and none of another segment, and as many documents as the
/// list says.
fn is_sound(folder: &Path, index: &Index, metas: &IndexMeta, segment: &SegmentMeta) -> bool {
    let alone = IndexMeta {
        segments: vec![segment.clone()],
        ..metas.clone()
    };
    if !missing_files(folder, &alone).is_empty() {
        return false;
    }
    let checked = guarded(|| {
        let failed = |error: TantivyError| NativeError::tantivy("check", folder, &error);
        for file in alone
            .list_segment_files()
            .iter()
            .filter(|file| folder.join(file).exists())
        {
            let checked = index.directory().validate_checksum(file);
            if !checked.is_ok_and(|is_valid| is_valid) {
                return Ok(false);
            }
        }
        let reader = tantivy::SegmentReader::open(&index.segment(segment.clone())).map_err(failed)?;
        let keys = reader.fast_fields().column_opt::<u64>(KEY_COLUMN).map_err(failed)?;
        let are_all = keys.is_none_or(|keys| keys.num_docs() == segment.max_doc());
        let are_all = are_all && reader.num_deleted_docs() == segment.num_deleted_docs();
        Ok(are_all && find_foreign(&reader, &Fields::default()).map_err(failed)?.is_none())
    });
    checked.unwrap_or(false)
}

/// Second names in a new folder for the files of all segments: segments never change, so both folders can have the same
/// files. Returns the names.
fn link_files(folder: &Path, into: &Path) -> Result<BTreeSet<String>> {
    let failed = |error: std::io::Error| NativeError::io("fill the folder", into, &error);
    create_private_folder(into).map_err(failed)?;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let Ok(name) = entry.map_err(failed)?.file_name().into_string() else {
            continue; // no name of Tantivy's
        };
        let (from, to) = (folder.join(&name), into.join(&name));
        if segment_of(&name).is_none() || !is_regular(&from) {
            continue;
        }
        // Some file systems have no second names for a file.
        if fs::hard_link(&from, &to).is_err() {
            fs::copy(&from, &to).map_err(failed)?;
            File::open(&to).and_then(|copy| copy.sync_all()).map_err(failed)?;
        }
        names.insert(name);
    }
    let managed: BTreeSet<&str> = names.iter().map(String::as_str).chain([META]).collect();
    replace(&into.join(MANAGED), json!(managed).to_string().as_bytes()).map_err(failed)?;
    Ok(names)
}

/// Makes `metas` the list of `into`, durably, and removes what it does not name.
fn write_lists(into: &Path, metas: &IndexMeta) -> Result<()> {
    let failed = |error: std::io::Error| NativeError::io("fill the folder", into, &error);
    let kept = metas.list_segment_files();
    let mut managed: BTreeSet<PathBuf> = BTreeSet::from([META.into()]);
    for entry in fs::read_dir(into).map_err(failed)? {
        let name = PathBuf::from(entry.map_err(failed)?.file_name());
        if kept.contains(&name) {
            managed.insert(name);
        } else if name != Path::new(META) && name != Path::new(MANAGED) {
            fs::remove_file(into.join(name)).map_err(failed)?;
        }
    }
    let list = serde_json::to_vec_pretty(metas).map_err(|error| failed(std::io::Error::other(error)))?;
    replace(&into.join(MANAGED), json!(managed).to_string().as_bytes()).map_err(failed)?;
    replace(&into.join(META), &list).map_err(failed)?;
    fsync_folder(into)
}

fn read_list(folder: &Path) -> Result<String> {
    check_list(folder, META)?;
    fs::read_to_string(folder.join(META)).map_err(|error| NativeError::io("read the list of", folder, &error))
}

/// A list that is older than the files: segments have lost further documents since, and the sets of those that they had
/// lost before are gone.
fn with_newest_deletes(folder: &Path, names: &BTreeSet<String>, list: &str) -> Result<String> {
    let mut value: Value = serde_json::from_str(list).map_err(|error| corrupt(folder, &error.to_string()))?;
    let mut newest = value["opstamp"].as_u64().unwrap_or(0);
    for segment in value["segments"].as_array_mut().into_iter().flatten() {
        let id = segment["segment_id"].as_str().unwrap_or_default().replace('-', "");
        let stamps = names.iter().filter_map(|name| delete_stamp(name, &id));
        let Some(stamp) = stamps.max() else { continue };
        if Some(stamp) == segment["deletes"]["opstamp"].as_u64() {
            continue;
        }
        let deleted = count_deleted(&folder.join(format!("{id}.{stamp}.del")))
            .map_err(|error| NativeError::io("read the deleted documents in", folder, &error))?;
        segment["deletes"] = json!({ "num_deleted_docs": deleted, "opstamp": stamp });
        newest = newest.max(stamp);
    }
    value["opstamp"] = json!(newest);
    Ok(value.to_string())
}

/// The stamp in the name of a set of deleted documents of the segment `id`.
fn delete_stamp(name: &str, id: &str) -> Option<u64> {
    let rest = name.strip_prefix(id)?.strip_prefix('.')?;
    rest.strip_suffix(".del")?.parse().ok()
}

/// Documents that a set of live ones leaves out: their number, then a bit each.
fn count_deleted(path: &Path) -> std::io::Result<u64> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_DELETES_BYTES).read_to_end(&mut bytes)?;
    let cut = || std::io::Error::other(format!("{} is cut", path.display()));
    let (head, bits) = bytes.split_first_chunk::<4>().ok_or_else(cut)?;
    let all = u32::from_le_bytes(*head);
    let words = bits.get(..(all as usize).div_ceil(64) * 8).ok_or_else(cut)?;
    let live: u64 = words.iter().map(|byte| u64::from(byte.count_ones())).sum();
    u64::from(all).checked_sub(live).ok_or_else(cut)
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
