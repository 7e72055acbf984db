//! What a parser reads instead of some bytes of a text. The new text is of equal length and its lines stay lines, so
//! that names, signatures and positions come from the original.

use std::ops::Range;

use regex::Regex;

/// What is to be changed in a text, in ranges that begin and end between characters.
#[derive(Default)]
pub struct Edits(Vec<(Range<usize>, &'static str, u8)>);

impl Edits {
    /// Leaves this out.
    pub fn blank(&mut self, range: Range<usize>) {
        self.word(range, "");
    }

    /// A name of some kind is here.
    pub fn name(&mut self, range: Range<usize>) {
        self.0.push((range, "", b'_'));
    }

    /// This word is here, which is not longer than what it replaces.
    pub fn word(&mut self, range: Range<usize>, word: &'static str) {
        self.0.push((range, word, b' '));
    }

    /// The text after all edits, of which later ones win; `None` if there are none.
    pub fn apply(self, text: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut bytes = text.as_bytes().to_vec();
        for (range, word, filler) in self.0 {
            bytes[range.start..range.start + word.len()].copy_from_slice(word.as_bytes());
            for at in range.start + word.len()..range.end {
                if !is_end_of_line(&bytes[at..]) {
                    bytes[at] = filler;
                }
            }
        }
        String::from_utf8(bytes).ok()
    }
}

/// Also one behind which a directive of C goes on.
fn is_end_of_line(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\\").unwrap_or(bytes);
    bytes.starts_with(b"\n") || bytes.starts_with(b"\r\n")
}

/// A pattern of this crate's own, to be kept in a static. Its words are of ASCII, as those of the languages are: tables of
/// Unicode would take longer to make than most files to read.
pub fn pattern(text: &str) -> Regex {
    let ascii = [(r"\w", "[0-9A-Za-z_]"), (r"\s", r"[ \t\r\n]"), (r"\b", r"(?-u:\b)")];
    let text = ascii
        .iter()
        .fold(text.to_owned(), |text, (short, long)| text.replace(short, long));
    Regex::new(&text).expect("each pattern is constant, and a test runs it")
}

/// Where the lines are, without their ends.
pub fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    memchr::memchr_iter(b'\n', text).chain([text.len()]).map(move |end| {
        let line = start..end;
        start = end + 1;
        line
    })
}
