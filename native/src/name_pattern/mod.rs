//! What a symbol query asks of a name, compiled once: a name matches when it has the query's letters in this order, case
//! and separators aside; how well it matches is its tier. Works on UTF-8 bytes and allocates nothing per name.

mod places;
mod table;
#[cfg(target_arch = "x86_64")]
mod wide;

use std::ops::Range;

use napi::bindgen_prelude::{Buffer, Uint32Array, Uint8Array};
use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::task::throwing;
use places::{Places, BIT_SET_LETTERS};
use table::View;
pub use table::{NameTable, RequiredSets};

/// Tiers, best first; the numbering of `Tier` in server/search/namePattern.ts.
const EXACT: u8 = 0;
const EXACT_IGNORING_CASE: u8 = 1;
const PREFIX: u8 = 2;
const WORD_STARTS: u8 = 3;
const SUBSTRING: u8 = 4;
const SUBSEQUENCE: u8 = 5;
/// In place of a tier.
const NO_MATCH: u8 = 255;

/// So many candidates ahead of the one in hand, the bytes of a name are asked for.
const AHEAD: usize = 12;

/// The longest names that are still worth finding with a tier; longer ones are left out.
#[napi(object, object_to_js = false)]
#[derive(Clone, Copy)]
pub struct LongestNames {
    pub word_starts: f64,
    pub substring: f64,
    pub subsequence: f64,
}

/// Names that were found, in the order of their table, and the tier of each.
#[napi(object, object_from_js = false)]
pub struct NameMatches {
    pub names: Uint32Array,
    pub tiers: Uint8Array,
}

#[napi]
pub struct NamePattern {
    literal: Vec<u8>,
    lowered: Vec<u8>,
    letters: Vec<u8>,
    places: Option<Box<Places>>,
    #[cfg(target_arch = "x86_64")]
    wide: Option<wide::WideLetters>,
    required: RequiredSets,
}

#[napi]
impl NamePattern {
    /// `literal` is what was typed, `letters` what of it counts, lower-cased; neither may be empty.
    #[napi(constructor)]
    pub fn new(literal: Buffer, letters: Buffer, required: RequiredSets) -> Result<Self, Thrown> {
        throwing("NamePattern.new", || Self::compile(&literal, &letters, required))
    }

    /// Whether `name` has all letters in their order.
    #[napi]
    pub fn matches(&self, name: &[u8]) -> Result<bool, Thrown> {
        throwing("NamePattern.matches", || Ok(self.has_letters(name)))
    }

    /// The tier of each of the names, 255 for those that do not match.
    #[napi]
    pub fn tiers(&self, table: NameTable, names: Uint32Array) -> Result<Uint8Array, Thrown> {
        throwing("NamePattern.tiers", || {
            let view = View::new(&table)?;
            let tier = |name: &u32| {
                let (bytes, place) = view.place(*name)?;
                Ok(self.tier_at(bytes, place))
            };
            let tiers: Result<Vec<u8>> = names.iter().map(tier).collect();
            Ok(tiers?.into())
        })
    }

    /// The names in `[from, to)` that match and do not begin with what was typed, none longer than asked for.
    #[napi]
    pub fn find(&self, table: NameTable, from: u32, to: u32, longest: LongestNames) -> Result<NameMatches, Thrown> {
        throwing("NamePattern.find", || {
            let view = View::new(&table)?;
            let range = view.range(from, to)?;
            let shortest = view.shortest(range.clone())?;
            let candidates = view.candidates(range, self.required_for(shortest, longest));
            let (mut names, mut tiers) = (Vec::new(), Vec::new());
            for (at, name) in candidates.iter().enumerate() {
                if let Some(later) = candidates.get(at + AHEAD) {
                    view.prefetch(*later);
                }
                let (bytes, place) = view.place(*name)?;
                let length = place.len() as f64;
                let tier = self.tier_at(bytes, place);
                let is_wanted = match tier {
                    WORD_STARTS => length <= longest.word_starts,
                    SUBSTRING => length <= longest.substring,
                    SUBSEQUENCE => length <= longest.subsequence,
                    _ => false,
                };
                if is_wanted {
                    names.push(*name);
                    tiers.push(tier);
                }
            }
            Ok(NameMatches {
                names: names.into(),
                tiers: tiers.into(),
            })
        })
    }
}

impl NamePattern {
    fn has_letters(&self, name: &[u8]) -> bool {
        let mut rest = self.letters.iter();
        let Some(mut wanted) = rest.next() else { return true };
        for byte in name {
            if byte.to_ascii_lowercase() == *wanted {
                match rest.next() {
                    Some(next) => wanted = next,
                    None => return true,
                }
            }
        }
        false
    }

    /// See `new`.
    pub fn compile(literal: &[u8], letters: &[u8], required: RequiredSets) -> Result<Self> {
        if literal.is_empty() || letters.is_empty() {
            return Err(NativeError::invalid("a name pattern has no letters"));
        }
        Ok(Self {
            literal: literal.to_vec(),
            lowered: literal.to_ascii_lowercase(),
            letters: letters.to_vec(),
            places: (letters.len() <= BIT_SET_LETTERS).then(|| Box::new(Places::new(letters))),
            #[cfg(target_arch = "x86_64")]
            wide: (letters.len() <= BIT_SET_LETTERS).then(|| wide::WideLetters::new(letters)),
            required,
        })
    }

