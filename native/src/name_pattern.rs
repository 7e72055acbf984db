//! What a symbol query asks of a name, compiled once: a name matches when it has the query's letters in this order, case
//! and separators aside; how well it matches is its tier. Works on UTF-8 bytes and allocates nothing per name.

use napi::bindgen_prelude::{Buffer, Uint32Array, Uint8Array};
use napi_derive::napi;

use crate::error::{NativeError, Result, Thrown};
use crate::task::throwing;

/// Tiers, best first; the numbering of `Tier` in server/search/namePattern.ts.
const EXACT: u8 = 0;
const EXACT_IGNORING_CASE: u8 = 1;
const PREFIX: u8 = 2;
const WORD_STARTS: u8 = 3;
const SUBSTRING: u8 = 4;
const SUBSEQUENCE: u8 = 5;
/// In place of a tier.
const NO_MATCH: u8 = 255;

/// Letters that fit the bit sets of `Places`; longer patterns match as subsequences only.
const BIT_SET_LETTERS: usize = 31;

/// Names one after the other, with the sets of letters that server/facts/nameMask.ts defines.
#[napi(object, object_to_js = false)]
pub struct NameTable {
    pub name_bytes: Uint8Array,
    /// One more than there are names.
    pub name_offsets: Uint32Array,
    pub name_letters: Uint32Array,
    pub name_repeats: Uint32Array,
    pub name_initials: Uint32Array,
}

/// The sets that a matching name's sets must contain.
#[napi(object, object_to_js = false)]
#[derive(Clone, Copy)]
pub struct RequiredSets {
    pub letters: u32,
    pub repeats: u32,
    /// Only names whose words begin with one of the pattern's first letters can be abbreviated by it.
    pub initials: u32,
}

/// Names that were found, and how many had to be looked at.
#[napi(object, object_from_js = false)]
pub struct NameMatches {
    pub names: Uint32Array,
    pub tiers: Uint8Array,
    pub looked: u32,
}

#[napi]
pub struct NamePattern {
    literal: Vec<u8>,
    lowered: Vec<u8>,
    letters: Vec<u8>,
    places: Option<Box<Places>>,
    required: RequiredSets,
}

/// Per byte of a name: the letters of the pattern that it can stand for, as bits.
struct Places {
    of_byte: [u32; 256],
    last: u32,
}

#[napi]
impl NamePattern {
    /// `literal` is what was typed, `letters` what of it counts, lower-cased; neither may be empty.
    #[napi(constructor)]
    pub fn new(literal: Buffer, letters: Buffer, required: RequiredSets) -> Result<Self, Thrown> {
        throwing(|| Self::compile(&literal, &letters, required))
    }

    /// Whether `name` has all letters in their order.
    #[napi]
    pub fn matches(&self, name: &[u8]) -> bool {
        self.is_subsequence_of(name)
    }

    /// The tier of each of the names, 255 for those that do not match.
    #[napi]
    pub fn tiers(&self, table: NameTable, names: Uint32Array) -> Result<Uint8Array, Thrown> {
        throwing(|| {
            let view = View::new(&table)?;
            let tier = |name: &u32| {
                let bytes = view.name(*name as usize)?;
                Ok(match self.is_subsequence_of(bytes) {
                    true => self.tier(bytes),
                    false => NO_MATCH,
                })
            };
            let tiers: Result<Vec<u8>> = names.iter().map(tier).collect();
            Ok(tiers?.into())
        })
    }

    /// The names in `[from, to)` of words that the pattern abbreviates.
    #[napi]
    pub fn abbreviated(&self, table: NameTable, from: u32, to: u32) -> Result<NameMatches, Thrown> {
        throwing(|| {
            let view = View::new(&table)?;
            let range = view.range(from, to)?;
            let mut found = Found::default();
            for name in candidates(&table, range, self.required) {
                found.looked += 1;
                let bytes = view.name(name)?;
                // Most have the letters in another order, which is quicker to see than what words they begin.
                if self.is_subsequence_of(bytes) && self.tier(bytes) == WORD_STARTS {
                    found.push(name, WORD_STARTS);
                }
            }
            Ok(found.into())
        })
    }

    /// The names in `[from, to)` that have the letters anywhere and are not abbreviated by them. Looks at `budget` names.
    #[napi]
    pub fn loose(&self, table: NameTable, from: u32, to: u32, budget: u32) -> Result<NameMatches, Thrown> {
        throwing(|| {
            let view = View::new(&table)?;
            let range = view.range(from, to)?;
            let required = RequiredSets {
                initials: 0,
                ..self.required
            };
            let mut found = Found::default();
            for name in candidates(&table, range, required) {
                if found.looked == budget {
                    break;
                }
                found.looked += 1;
                let bytes = view.name(name)?;
                if self.is_subsequence_of(bytes) {
                    let tier = self.tier(bytes);
                    if tier != WORD_STARTS {
                        found.push(name, tier);
                    }
                }
            }
            Ok(found.into())
        })
    }
}

