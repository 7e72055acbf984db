//! The hashes that the stores are checked with.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use napi::bindgen_prelude::{Buffer, Uint8Array};
use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::task::{off_thread, throwing, Promised};

/// Bytes read at a time by `hashFile`.
const HASH_BLOCK_BYTES: usize = 1 << 20;

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
    use crate::error::Code;

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
}
