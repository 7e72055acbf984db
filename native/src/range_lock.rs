//! Advisory locks on ranges of bytes of an open file, as programs that share a database file take them. They belong to
//! the process: a second descriptor of the same file does not conflict, and closing any of them gives all locks up.

use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::task::throwing;

/// What to do with a range.
#[derive(Clone, Copy, PartialEq)]
enum Wish {
    Shared,
    Exclusive,
    Free,
}

/// Takes, changes or frees the lock on `length` bytes from `start` without waiting; a length of 0 reaches to any end.
/// Returns whether it was to be had: false means that another process holds a conflicting one.
#[napi]
pub fn lock_range(
    descriptor: i32,
    #[napi(ts_arg_type = "'shared' | 'exclusive' | 'free'")] kind: String,
    start: f64,
    length: f64,
) -> Result<bool, Thrown> {
    throwing("lockRange", || {
        let wish = match kind.as_str() {
            "shared" => Wish::Shared,
            "exclusive" => Wish::Exclusive,
            "free" => Wish::Free,
            other => return Err(NativeError::invalid(format!("{other} is no kind of lock"))),
        };
        platform::lock(descriptor, wish, start as i64, length as i64)
    })
}

/// Whether another process holds a lock that an exclusive one on this range would have to wait for.
#[napi]
pub fn range_is_locked(descriptor: i32, start: f64, length: f64) -> Result<bool, Thrown> {
    throwing("rangeIsLocked", || {
        platform::is_locked(descriptor, start as i64, length as i64)
    })
}

#[cfg(unix)]
mod platform {
    use std::io;

    use super::{NativeError, Result, Wish};

    pub fn lock(descriptor: i32, kind: Wish, start: i64, length: i64) -> Result<bool> {
        let kind = match kind {
            Wish::Shared => libc::F_RDLCK as libc::c_short,
            Wish::Exclusive => libc::F_WRLCK as libc::c_short,
            Wish::Free => libc::F_UNLCK as libc::c_short,
        };
        let mut range = range_of(kind, start, length);
        match control(descriptor, libc::F_SETLK, &mut range) {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.raw_os_error(), Some(libc::EACCES | libc::EAGAIN)) => Ok(false),
            Err(error) => Err(NativeError::invalid(format!(
                "descriptor {descriptor} cannot be locked: {error}"
            ))),
        }
    }

    pub fn is_locked(descriptor: i32, start: i64, length: i64) -> Result<bool> {
        let mut range = range_of(libc::F_WRLCK as libc::c_short, start, length);
        match control(descriptor, libc::F_GETLK, &mut range) {
            Ok(()) => Ok(range.l_type != libc::F_UNLCK as libc::c_short),
            Err(error) => Err(NativeError::invalid(format!(
                "locks on descriptor {descriptor} cannot be asked for: {error}"
            ))),
        }
    }

    fn range_of(kind: libc::c_short, start: i64, length: i64) -> libc::flock {
        // SAFETY: `flock` is a plain C struct for which all zeroes is a valid value.
        let mut range: libc::flock = unsafe { std::mem::zeroed() };
        range.l_type = kind;
        range.l_whence = libc::SEEK_SET as libc::c_short;
        range.l_start = start;
        range.l_len = length;
        range
    }

    fn control(descriptor: i32, command: i32, range: &mut libc::flock) -> io::Result<()> {
        // SAFETY: the commands only read and write the struct, which outlives the call; a bad descriptor is an error.
        match unsafe { libc::fcntl(descriptor, command, std::ptr::from_mut(range)) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

/// Elsewhere Node opens files so that others may share them, and nobody can be asked: every lock is to be had.
#[cfg(not(unix))]
mod platform {
    use super::{Result, Wish};

    pub fn lock(_descriptor: i32, _kind: Wish, _start: i64, _length: i64) -> Result<bool> {
        Ok(true)
    }

    pub fn is_locked(_descriptor: i32, _start: i64, _length: i64) -> Result<bool> {
        Ok(false)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_process_does_not_stand_in_its_own_way() {
        let file = tempfile::tempfile().unwrap();
        let descriptor = file.as_raw_fd();
        assert!(lock_range(descriptor, "exclusive".into(), 10.0, 5.0).unwrap_or(false));
        assert!(lock_range(descriptor, "shared".into(), 10.0, 5.0).unwrap_or(false));
        assert!(!range_is_locked(descriptor, 0.0, 0.0).unwrap_or(true));
        assert!(lock_range(descriptor, "free".into(), 0.0, 0.0).unwrap_or(false));
        assert!(lock_range(-1, "shared".into(), 0.0, 1.0).is_err());
    }
}
