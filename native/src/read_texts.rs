//! The decoded text of many files of a root, for who wants the very text that facts were taken from.

use napi::bindgen_prelude::{Buffer, Float64Array};
use napi_derive::napi;

use crate::decode::decode;
use crate::error::Result;
use crate::read::Root;
use crate::task::{off_thread, Promised};

/// One entry per path, in the order asked.
#[napi(object)]
pub struct FileTexts {
    /// The texts as UTF-8 without byte order mark, one after the other.
    pub text: Buffer,
    /// File `i` has the bytes `[offsets[i], offsets[i + 1])` of `text`.
    pub offsets: Float64Array,
    /// BLAKE3 of the raw bytes, 32 bytes per file; all 0 where a file could not be read or is no text.
    pub hashes: Buffer,
}

/// Reads and decodes files below `root`; those larger than `max_bytes` count as unreadable.
#[napi(ts_return_type = "Promise<FileTexts>")]
pub fn read_texts(root: String, paths: Vec<String>, max_bytes: f64) -> Promised<FileTexts> {
    off_thread("readTexts", move || read_all(&root, &paths, max_bytes as u64))
}

fn read_all(root: &str, paths: &[String], max_bytes: u64) -> Result<FileTexts> {
    let root = Root::open(root)?;
    let mut texts = Vec::new();
    let mut offsets = vec![0.0];
    let mut hashes = vec![0; paths.len() * 32];
    let mut bytes = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        if root.read(path, max_bytes, &mut bytes).is_ok() {
            if let Some((text, _)) = decode(&bytes) {
                texts.extend_from_slice(text.as_bytes());
                hashes[index * 32..][..32].copy_from_slice(blake3::hash(&bytes).as_bytes());
            }
        }
        offsets.push(texts.len() as f64);
    }
    Ok(FileTexts {
        text: texts.into(),
        offsets: offsets.into(),
        hashes: hashes.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_follow_each_other_and_what_is_no_text_is_empty() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a"), b"\xEF\xBB\xBFone").unwrap();
        std::fs::write(root.path().join("b"), b"\0binary").unwrap();
        std::fs::write(root.path().join("c"), b"caf\xE9").unwrap();
        let paths = ["a", "b", "missing", "c"].map(String::from);
        let result = read_all(root.path().to_str().unwrap(), &paths, 1 << 20).unwrap();
        assert_eq!(&result.text[..], "onecafé".as_bytes());
        assert_eq!(&result.offsets[..], &[0.0, 3.0, 3.0, 3.0, 8.0]);
        assert_eq!(&result.hashes[..32], blake3::hash(b"\xEF\xBB\xBFone").as_bytes());
        assert_eq!(&result.hashes[32..96], &[0; 64]);
    }
}
