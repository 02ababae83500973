//! One sorted order of the entries, with the best of any range at hand.
//!
//! Entries are numbered in score order, so the best entry of a range is the *smallest number* in it. Beside the
//! sorted numbers stand, for each block of [`BLOCK`] of them, the first eight bytes of its first key (a search
//! looks at one block's records only) and a tree of minima over the blocks; and for each beginning of three bytes (a
//! hanzi, or three letters) where its keys start, which answers the shortest searches and shortens all others. Of
//! beginnings that many keys share the best are kept ready.

mod beginnings;
mod best_first;
mod kept;
mod sort;

use std::ops::Range;

use crate::file::{read_u32, read_u64};

pub(crate) use beginnings::Beginnings;
pub(crate) use best_first::BestFirst;
pub(crate) use kept::Kept;
pub(crate) use sort::{Aids, Keys, Sorted, sort_by_head};

const BLOCK: usize = 64;
/// The bytes of a key that the table of starts tells apart.
const START: usize = 3;

/// The most readings an entry may have.
pub(crate) const MAX_READINGS: usize = 4;
/// The most entries a base may have: a posting keeps the reading in its low two bits.
pub(crate) const MAX_ENTRIES: usize = 1 << 30;

/// An entry by one of its readings. Smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Posting(u32);

impl Posting {
    pub(crate) fn new(entry: u32, reading: usize) -> Self {
        debug_assert!((entry as usize) < MAX_ENTRIES && reading < MAX_READINGS);
        Self(entry << 2 | (reading as u32 & 3))
    }

    /// A posting as a file holds it.
    pub(crate) fn stored(bytes: [u8; 4]) -> Self {
        Self(u32::from_le_bytes(bytes))
    }

    /// As a file holds it.
    pub(crate) fn to_stored(self) -> u32 {
        self.0
    }

    pub(crate) fn entry(self) -> u32 {
        self.0 >> 2
    }

    pub(crate) fn reading(self) -> usize {
        (self.0 & 3) as usize
    }
}

/// Where a key stands against what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Sorted before every key that begins with what was typed.
    Before,
    /// Exactly what was typed.
    Whole,
    /// Begins with what was typed and goes on.
    Longer,
    /// Sorted behind every key that begins with what was typed.
    After,
}

impl Place {
    /// Compares a key, given in pieces, with what was typed.
    pub(crate) fn of<'a>(pieces: impl Iterator<Item = &'a [u8]>, typed: &[u8]) -> Self {
        let mut rest = typed;
        for piece in pieces {
            let shared = piece.len().min(rest.len());
            match piece[..shared].cmp(&rest[..shared]) {
                std::cmp::Ordering::Less => return Self::Before,
                std::cmp::Ordering::Greater => return Self::After,
                std::cmp::Ordering::Equal if rest.len() < piece.len() => return Self::Longer,
                std::cmp::Ordering::Equal => rest = &rest[shared..],
            }
        }
        if rest.is_empty() { Self::Whole } else { Self::Before }
    }
}

/// A sorted order in a base's image.
#[derive(Clone, Copy)]
pub(crate) struct Permutation<'a> {
    values: &'a [[u8; 4]],
    heads: &'a [u8],
    tree: &'a [u8],
    starts: &'a [u8],
    kept: Kept<'a>,
}

/// The bytes of a permutation's parts.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) values: &'a [u8],
    pub(crate) heads: &'a [u8],
    pub(crate) tree: &'a [u8],
    pub(crate) starts: &'a [u8],
    pub(crate) kept: &'a [u8],
}

/// Keys that begin alike: where they are, and the best of them if these are kept.
#[derive(Clone)]
pub(crate) struct Reach<'a> {
    pub(crate) range: Range<usize>,
    kept: &'a [[u8; 4]],
}

impl Reach<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.range.len()
    }

    /// The best entries, if they are kept.
    pub(crate) fn best(&self) -> impl Iterator<Item = u32> {
        self.kept.iter().map(|&value| Posting::stored(value).entry())
    }
}

impl From<Range<usize>> for Reach<'_> {
    fn from(range: Range<usize>) -> Self {
        Self { range, kept: &[] }
    }
}

impl<'a> Permutation<'a> {
    pub(crate) fn new(parts: Parts<'a>) -> Self {
        let Parts { values, heads, tree, starts, kept } = parts;
        Self { values: values.as_chunks().0, heads, tree, starts, kept: Kept::new(kept) }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The keys that begin with `typed`, which is not empty. `place` compares a posting's key with it.
    pub(crate) fn prefix(&self, typed: &[u8], place: impl Fn(Posting) -> Place) -> Reach<'a> {
        if let Some((range, kept)) = self.kept.find(typed, &place) {
            let end = range.end.min(self.len());
            return Reach { range: range.start.min(end)..end, kept };
        }
        let range = self.range_of_start(typed);
        let is_told = typed.len() <= START;
        if is_told { range } else { self.prefix_range_within(range, typed, place) }.into()
    }