    /// What the sets of names of so many bytes and more must contain.
    fn required_for(&self, shortest: usize, longest: LongestNames) -> RequiredSets {
        let may_be_loose = shortest as f64 <= longest.substring.max(longest.subsequence);
        RequiredSets {
            initials: if may_be_loose { 0 } else { self.required.initials },
            ..self.required
        }
    }

    /// The tier of the name `bytes[place]`, whatever way to it is the quickest.
    fn tier_at(&self, bytes: &[u8], place: Range<usize>) -> u8 {
        #[cfg(target_arch = "x86_64")]
        if let Some(tier) = self.wide.as_ref().and_then(|wide| wide.tier(bytes, place.clone())) {
            return match tier {
                NO_MATCH => NO_MATCH,
                _ => self.beginning(&bytes[place]).unwrap_or(tier),
            };
        }
        let name = &bytes[place];
        match self.has_letters(name) {
            true => self.tier(name),
            false => NO_MATCH,
        }
    }

    /// The tier of a name that matches. Other names get one of the last two, never a better one.
    pub fn tier(&self, name: &[u8]) -> u8 {
        let inside = || self.places.as_ref().map_or(SUBSEQUENCE, |places| places.tier(name));
        self.beginning(name).unwrap_or_else(inside)
    }

    /// The tier of a name that begins with what was typed.
    fn beginning(&self, name: &[u8]) -> Option<u8> {
        let length = self.literal.len();
        let begins = name.len() >= length && name[..length].eq_ignore_ascii_case(&self.lowered);
        begins.then(|| match () {
            () if name.len() > length => PREFIX,
            () if name == self.literal => EXACT,
            () => EXACT_IGNORING_CASE,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::places::{Class, CLASSES};
    use super::*;

    const NO_SETS: RequiredSets = RequiredSets {
        letters: 0,
        repeats: 0,
        initials: 0,
    };

    /// What counts of what was typed: all of it when there are separators only.
    fn letters_of(typed: &[u8]) -> Vec<u8> {
        let lowered = typed.to_ascii_lowercase();
        let is_letter = |byte: &u8| CLASSES[usize::from(*byte)] != Class::Separator;
        let letters: Vec<u8> = lowered.iter().copied().filter(is_letter).collect();
        if letters.is_empty() {
            lowered
        } else {
            letters
        }
    }

    fn tier(query: &str, name: &str) -> u8 {
        let pattern = NamePattern::compile(query.as_bytes(), &letters_of(query.as_bytes()), NO_SETS).unwrap();
        match pattern.has_letters(name.as_bytes()) {
            true => pattern.tier(name.as_bytes()),
            false => NO_MATCH,
        }
    }

    #[test]
    fn tiers_of_names() {
        for (query, name, expected) in [
            ("parseAll", "parseAll", EXACT),
            ("parseall", "parseAll", EXACT_IGNORING_CASE),
            ("parse", "parseAll", PREFIX),
            ("pa", "parseAll", PREFIX),
            ("pal", "parseAll", WORD_STARTS),
            ("read_page", "readPage", WORD_STARTS),
            ("rp", "HTTPReadPage", WORD_STARTS),
            ("v2", "parse_v2", WORD_STARTS),
            ("arse", "parseAll", SUBSTRING),
            ("psl", "parseAll", SUBSEQUENCE),
            ("lap", "parseAll", NO_MATCH),
            ("öl", "gasöl", SUBSTRING),
        ] {
            assert_eq!(tier(query, name), expected, "{query} in {name}");
        }
    }

    #[test]
    fn long_patterns_are_subsequences() {
        let name = "a".repeat(100);
        assert_eq!(tier(&"a".repeat(40), &format!("x{name}")), SUBSEQUENCE);
    }

    #[test]
    fn both_ways_to_a_tier_agree_wherever_a_name_lies() {
        // A generator of our own, so that a failure can be had again.
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let alphabet = "aabbABAB__.-:/# @[`{é0099".as_bytes();
        let bytes: Vec<u8> = (0..4000).map(|_| alphabet[next(alphabet.len())]).collect();
        let mut seen = [0; 256];
        for _ in 0..50_000 {
            let typed: Vec<u8> = (0..1 + next(6)).map(|_| alphabet[next(alphabet.len())]).collect();
            let letters = letters_of(&typed);
            let pattern = NamePattern::compile(&typed, &letters, NO_SETS).unwrap();
            let start = next(bytes.len() + 1);
            let end = bytes.len().min(start + next(80));
            let name = &bytes[start..end];
            let expected = match pattern.has_letters(name) {
                true => pattern.tier(name),
                false => NO_MATCH,
            };
            assert_eq!(pattern.tier_at(&bytes, start..end), expected, "{typed:?} in {name:?}");
            seen[usize::from(expected)] += 1;
        }
        for tier in [PREFIX, WORD_STARTS, SUBSTRING, SUBSEQUENCE, NO_MATCH] {
            assert!(
                seen[usize::from(tier)] > 100,
                "tier {tier} was seen {} times",
                seen[usize::from(tier)]
            );
        }
    }
}
