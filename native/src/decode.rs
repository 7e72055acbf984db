//! From bytes to text: which encoding a file has, whether it is text at all, and its text as UTF-8.

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Text or not is decided by this many leading bytes, as git and ripgrep do.
const SNIFFED_BYTES: usize = 8 * 1024;

/// How bytes were decoded. The numbers are those of `encodings` in server/model/columns.ts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Encoding {
    Utf8 = 0,
    Utf8Bom = 1,
    Utf16Le = 2,
    Utf16Be = 3,
    Latin1 = 4,
}

/// The text of `bytes` without its byte order mark, or `None` when they are not text.
pub fn decode(bytes: &[u8]) -> Option<(Cow<'_, str>, Encoding)> {
    if let Some(text) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return decode_unmarked(text).map(|(text, _)| (text, Encoding::Utf8Bom));
    }
    match bytes {
        // The mark of UTF-32 begins like that of UTF-16; nobody keeps source code in it.
        [0xFF, 0xFE, 0, 0, ..] => None,
        [0xFF, 0xFE, text @ ..] => Some((UTF_16LE.decode_without_bom_handling(text).0, Encoding::Utf16Le)),
        [0xFE, 0xFF, text @ ..] => Some((UTF_16BE.decode_without_bom_handling(text).0, Encoding::Utf16Be)),
        _ => decode_unmarked(bytes),
    }
}

fn decode_unmarked(bytes: &[u8]) -> Option<(Cow<'_, str>, Encoding)> {
    let head = &bytes[..bytes.len().min(SNIFFED_BYTES)];
    if memchr::memchr(0, head).is_some() {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((Cow::Borrowed(text), Encoding::Utf8));
    }
    if is_mostly_control(head) {
        return None;
    }
    if is_mostly_utf8(bytes) {
        return Some((String::from_utf8_lossy(bytes), Encoding::Utf8));
    }
    // Windows-1252 is what files called Latin-1 contain: it has the printable quotes and dashes at 0x80 to 0x9F.
    Some((WINDOWS_1252.decode_without_bom_handling(bytes).0, Encoding::Latin1))
}

/// Compressed or compiled bytes that happen to have no NUL: text has next to no control characters.
fn is_mostly_control(head: &[u8]) -> bool {
    let is_control = |byte: &&u8| matches!(byte, 1..=8 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F);
    head.iter().filter(is_control).count() * 16 > head.len()
}

/// UTF-8 with some damage, as opposed to a single-byte encoding, in which hardly two high bytes form a character.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<(&str, Encoding)>) {
        let decoded = decode(bytes);
        let decoded = decoded.as_ref().map(|(text, encoding)| (text.as_ref(), *encoding));
        assert_eq!(decoded, expected);
    }

    #[test]
    fn plain_and_marked_utf8() {
        check(b"", Some(("", Encoding::Utf8)));
        check("naïve".as_bytes(), Some(("naïve", Encoding::Utf8)));
        check(b"\xEF\xBB\xBFx", Some(("x", Encoding::Utf8Bom)));
    }

    #[test]
    fn utf16_by_its_mark() {
        check(b"\xFF\xFEa\0\xE9\0", Some(("aé", Encoding::Utf16Le)));
        check(b"\xFE\xFF\0a\0\xE9", Some(("aé", Encoding::Utf16Be)));
        check(b"\xFF\xFEa\0\xD8", Some(("a\u{FFFD}", Encoding::Utf16Le)));
    }

    #[test]
    fn latin1_and_damaged_utf8() {
        check(b"caf\xE9 \x93x\x94", Some(("café “x”", Encoding::Latin1)));
        check(
            "漢字\u{e9}".as_bytes().split_last().unwrap().1,
            Some(("漢字\u{FFFD}", Encoding::Utf8)),
        );
    }

    #[test]
    fn what_is_not_text() {
        check(b"ELF\0", None);
        check(b"\xFF\xFE\0\0a\0\0\0", None);
        check(b"\x01\x02\x03\x04\xFF\x05", None);
        let late = [vec![b'a'; SNIFFED_BYTES], vec![0]].concat();
        assert!(decode(&late).is_some());
    }
}
