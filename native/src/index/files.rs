//! The files of a search index in their folder, by name, kind and list; what is in them is Tantivy's business.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use tantivy::index::{IndexMeta, SegmentComponent, SegmentMeta};
use tantivy::Index;

use crate::error::{Code, NativeError, Result};

/// The list of segments, and Tantivy's list of the files that it may remove.
pub const META: &str = "meta.json";
pub const MANAGED: &str = ".managed.json";
/// A list of ten thousand files is smaller.
const MAX_LIST_BYTES: u64 = 4 << 20;

pub fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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
pub fn unmanaged_files(folder: &Path, index: &Index, metas: &IndexMeta) -> Vec<String> {
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

/// The segment that a file belongs to, by its name: 32 hex digits before the first dot.
pub fn segment_of(name: &str) -> Option<&str> {
    let (id, _) = name.split_once('.')?;
    let is_id = id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_id.then_some(id)
}

/// About what is left of a segment in a merge, which drops deleted documents.
pub fn live_bytes(folder: &Path, segment: &SegmentMeta) -> u64 {
    use SegmentComponent::{Positions, Postings, Store, Terms};
    // The others are small; a file that is missing is told by whoever reads it.
    let sizes = [Postings, Positions, Terms, Store].into_iter().filter_map(|component| {
        let metadata = fs::metadata(folder.join(segment.relative_path(component))).ok()?;
        Some(metadata.len())
    });
    sizes.sum::<u64>() * u64::from(segment.num_docs()) / u64::from(segment.max_doc().max(1))
}

/// Removes what a kill left of a commit: the next one may give the same names to its files, and would find them taken.
/// Only for the holder of the writer lock, before it writes.
pub fn remove_uncommitted(folder: &Path, metas: &IndexMeta) -> std::io::Result<()> {
    let committed = metas.list_segment_files();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if segment_of(&name.to_string_lossy()).is_some() && !committed.contains(Path::new(&name)) {
            fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}

/// That an index cannot be opened, and why.
pub fn corrupt(folder: &Path, why: &str) -> NativeError {
    let message = format!("the search index in {} cannot be opened: {why}", folder.display());
    NativeError::new(Code::IndexCorrupt, message)
}