    /// The keys whose first bytes are those of `typed`, as far as the table of starts tells them apart.
    fn range_of_start(&self, typed: &[u8]) -> Range<usize> {
        let [lowest, highest] = [0, u8::MAX].map(|filler| start_of(head(typed, filler)));
        let count = self.starts.len() / 8;
        let start_at = |index: usize| read_u32(self.starts, 2 * index).unwrap_or(u32::MAX);
        let place_at =
            |index: usize| read_u32(self.starts, 2 * index + 1).map_or(self.len(), |place| place as usize);
        let first = partition(0..count, |index| start_at(index) < lowest);
        let behind = partition(first..count, |index| start_at(index) <= highest);
        let start = place_at(first).min(self.len());
        start..place_at(behind).clamp(start, self.len())
    }

    /// The same among the keys of `range`, which begin alike.
    pub(crate) fn prefix_range_within(
        &self,
        range: Range<usize>,
        typed: &[u8],
        place: impl Fn(Posting) -> Place,
    ) -> Range<usize> {
        let Range { start, end } = self.blocks_around(typed, &range);
        // Up to eight bytes the heads alone decide which block holds a border.
        let (start_limit, end_limit) = if typed.len() <= 8 {
            ((start / BLOCK + 1) * BLOCK, (end.saturating_sub(1) / BLOCK) * BLOCK)
        } else {
            (end, start)
        };
        let is_before = |index| place(self.posting(index)) == Place::Before;
        let first = partition(start..start_limit.min(end).max(start), is_before);
        // Most of what repairs try is not there: one look at the first key tells.
        if first >= end || matches!(place(self.posting(first)), Place::Before | Place::After) {
            return first..first;
        }
        let behind = partition(end_limit.max(first)..end.max(first), |index| {
            place(self.posting(index)) != Place::After
        });
        first..behind
    }

    /// The keys that are exactly what was typed: the first part of a prefix range.
    pub(crate) fn whole_range(&self, range: Range<usize>, place: impl Fn(Posting) -> Place) -> Range<usize> {
        let Range { start, end } = range;
        let is_whole = |index: usize| place(self.posting(index)) == Place::Whole;
        // Mostly there is none, and else hardly more than one: each look at a key is a wait for memory.
        if start >= end || !is_whole(start) {
            return start..start;
        }
        let mut reach = 1;
        while start + reach < end && is_whole(start + reach) {
            reach *= 2;
        }
        start..partition(start + reach / 2 + 1..(start + reach).min(end), is_whole)
    }

