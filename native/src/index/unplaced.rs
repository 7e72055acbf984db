//! Which chunk defines a symbol: the first one that mentions its name.

use std::collections::HashSet;

use super::tokenizer::Words;

/// Symbols whose names are no identifiers (headings, operators) are looked for one by one, at most this many per chunk.
const MAX_ODD_NAMES: usize = 100;

/// Names of a file's symbols that no chunk has mentioned yet.
pub struct UnplacedNames<'a> {
    identifiers: HashSet<&'a str>,
    /// By first byte, a bit for each length of those: most words of a text are none of them, and need not be hashed.
    lengths: [u64; 256],
    odd: Vec<&'a str>,
}

impl<'a> UnplacedNames<'a> {
    /// `names` has one per line, each once.
    pub fn new(names: &'a str) -> Self {
        let mut unplaced = Self {
            identifiers: HashSet::new(),
            lengths: [0; 256],
            odd: vec![],
        };
        for name in names.lines().filter(|name| !name.is_empty()) {
            if Words::new(name).next_identifier() != Some(0..name.len()) {
                unplaced.odd.push(name);
                continue;
            }
            unplaced.identifiers.insert(name);
            unplaced.lengths[usize::from(name.as_bytes()[0])] |= length_bit(name);
        }
        unplaced
    }

    /// Takes the names that occur in `text`; they are returned one per line.
    pub fn take_from(&mut self, text: &str) -> String {
        let mut taken = String::new();
        let mut take = |name: &str| {
            taken.push_str(name);
            taken.push('\n');
        };
        let mut words = Words::new(text);
        while let Some(range) = (!self.identifiers.is_empty())
            .then(|| words.next_identifier())
            .flatten()
        {
            let word = &text[range];
            if self.lengths[usize::from(word.as_bytes()[0])] & length_bit(word) == 0 {
                continue;
            }
            if self.identifiers.remove(word) {
                take(word);
            }
        }
        let mut looked_for = 0;
        self.odd.retain(|name| {
            looked_for += 1;
            let is_found = looked_for <= MAX_ODD_NAMES && text.contains(name);
            if is_found {
                take(name);
            }
            !is_found
        });
        taken
    }
}

fn length_bit(word: &str) -> u64 {
    1 << (word.len() % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_the_first_chunk_with_it() {
        let mut names = UnplacedNames::new("parse\nparseAll\nGetting started\n\noperator+\ngone");
        let mut taken = |text: &str| {
            let mut taken: Vec<String> = names.take_from(text).lines().map(str::to_owned).collect();
            taken.sort();
            taken.join(",")
        };
        assert_eq!(taken("fn parseAll() {}"), "parseAll");
        assert_eq!(taken("# Getting started\nparse parseAll"), "Getting started,parse");
        assert_eq!(taken("T operator+(T)"), "operator+");
        assert_eq!(taken("parse parseAll operator+"), "");
        assert_eq!(taken("gone"), "gone");
    }
}
