//! What Node does not offer of the operating system: fsync of folders, priorities, memory behind mapped files; and kernel
//! locks, network file systems and the peers of sockets, in a file each.

pub mod lock;
pub mod network;
pub mod peer;

use std::fs::File;
use std::path::Path;

use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::task::{off_thread, throwing, Promised};

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
