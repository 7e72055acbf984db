//! Hashing many files of a root: what tells a touched file from a changed one without parsing either.

use napi::bindgen_prelude::{Buffer, Float64Array, Uint32Array, Uint8Array};
use napi_derive::napi;

use crate::error::Result;
use crate::read::Root;
use crate::task::{off_thread, Promised};

/// One entry per path, in the order asked. Where `readable` is 0 the other entries are 0.
#[napi(object)]
pub struct FileHashes {
    pub readable: Uint8Array,
    /// BLAKE3 of the raw bytes, 32 bytes per file.
    pub hashes: Buffer,
    pub changed_ms: Float64Array,
    /// Two per file, as in a walk, from the descriptor that was read.
    pub fingerprints: Uint32Array,
}

/// Hashes files below `root`; larger ones than `max_bytes` count as unreadable.
#[napi(ts_return_type = "Promise<FileHashes>")]
pub fn hash_files(root: String, paths: Vec<String>, max_bytes: f64) -> Promised<FileHashes> {
    off_thread("hashFiles", move || hash_all(&root, &paths, max_bytes as u64))
}

fn hash_all(root: &str, paths: &[String], max_bytes: u64) -> Result<FileHashes> {
    let root = Root::open(root)?;
    let mut readable = vec![0; paths.len()];
    let mut hashes = vec![0; paths.len() * 32];
    let mut changed_ms = vec![0.0; paths.len()];
    let mut fingerprints = vec![0; paths.len() * 2];
    let mut bytes = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let Ok(stat) = root.read(path, max_bytes, &mut bytes) else {
            continue;
        };
        readable[index] = 1;
        hashes[index * 32..][..32].copy_from_slice(blake3::hash(&bytes).as_bytes());
        changed_ms[index] = stat.changed_ms;
        fingerprints[index * 2] = stat.fingerprint as u32;
        fingerprints[index * 2 + 1] = (stat.fingerprint >> 32) as u32;
    }
    Ok(FileHashes {
        readable: readable.into(),
        hashes: hashes.into(),
        changed_ms: changed_ms.into(),
        fingerprints: fingerprints.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_a_missing_one() {
        let root = std::env::temp_dir().join(format!("almagest-hash-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(root.join("a"), "text").unwrap();
        let result = hash_all(root.to_str().unwrap(), &["a".into(), "b".into()], 1 << 20).unwrap();
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(&result.readable[..], &[1, 0]);
        assert_eq!(&result.hashes[..32], blake3::hash(b"text").as_bytes());
        assert_eq!(&result.hashes[32..], &[0; 32]);
    }
}
