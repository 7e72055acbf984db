//! Where the words of a name begin, and whether the letters of a pattern are found there or side by side: all letters at
//! once, as bits.

use super::{SUBSEQUENCE, SUBSTRING, WORD_STARTS};

/// Letters that fit the bit sets of `Places`; longer patterns match as subsequences only.
pub const BIT_SET_LETTERS: usize = 31;

/// Per byte of a name: the letters of the pattern that it can stand for, as bits.
pub struct Places {
    of_byte: [u32; 256],
    last: u32,
}

impl Places {
    pub fn new(letters: &[u8]) -> Self {
        let mut of_byte = [0; 256];
        for (index, letter) in letters.iter().enumerate() {
            of_byte[usize::from(letter.to_ascii_uppercase())] |= 1 << index;
            if letter.is_ascii_lowercase() {
                of_byte[usize::from(*letter)] |= 1 << index;
            }
        }
        Self {
            of_byte,
            last: 1 << (letters.len() - 1),
        }
    }

    /// Bit j of a set says that letters 0 to j have been found: ending at the last byte (`chain`, `run`) or anywhere
    /// (`reached`). In a chain each letter follows the one before or begins a word; in a run they all follow.
    pub fn tier(&self, name: &[u8]) -> u8 {
        let (mut chain, mut run, mut reached) = (0_u32, 0_u32, 0_u32);
        let mut is_substring = false;
        let mut before = Class::Separator;
        for (index, byte) in name.iter().enumerate() {
            let here = self.of_byte[usize::from(*byte)];
            let class = CLASSES[usize::from(*byte)];
            if here == 0 && class == Class::Separator {
                before = class;
                continue;
            }
            let next = || name.get(index + 1).map(|byte| CLASSES[usize::from(*byte)]);
            let jump = match index == 0 || class.begins_word(before, next) {
                true => reached << 1 | 1,
                false => 0,
            };
            chain = here & (chain << 1 | jump);
            run = here & (run << 1 | 1);
            reached |= chain;
            if chain & self.last != 0 {
                return WORD_STARTS;
            }
            is_substring |= run & self.last != 0;
            before = class;
        }
        match is_substring {
            true => SUBSTRING,
            false => SUBSEQUENCE,
        }
    }
}

/// What a byte is to the words of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Upper,
    Lower,
    Digit,
    Separator,
    /// Other punctuation: a word may begin with it and after it.
    Mark,
    Beyond,
}

/// By byte: asked for each byte of millions of names.
pub static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut classes = [Class::Beyond; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'A'..=b'Z' => Class::Upper,
            b'a'..=b'z' => Class::Lower,
            b'0'..=b'9' => Class::Digit,
            b' ' | b'_' | b'-' | b'.' | b':' | b'/' | b'#' => Class::Separator,
            _ => Class::Mark,
        };
        byte += 1;
    }
    classes
}

impl Class {
    /// Whether a word begins here: after a separator, at a hump, at the end of an acronym, at a number.
    fn begins_word(self, before: Self, next: impl FnOnce() -> Option<Self>) -> bool {
        match self {
            Self::Upper => before != Self::Upper || next() == Some(Self::Lower),
            Self::Digit => before != Self::Digit,
            _ => !matches!(before, Self::Upper | Self::Lower | Self::Beyond),
        }
    }
}
