//! Beginnings that many keys share, each with its range and its best postings ready.
//!
//! They are [`HashedLists`]: of each its length, where its keys start, where they end, and its KEPT best postings. What most people type is short and begins many keys: neither are the borders of its range searched for, nor is its
//! best looked for in the tree. What is kept is what both would give, so answers are the same with and without it.

use std::ops::Range;

use rayon::prelude::*;

use super::{Place, Posting};
use crate::hashed_lists::{self, HashedLists, short_hash};

/// Postings that are kept of a beginning: a full answer, and those that another route or rule takes out of it.
const KEPT: usize = 24;
/// The most bytes of a beginning that is kept: four hanzi, or twelve letters. Hardly a longer one is shared by many, and
/// whoever types one is spared the look-up.
const MOST_BYTES: usize = 12;
/// The words of a list: its length, its borders, its postings.
const WORDS: usize = 3 + KEPT;

/// Kept beginnings in a base's image.
pub(crate) type Kept<'a> = HashedLists<'a, WORDS>;

impl<'a> Kept<'a> {
    /// The range of the keys that begin with `typed`, and the best of them, if they are kept. `place` compares a
    /// posting's key with it.
    pub(crate) fn find(
        &self,
        typed: &[u8],
        place: impl Fn(Posting) -> Place,
    ) -> Option<(Range<usize>, &'a [[u8; 4]])> {
        if typed.len() > MOST_BYTES {
            return None;
        }
        // Of a beginning as long, one key is enough to know it by.
        self.of(short_hash(typed)).find_map(|&[length, start, end, ref best @ ..]| {
            let [length, start, end] = [length, start, end].map(|word| u32::from_le_bytes(word) as usize);
            let posting = best.first().map(|&value| Posting::stored(value))?;
            let is_it = length == typed.len() && matches!(place(posting), Place::Whole | Place::Longer);
            is_it.then_some((start..end.max(start), &best[..]))
        })
    }
}

/// A beginning and the range of its keys.
struct Beginning<'k> {
    text: &'k [u8],
    range: Range<usize>,
}

/// Writes the beginnings that `least_keys` keys share or more. `key` gives the keys in their order, `shared` how many
/// first bytes a key has in common with the one before it, `sorted` are the postings.
pub(super) fn write<'k>(
    key: impl Fn(usize) -> &'k [u8],
    shared: impl Fn(usize) -> usize,
    sorted: &[u32],
    least_keys: usize,
) -> Vec<u8> {
    let mut beginnings = beginnings(key, shared, sorted.len(), least_keys.max(KEPT));
    beginnings.sort_by_cached_key(|beginning| short_hash(beginning.text));
    let hashes = beginnings.iter().map(|beginning| short_hash(beginning.text));
    let lists: Vec<[u32; WORDS]> = beginnings.par_iter().map(|beginning| list(beginning, sorted)).collect();
    hashed_lists::write(hashes, lists.into_iter())
}

/// The beginnings of whole characters that so many keys share.
fn beginnings<'k>(
    key: impl Fn(usize) -> &'k [u8],
    shared: impl Fn(usize) -> usize,
    count: usize,
    least_keys: usize,
) -> Vec<Beginning<'k>> {
    let mut found = Vec::new();
    // Where the keys start that have so many first bytes in common with the last one, by that number less one.
    let mut starts: Vec<usize> = Vec::new();
    for place in 1..=count {
        let in_common = if place < count { shared(place) } else { 0 };
        for (index, &start) in starts.iter().enumerate().take(MOST_BYTES).skip(in_common) {
            let (length, range) = (index + 1, start..place);
            let last = if range.len() < least_keys { continue } else { key(place - 1) };
            if last.get(length).is_none_or(|byte| byte & 0xC0 != 0x80) {
                found.push(Beginning { text: &last[..length], range });
            }
        }
        starts.resize(in_common, place - 1);
    }
    found
}

fn list(beginning: &Beginning<'_>, sorted: &[u32]) -> [u32; WORDS] {
    let Beginning { text, range } = beginning;
    let mut best = sorted[range.clone()].to_vec();
    best.select_nth_unstable(KEPT - 1);
    best.truncate(KEPT);
    best.sort_unstable();
    let mut list = [0; WORDS];
    list[..3].copy_from_slice(&[text.len() as u32, range.start as u32, range.end as u32]);
    list[3..].copy_from_slice(&best);
    list
}
