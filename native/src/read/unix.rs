//! Opening below a root without following links: one folder after the other, each by its descriptor.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{openat, Mode, OFlags, CWD};
use rustix::io::Errno;

use super::{FileStat, Root, SkipReason};

/// Never blocks (a FIFO without a writer), never becomes the controlling terminal, follows no final link.
pub const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

pub type Folder = OwnedFd;

pub fn open_folder(path: &Path) -> io::Result<OwnedFd> {
    Ok(openat(CWD, path, FOLDER, Mode::empty())?)
}

pub fn open_file(root: &Root, path: &str) -> io::Result<File> {
    Ok(open_below(root, path, FILE)?.into())
}

pub fn open_subfolder(root: &Root, path: &str) -> io::Result<OwnedFd> {
    open_below(
        root,
        if path.is_empty() { "." } else { path },
        FOLDER | OFlags::NOFOLLOW,
    )
}

#[cfg(target_os = "linux")]
fn open_below(root: &Root, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
    use rustix::fs::{openat2, ResolveFlags};

    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match openat2(&root.folder, path, flags, Mode::empty(), resolve) {
        Ok(descriptor) => Ok(descriptor),
        // Kernels before 5.6, and sandboxes that do not know the call.
        Err(Errno::NOSYS | Errno::PERM) => open_by_component(root, path, flags),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn open_below(root: &Root, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
    open_by_component(root, path, flags)
}

pub fn open_by_component(root: &Root, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
    let mut folder = root.folder.try_clone()?;
    let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
    for part in parents.split('/').filter(|part| !part.is_empty()) {
        folder = openat(&folder, part, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(openat(&folder, name, flags, Mode::empty())?)
}

pub fn file_stat(metadata: &Metadata) -> FileStat {
    let nanoseconds = |seconds: i64, rest: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(rest);
    FileStat::new(
        metadata.len(),
        nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        metadata.ino(),
        metadata.dev(),
    )
}

pub fn reason(error: &io::Error) -> Option<SkipReason> {
    match Errno::from_io_error(error)? {
        Errno::LOOP => Some(SkipReason::Symlink),
        // What open(2) says of a socket.
        Errno::NXIO => Some(SkipReason::NotRegular),
        _ => None,
    }
}
