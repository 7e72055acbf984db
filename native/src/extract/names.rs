//! The names of one file: each distinct one is kept once and known by a number, until `sorted` gives the final order.

/// Interns names. Lookup is by an open-addressing table over one byte arena, since this runs once per call site.
pub struct Names {
    bytes: Vec<u8>,
    offsets: Vec<u32>,
    hashes: Vec<u32>,
    slots: Vec<u32>,
}

/// Names in order of (length in bytes, ASCII-lowercased bytes, bytes): name `i` is `bytes[offsets[i]..offsets[i + 1]]`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SortedNames {
    pub bytes: Vec<u8>,
    pub offsets: Vec<u32>,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            offsets: vec![0],
            hashes: Vec::new(),
            slots: vec![0; 256],
        }
    }
}

impl Names {
    /// The number of a name, which is new if it was not seen before.
    pub fn intern(&mut self, name: &[u8]) -> u32 {
        let hash = hash(name);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            let id = self.slots[slot] - 1;
            if self.hashes[id as usize] == hash && self.get(id) == name {
                return id;
            }
            slot = (slot + 1) & mask;
        }
        let id = self.hashes.len() as u32;
        self.slots[slot] = id + 1;
        self.bytes.extend_from_slice(name);
        self.offsets.push(self.bytes.len() as u32);
        self.hashes.push(hash);
        if self.hashes.len() * 2 > self.slots.len() {
            self.grow();
        }
        id
    }

    pub fn count(&self) -> usize {
        self.hashes.len()
    }

    pub fn get(&self, id: u32) -> &[u8] {
        &self.bytes[self.offsets[id as usize] as usize..self.offsets[id as usize + 1] as usize]
    }

    /// The names in their final order, and for each number given by `intern` its place in that order.
    pub fn sorted(&self) -> (SortedNames, Vec<u32>) {
        let mut order: Vec<(usize, u64, u32)> = (0..self.count() as u32)
            .map(|id| (self.get(id).len(), folded_prefix(self.get(id)), id))
            .collect();
        order.sort_unstable_by(|(a_length, a_prefix, a), (b_length, b_prefix, b)| {
            (a_length, a_prefix)
                .cmp(&(b_length, b_prefix))
                .then_with(|| compare(self.get(*a), self.get(*b)))
        });
        let mut places = vec![0; order.len()];
        let mut sorted = SortedNames {
            bytes: Vec::with_capacity(self.bytes.len()),
            offsets: vec![0],
        };
        for (place, (_, _, id)) in order.iter().enumerate() {
            places[*id as usize] = place as u32;
            sorted.bytes.extend_from_slice(self.get(*id));
            sorted.offsets.push(sorted.bytes.len() as u32);
        }
        (sorted, places)
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots = vec![0; mask + 1];
        for (id, hash) in self.hashes.iter().enumerate() {
            let mut slot = *hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = id as u32 + 1;
        }
    }
}

impl SortedNames {
    pub fn count(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    pub fn get(&self, id: usize) -> &[u8] {
        &self.bytes[self.offsets[id] as usize..self.offsets[id + 1] as usize]
    }
}

/// The first eight bytes, lowercased, so that most comparisons while sorting are of numbers.
fn folded_prefix(name: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(name) {
        *to = from.to_ascii_lowercase();
    }
    u64::from_be_bytes(bytes)
}

fn compare(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    let folded = |name: &[u8]| name.iter().map(u8::to_ascii_lowercase).collect::<Vec<_>>();
    let insensitive = a
        .iter()
        .map(u8::to_ascii_lowercase)
        .cmp(b.iter().map(u8::to_ascii_lowercase));
    debug_assert_eq!(insensitive, folded(a).cmp(&folded(b)));
    insensitive.then_with(|| a.cmp(b))
}

/// FxHash over eight bytes at a time; names are short and an attacker gains only a slower file of his own.
fn hash(name: &[u8]) -> u32 {
    const SEED: u64 = 0x517c_c1b7_2722_0a95;
    let mut chunks = name.chunks_exact(8);
    let mut hash = name.len() as u64;
    let mut add = |word: u64| hash = (hash.rotate_left(5) ^ word).wrapping_mul(SEED);
    for chunk in &mut chunks {
        add(u64::from_le_bytes([
            chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7],
        ]));
    }
    add(chunks
        .remainder()
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte)));
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_length_then_case_insensitively_then_by_bytes() {
        let mut names = Names::default();
        let ids: Vec<u32> = ["beta", "Alpha", "alpha", "é", "alphabetical", "beta", "alphabets"]
            .iter()
            .map(|name| names.intern(name.as_bytes()))
            .collect();
        assert_eq!(ids, [0, 1, 2, 3, 4, 0, 5]);
        let (sorted, places) = names.sorted();
        let texts: Vec<&str> = (0..sorted.count())
            .map(|id| std::str::from_utf8(sorted.get(id)).expect("text"))
            .collect();
        assert_eq!(texts, ["é", "beta", "Alpha", "alpha", "alphabets", "alphabetical"]);
        assert_eq!(places, [1, 2, 3, 0, 5, 4]);
    }

    #[test]
    fn survives_growth() {
        let mut names = Names::default();
        for round in 0..2 {
            for number in 0..5000_u32 {
                assert_eq!(
                    names.intern(format!("name{number}").as_bytes()),
                    number,
                    "round {round}"
                );
            }
        }
    }
}
