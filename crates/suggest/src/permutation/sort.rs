//! Putting keys in their order.

use std::ops::Range;

use rayon::prelude::*;

use super::{BLOCK, Parts, Posting, beginnings, head, kept, start_of};

/// What is kept beside an order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Aids {
    /// The fewest keys of a beginning whose best are kept ready.
    pub(crate) least_keys: usize,
    /// Whether it is kept which beginnings there are.
    pub(crate) has_beginnings: bool,
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
    pub(crate) fn sort(&self, aids: Aids) -> Sorted {
        let postings = (0u32..).zip(self.postings.iter().copied());
        sort_by_head(postings, |index| self.key(index), aids)
    }

    fn key(&self, index: u32) -> &[u8] {
        let index = index as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }
}

/// The parts of a permutation.
pub(crate) struct Sorted {
    values: Vec<u8>,
    heads: Vec<u8>,
    tree: Vec<u8>,
    starts: Vec<u8>,
    kept: Vec<u8>,
    beginnings: Vec<u8>,
}

impl Sorted {
    pub(crate) fn parts(&self) -> Parts<'_> {
        let Self { values, heads, tree, starts, kept, .. } = self;
        Parts { values, heads, tree, starts, kept }
    }

    /// Which beginnings there are; nothing if that is not kept.
    pub(crate) fn beginnings(&self) -> &[u8] {
        &self.beginnings
    }
}

/// Sorts postings by their keys; equal keys keep the order of their numbers.
pub(crate) fn sort_by_head<'k>(
    postings: impl Iterator<Item = (u32, Posting)>,
    key: impl Fn(u32) -> &'k [u8] + Sync,
    aids: Aids,
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
    let key_at = |place: usize| key(order[place].1);
    let shared = |place: usize| shared(&order[place - 1..=place], &key);
    let kept = kept::write(key_at, shared, &sorted, aids.least_keys);
    let beginnings =
        if aids.has_beginnings { beginnings::write(key_at, shared, sorted.len()) } else { Vec::new() };
    drop(order);
    let values = sorted.iter().flat_map(|value| value.to_le_bytes()).collect();
    Sorted { values, heads, tree: tree(&sorted), starts, kept, beginnings }
}

/// How many first bytes two keys have in common.
fn shared<'k>(neighbours: &[(u64, u32, Posting)], key: &impl Fn(u32) -> &'k [u8]) -> usize {
    let &[(left_head, left, _), (right_head, right, _)] = neighbours else { return 0 };
    // Mostly their heads tell.
    if left_head != right_head {
        return ((left_head ^ right_head).leading_zeros() / 8) as usize;
    }
    key(left).iter().zip(key(right)).take_while(|(left, right)| left == right).count()
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
