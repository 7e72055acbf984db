//! The text block of one file, and how signatures, documentation and receivers are cut from the source.

/// Longest signature, in characters.
const SIGNATURE: usize = 200;
/// Longest first sentence of a documentation comment, in characters.
const SENTENCE: usize = 300;

/// Appends to the file's text block; places are (start, length) in bytes.
#[derive(Debug, Default)]
pub struct TextBlock {
    pub bytes: Vec<u8>,
}

impl TextBlock {
    /// One line: runs of white space become one space, and what follows `max` characters is cut.
    pub fn add_line(&mut self, text: &str, max: usize) -> (u32, u32) {
        let start = self.bytes.len();
        let mut left = max;
        for word in text.split_whitespace() {
            if self.bytes.len() > start && left > 0 {
                self.bytes.push(b' ');
                left -= 1;
            }
            let word = cut(word, left);
            self.bytes.extend_from_slice(word.as_bytes());
            left -= if word.is_ascii() {
                word.len()
            } else {
                word.chars().count()
            };
            if left == 0 {
                break;
            }
        }
        while self.bytes.len() > start && self.bytes.last() == Some(&b' ') {
            self.bytes.pop();
        }
        let length = self.bytes.len() - start;
        if length == 0 {
            (0, 0)
        } else {
            (start as u32, length as u32)
        }
    }

    /// A definition's text up to its body, without what only announces the body.
    pub fn add_signature(&mut self, text: &str) -> (u32, u32) {
        let trimmed = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '{' | ':' | ';' | ','));
        let trimmed = trimmed.strip_suffix("=>").unwrap_or(trimmed).trim_end();
        let trimmed = trimmed.strip_suffix('=').unwrap_or(trimmed);
        self.add_line(trimmed, SIGNATURE)
    }

    /// The first sentence of a comment block or docstring.
    pub fn add_sentence(&mut self, comment: &str) -> (u32, u32) {
        let mut sentence = String::new();
        for line in comment.lines() {
            let line = strip_comment_marks(line);
            if line.is_empty() || line.starts_with('@') {
                if sentence.is_empty() && line.is_empty() {
                    continue;
                }
                break;
            }
            // A paragraph of Javadoc or the next element of C#'s documentation.
            if line.starts_with('<') && !sentence.is_empty() {
                break;
            }
            if !sentence.is_empty() {
                sentence.push(' ');
            }
            let end = sentence_end(line);
            sentence.push_str(&line[..end.unwrap_or(line.len())]);
            if end.is_some() || sentence.len() > SENTENCE * 4 {
                break;
            }
        }
        self.add_line(&sentence, SENTENCE)
    }
}

/// The first `max` characters.
pub fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

/// A line of a comment without the marks of any of our languages: `/**`, `*`, `//`, `#`, `--`, `"""`, `<summary>` …
fn strip_comment_marks(line: &str) -> &str {
    let line = line.trim();
    let line = line
        .trim_start_matches("/*")
        .trim_start_matches("<!--")
        .trim_start_matches("--[[");
    let line = line.trim_start_matches(['*', '/', '#', '!', ';', '%']);
    let line = line
        .strip_prefix("--")
        .map_or(line, |rest| rest.trim_start_matches('-'));
    let quoted = line.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let line = quoted
        .strip_prefix("\"\"\"")
        .or_else(|| quoted.strip_prefix("'''"))
        .unwrap_or(line);
    let line = line
        .trim_end_matches("*/")
        .trim_end_matches("-->")
        .trim_end_matches("]]");
    line.trim_end_matches("\"\"\"")
        .trim_end_matches("'''")
        .trim_end_matches('*')
        .trim()
        .trim_start_matches("<summary>")
        .trim_end_matches("</summary>")
        .trim()
}

/// Byte after the first full stop that ends a sentence: followed by white space or nothing, and not that of `e.g.`.
fn sentence_end(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    if !line.is_ascii() {
        if let Some((stop, mark)) = line.char_indices().find(|(_, c)| matches!(c, '。' | '！' | '？')) {
            return Some(stop + mark.len_utf8());
        }
    }
    memchr::memchr3_iter(b'.', b'!', b'?', bytes)
        .filter(|stop| bytes.get(stop + 1).is_none_or(u8::is_ascii_whitespace))
        .find(|stop| {
            !["e.g", "i.e", "etc", "cf", "vs"]
                .iter()
                .any(|short| line[..*stop].ends_with(short))
        })
        .map(|stop| stop + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn sentence(comment: &str) -> String {
        let mut block = TextBlock::default();
        block.add_sentence(comment);
        String::from_utf8(block.bytes).expect("text")
    }

    #[test]
    fn takes_the_first_sentence_of_any_comment_style() {
        assert_eq!(
            sentence("/**\n * Opens é, e.g. a file.\n * More.\n */"),
            "Opens é, e.g. a file."
        );
        assert_eq!(sentence("/// Reads\n/// all of it.  And more"), "Reads all of it.");
        assert_eq!(sentence("# Runs it"), "Runs it");
        assert_eq!(sentence("\"\"\"Return x.\n\nLong.\n\"\"\""), "Return x.");
        assert_eq!(sentence("r'''\n  Raw one\n'''"), "Raw one");
        assert_eq!(sentence("/** @deprecated use x */"), "");
        assert_eq!(
            sentence("/// <summary>\n/// Opens it. More\n/// </summary>"),
            "Opens it."
        );
        assert_eq!(
            sentence("/// <summary>Opens it</summary>\n/// <returns>x</returns>"),
            "Opens it"
        );
        assert_eq!(sentence("-- | Haskell?"), "| Haskell?");
    }

    #[test]
    fn cuts_signatures_to_one_line() {
        let mut block = TextBlock::default();
        block.add_signature("const f = (\n  a: number,\n) =>");
        assert_eq!(block.bytes, b"const f = ( a: number, )");
        let mut block = TextBlock::default();
        let (_, length) = block.add_signature(&"é ".repeat(300));
        assert_eq!(length, 299, "100 letters of two bytes, 99 spaces");
    }
}
