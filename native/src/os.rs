//! What Node does not offer of the operating system: kernel locks, fsync of folders, priorities, file system types, and
//! the hashes that the stores are checked with.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{Buffer, Either, Uint8Array};
use napi_derive::napi;

use crate::error::{Code, NativeError, Result, Thrown};
use crate::task::{off_thread, throwing, Promised};

/// Bytes read at a time by `hashFile`.
const HASH_BLOCK_BYTES: usize = 1 << 20;

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

/// Makes the names in a folder durable. Does nothing where the system has no such call.
#[napi(ts_return_type = "Promise<void>")]
pub fn sync_folder(path: String) -> Promised<()> {
    off_thread("syncFolder", move || fsync_folder(Path::new(&path)))
}

/// `syncFolder` for callers that are already off the JavaScript thread.
pub fn fsync_folder(path: &Path) -> Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| NativeError::io("sync the folder", path, &error))
}

/// Lets everything else on the machine go first: CPU nice 10 and the lowest best-effort I/O priority.
#[napi]
pub fn lower_priority() -> Result<(), Thrown> {
    throwing("lowerPriority", || {
        #[cfg(unix)]
        lower_thread_priorities()
            .map_err(|error| NativeError::io("lower the priority of", Path::new("this process"), &error))?;
        Ok(())
    })
}

/// On Linux both priorities belong to a thread and are inherited by those it starts later, so that each thread that
/// Node has started by now needs its own call.
#[cfg(target_os = "linux")]
fn lower_thread_priorities() -> std::io::Result<()> {
    use rustix::process::{setpriority_process, Pid};

    const WHO_PROCESS: libc::c_int = 1;
    const BEST_EFFORT_LOWEST: libc::c_int = 2 << 13 | 7;
    for entry in std::fs::read_dir("/proc/self/task")? {
        let name = entry?.file_name();
        let Some(thread) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        // A thread that has ended meanwhile needs no priority, and a sandbox may forbid either call: work goes on.
        let _ = setpriority_process(Pid::from_raw(thread), 10);
        // SAFETY: ioprio_set takes three integers and touches no memory of ours.
        let _ = unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, thread, BEST_EFFORT_LOWEST) };
    }
    Ok(())
}

#[cfg(all(unix, not(target_os = "linux")))]
fn lower_thread_priorities() -> std::io::Result<()> {
    Ok(rustix::process::setpriority_process(None, 10)?)
}

/// The type of the file system that holds `path`, when it is one where kernel locks cannot be relied on because it is on
/// another machine; `undefined` when it is local or unknown.
#[napi(ts_return_type = "string | undefined")]
pub fn network_file_system(path: String) -> Result<Either<String, ()>, Thrown> {
    throwing("networkFileSystem", || {
        Ok(network_type(Path::new(&path))?.map_or(Either::B(()), Either::A))
    })
}

#[cfg(target_os = "linux")]
fn network_type(path: &Path) -> Result<Option<String>> {
    /// Magic numbers of statfs(2).
    const NETWORK_TYPES: [(u64, &str); 16] = [
        (0x6969, "nfs"),
        (0x517B, "smb"),
        (0xFF53_4D42, "cifs"),
        (0xFE53_4D42, "smb2"),
        (0x0102_1997, "9p"),
        (0x5346_414F, "afs"),
        (0x6B41_4653, "afs"),
        (0x7375_7245, "coda"),
        (0x00C3_6400, "ceph"),
        (0x0BD0_0BD0, "lustre"),
        (0x1983_0326, "beegfs"),
        (0x4750_4653, "gpfs"),
        (0x2003_0528, "orangefs"),
        (0x786F_4256, "vboxsf"),
        (0xBACB_ACBC, "vmhgfs"),
        (0x564C, "ncp"),
    ];
    const FUSE: u64 = 0x6573_5546;
    let failed = |doing, error: std::io::Error| NativeError::io(doing, path, &error);
    let stat = rustix::fs::statfs(path).map_err(|error| failed("ask for the file system of", error.into()))?;
    let magic = stat.f_type as u64 & 0xFFFF_FFFF;
    if magic == FUSE {
        let device = rustix::fs::stat(path)
            .map_err(|error| failed("stat", error.into()))?
            .st_dev;
        let mounts = std::fs::read_to_string("/proc/self/mountinfo")
            .map_err(|error| NativeError::io("read", Path::new("/proc/self/mountinfo"), &error))?;
        let device = (rustix::fs::major(device), rustix::fs::minor(device));
        return Ok(network_fuse(&mounts, device).map(str::to_owned));
    }
    let known = NETWORK_TYPES.iter().find(|(number, _)| *number == magic);
    Ok(known.map(|(_, name)| (*name).to_owned()))
}

