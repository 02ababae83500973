//! Entries that stand in several lists at once, in the order of their numbers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use crate::lists::Cursor;

/// Steps that one walk may take. Each is a few memory accesses; the limit keeps a rare combination of two frequent
/// words from taking long: what it would still find is far down the list. What it costs in recall stands in
/// docs/PERFORMANCE.md.
const MAX_STEPS: usize = 1_200;

/// A list, or several as one.
pub(crate) enum Source<'a> {
    One(Seeker<'a>),
    Any(Merged<'a>),
}

/// Several lists as one.
pub(crate) struct Merged<'a> {
    cursors: Vec<Cursor<'a>>,
    /// The element that each list is at, and whose it is: a step moves only those that are behind.
    heads: BinaryHeap<Reverse<(u32, usize)>>,
}

impl<'a> Merged<'a> {
    pub(crate) fn new(mut cursors: Vec<Cursor<'a>>) -> Self {
        let first = |(index, cursor): (usize, &mut Cursor<'a>)| Some(Reverse((cursor.next()?, index)));
        let heads = cursors.iter_mut().enumerate().filter_map(first).collect();
        Self { cursors, heads }
    }

    fn seek(&mut self, target: u32) -> Option<u32> {
        loop {
            let mut lowest = self.heads.peek_mut()?;
            let Reverse((element, index)) = *lowest;
            if element >= target {
                return Some(element);
            }
            match self.cursors[index].seek(target) {
                Some(found) => *lowest = Reverse((found, index)),
                None => drop(PeekMut::pop(lowest)),
            }
        }
    }
}

/// A walk that knows where it is, so that it can be asked for the same place twice.
pub(crate) struct Seeker<'a> {
    cursor: Cursor<'a>,
    current: Option<u32>,
    has_begun: bool,
}

impl<'a> Seeker<'a> {
    pub(crate) fn new(cursor: Cursor<'a>) -> Self {
        Self { cursor, current: None, has_begun: false }
    }

    fn seek(&mut self, target: u32) -> Option<u32> {
        let is_there = self.current.is_some_and(|current| current >= target);
        let has_ended = self.has_begun && self.current.is_none();
        if !is_there && !has_ended {
            self.current = self.cursor.seek(target);
            self.has_begun = true;
        }
        self.current
    }
}

impl Source<'_> {
    fn seek(&mut self, target: u32) -> Option<u32> {
        match self {
            Self::One(seeker) => seeker.seek(target),
            Self::Any(lists) => lists.seek(target),
        }
    }
}

/// The walk over what all sources have in common.
pub(crate) struct Conjunction<'a> {
    /// The shortest first.
    sources: Vec<Source<'a>>,
    target: u32,
    steps_left: usize,
}

impl<'a> Conjunction<'a> {
    /// A walk over sources given with their lengths.
    pub(crate) fn new(mut sources: Vec<(usize, Source<'a>)>) -> Self {
        sources.sort_by_key(|&(length, _)| length);
        Self {
            sources: sources.into_iter().map(|(_, source)| source).collect(),
            target: 0,
            steps_left: MAX_STEPS,
        }
    }

    /// The steps that it took.
    pub(crate) fn steps(&self) -> usize {
        MAX_STEPS - self.steps_left
    }
}

impl Iterator for Conjunction<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (first, others) = self.sources.split_first_mut()?;
        'candidates: loop {
            self.steps_left = self.steps_left.checked_sub(1)?;
            let candidate = first.seek(self.target)?;
            for other in &mut *others {
                let found = other.seek(candidate)?;
                if found != candidate {
                    self.target = found;
                    continue 'candidates;
                }
            }
            self.target = candidate.checked_add(1)?;
            return Some(candidate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::{self, List};

    #[test]
    fn only_what_all_have_is_found() {
        let write = |elements: &[u32]| {
            let mut bytes = Vec::new();
            lists::write(elements, 100, &mut bytes);
            bytes
        };
        let [fives, threes, sevens] =
            [5, 3, 7].map(|step| write(&(0..100).step_by(step).collect::<Vec<_>>()));
        let cursor = |bytes| List::new(bytes, 100).cursor();
        let both = Source::Any(Merged::new(vec![cursor(&threes), cursor(&sevens)]));
        let walk = Conjunction::new(vec![(50, both), (20, Source::One(Seeker::new(cursor(&fives))))]);
        let expected: Vec<u32> = (0..100).step_by(5).filter(|n| n % 3 == 0 || n % 7 == 0).collect();
        assert_eq!(walk.collect::<Vec<_>>(), expected);
    }
}
