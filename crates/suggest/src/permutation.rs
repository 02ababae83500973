//! One sorted order of the entries, with the best of any range at hand.
//!
//! Entries are numbered in score order, so the best entry of a range is the *smallest number* in it. Beside the
//! sorted numbers stand, for each block of [`BLOCK`] of them, the first eight bytes of its first key (a search
//! looks at one block's records only) and a tree of minima over the blocks; and for each beginning of three bytes (a
//! hanzi, or three letters) where its keys start, which answers the shortest searches and shortens all others.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use rayon::prelude::*;

use crate::file::{read_u32, read_u64};

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
}

impl<'a> Permutation<'a> {
    pub(crate) fn new(values: &'a [u8], heads: &'a [u8], tree: &'a [u8], starts: &'a [u8]) -> Self {
        Self { values: values.as_chunks().0, heads, tree, starts }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The keys that begin with `typed`, which is not empty. `place` compares a posting's key with it.
    pub(crate) fn prefix_range(&self, typed: &[u8], place: impl Fn(Posting) -> Place) -> Range<usize> {
        let range = self.range_of_start(typed);
        if typed.len() <= START { range } else { self.prefix_range_within(range, typed, place) }
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
        let start = range.start;
        // Mostly there is none.
        if range.is_empty() || place(self.posting(start)) != Place::Whole {
            return start..start;
        }
        start..partition(range, |index| place(self.posting(index)) == Place::Whole)
    }

    /// The postings of a range, best first.
    pub(crate) fn best_first(&self, range: Range<usize>) -> BestFirst<'a> {
        let mut best = BestFirst { permutation: *self, frontier: BinaryHeap::new() };
        best.push(range);
        best
    }

    /// The posting at a place of the order.
    pub(crate) fn posting(&self, index: usize) -> Posting {
        Posting(self.values.get(index).map_or(u32::MAX, |&value| u32::from_le_bytes(value)))
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
fn partition(range: Range<usize>, before: impl Fn(usize) -> bool) -> usize {
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

/// A part of a range that was not handed out yet: its smallest posting, a position shortly before it, and its
/// borders.
type Span = (Posting, usize, usize, usize);

/// Hands out the postings of a range, best first.
pub(crate) struct BestFirst<'a> {
    permutation: Permutation<'a>,
    frontier: BinaryHeap<Reverse<Span>>,
}

impl BestFirst<'_> {
    fn push(&mut self, range: Range<usize>) {
        if range.start < range.end {
            let (posting, from) = self.permutation.minimum(range.clone());
            self.frontier.push(Reverse((posting, from, range.start, range.end)));
        }
    }
}

impl Iterator for BestFirst<'_> {
    type Item = Posting;

    fn next(&mut self) -> Option<Posting> {
        let Reverse((posting, from, start, end)) = self.frontier.pop()?;
        let position = self.permutation.position(posting, from, &(start..end));
        self.push(start..position);
        self.push(position + 1..end);
        Some(posting)
    }
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

/// Keys with their postings, to be sorted.
#[derive(Default)]
pub(crate) struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    postings: Vec<Posting>,
}

impl Keys {
    /// Adds a key, given in pieces, and tells where its bytes are. An empty key is not added.
    pub(crate) fn push<'p>(
        &mut self,
        pieces: impl Iterator<Item = &'p [u8]>,
        posting: Posting,
    ) -> Range<usize> {
        let start = self.bytes.len();
        for piece in pieces {
            self.bytes.extend_from_slice(piece);
        }
        if self.bytes.len() > start {
            self.ends.push(self.bytes.len());
            self.postings.push(posting);
        }
        start..self.bytes.len()
    }

    /// The bytes of an added key.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    /// Takes back the last key that was added.
    pub(crate) fn pop(&mut self) {
        self.ends.pop();
        self.postings.pop();
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// Sorts the keys.
    pub(crate) fn sort(&self) -> Sorted {
        let postings = (0u32..).zip(self.postings.iter().copied());
        sort_by_head(postings, |index| self.key(index))
    }

    fn key(&self, index: u32) -> &[u8] {
        let index = index as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }
}