/// The type of the FUSE mount of a device (major, minor) when it is a remote one: statfs gives all of FUSE one number.
/// `mounts` is /proc/self/mountinfo: `36 35 98:0 /root /mnt options [tags] - type source options`.
#[cfg(target_os = "linux")]
fn network_fuse(mounts: &str, device: (u32, u32)) -> Option<&str> {
    const REMOTE: [&str; 14] = [
        "sshfs",
        "rclone",
        "s3fs",
        "gcsfuse",
        "goofys",
        "mount-s3",
        "blobfuse",
        "blobfuse2",
        "glusterfs",
        "ceph-fuse",
        "davfs",
        "curlftpfs",
        "gvfsd-fuse",
        "vmhgfs-fuse",
    ];
    let device = format!("{}:{}", device.0, device.1);
    let mount = mounts.lines().find(|line| line.split(' ').nth(2) == Some(&device))?;
    let kind = mount.split_once(" - ")?.1.split(' ').next()?;
    let program = kind.strip_prefix("fuse.").unwrap_or(kind);
    REMOTE.contains(&program).then_some(kind)
}

#[cfg(not(target_os = "linux"))]
fn network_type(_path: &Path) -> Result<Option<String>> {
    Ok(None)
}

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

/// Gives back the memory behind a part of a file that is mapped for reading; what is looked at again is read again. Where
/// the system does not offer it, nothing happens.
///
/// # Safety
/// `bytes` lie in a mapping of a file that nobody writes through: the content of any other memory would be lost.
pub unsafe fn release_mapped(bytes: &[u8]) {
    #[cfg(target_os = "linux")]
    {
        const LARGEST_PAGE: usize = 64 << 10;
        // SAFETY: it is asked for a number, and touches no memory of ours.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(LARGEST_PAGE);
        let start = bytes.as_ptr().addr().next_multiple_of(page);
        let end = bytes.as_ptr().addr() + bytes.len();
        let whole = end.saturating_sub(start) / page * page;
        if whole > 0 {
            // SAFETY: the range lies in `bytes`. Advice that the kernel does not take changes nothing.
            let _ = unsafe { libc::madvise(start as *mut libc::c_void, whole, libc::MADV_DONTNEED) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = bytes;
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

/// BLAKE3 of a small input, 32 bytes. Larger ones belong into `hashFile` or a `Blake3` fed block by block.
#[napi]
pub fn blake3(bytes: &[u8]) -> Result<Buffer, Thrown> {
    throwing("blake3", || Ok(::blake3::hash(bytes).as_bytes().to_vec().into()))
}

/// BLAKE3 of `length` bytes of a file from `offset` on. Rejects with `ERR_IO` when the file is shorter.
#[napi(ts_return_type = "Promise<Buffer>")]
pub fn hash_file(path: String, offset: f64, length: f64) -> Promised<Buffer> {
    off_thread("hashFile", move || {
        let path = PathBuf::from(path);
        let (start, mut rest) = (byte_count("offset", offset)?, byte_count("length", length)? as usize);
        let mut file = File::open(&path).map_err(|error| NativeError::io("open", &path, &error))?;
        file.seek(SeekFrom::Start(start))
            .map_err(|error| NativeError::io("seek in", &path, &error))?;
        let mut hasher = ::blake3::Hasher::new();
        let mut block = vec![0; HASH_BLOCK_BYTES.min(rest)];
        while rest > 0 {
            let part = &mut block[..rest.min(HASH_BLOCK_BYTES)];
            file.read_exact(part)
                .map_err(|error| NativeError::io("read", &path, &error))?;
            hasher.update(part);
            rest -= part.len();
        }
        Ok(hasher.finalize().as_bytes().to_vec().into())
    })
}

/// A count of bytes that came as a JavaScript number.
fn byte_count(name: &str, value: f64) -> Result<u64> {
    const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
    match value.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(&value) {
        true => Ok(value as u64),
        false => Err(NativeError::invalid(format!("{name} is {value}, not a count of bytes"))),
    }
}

/// BLAKE3 of bytes that come in blocks.
#[napi]
#[derive(Default)]
pub struct Blake3 {
    hasher: ::blake3::Hasher,
}

#[napi]
impl Blake3 {
    #[napi(constructor)]
    pub fn new() -> Result<Self, Thrown> {
        throwing("Blake3.new", || Ok(Self::default()))
    }

    /// Adds the next block.
    #[napi]
    pub fn update(&mut self, bytes: &[u8]) -> Result<(), Thrown> {
        throwing("Blake3.update", || {
            self.hasher.update(bytes);
            Ok(())
        })
    }

    /// The hash of all blocks so far, 32 bytes.
    #[napi]
    pub fn digest(&self) -> Result<Buffer, Thrown> {
        throwing("Blake3.digest", || {
            Ok(self.hasher.finalize().as_bytes().to_vec().into())
        })
    }
}

/// CRC-32C (Castagnoli); `seed` is the checksum of the bytes before these.
#[napi(js_name = "crc32c")]
pub fn crc32c(bytes: Uint8Array, seed: Option<u32>) -> Result<u32, Thrown> {
    throwing("crc32c", || Ok(::crc32c::crc32c_append(seed.unwrap_or(0), &bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32c_of_the_check_input() {
        let bytes = |text: &[u8]| Uint8Array::new(text.to_vec());
        assert_eq!(crc32c(bytes(b"123456789"), None).unwrap(), 0xE306_9283);
        let first = crc32c(bytes(b"1234"), None).unwrap();
        assert_eq!(crc32c(bytes(b"56789"), Some(first)).unwrap(), 0xE306_9283);
    }

    #[test]
    fn counts_of_bytes_are_whole_and_not_negative() {
        for wrong in [-1.0, 0.5, f64::NAN, f64::INFINITY, 1e16] {
            assert_eq!(byte_count("length", wrong).unwrap_err().code, Code::InvalidArgument);
        }
        assert_eq!(byte_count("length", 4096.0).unwrap(), 4096);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_local_folder_is_on_no_network() {
        let temp = tempfile::tempdir().unwrap();
        assert_eq!(network_type(temp.path()).unwrap(), None);
        assert_eq!(network_type(&temp.path().join("gone")).unwrap_err().code, Code::Io);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn remote_fuse_mounts_are_told_from_local_ones() {
        let mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            90 22 0:41 / /mnt/far rw,nosuid - fuse.sshfs me@far:/ rw,user_id=1000\n\
            91 22 0:42 / /mnt/vault rw,nosuid shared:9 - fuse.gocryptfs /vault rw\n";
        assert_eq!(network_fuse(mounts, (0, 41)), Some("fuse.sshfs"));
        assert_eq!(network_fuse(mounts, (0, 42)), None);
        assert_eq!(network_fuse(mounts, (0, 43)), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peer_of_a_socket_is_known_and_a_file_has_none() {
        use std::os::fd::AsRawFd;
        let (here, _there) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(
            peer_uid(here.as_raw_fd()).unwrap(),
            Some(rustix::process::getuid().as_raw())
        );
        assert!(peer_uid(File::open("/").unwrap().as_raw_fd()).is_err());
    }
}
