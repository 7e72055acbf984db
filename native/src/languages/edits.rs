//! What a parser reads instead of some bytes of a text. The new text is of equal length and its lines stay lines, so
//! that names, signatures and positions come from the original.

use std::ops::Range;

/// Begins and ends between characters.
pub struct Edit {
    pub range: Range<usize>,
    pub to: Plain,
}

/// Each as long as what it replaces.
pub enum Plain {
    Spaces,
    /// A name of some kind.
    Underscores,
    /// This, which is not longer than what it replaces, and spaces behind it.
    Word(&'static str),
}

pub fn spaces(range: Range<usize>) -> Edit {
    Edit {
        range,
        to: Plain::Spaces,
    }
}

/// The text after all edits, of which later ones win; `None` if there are none.
pub fn apply(text: &str, edits: Vec<Edit>) -> Option<String> {
    if edits.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for Edit { range, to } in edits {
        let (word, filler) = match to {
            Plain::Spaces => ("", b' '),
            Plain::Underscores => ("", b'_'),
            Plain::Word(word) => (word, b' '),
        };
        bytes[range.start..range.start + word.len()].copy_from_slice(word.as_bytes());
        for at in range.start + word.len()..range.end {
            if !is_end_of_line(&bytes[at..]) {
                bytes[at] = filler;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// Also one behind which a directive of C goes on.
fn is_end_of_line(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\\").unwrap_or(bytes);
    bytes.starts_with(b"\n") || bytes.starts_with(b"\r\n")
}
