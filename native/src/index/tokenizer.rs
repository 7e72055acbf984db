//! Words of code: each identifier whole and in lower case, then its parts (`HTTPServer` gives `httpserver http server`).
//! Indexing spends its time here, so it works on bytes, in place, with a short way for ASCII.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Longer words are data (hashes, base64), which nobody searches by word; they would only make the index grow.
const MAX_WORD_BYTES: usize = 64;

/// Name under which the tokenizer is registered. A change of what it emits is a change of the index's format.
pub const CODE_TOKENIZER: &str = "code1";

/// What a byte may be in an identifier. The values are bits, so that an identifier's classes can be collected.
mod class {
    pub const SEPARATOR: u8 = 0;
    pub const LOWER: u8 = 1;
    pub const UPPER: u8 = 2;
    pub const DIGIT: u8 = 4;
    pub const UNDERSCORE: u8 = 8;
    pub const BEYOND_ASCII: u8 = 16;
}

const CLASSES: [u8; 256] = {
    let mut classes = [class::SEPARATOR; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' => class::LOWER,
            b'A'..=b'Z' => class::UPPER,
            b'0'..=b'9' => class::DIGIT,
            b'_' => class::UNDERSCORE,
            0x80.. => class::BEYOND_ASCII,
            _ => class::SEPARATOR,
        };
        byte += 1;
    }
    classes
};

/// The words of a text, one after the other.
pub struct Words<'a> {
    text: &'a str,
    /// Where the search for the next identifier goes on.
    position: usize,
    /// What is left of the present identifier to be split into parts.
    parts: std::ops::Range<usize>,
    /// The whole of the present identifier.
    whole: std::ops::Range<usize>,
}

impl<'a> Words<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            parts: 0..0,
            whole: 0..0,
        }
    }

    /// Writes the next word, in lower case, into `word`; where it lies is returned.
    pub fn next_into(&mut self, word: &mut String) -> Option<std::ops::Range<usize>> {
        loop {
            let range = match self.next_part() {
                Some(part) => part,
                None => self.next_identifier()?,
            };
            if range.len() > MAX_WORD_BYTES {
                continue;
            }
            word.clear();
            let slice = &self.text[range.clone()];
            if slice.is_ascii() {
                word.push_str(slice);
                word.make_ascii_lowercase();
            } else {
                word.extend(slice.chars().flat_map(char::to_lowercase));
            }
            return Some(range);
        }
    }

    /// The next identifier as it is written, without its parts.
    pub fn next_identifier(&mut self) -> Option<std::ops::Range<usize>> {
        let bytes = self.text.as_bytes();
        loop {
            let skipped = bytes[self.position..]
                .iter()
                .position(|&byte| CLASSES[byte as usize] != class::SEPARATOR)?;
            let start = self.position + skipped;
            let mut end = start;
            let mut classes = 0;
            while let Some(&byte) = bytes.get(end) {
                let class = CLASSES[byte as usize];
                if class == class::SEPARATOR {
                    break;
                }
                if class == class::BEYOND_ASCII {
                    match beyond_ascii(&self.text[end..]) {
                        Beyond::Separator(length) if end == start => {
                            end += length;
                            classes = 0;
                        }
                        // One ideograph is a word: such texts have no spaces to split at.
                        Beyond::Ideograph(length) if end == start => {
                            end += length;
                            classes = class::LOWER;
                        }
                        Beyond::Letter(length) => {
                            end += length;
                            classes |= class;
                            continue;
                        }
                        _ => {}
                    }
                    break;
                }
                classes |= class;
                end += 1;
            }
            self.position = end;
            if classes & !class::UNDERSCORE == 0 {
                continue;
            }
            let is_one_word = classes == class::LOWER || classes == class::DIGIT || classes == class::UPPER;
            self.whole = start..end;
            self.parts = if is_one_word { end..end } else { start..end };
            return Some(start..end);
        }
    }

    /// The next part of the present identifier that is worth a word of its own.
    fn next_part(&mut self) -> Option<std::ops::Range<usize>> {
        while !self.parts.is_empty() {
            let part = self.cut_part();
            // Single letters match everything, and a part that is the whole was emitted already.
            if part.len() > 1 && part != self.whole {
                return Some(part);
            }
        }
        None
    }

    fn cut_part(&mut self) -> std::ops::Range<usize> {
        let bytes = self.text.as_bytes();
        let class_at = |index: usize| CLASSES[bytes[index] as usize];
        let end = self.parts.end;
        let mut start = self.parts.start;
        while start < end && class_at(start) == class::UNDERSCORE {
            start += 1;
        }
        let mut next = start;
        while next < end {
            next += 1;
            if next == end {
                break;
            }
            let (before, here) = (class_at(next - 1), class_at(next));
            let is_boundary = match (before, here) {
                (_, class::UNDERSCORE) => true,
                (class::DIGIT, class::DIGIT) => false,
                (class::DIGIT, _) | (_, class::DIGIT) => true,
                (class::BEYOND_ASCII, _) => false,
                (class::UPPER, class::UPPER) => next + 1 < end && class_at(next + 1) == class::LOWER,
                (_, class::UPPER) => true,
                _ => false,
            };
            if is_boundary {
                break;
            }
        }
        self.parts.start = next;
        start..next
    }
}