/// Names that are looked at together: most such groups hold no candidate, and that is known without a branch per name.
const GROUP: usize = 16;

/// The names of a range whose sets contain the required ones, in order.
fn candidates(table: &NameTable, range: std::ops::Range<usize>, required: RequiredSets) -> Vec<usize> {
    let wanted = [required.letters, required.repeats, required.initials];
    let first = range.start;
    let columns = [&table.name_letters, &table.name_repeats, &table.name_initials].map(|column| &column[range.clone()]);
    let [letters, repeats, initials] = columns.map(|column| column.chunks(GROUP));
    let mut found = Vec::new();
    for (group, ((letters, repeats), initials)) in letters.zip(repeats).zip(initials).enumerate() {
        let own = [letters, repeats, initials];
        let full = own.map(<&[u32; GROUP]>::try_from);
        if let [Ok(letters), Ok(repeats), Ok(initials)] = full {
            if !any_fits([letters, repeats, initials], wanted) {
                continue;
            }
        }
        let fits = |&place: &usize| (0..3).all(|set| own[set][place] & wanted[set] == wanted[set]);
        found.extend(
            (0..letters.len())
                .filter(fits)
                .map(|place| first + group * GROUP + place),
        );
    }
    found
}

fn any_fits(own: [&[u32; GROUP]; 3], wanted: [u32; 3]) -> bool {
    // Bits that are wanted and missing, so that the compiler can do it for several names at once.
    let missing =
        |place: usize| (wanted[0] & !own[0][place]) | (wanted[1] & !own[1][place]) | (wanted[2] & !own[2][place]);
    let mut any = false;
    for place in 0..GROUP {
        any |= missing(place) == 0;
    }
    any
}

impl NamePattern {
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
            required,
        })
    }

    fn is_subsequence_of(&self, name: &[u8]) -> bool {
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

    /// The tier of a name that matches. Other names get one of the last two, never a better one.
    pub fn tier(&self, name: &[u8]) -> u8 {
        let length = self.literal.len();
        if name.len() >= length && name[..length].eq_ignore_ascii_case(&self.lowered) {
            return match () {
                () if name.len() > length => PREFIX,
                () if name == self.literal => EXACT,
                () => EXACT_IGNORING_CASE,
            };
        }
        self.places.as_ref().map_or(SUBSEQUENCE, |places| places.tier(name))
    }
}

impl Places {
    fn new(letters: &[u8]) -> Self {
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
    fn tier(&self, name: &[u8]) -> u8 {
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
enum Class {
    Upper,
    Lower,
    Digit,
    Separator,
    /// Other punctuation: a word may begin with it and after it.
    Mark,
    Beyond,
}

/// By byte: asked for each byte of millions of names.
static CLASSES: [Class; 256] = classes();

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

/// A table whose parts agree with each other.
struct View<'a> {
    bytes: &'a [u8],
    offsets: &'a [u32],
}

impl<'a> View<'a> {
    fn new(table: &'a NameTable) -> Result<Self> {
        let names = table.name_offsets.len().saturating_sub(1);
        let sets = [&table.name_letters, &table.name_repeats, &table.name_initials];
        if sets.iter().any(|set| set.len() != names) {
            return Err(NativeError::invalid("the columns of a table of names differ in length"));
        }
        Ok(Self {
            bytes: &table.name_bytes,
            offsets: &table.name_offsets,
        })
    }

    fn range(&self, from: u32, to: u32) -> Result<std::ops::Range<usize>> {
        match from <= to && (to as usize) < self.offsets.len() {
            true => Ok(from as usize..to as usize),
            false => Err(NativeError::invalid(format!("there are no names {from} to {to}"))),
        }
    }

    fn name(&self, name: usize) -> Result<&'a [u8]> {
        let place = self.offsets.get(name).zip(self.offsets.get(name + 1));
        place
            .and_then(|(start, end)| self.bytes.get(*start as usize..*end as usize))
            .ok_or_else(|| NativeError::invalid(format!("there is no name {name}")))
    }
}

#[derive(Default)]
struct Found {
    names: Vec<u32>,
    tiers: Vec<u8>,
    looked: u32,
}

impl Found {
    fn push(&mut self, name: usize, tier: u8) {
        self.names.push(name as u32);
        self.tiers.push(tier);
    }
}

impl From<Found> for NameMatches {
    fn from(found: Found) -> Self {
        Self {
            names: found.names.into(),
            tiers: found.tiers.into(),
            looked: found.looked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(query: &str, name: &str) -> u8 {
        let letters: Vec<u8> = query
            .bytes()
            .filter(|byte| CLASSES[usize::from(*byte)] != Class::Separator)
            .map(|byte| byte.to_ascii_lowercase())
            .collect();
        let required = RequiredSets {
            letters: 0,
            repeats: 0,
            initials: 0,
        };
        let pattern = NamePattern::compile(query.as_bytes(), &letters, required).unwrap();
        match pattern.is_subsequence_of(name.as_bytes()) {
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
}
