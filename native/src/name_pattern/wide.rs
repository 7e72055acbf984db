//! The same answers as `NamePattern::matches` and `tier` give, sixteen bytes of a name at once, with SSE2, which every
//! x86-64 has. One bit stands for one byte, so it is for names of at most 64 bytes, which nearly all are.

use std::arch::x86_64::{
    __m128i as Lanes, _mm_and_si128, _mm_cmpeq_epi8, _mm_cmpgt_epi8, _mm_cmplt_epi8, _mm_loadu_si128,
    _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
};
use std::ops::Range;

use super::{NO_MATCH, SUBSEQUENCE, SUBSTRING, WORD_STARTS};

const LANES: usize = 16;
const SHORT: usize = 2 * LANES;
const LONG: usize = 4 * LANES;

/// The letters of a pattern, each in all lanes.
pub struct WideLetters(Vec<Lanes>);

impl WideLetters {
    /// `letters` are lower-cased.
    pub fn new(letters: &[u8]) -> Self {
        Self(letters.iter().map(|letter| all(*letter)).collect())
    }

    /// How well the name `bytes[place]` matches, apart from what it begins with. `None` when this cannot tell: the name is
    /// too long, or so near to the end of the bytes that it cannot be loaded in whole pieces.
    pub fn tier(&self, bytes: &[u8], place: Range<usize>) -> Option<u8> {
        let rest = bytes.get(place.start..)?;
        match place.len() {
            length @ 0..=SHORT => Some(Name::<2>::new(rest.first_chunk::<SHORT>()?, length).tier(&self.0)),
            length @ 0..=LONG => Some(Name::<4>::new(rest.first_chunk::<LONG>()?, length).tier(&self.0)),
            _ => None,
        }
    }
}

struct Name<const PIECES: usize> {
    pieces: [Lanes; PIECES],
    lowered: [Lanes; PIECES],
    /// The bytes that are the name's; what follows them belongs to others.
    own: u64,
}

impl<const PIECES: usize> Name<PIECES> {
    #[inline(always)]
    fn new<const BYTES: usize>(window: &[u8; BYTES], length: usize) -> Self {
        let pieces = std::array::from_fn(|piece| load(&window[piece * LANES..(piece + 1) * LANES]));
        Self {
            pieces,
            lowered: pieces.map(|bytes| or(bytes, and(between(bytes, b'A', b'Z'), all(0x20)))),
            own: u64::MAX.checked_shr(64 - length as u32).unwrap_or(0),
        }
    }

    #[inline(always)]
    fn tier(&self, letters: &[Lanes]) -> u8 {
        let mut open = self.own;
        for letter in letters {
            let places = open & self.places(letter);
            if places == 0 {
                return NO_MATCH;
            }
            open &= behind(places);
        }
        self.tier_of_match(letters)
    }

    /// See `Places::tier`, which says the same byte by byte.
    fn tier_of_match(&self, letters: &[Lanes]) -> u8 {
        let word_starts = self.word_starts();
        let any_letter = letters.iter().fold(0, |any, letter| any | self.places(letter));
        let skipped = self.separators() & !any_letter;
        let follows = |places: u64| {
            let next = places << 1;
            // A carry runs through separators to the byte behind them.
            (next | (next & skipped).wrapping_add(skipped)) & !skipped
        };
        let (mut chain, mut run) = (word_starts, u64::MAX);
        for (index, letter) in letters.iter().enumerate() {
            let here = self.places(letter) & self.own;
            if index > 0 {
                chain = follows(chain) | (word_starts & behind(chain));
                run = follows(run);
            }
            chain &= here;
            run &= here;
        }
        match () {
            () if chain != 0 => WORD_STARTS,
            () if run != 0 => SUBSTRING,
            () => SUBSEQUENCE,
        }
    }

    /// Where a word begins: see `Class::begins_word`.
    fn word_starts(&self) -> u64 {
        let upper = self.bits(|piece| between(piece, b'A', b'Z'));
        let lower = self.bits(|piece| between(piece, b'a', b'z')) & self.own;
        let digit = self.bits(|piece| between(piece, b'0', b'9'));
        let beyond = self.bits(|piece| piece);
        let at_upper = upper & (!(upper << 1) | lower >> 1);
        let at_digit = digit & !(digit << 1);
        let at_other = !(upper | digit) & !((upper | lower | beyond) << 1);
        1 | at_upper | at_digit | at_other
    }

    /// See `CLASSES`.
    fn separators(&self) -> u64 {
        self.bits(|piece| {
            let single = [b' ', b'#', b':', b'_'].map(|byte| equal(piece, all(byte)));
            let [first, second, third, fourth] = single;
            or(between(piece, b'-', b'/'), or(or(first, second), or(third, fourth)))
        })
    }

    /// Where a letter is, case aside.
    #[inline(always)]
    fn places(&self, letter: &Lanes) -> u64 {
        join(self.lowered.map(|piece| equal(piece, *letter)))
    }

    #[inline(always)]
    fn bits(&self, of_piece: impl Fn(Lanes) -> Lanes) -> u64 {
        join(self.pieces.map(of_piece))
    }
}

/// All places behind the first of these; none when there are none.
#[inline(always)]
fn behind(places: u64) -> u64 {
    match places {
        0 => 0,
        _ => !(places ^ (places - 1)),
    }
}

/// The highest bit of each lane, as one number.
#[inline(always)]
fn join<const PIECES: usize>(pieces: [Lanes; PIECES]) -> u64 {
    let mut joined = 0;
    for (piece, lanes) in pieces.iter().enumerate() {
        // SAFETY: needs SSE2 only, as all below.
        let bits = unsafe { _mm_movemask_epi8(*lanes) };
        joined |= u64::from(bits.cast_unsigned()) << (LANES * piece);
    }
    joined
}

#[inline(always)]
fn load(piece: &[u8]) -> Lanes {
    let piece: &[u8; LANES] = piece.try_into().expect("a piece has sixteen bytes");
    // SAFETY: reads these sixteen bytes, which need not be aligned.
    unsafe { _mm_loadu_si128(piece.as_ptr().cast()) }
}

#[inline(always)]
fn all(byte: u8) -> Lanes {
    // SAFETY: as in `join`.
    unsafe { _mm_set1_epi8(byte.cast_signed()) }
}

#[inline(always)]
fn equal(a: Lanes, b: Lanes) -> Lanes {
    // SAFETY: as in `join`.
    unsafe { _mm_cmpeq_epi8(a, b) }
}

/// For ASCII limits; bytes beyond ASCII compare as negative numbers, which lie below them.
#[inline(always)]
fn between(bytes: Lanes, first: u8, last: u8) -> Lanes {
    // SAFETY: as in `join`.
    unsafe {
        _mm_and_si128(
            _mm_cmpgt_epi8(bytes, all(first - 1)),
            _mm_cmplt_epi8(bytes, all(last + 1)),
        )
    }
}

#[inline(always)]
fn and(a: Lanes, b: Lanes) -> Lanes {
    // SAFETY: as in `join`.
    unsafe { _mm_and_si128(a, b) }
}

#[inline(always)]
fn or(a: Lanes, b: Lanes) -> Lanes {
    // SAFETY: as in `join`.
    unsafe { _mm_or_si128(a, b) }
}
