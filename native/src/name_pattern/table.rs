//! A dictionary of names as a symbol query walks it: which names can match at all, told by the sets of their letters
//! without a look at their bytes, and where the bytes of a name lie. Short names come before long ones.

use std::ops::Range;

use napi::bindgen_prelude::{Uint32Array, Uint8Array};
use napi_derive::napi;

use crate::error::{NativeError, Result};

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

/// Names that are looked at together: the compiler does it for several at once.
const GROUP: usize = 16;

/// A table whose parts agree with each other.
pub struct View<'a> {
    bytes: &'a [u8],
    offsets: &'a [u32],
    letters: &'a [u32],
    repeats: &'a [u32],
    initials: &'a [u32],
}

impl<'a> View<'a> {
    pub fn new(table: &'a NameTable) -> Result<Self> {
        let names = table.name_offsets.len().saturating_sub(1);
        let sets = [&table.name_letters, &table.name_repeats, &table.name_initials];
        if sets.iter().any(|set| set.len() != names) {
            return Err(NativeError::invalid("the columns of a table of names differ in length"));
        }
        Ok(Self {
            bytes: &table.name_bytes,
            offsets: &table.name_offsets,
            letters: &table.name_letters,
            repeats: &table.name_repeats,
            initials: &table.name_initials,
        })
    }

    /// `[from, to)`, when there are such names.
    pub fn range(&self, from: u32, to: u32) -> Result<Range<usize>> {
        match from <= to && (to as usize) < self.offsets.len() {
            true => Ok(from as usize..to as usize),
            false => Err(NativeError::invalid(format!("there are no names {from} to {to}"))),
        }
    }

    /// Bytes of the first name of a range, which is the shortest of it; 0 when there are none.
    pub fn shortest(&self, range: Range<usize>) -> Result<usize> {
        match range.is_empty() {
            true => Ok(0),
            false => Ok(self.place(range.start as u32)?.1.len()),
        }
    }

    /// All bytes, and which of them are the name's.
    pub fn place(&self, name: u32) -> Result<(&'a [u8], Range<usize>)> {
        let name = name as usize;
        let ends = self.offsets.get(name).zip(self.offsets.get(name + 1));
        ends.map(|(start, end)| *start as usize..*end as usize)
            .filter(|place| place.start <= place.end && place.end <= self.bytes.len())
            .map(|place| (self.bytes, place))
            .ok_or_else(|| NativeError::invalid(format!("there is no name {name}")))
    }

    /// Asks the processor for the bytes of a name that is looked at soon: they lie far apart, and waiting for them costs
    /// more than looking at them.
    pub fn prefetch(&self, name: u32) {
        #[cfg(target_arch = "x86_64")]
        if let Some(bytes) = self
            .offsets
            .get(name as usize)
            .and_then(|start| self.bytes.get(*start as usize..))
        {
            use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
            let first = bytes.as_ptr().cast::<i8>();
            // SAFETY: a prefetch of any address is allowed; these lie in the table or right behind it.
            unsafe {
                _mm_prefetch(first, _MM_HINT_T0);
                _mm_prefetch(first.wrapping_add(32), _MM_HINT_T0);
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = name;
    }

    /// The names of a range whose sets contain the required ones, in order.
    pub fn candidates(&self, range: Range<usize>, required: RequiredSets) -> Vec<u32> {
        let mut found = Vec::new();
        let mut fitting = [0_u32; GROUP];
        for start in range.clone().step_by(GROUP) {
            let letters = &self.letters[start..range.end.min(start + GROUP)];
            if let Ok(full) = <&[u32; GROUP]>::try_from(letters) {
                if !any_has(full, required.letters) {
                    continue;
                }
            }
            // Without a branch per name, whose outcome nothing foretells.
            let mut count = 0;
            for (at, letters) in (start..).zip(letters) {
                let missing = (required.letters & !letters)
                    | (required.repeats & !self.repeats[at])
                    | (required.initials & !self.initials[at]);
                fitting[count] = at as u32;
                count += usize::from(missing == 0);
            }
            found.extend_from_slice(&fitting[..count]);
        }
        found
    }
}

fn any_has(sets: &[u32; GROUP], required: u32) -> bool {
    let mut any = false;
    for set in sets {
        any |= required & !set == 0;
    }
    any
}
