//! From byte offsets to positions as LSP counts them: lines end at LF, CR or CRLF, columns are UTF-16 units.

use std::cell::Cell;

/// A position in a text, 0-based.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// The lines of one text. Most questions are close to the one before, so the last answer is where a search begins.
pub struct Lines<'text> {
    text: &'text str,
    ascii: bool,
    starts: Vec<u32>,
    last: Cell<usize>,
}

impl<'text> Lines<'text> {
    pub fn new(text: &'text str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = Vec::with_capacity(bytes.len() / 24 + 1);
        starts.push(0);
        for end in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[end] == b'\n' || bytes.get(end + 1) != Some(&b'\n') {
                starts.push(end as u32 + 1);
            }
        }
        Self {
            text,
            ascii: text.is_ascii(),
            starts,
            last: Cell::new(0),
        }
    }

    /// Number of lines; the text after the last line break counts as one, even if empty.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Byte at which a line starts; the text's length for the line after the last.
    pub fn start(&self, line: usize) -> usize {
        self.starts.get(line).map_or(self.text.len(), |start| *start as usize)
    }

    /// A line with its line break.
    pub fn line(&self, line: usize) -> &'text str {
        &self.text[self.start(line)..self.start(line + 1)]
    }

    /// Length in bytes of the longest line.
    pub fn longest(&self) -> usize {
        (0..self.count())
            .map(|line| self.start(line + 1) - self.start(line))
            .max()
            .unwrap_or(0)
    }

    pub fn line_at(&self, offset: usize) -> usize {
        let target = offset as u32;
        let last = self.last.get();
        let near = self.starts[last] <= target;
        let found = if near && (last..last + 8).any(|line| self.starts.get(line + 1).is_none_or(|next| *next > target))
        {
            (last..)
                .find(|line| self.starts.get(line + 1).is_none_or(|next| *next > target))
                .unwrap_or(last)
        } else {
            self.starts.partition_point(|start| *start <= target) - 1
        };
        self.last.set(found);
        found
    }

    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_at(offset);
        let before = &self.text.as_bytes()[self.starts[line] as usize..offset];
        let column = if self.ascii || before.is_ascii() {
            before.len()
        } else {
            utf16_length(before)
        };
        Position {
            line: line as u32,
            column: column as u32,
        }
    }
}

/// Every byte that starts a character is one unit, and one more if the character needs four bytes.
fn utf16_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(*byte >= 0xF0))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_utf16_columns() {
        let text = "a\r\nbé😀c\rd\n";
        let lines = Lines::new(text);
        assert_eq!(lines.count(), 4);
        let at = |needle: &str| lines.position(text.find(needle).expect("there"));
        assert_eq!(at("c"), Position { line: 1, column: 4 });
        assert_eq!(at("d"), Position { line: 2, column: 0 });
        assert_eq!(at("a"), Position { line: 0, column: 0 });
        assert_eq!(lines.position(text.len()), Position { line: 3, column: 0 });
        assert_eq!(lines.line(1), "bé😀c\r");
    }

    #[test]
    fn finds_lines_in_any_order() {
        let text = "x\n".repeat(1000);
        let lines = Lines::new(&text);
        for line in [0, 999, 5, 12, 13, 500, 1000, 0] {
            assert_eq!(lines.line_at(line * 2), line);
        }
    }
}
