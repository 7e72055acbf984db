//! Reading the files of a workspace: relative to its root, following no symbolic link, regular files only, bounded.
//! Whatever cannot be read is a reason to skip that file, never a failure of the batch.

#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod unix;

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{NativeError, Result};
use crate::skip_reason::SkipReason;
#[cfg(not(unix))]
use elsewhere as platform;
#[cfg(unix)]
use unix as platform;

/// A file that changes while it is read is read again this often before it is given up as unstable.
const READ_ATTEMPTS: usize = 3;

/// What the operating system says about a file, as far as it tells one version of the file from another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileStat {
    /// In bytes.
    pub size: u64,
    /// The later of the times of modification and of status change, in milliseconds since the epoch.
    pub changed_ms: f64,
    /// 64-bit hash of size, both times in nanoseconds, inode and device.
    pub fingerprint: u64,
}

/// Why a file was not read, and the operating system's words where it gave any.
#[derive(Clone, Debug, PartialEq)]
pub struct Skip {
    pub reason: SkipReason,
    pub detail: String,
    /// Of a file that was looked at but not read: as long as it stays the same, there is nothing new to find.
    pub stat: Option<FileStat>,
}

/// An opened workspace root: the only way to reach the bytes of its files.
pub struct Root {
    path: PathBuf,
    #[cfg(unix)]
    folder: std::os::fd::OwnedFd,
}

impl Root {
    /// Opens a root by its absolute path.
    pub fn open(path: &str) -> Result<Self> {
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(NativeError::invalid(format!(
                "{} is not an absolute path",
                path.display()
            )));
        }
        #[cfg(unix)]
        let folder = platform::open_folder(&path).map_err(|error| NativeError::io("open the folder", &path, &error))?;
        Ok(Self {
            path,
            #[cfg(unix)]
            folder,
        })
    }

    /// The absolute path of the root.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a whole file into `buffer`, whose former content is dropped. The stat is that of the descriptor that was
    /// read, and still the same after the last byte.
    pub fn read(&self, path: &str, max_bytes: u64, buffer: &mut Vec<u8>) -> Result<FileStat, Skip> {
        for _ in 0..READ_ATTEMPTS {
            let mut file = self.open_file(path)?;
            let before = FileStat::of_regular(&file)?;
            if before.size > max_bytes {
                return Err(Skip::too_large(before, max_bytes));
            }
            // Room for one byte more tells a file that has grown. Bytes of the file before are overwritten, not cleared.
            buffer.resize(before.size as usize + 1, 0);
            let length = read_up_to(&mut file, buffer).map_err(Skip::from_io)?;
            buffer.truncate(length);
            if buffer.len() as u64 == before.size && FileStat::of_regular(&file)? == before {
                return Ok(before);
            }
        }
        Err(Skip::because(SkipReason::Unstable))
    }

    /// Opens a folder below the root for listing; `""` is the root itself.
    pub(crate) fn open_folder(&self, path: &str) -> io::Result<platform::Folder> {
        platform::open_subfolder(self, path)
    }

    fn open_file(&self, path: &str) -> Result<File, Skip> {
        let is_plain =
            |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\0', MAIN_SEPARATOR_NOT_SLASH]);
        if !path.split('/').all(is_plain) {
            return Err(Skip::because(SkipReason::InvalidPath));
        }
        platform::open_file(self, path).map_err(Skip::from_io)
    }
}

/// On Windows a backslash in a root-relative path would be one more separator; elsewhere it is a letter like others.
const MAIN_SEPARATOR_NOT_SLASH: char = if cfg!(windows) { '\\' } else { '\0' };

/// Reads until the end of the file or of `buffer`, and returns how many bytes there were.
fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

impl FileStat {
    /// From the size in bytes, the times in nanoseconds since the epoch, inode and device.
    pub fn new(size: u64, modified: i64, changed: i64, inode: u64, device: u64) -> Self {
        let mut bytes = [0; 40];
        let values = [size, modified as u64, changed as u64, inode, device];
        for (slot, value) in bytes.chunks_exact_mut(8).zip(values) {
            slot.copy_from_slice(&value.to_le_bytes());
        }
        let hash = blake3::hash(&bytes);
        let fingerprint = hash.as_bytes()[..8]
            .iter()
            .fold(0, |all, byte| all << 8 | u64::from(*byte));
        Self {
            size,
            changed_ms: modified.max(changed) as f64 / 1e6,
            fingerprint,
        }
    }

    /// The stat that the standard library returned for a file.
    pub fn of(metadata: &Metadata) -> Self {
        platform::file_stat(metadata)
    }

