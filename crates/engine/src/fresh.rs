//! Changes of items on the short way from who wrote them to the indexer of the same process.
//!
//! They are in the store before they come here. The indexer takes them where they are what follows next, which saves
//! reading every item back; where somebody else's change stands in between it reads the store, and what it has read
//! there is dropped here.

use std::collections::VecDeque;

use parking_lot::Mutex;
use store::ItemChange;

/// The changes that wait for the indexer.
#[derive(Default)]
pub(crate) struct Fresh(Mutex<State>);

#[derive(Default)]
struct State {
    /// In the order of their numbers.
    waiting: VecDeque<ItemChange>,
    /// Whether more are being written: they would be in the store a moment before they are here.
    is_writing: bool,
}

/// More changes are being written, until this is dropped.
pub(crate) struct BeingWritten<'a>(&'a Fresh);

impl Fresh {
    /// Says that changes are being written.
    pub(crate) fn begin(&self) -> BeingWritten<'_> {
        self.0.lock().is_writing = true;
        BeingWritten(self)
    }

    /// The changes that follow on number `after`, at most `limit`; none where they are about to come. `None`: what
    /// follows, if anything does, stands in the store alone.
    pub(crate) fn after(&self, after: i64, limit: usize) -> Option<Vec<ItemChange>> {
        let mut state = self.0.lock();
        while state.waiting.front().is_some_and(|change| change.sequence <= after) {
            state.waiting.pop_front();
        }
        let mut changes = Vec::new();
        let mut next = after + 1;
        while changes.len() < limit
            && let Some(change) = state.waiting.pop_front_if(|change| change.sequence == next)
        {
            changes.push(change);
            next += 1;
        }
        let is_gap = changes.is_empty() && !state.waiting.is_empty();
        let is_known = !changes.is_empty() || (state.is_writing && !is_gap);
        is_known.then_some(changes)
    }
}

impl BeingWritten<'_> {
    /// Adds what was written.
    pub(crate) fn done(self, changes: Vec<ItemChange>) {
        self.0.0.lock().waiting.extend(changes);
    }
}

impl Drop for BeingWritten<'_> {
    fn drop(&mut self) {
        self.0.0.lock().is_writing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(sequences: std::ops::RangeInclusive<i64>) -> Vec<ItemChange> {
        sequences.map(|sequence| ItemChange { sequence, group_id: sequence, item: None, was: None }).collect()
    }

    fn numbers(fresh: &Fresh, after: i64) -> Option<Vec<i64>> {
        let taken = fresh.after(after, 3)?;
        Some(taken.iter().map(|change| change.sequence).collect())
    }

    #[test]
    fn only_what_follows_without_a_gap_is_taken() {
        let fresh = Fresh::default();
        assert_eq!(numbers(&fresh, 0), None);
        fresh.begin().done(changes(1..=5));
        assert_eq!(numbers(&fresh, 0), Some(vec![1, 2, 3]));
        fresh.begin().done(changes(8..=9));
        assert_eq!(numbers(&fresh, 3), Some(vec![4, 5]));
        assert_eq!(numbers(&fresh, 5), None, "6 and 7 are somebody else's");
        assert_eq!(numbers(&fresh, 8), Some(vec![9]), "8 was read from the store");
        assert_eq!(numbers(&fresh, 9), None);
    }

    #[test]
    fn what_is_being_written_is_waited_for_unless_something_stands_before_it() {
        let fresh = Fresh::default();
        let writing = fresh.begin();
        assert_eq!(numbers(&fresh, 0), Some(vec![]));
        writing.done(changes(2..=2));
        let writing = fresh.begin();
        assert_eq!(numbers(&fresh, 0), None);
        drop(writing);
        assert_eq!(numbers(&fresh, 2), None);
    }
}
