//! Exclusive kernel locks of files, which the kernel frees when their process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi_derive::napi;

use crate::error::{Code, NativeError, Result, Thrown};
use crate::task::{off_thread, throwing, Promised};

/// An exclusive kernel lock. The kernel frees it when the process ends, however it ends.
#[napi]
pub struct FileLock {
    file: Arc<Mutex<Option<File>>>,
}

#[napi]
impl FileLock {
    /// Gives the lock up; further calls do nothing.
    #[napi]
    pub fn release(&self) -> Result<(), Thrown> {
        throwing("FileLock.release", || {
            // Closing the descriptor is what frees the lock.
            drop(self.lock().take());
            Ok(())
        })
    }

    /// Whether this object still holds the lock.
    #[napi(getter)]
    pub fn held(&self) -> Result<bool, Thrown> {
        throwing("FileLock.held", || Ok(self.lock().is_some()))
    }

    fn lock(&self) -> MutexGuard<'_, Option<File>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the exclusive kernel lock of a file, which is made when missing and then holds `note`, for people to read.
/// Rejects with `ERR_LOCKED` and the present holder's note when somebody else has it.
#[napi(ts_return_type = "Promise<FileLock>")]
pub fn acquire_lock(path: String, note: String) -> Promised<FileLock> {
    off_thread("acquireLock", move || {
        let path = PathBuf::from(path);
        let mut file = open_lock_file(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked_error(&path, file)),
            Err(TryLockError::Error(error)) => return Err(NativeError::io("lock", &path, &error)),
        }
        file.set_len(0)
            .and_then(|()| file.write_all(note.as_bytes()))
            .map_err(|error| NativeError::io("write", &path, &error))?;
        Ok(FileLock {
            file: Arc::new(Mutex::new(Some(file))),
        })
    })
}

fn open_lock_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    }
    options
        .open(path)
        .map_err(|error| NativeError::io("open the lock file", path, &error))
}

fn locked_error(path: &Path, file: File) -> NativeError {
    let mut note = Vec::new();
    // Only to tell who holds it: where the system refuses to read a locked file, the message does without.
    let holder = match file.take(200).read_to_end(&mut note) {
        Ok(length) if length > 0 => format!(" by {}", String::from_utf8_lossy(&note).trim()),
        _ => String::new(),
    };
    NativeError::new(Code::Locked, format!("{} is locked{holder}", path.display()))
}