    fn of_regular(file: &File) -> Result<Self, Skip> {
        let metadata = file.metadata().map_err(Skip::from_io)?;
        match metadata.is_file() {
            true => Ok(Self::of(&metadata)),
            false => Err(Skip::because(SkipReason::NotRegular)),
        }
    }
}

impl Skip {
    /// A reason that needs no detail.
    pub fn because(reason: SkipReason) -> Self {
        Self {
            reason,
            detail: String::new(),
            stat: None,
        }
    }

    /// The reason behind an error of the operating system.
    pub fn from_io(error: io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SkipReason::Vanished,
            _ => platform::reason(&error).unwrap_or(SkipReason::Unreadable),
        };
        Self {
            detail: error.to_string(),
            ..Self::because(reason)
        }
    }

    fn too_large(stat: FileStat, limit: u64) -> Self {
        Self {
            reason: SkipReason::TooLarge,
            detail: format!("{} bytes, the limit is {limit}", stat.size),
            // Without a limit of its own nothing was found out about the file.
            stat: (limit > 0).then_some(stat),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn outcome(root: &Root, path: &str) -> Result<String, SkipReason> {
        let mut buffer = vec![1, 2, 3];
        let stat = root.read(path, 10, &mut buffer).map_err(|skip| skip.reason)?;
        assert_eq!(stat.size, buffer.len() as u64);
        Ok(String::from_utf8(buffer).unwrap())
    }

    #[test]
    fn only_regular_files_below_the_root_are_read() {
        let temp = tempfile::tempdir().unwrap();
        let outside = temp.path().join("outside");
        let inside = temp.path().join("root");
        fs::create_dir_all(inside.join("sub")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("secret"), "x").unwrap();
        fs::write(inside.join("sub/a"), "hello").unwrap();
        fs::write(inside.join("empty"), "").unwrap();
        fs::write(inside.join("big"), "12345678901").unwrap();
        symlink("sub/a", inside.join("link")).unwrap();
        symlink("../outside", inside.join("out")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            inside.join("fifo"),
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(inside.join("socket")).unwrap();

        let root = Root::open(inside.to_str().unwrap()).unwrap();
        let expected = [
            ("sub/a", Ok("hello".to_owned())),
            ("empty", Ok(String::new())),
            ("big", Err(SkipReason::TooLarge)),
            ("link", Err(SkipReason::Symlink)),
            ("out/secret", Err(SkipReason::Symlink)),
            ("fifo", Err(SkipReason::NotRegular)),
            ("socket", Err(SkipReason::NotRegular)),
            ("sub", Err(SkipReason::NotRegular)),
            ("gone", Err(SkipReason::Vanished)),
            ("sub/a/b", Err(SkipReason::Vanished)),
            ("../outside/secret", Err(SkipReason::InvalidPath)),
            ("/etc/passwd", Err(SkipReason::InvalidPath)),
            ("sub//a", Err(SkipReason::InvalidPath)),
            ("a\0b", Err(SkipReason::InvalidPath)),
        ];
        for (path, expected) in expected {
            assert_eq!(outcome(&root, path), expected, "{path}");
        }
        for path in ["link", "out/secret"] {
            assert!(
                platform::open_by_component(&root, path, platform::FILE).is_err(),
                "{path}"
            );
        }
        assert!(platform::open_by_component(&root, "sub/a", platform::FILE).is_ok());
    }

    #[test]
    fn another_version_of_a_file_has_another_fingerprint() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a");
        fs::write(&path, "one").unwrap();
        let first = FileStat::of(&fs::metadata(&path).unwrap());
        assert_eq!(first, FileStat::of(&fs::metadata(&path).unwrap()));
        fs::write(temp.path().join("b"), "two").unwrap();
        fs::rename(temp.path().join("b"), &path).unwrap();
        assert_ne!(
            first.fingerprint,
            FileStat::of(&fs::metadata(&path).unwrap()).fingerprint
        );
    }

    #[test]
    fn what_is_too_large_is_known_by_its_stat() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("big"), "0123456789").unwrap();
        let root = Root::open(temp.path().to_str().unwrap()).unwrap();
        let skip = |limit| root.read("big", limit, &mut Vec::new()).unwrap_err();
        let stat = root.read("big", 10, &mut Vec::new()).unwrap();
        assert_eq!(skip(9).stat, Some(stat));
        assert_eq!(skip(0).stat, None);
        assert_eq!(root.read("none", 10, &mut Vec::new()).unwrap_err().stat, None);
    }
}
