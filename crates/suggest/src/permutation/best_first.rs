//! A walk over a range of an order, best first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::{Permutation, Posting};

/// A part of a range that was not handed out yet: its smallest posting, a position shortly before it, and its
/// borders.
type Span = (Posting, usize, usize, usize);

/// Hands out the postings of a range, best first.
pub(crate) struct BestFirst<'a> {
    permutation: Permutation<'a>,
    /// The best ones, and how many of them were handed out.
    kept: &'a [[u8; 4]],
    given: usize,
    /// The range, until it is walked itself.
    range: Option<Range<usize>>,
    frontier: BinaryHeap<Reverse<Span>>,
}

impl<'a> BestFirst<'a> {
    pub(super) fn new(permutation: Permutation<'a>, range: Range<usize>, kept: &'a [[u8; 4]]) -> Self {
        Self { permutation, kept, given: 0, range: Some(range), frontier: BinaryHeap::new() }
    }

    fn push(&mut self, range: Range<usize>) {
        if range.start < range.end {
            let (posting, from) = self.permutation.minimum(range.clone());
            self.frontier.push(Reverse((posting, from, range.start, range.end)));
        }
    }

    fn pop(&mut self) -> Option<Posting> {
        let Reverse((posting, from, start, end)) = self.frontier.pop()?;
        let position = self.permutation.position(posting, from, &(start..end));
        self.push(start..position);
        self.push(position + 1..end);
        Some(posting)
    }

    /// Begins to walk the range itself, behind the kept ones.
    fn walk(&mut self, range: Range<usize>) {
        self.push(range);
        for _ in 0..self.given {
            self.pop();
        }
    }
}

impl Iterator for BestFirst<'_> {
    type Item = Posting;

    fn next(&mut self) -> Option<Posting> {
        if let Some(&value) = self.kept.get(self.given) {
            self.given += 1;
            return Some(Posting::stored(value));
        }
        if let Some(range) = self.range.take() {
            self.walk(range);
        }
        self.pop()
    }
}
