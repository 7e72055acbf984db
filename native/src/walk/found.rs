//! What a walk found so far, in bounded memory: the first files of the tree in the order of their paths, as many as the
//! walk takes, and how many there are beyond. Which files these are depends on the tree alone, not on the order in which
//! threads come upon them.

use crate::read::{FileStat, Skip};
use crate::skip_reason::SkipReason;

/// Reasons are listed for at most this many paths of each kind, those that were taken for none and those beyond the limit.
pub const MAX_LISTED: usize = 10_000;
/// One more than the largest number of a reason.
const REASONS: usize = SkipReason::TooManyFiles as usize + 1;

/// What one folder contains.
#[derive(Default)]
pub struct Listing {
    pub files: Vec<(String, FileStat)>,
    pub left: Vec<Left>,
    /// Whether the folder could be listed at all.
    pub is_listed: bool,
}

/// A path left out although no rule ignores it.
pub struct Left {
    pub path: String,
    pub skip: Skip,
}

/// What all folders contain.
pub struct Found {
    files: First<(String, FileStat)>,
    left: First<Left>,
    counts: [u32; REASONS],
    max_files: usize,
    pub folders: u32,
}

/// What a walk found, each list sorted by the bytes of its paths.
pub struct Sorted {
    pub files: Vec<(String, FileStat)>,
    /// The first of what was left out.
    pub left: Vec<Left>,
    /// How many paths were left out, by the number of the reason.
    pub counts: [u32; REASONS],
    pub folders: u32,
}

impl Listing {
    pub fn leave(&mut self, path: String, skip: Skip) {
        self.left.push(Left { path, skip });
    }
}

impl Found {
    /// For a walk that takes `max_files`.
    pub fn new(max_files: usize) -> Self {
        Self {
            files: First::new(max_files.saturating_add(MAX_LISTED)),
            left: First::new(MAX_LISTED),
            counts: [0; REASONS],
            max_files,
            folders: 0,
        }
    }

    pub fn add(&mut self, mut listing: Listing) {
        // An ignore file that cannot be used is left out both as a file and as a source of rules.
        listing.left.sort_by(|a, b| a.path.cmp(&b.path));
        listing.left.dedup_by(|a, b| a.path == b.path);
        for left in &listing.left {
            self.counts[left.skip.reason as usize] += 1;
        }
        self.left.extend(listing.left);
        self.files.extend(listing.files);
        self.folders += u32::from(listing.is_listed);
    }

    pub fn sorted(self) -> Sorted {
        let (mut files, unlisted) = self.files.sorted();
        let (mut left, _) = self.left.sorted();
        let mut counts = self.counts;
        let beyond = files.split_off(self.max_files.min(files.len()));
        counts[SkipReason::TooManyFiles as usize] = (beyond.len() + unlisted) as u32;
        left.extend(beyond.into_iter().map(|(path, _)| Left {
            path,
            skip: Skip::because(SkipReason::TooManyFiles),
        }));
        left.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Sorted {
            files,
            left,
            counts,
            folders: self.folders,
        }
    }
}

trait HasPath {
    fn path(&self) -> &str;
}

impl HasPath for (String, FileStat) {
    fn path(&self) -> &str {
        &self.0
    }
}

impl HasPath for Left {
    fn path(&self) -> &str {
        &self.path
    }
}

/// The first `max` of many things in the order of their paths. A `String` is ordered by its bytes.
struct First<T> {
    kept: Vec<T>,
    dropped: usize,
    max: usize,
}

impl<T: HasPath> First<T> {
    fn new(max: usize) -> Self {
        Self {
            kept: Vec::new(),
            dropped: 0,
            max,
        }
    }

    fn extend(&mut self, more: Vec<T>) {
        self.kept.extend(more);
        // Dropping costs a look at all: it must pay.
        if self.kept.len() > self.max.saturating_add(self.max / 4) {
            self.drop_last();
        }
    }

    fn drop_last(&mut self) {
        if self.kept.len() > self.max {
            self.kept
                .select_nth_unstable_by(self.max, |a, b| a.path().cmp(b.path()));
            self.dropped += self.kept.len() - self.max;
            self.kept.truncate(self.max);
        }
    }

    /// In order, and how many were dropped.
    fn sorted(mut self) -> (Vec<T>, usize) {
        self.drop_last();
        self.kept.sort_unstable_by(|a, b| a.path().cmp(b.path()));
        (self.kept, self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(name: usize) -> Left {
        Left {
            path: format!("{name:03}"),
            skip: Skip::because(SkipReason::Symlink),
        }
    }

    #[test]
    fn keeps_the_first_in_whatever_order_they_come_and_counts_what_it_dropped() {
        for step in [1, 7, 93] {
            let mut first = First::new(10);
            for i in 0..100 {
                first.extend(vec![left(i * step % 100)]);
                assert!(first.kept.len() <= 12);
            }
            let (kept, dropped) = first.sorted();
            let names: Vec<_> = kept.into_iter().map(|left| left.path).collect();
            let expected: Vec<_> = (0..10).map(|i| left(i).path).collect();
            assert_eq!((names, dropped), (expected, 90));
        }
    }
}
