//! The words and marks that a query file consists of.

/// A place in a text. White space and comments, which reach from `;` to the end of the line, mean nothing.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Of the place, counted from 1.
    pub fn line(&self) -> usize {
        self.text[..self.at].matches('\n').count() + 1
    }

    /// The next character that is neither white space nor in a comment.
    pub fn peek(&mut self) -> Option<char> {
        loop {
            let rest = &self.text[self.at..];
            let begun = rest.trim_start();
            self.at += rest.len() - begun.len();
            if !begun.starts_with(';') {
                return begun.chars().next();
            }
            self.at += begun.find('\n').unwrap_or(begun.len());
        }
    }

    /// Goes behind this mark if it is next.
    pub fn skip(&mut self, mark: char) -> bool {
        self.skip_all(mark.encode_utf8(&mut [0; 4]))
    }

    /// Goes behind these marks if they are next.
    pub fn skip_all(&mut self, marks: &str) -> bool {
        self.peek();
        let found = self.text[self.at..].starts_with(marks);
        self.at += if found { marks.len() } else { 0 };
        found
    }

    pub fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.skip(mark) {
            Ok(())
        } else {
            Err(format!("{mark} is expected"))
        }
    }

    /// The name of a node, field, capture or setting.
    pub fn word(&mut self) -> Result<&'a str, String> {
        self.peek();
        let rest = &self.text[self.at..];
        let is_part = |part: char| part.is_ascii_alphanumeric() || "_.-".contains(part);
        let word = &rest[..rest.find(|part| !is_part(part)).unwrap_or(rest.len())];
        self.at += word.len();
        if word.is_empty() {
            Err("a word is expected".to_owned())
        } else {
            Ok(word)
        }
    }

    /// The next word if this mark follows it at once; both are then behind us.
    pub fn word_before(&mut self, mark: char) -> Option<&'a str> {
        self.peek();
        let begin = self.at;
        let word = self.word().ok();
        if word.is_some() && self.text[self.at..].starts_with(mark) {
            self.at += mark.len_utf8();
            return word;
        }
        self.at = begin;
        None
    }

    /// The name of a predicate with its `?` or `!`.
    pub fn predicate_name(&mut self) -> Result<&'a str, String> {
        self.peek();
        let begin = self.at;
        self.word()?;
        if !self.text[self.at..].starts_with(['?', '!']) {
            return Err("the name of a predicate ends in ? or !".to_owned());
        }
        self.at += 1;
        Ok(&self.text[begin..self.at])
    }

    /// What is in the quotation marks that are next.
    pub fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut string = String::new();
        let mut rest = self.text[self.at..].char_indices();
        while let Some((offset, char)) = rest.next() {
            match char {
                '"' => {
                    self.at += offset + 1;
                    return Ok(string);
                }
                '\\' => match rest.next() {
                    Some((_, escaped @ ('"' | '\\'))) => string.push(escaped),
                    _ => return Err(r#"of escapes there are only \" and \\"#.to_owned()),
                },
                '\n' => break,
                _ => string.push(char),
            }
        }
        Err("a text does not end".to_owned())
    }
}
