//! Words of the preprocessor, which no parser of a single file can know, and which make C and C++ look like something
//! else: `class EXPORT Name {` reads as a function `Name` that returns an `EXPORT`, `int __read_mostly x` as an error.
//! The parser gets a text of the same length without them; names, signatures and positions come from the original.

mod annotations;
mod arguments;
mod classes;
mod definitions;
mod directives;
mod libraries;

use std::ops::Range;

/// The head of a class, and what stands in parentheses behind an annotation, have fewer bytes.
const MAX_HEAD: usize = 400;

/// A directive has fewer lines.
const MAX_DIRECTIVE: usize = 200;

/// C as it looks without annotations, with plain loops, arguments and definitions; `None` where nothing is to be changed.
pub fn plain_c(text: &str) -> Option<String> {
    plain(text, definitions::find)
}

/// The same for C++, also without words before the names of classes. Its macros define what C's do not.
pub fn plain_cpp(text: &str) -> Option<String> {
    plain(text, classes::find)
}

/// What the parser reads instead of some bytes, which begin and end between characters.
struct Edit {
    range: Range<usize>,
    to: Plain,
}

/// Each as long as what it replaces. Lines stay lines: comments and directives end with one.
enum Plain {
    Spaces,
    /// A name of some kind.
    Underscores,
    /// This, which is not longer than what it replaces, and spaces behind it.
    Word(&'static str),
}

/// Adds what is to be changed in a text.
type Find = fn(&str, &mut Vec<Edit>);

/// What both languages have in common.
const COMMON: [Find; 4] = [directives::find, annotations::find, libraries::find, arguments::find];

fn plain(text: &str, own: Find) -> Option<String> {
    let mut edits = Vec::new();
    for find in COMMON.into_iter().chain([own]) {
        find(text, &mut edits);
    }
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

/// Also one behind which a directive goes on.
fn is_end_of_line(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\\").unwrap_or(bytes);
    bytes.starts_with(b"\n") || bytes.starts_with(b"\r\n")
}

fn spaces(range: Range<usize>) -> Edit {
    Edit {
        range,
        to: Plain::Spaces,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether this place is in a directive of the preprocessor, which defines such words; it may go on over several lines.
fn in_directive(text: &[u8], at: usize) -> bool {
    let mut line = start_of_line(text, at);
    for _ in 0..MAX_DIRECTIVE {
        let Some(before) = text[..line].strip_suffix(b"\n") else {
            break;
        };
        if !before.strip_suffix(b"\r").unwrap_or(before).ends_with(b"\\") {
            break;
        }
        line = start_of_line(text, line - 1);
    }
    text[line..].trim_ascii_start().starts_with(b"#")
}

fn start_of_line(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

/// Where the parenthesis that this begins with is closed again.
fn closing(text: &[u8]) -> Option<usize> {
    arguments_of(text).map(|arguments| arguments.end)
}

/// What stands in parentheses.
struct Arguments {
    /// Places of the commas that are in no inner parentheses.
    commas: Vec<usize>,
    /// Behind the closing parenthesis.
    end: usize,
}

/// The arguments in the parentheses that this begins with; `None` where they are not closed within the statement.
fn arguments_of(text: &[u8]) -> Option<Arguments> {
    let mut depth = 0;
    let mut commas = Vec::new();
    for (at, byte) in text.iter().enumerate().take(MAX_HEAD) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(Arguments { commas, end: at + 1 }),
            b')' => depth -= 1,
            b',' if depth == 1 => commas.push(at),
            b';' | b'{' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
fn assert_plain(read: fn(&str) -> Option<String>, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(read(text).as_deref(), Some(*expected), "{text}");
    }
}
