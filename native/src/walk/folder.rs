//! Listing one folder below a root without following a symbolic link on the way.

use std::io;

use crate::read::{FileStat, Root};

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Symlink,
    /// FIFO, socket, device.
    Other,
}

/// One entry. Its name is lossy only where `is_valid` is false.
pub struct Entry {
    pub name: String,
    pub is_valid: bool,
    pub kind: Kind,
}

/// An opened folder.
pub struct Folder {
    #[cfg(unix)]
    descriptor: std::os::fd::OwnedFd,
    #[cfg(not(unix))]
    path: std::path::PathBuf,
}

#[cfg(unix)]
impl Folder {
    /// Opens a folder; `""` is the root itself.
    pub fn open(root: &Root, path: &str) -> io::Result<Self> {
        let descriptor = root.open_folder(path)?;
        Ok(Self { descriptor })
    }

    /// All entries but `.` and `..`, in the order of the file system.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.descriptor)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not tell.
                rustix::fs::FileType::Unknown => self
                    .raw_stat(name)
                    .map(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode))?,
                known => known,
            };
            let valid = name.to_str();
            entries.push(Entry {
                name: valid.map_or_else(|_| name.to_string_lossy().into_owned(), str::to_owned),
                is_valid: valid.is_ok(),
                kind: match kind {
                    rustix::fs::FileType::RegularFile => Kind::File,
                    rustix::fs::FileType::Directory => Kind::Folder,
                    rustix::fs::FileType::Symlink => Kind::Symlink,
                    _ => Kind::Other,
                },
            });
        }
        Ok(entries)
    }

    /// The stat of one entry itself, not of what a link leads to.
    pub fn stat(&self, name: &str) -> io::Result<FileStat> {
        let stat = self.raw_stat(name)?;
        let nanoseconds = |seconds: i64, rest: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(rest);
        // The types of these fields differ between platforms.
        #[allow(clippy::unnecessary_cast)]
        Ok(FileStat::new(
            stat.st_size as u64,
            nanoseconds(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            nanoseconds(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
            stat.st_ino as u64,
            stat.st_dev as u64,
        ))
    }

    fn raw_stat(&self, name: impl rustix::path::Arg) -> io::Result<rustix::fs::Stat> {
        Ok(rustix::fs::statat(
            &self.descriptor,
            name,
            rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }
}

#[cfg(not(unix))]
impl Folder {
    /// Opens a folder; `""` is the root itself.
    pub fn open(root: &Root, path: &str) -> io::Result<Self> {
        let path = root.open_folder(path)?;
        Ok(Self { path })
    }

    /// All entries but `.` and `..`, in the order of the file system.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let entry = |entry: io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = entry.file_name();
            Ok(Entry {
                name: name.to_string_lossy().into_owned(),
                is_valid: name.to_str().is_some(),
                kind: match () {
                    () if kind.is_symlink() => Kind::Symlink,
                    () if kind.is_dir() => Kind::Folder,
                    () if kind.is_file() => Kind::File,
                    () => Kind::Other,
                },
            })
        };
        std::fs::read_dir(&self.path)?.map(entry).collect()
    }

    /// The stat of one entry itself, not of what a link leads to.
    pub fn stat(&self, name: &str) -> io::Result<FileStat> {
        Ok(FileStat::of(&std::fs::symlink_metadata(self.path.join(name))?))
    }
}
