//! Opening below a root where the system has no descriptors of folders: a link is looked for in each part of a path.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{FileStat, Root, SkipReason};

/// Windows' own words for a reparse point that may not be followed.
const ERROR_CANT_ACCESS_FILE: i32 = 1920;

pub type Folder = PathBuf;

pub fn open_file(root: &Root, path: &str) -> io::Result<File> {
    File::open(open_subfolder(root, path)?)
}

pub fn open_subfolder(root: &Root, path: &str) -> io::Result<PathBuf> {
    let mut whole = root.path.clone();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        whole.push(part);
        if fs::symlink_metadata(&whole)?.is_symlink() {
            return Err(io::Error::from_raw_os_error(ERROR_CANT_ACCESS_FILE));
        }
    }
    Ok(whole)
}

pub fn file_stat(metadata: &Metadata) -> FileStat {
    let nanoseconds = |time: io::Result<SystemTime>| {
        time.ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |span| span.as_nanos() as i64)
    };
    FileStat::new(
        metadata.len(),
        nanoseconds(metadata.modified()),
        nanoseconds(metadata.created()),
        0,
        0,
    )
}

pub fn reason(error: &io::Error) -> Option<SkipReason> {
    // `open_file` makes this error itself, when it comes upon a link.
    (error.raw_os_error() == Some(ERROR_CANT_ACCESS_FILE)).then_some(SkipReason::Symlink)
}