/// What a character beyond ASCII is in an identifier, and its length in bytes.
enum Beyond {
    Letter(usize),
    Ideograph(usize),
    Separator(usize),
}

fn beyond_ascii(text: &str) -> Beyond {
    let Some(character) = text.chars().next() else {
        return Beyond::Separator(0);
    };
    let length = character.len_utf8();
    match character {
        '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => {
            match character.is_alphanumeric() {
                true => Beyond::Ideograph(length),
                false => Beyond::Separator(length),
            }
        }
        _ if character.is_alphanumeric() => Beyond::Letter(length),
        _ => Beyond::Separator(length),
    }
}

/// `Words` as Tantivy wants them.
#[derive(Clone, Default)]
pub struct CodeTokenizer {
    token: Token,
}

/// See `CodeTokenizer`.
pub struct CodeTokenStream<'a> {
    words: Words<'a>,
    token: &'a mut Token,
}

impl Tokenizer for CodeTokenizer {
    type TokenStream<'a> = CodeTokenStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> CodeTokenStream<'a> {
        self.token.reset();
        CodeTokenStream {
            words: Words::new(text),
            token: &mut self.token,
        }
    }
}

impl TokenStream for CodeTokenStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(range) = self.words.next_into(&mut self.token.text) else {
            return false;
        };
        self.token.position = self.token.position.wrapping_add(1);
        self.token.offset_from = range.start;
        self.token.offset_to = range.end;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let mut words = Words::new(text);
        let mut word = String::new();
        let mut all = Vec::new();
        while let Some(range) = words.next_into(&mut word) {
            assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
            all.push(word.clone());
        }
        all.join(" ")
    }

    #[test]
    fn identifiers_are_kept_whole_and_split() {
        let cases = [
            ("", ""),
            ("  (){};", ""),
            ("foo", "foo"),
            ("Foo bar", "foo bar"),
            ("FOO", "foo"),
            ("getCodeFile", "getcodefile get code file"),
            ("HTTPServer", "httpserver http server"),
            ("parseHTTP", "parsehttp parse http"),
            ("snake_case_name", "snake_case_name snake case name"),
            ("__init__", "__init__ init"),
            ("_ __", ""),
            ("MAX_SIZE2", "max_size2 max size"),
            ("utf8", "utf8 utf"),
            ("x86_64", "x86_64 86 64"),
            ("a.b->c", "a b c"),
            ("kebab-case", "kebab case"),
            ("0xFF 1_000", "0xff ff 1_000 000"),
            ("IPv6Addr", "ipv6addr pv addr"),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn other_scripts() {
        let cases = [
            ("Größe überAll", "größe überall über all"),
            ("ÄRGER", "ärger"),
            ("索引 búsqueda", "索 引 búsqueda"),
            ("x索引y", "x 索 引 y"),
            ("a→b…", "a b"),
            ("«naïve»", "naïve"),
            ("Ελλάδα", "ελλάδα"),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn data_is_left_out() {
        let long = "a".repeat(MAX_WORD_BYTES);
        assert_eq!(words(&long), long);
        assert_eq!(words(&format!("{long}a x")), "x");
        assert_eq!(words(&format!("{long}_tail")), format!("{long} tail"));
    }

    #[test]
    fn the_stream_counts_positions_from_zero() {
        let mut tokenizer = CodeTokenizer::default();
        for _ in 0..2 {
            let mut stream = tokenizer.token_stream("aB c");
            let mut seen = Vec::new();
            while stream.advance() {
                let token = stream.token();
                seen.push((token.position, token.text.clone(), token.offset_from, token.offset_to));
            }
            let expected = [(0, "ab", 0, 2), (1, "c", 3, 4)];
            assert_eq!(
                seen,
                expected.map(|(position, text, from, to)| (position, text.to_owned(), from, to))
            );
        }
    }
}