    /// The postings of keys that begin alike, best first.
    pub(crate) fn best_first(&self, reach: impl Into<Reach<'a>>) -> BestFirst<'a> {
        let Reach { range, kept } = reach.into();
        BestFirst::new(*self, range, kept)
    }

    /// The posting at a place of the order.
    pub(crate) fn posting(&self, index: usize) -> Posting {
        self.values.get(index).map_or(Posting(u32::MAX), |&value| Posting::stored(value))
    }

    /// The elements of `range` in which both borders of the prefix range lie, as far as the heads of the blocks tell.
    fn blocks_around(&self, typed: &[u8], range: &Range<usize>) -> Range<usize> {
        let (from, to) = (range.start / BLOCK, range.end.div_ceil(BLOCK));
        let head_of = |block: usize| read_u64(self.heads, block).unwrap_or(u64::MAX);
        let (lowest, highest) = (head(typed, 0), head(typed, u8::MAX));
        let first = partition(from..to, |block| head_of(block) < lowest);
        let behind = partition(first..to, |block| head_of(block) <= highest);
        // The block before the first one may still hold the first key.
        let start = (first.saturating_sub(1) * BLOCK).max(range.start);
        start..(behind * BLOCK).min(range.end).max(start)
    }

    /// The smallest posting of a range that is not empty, and a position at most a block before it.
    fn minimum(&self, range: Range<usize>) -> (Posting, usize) {
        let first_block = range.start / BLOCK;
        let last_block = (range.end - 1) / BLOCK;
        if first_block == last_block {
            return self.scan(range);
        }
        let left = self.scan(range.start..(first_block + 1) * BLOCK);
        let right = self.scan(last_block * BLOCK..range.end);
        let outer = left.min(right);
        let inner =
            self.smallest_block(first_block + 1..last_block).filter(|&(smallest, _)| smallest < outer.0);
        inner.unwrap_or(outer)
    }

    fn scan(&self, range: Range<usize>) -> (Posting, usize) {
        let values = self.values.get(range.clone()).unwrap_or_default();
        let smallest = values.iter().map(|&value| u32::from_le_bytes(value)).min().unwrap_or(u32::MAX);
        (Posting(smallest), range.start)
    }

    /// The position of a posting that [`Self::minimum`] gave for a range: within it, whatever the file holds.
    fn position(&self, posting: Posting, from: usize, range: &Range<usize>) -> usize {
        let wanted = posting.0.to_le_bytes();
        let values = self.values.get(from..range.end).unwrap_or_default();
        // In groups, because a search that stops at any element is not made of vector instructions.
        let is_in = |group: &&[[u8; 4]]| group.iter().fold(false, |found, &value| found | (value == wanted));
        let skipped = values.chunks(16).take_while(|group| !is_in(group)).count() * 16;
        let rest = values.get(skipped..).unwrap_or_default();
        let position = from + skipped + rest.iter().position(|&value| value == wanted).unwrap_or(0);
        position.clamp(range.start, range.end - 1)
    }

    /// The smallest posting of whole blocks: up the tree for its value, down again for the start of its block.
    fn smallest_block(&self, blocks: Range<usize>) -> Option<(Posting, usize)> {
        let leaves = self.len().div_ceil(BLOCK);
        let node_value = |node: usize| read_u32(self.tree, node).unwrap_or(u32::MAX);
        let (mut low, mut high) = (blocks.start + leaves, blocks.end + leaves);
        let mut best: Option<(u32, usize)> = None;
        while low < high {
            if low % 2 == 1 {
                best = smaller(best, (node_value(low), low));
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                best = smaller(best, (node_value(high), high));
            }
            low /= 2;
            high /= 2;
        }
        let (value, mut node) = best?;
        while node < leaves {
            node = if node_value(2 * node) == value { 2 * node } else { 2 * node + 1 };
        }
        Some((Posting(value), (node - leaves) * BLOCK))
    }
}

fn smaller(best: Option<(u32, usize)>, other: (u32, usize)) -> Option<(u32, usize)> {
    Some(best.map_or(other, |best| best.min(other)))
}

/// The first index of `range` for which `before` is false; it is true for all before that one.
pub(crate) fn partition(range: Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    let Range { start: mut low, end: mut high } = range;
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The first eight bytes of a key as a number that sorts as they do, filled up with `filler`.
pub(crate) fn head(key: &[u8], filler: u8) -> u64 {
    let mut bytes = [filler; 8];
    let length = key.len().min(8);
    bytes[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(bytes)
}

/// The first [`START`] bytes of a head.
fn start_of(head: u64) -> u32 {
    (head >> (64 - 8 * START)) as u32
}

/// The number of bytes of the heads for so many elements.
pub(crate) fn heads_length(elements: usize) -> usize {
    elements.div_ceil(BLOCK) * 8
}

/// The number of bytes of the tree for so many elements.
pub(crate) fn tree_length(elements: usize) -> usize {
    elements.div_ceil(BLOCK) * 8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A permutation over two-letter keys, with the keys in its order.
    fn sample(keys: &[[u8; 2]]) -> (Vec<[u8; 2]>, Sorted) {
        let mut list = Keys::default();
        for (entry, key) in keys.iter().enumerate() {
            list.push(std::iter::once(&key[..]), Posting::new(entry as u32, 0));
        }
        let mut sorted = keys.to_vec();
        sorted.sort();
        (sorted, list.sort(Aids::default()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn ranges_and_their_best_equal_a_scan(
            keys in prop::collection::vec([b'a'..=b'e', b'a'..=b'y'], 0..900),
            typed in prop::collection::vec(b'a'..=b'y', 1..3),
            borders in any::<[u16; 2]>(),
        ) {
            let (sorted, parts) = sample(&keys);
            let permutation = Permutation::new(parts.parts());
            let place = |posting: Posting| Place::of(std::iter::once(&keys[posting.entry() as usize][..]), &typed);
            let first = sorted.partition_point(|key| &key[..] < typed.as_slice());
            let matching = sorted.iter().filter(|key| key.starts_with(&typed)).count();
            let reach = permutation.prefix(&typed, place);
            prop_assert_eq!(reach.len(), matching);
            prop_assert!(matching == 0 || reach.range.start == first);
            let best = |reach| permutation.best_first(reach).collect::<Vec<_>>();
            let whole = keys.iter().filter(|key| typed.as_slice() == key.as_slice()).count();
            let found = permutation.whole_range(reach.range.clone(), place);
            prop_assert_eq!(found, reach.range.start..reach.range.start + whole);
            prop_assert_eq!(best(reach.clone()), best(reach.range.into()), "with and without what is kept");

            let [one, other] = borders.map(|border| usize::from(border) % (keys.len() + 1));
            let range = one.min(other)..one.max(other);
            let mut expected: Vec<Posting> = range.clone().map(|index| permutation.posting(index)).collect();
            expected.sort();
            let found: Vec<Posting> = permutation.best_first(range).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_place_is_told_by_pieces() {
        let place = |pieces: &[&str], typed: &str| {
            Place::of(pieces.iter().map(|piece| piece.as_bytes()), typed.as_bytes())
        };
        assert_eq!(place(&["xi", "an"], "xian"), Place::Whole);
        assert_eq!(place(&["xian"], "xia"), Place::Longer);
        assert_eq!(place(&["xi", "an"], "xi"), Place::Longer);
        assert_eq!(place(&["xi"], "xian"), Place::Before);
        assert_eq!(place(&["xi", "b"], "xian"), Place::After);
        assert_eq!(place(&["xi", "a"], "xib"), Place::Before);
        assert_eq!(place(&[], ""), Place::Whole);
    }
}
