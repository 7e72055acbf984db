//! Which file systems are on another machine, where kernel locks cannot be relied on.

use std::path::Path;

use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::task::throwing;

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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_local_folder_is_on_no_network() {
        let temp = tempfile::tempdir().unwrap();
        assert_eq!(network_type(temp.path()).unwrap(), None);
        assert_eq!(network_type(&temp.path().join("gone")).unwrap_err().code, Code::Io);
    }

    #[test]
    fn remote_fuse_mounts_are_told_from_local_ones() {
        let mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            90 22 0:41 / /mnt/far rw,nosuid - fuse.sshfs me@far:/ rw,user_id=1000\n\
            91 22 0:42 / /mnt/vault rw,nosuid shared:9 - fuse.gocryptfs /vault rw\n";
        assert_eq!(network_fuse(mounts, (0, 41)), Some("fuse.sshfs"));
        assert_eq!(network_fuse(mounts, (0, 42)), None);
        assert_eq!(network_fuse(mounts, (0, 43)), None);
    }
}
