//! Words and conditions of the preprocessor, which no parser of a single file can know, and which make C, C++ and C#
//! look like something else: `class EXPORT Name {` reads as a function `Name` that returns an `EXPORT`, `int
//! __read_mostly x` as an error. The parser gets a text of the same length without them; names, signatures and
//! positions come from the original.

mod annotations;
mod arguments;
mod branches;
mod classes;
mod definitions;
mod directives;
mod gaps;
mod libraries;
mod lines;
mod loops;
mod methods;

use super::edits::{lines, pattern, Edits};
use directives::Source;

/// The head of a class, and what stands in parentheses behind an annotation, have fewer bytes.
const MAX_HEAD: usize = 400;

/// C# without the directives of conditional parts, of which those are left out that do not go together with the first.
pub fn plain_csharp(text: &str) -> Option<String> {
    let mut edits = Edits::default();
    branches::find_all(&Source::new(text), &mut edits);
    edits.apply(text)
}

/// C as it looks without annotations, with plain loops, arguments and definitions; `None` where nothing is to be
/// changed.
pub fn plain_c(text: &str) -> Option<String> {
    plain(text, &[definitions::find])
}

/// The same for C++, also without words before the names of classes, and what its grammar does not know. Its macros
/// define what C's do not.
pub fn plain_cpp(text: &str) -> Option<String> {
    plain(text, &[classes::find, methods::find, gaps::find])
}

/// Adds what is to be changed in a text.
type Find = fn(&Source, &mut Edits);

/// What both languages have in common.
const COMMON: [Find; 6] = [
    directives::find,
    annotations::find,
    libraries::find,
    lines::find,
    loops::find,
    arguments::find,
];

fn plain(text: &str, own: &[Find]) -> Option<String> {
    let source = Source::new(text);
    let mut edits = Edits::default();
    for find in COMMON.iter().chain(own) {
        find(&source, &mut edits);
    }
    // What is left out wins.
    branches::find(&source, &mut edits);
    edits.apply(text)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
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