/// The three parts of a permutation.
pub(crate) struct Sorted {
    pub(crate) values: Vec<u8>,
    pub(crate) heads: Vec<u8>,
    pub(crate) tree: Vec<u8>,
    pub(crate) starts: Vec<u8>,
}

/// Sorts postings by their keys; equal keys keep the order of their numbers.
pub(crate) fn sort_by_head<'k>(
    postings: impl Iterator<Item = (u32, Posting)>,
    key: impl Fn(u32) -> &'k [u8] + Sync,
) -> Sorted {
    let mut order: Vec<(u64, u32, Posting)> =
        postings.map(|(number, posting)| (head(key(number), 0), number, posting)).collect();
    order.par_sort_unstable_by(|left, right| {
        let heads = left.0.cmp(&right.0);
        heads.then_with(|| key(left.1).cmp(key(right.1))).then(left.1.cmp(&right.1))
    });
    let heads = order.iter().step_by(BLOCK).flat_map(|&(head, ..)| head.to_le_bytes()).collect();
    let mut starts = Vec::new();
    let mut last = None;
    for (place, &(head, ..)) in (0u32..).zip(&order) {
        if last.replace(start_of(head)) != Some(start_of(head)) {
            starts.extend_from_slice(&start_of(head).to_le_bytes());
            starts.extend_from_slice(&place.to_le_bytes());
        }
    }
    let sorted: Vec<u32> = order.iter().map(|&(.., posting)| posting.0).collect();
    drop(order);
    let values = sorted.iter().flat_map(|value| value.to_le_bytes()).collect();
    Sorted { values, heads, tree: tree(&sorted), starts }
}

/// The minima of the blocks as an implicit binary tree: leaves from `blocks` on, node `n` over `2n` and `2n+1`.
fn tree(sorted: &[u32]) -> Vec<u8> {
    let leaves = sorted.len().div_ceil(BLOCK);
    let mut nodes = vec![u32::MAX; leaves];
    nodes.extend(sorted.chunks(BLOCK).map(|block| block.iter().copied().min().unwrap_or(u32::MAX)));
    for node in (1..leaves).rev() {
        nodes[node] = nodes[2 * node].min(nodes[2 * node + 1]);
    }
    nodes.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A permutation over two-letter keys, with the keys in its order.
    fn sample(keys: &[[u8; 2]]) -> (Vec<[u8; 2]>, [Vec<u8>; 4]) {
        let mut list = Keys::default();
        for (entry, key) in keys.iter().enumerate() {
            list.push(std::iter::once(&key[..]), Posting::new(entry as u32, 0));
        }
        let Sorted { values, heads, tree, starts } = list.sort();
        let mut sorted = keys.to_vec();
        sorted.sort();
        (sorted, [values, heads, tree, starts])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn ranges_and_their_best_equal_a_scan(
            keys in prop::collection::vec([b'a'..=b'e', b'a'..=b'y'], 0..900),
            typed in prop::collection::vec(b'a'..=b'y', 1..3),
            borders in any::<[u16; 2]>(),
        ) {
            let (sorted, [values, heads, tree, starts]) = sample(&keys);
            let permutation = Permutation::new(&values, &heads, &tree, &starts);
            let place = |posting: Posting| Place::of(std::iter::once(&keys[posting.entry() as usize][..]), &typed);
            let first = sorted.partition_point(|key| &key[..] < typed.as_slice());
            let matching = sorted.iter().filter(|key| key.starts_with(&typed)).count();
            let range = permutation.prefix_range(&typed, place);
            prop_assert_eq!(range.len(), matching);
            prop_assert!(matching == 0 || range.start == first);

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
