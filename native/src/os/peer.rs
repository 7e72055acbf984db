//! Who is at the other end of a socket.

use std::path::Path;

use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::task::throwing;

/// The user at the other end of a Unix domain socket that is open as `descriptor`; `undefined` where the system does not
/// tell.
#[napi(ts_return_type = "number | undefined")]
pub fn peer_user(descriptor: i32) -> Result<Either<u32, ()>, Thrown> {
    throwing("peerUser", || {
        let user = peer_uid(descriptor)
            .map_err(|error| NativeError::io("ask for the user behind", Path::new("the socket"), &error))?;
        Ok(user.map_or(Either::B(()), Either::A))
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn peer_uid(descriptor: i32) -> std::io::Result<Option<u32>> {
    // SAFETY: all zeroes is a valid ucred, which getsockopt fills.
    let mut peer: libc::ucred = unsafe { std::mem::zeroed() };
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the pointers are to `peer` and to its length, which outlive the call. A wrong descriptor is an error.
    let result = unsafe {
        libc::getsockopt(
            descriptor,
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut peer).cast(),
            &raw mut length,
        )
    };
    match result {
        0 => Ok(Some(peer.uid)),
        _ => Err(std::io::Error::last_os_error()),
    }
}

#[cfg(any(target_os = "macos", target_os = "freebsd"))]
fn peer_uid(descriptor: i32) -> std::io::Result<Option<u32>> {
    let (mut user, mut group) = (0, 0);
    // SAFETY: both pointers are to integers that outlive the call. A wrong descriptor is an error.
    match unsafe { libc::getpeereid(descriptor, &raw mut user, &raw mut group) } {
        0 => Ok(Some(user)),
        _ => Err(std::io::Error::last_os_error()),
    }
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "freebsd"
)))]
fn peer_uid(_descriptor: i32) -> std::io::Result<Option<u32>> {
    Ok(None)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_peer_of_a_socket_is_known_and_a_file_has_none() {
        use std::os::fd::AsRawFd;
        let (here, _there) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(
            peer_uid(here.as_raw_fd()).unwrap(),
            Some(rustix::process::getuid().as_raw())
        );
        assert!(peer_uid(std::fs::File::open("/").unwrap().as_raw_fd()).is_err());
    }
}
