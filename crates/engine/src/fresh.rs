//! Changes of items on the short way from who wrote them to the indexer of the same process.
//!
//! They are in the store before they come here. The indexer takes them where they are what follows next, which saves
//! reading every item back; where somebody else's change stands in between, or there was no more room here, it reads
//! the store, and what it has read there is dropped here.

use std::collections::VecDeque;

use parking_lot::Mutex;
use store::ItemChange;

/// Bytes of items that may wait. A body alone may have a mebibyte.
const MOST_BYTES: usize = 64 << 20;
/// What an item takes up beside its long texts.
const ITEM_BYTES: usize = 512;

/// The changes that wait for the indexer.
#[derive(Default)]
pub(crate) struct Fresh(Mutex<State>);

#[derive(Default)]
struct State {
    /// In the order of their numbers.
    waiting: VecDeque<ItemChange>,
    /// What they take up.
    bytes: usize,
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
        while state.take_if(|sequence| sequence <= after).is_some() {}
        let mut changes = Vec::new();
        let mut next = after + 1;
        while changes.len() < limit
            && let Some(change) = state.take_if(|sequence| sequence == next)
        {
            changes.push(change);
            next += 1;
        }
        let is_gap = changes.is_empty() && !state.waiting.is_empty();
        let is_known = !changes.is_empty() || (state.is_writing && !is_gap);
        is_known.then_some(changes)
    }
}

impl State {
    /// The first of those that wait, if its number is one that is wanted.
    fn take_if(&mut self, is_wanted: impl Fn(i64) -> bool) -> Option<ItemChange> {
        let change = self.waiting.pop_front_if(|change| is_wanted(change.sequence))?;
        self.bytes -= bytes(&change);
        Some(change)
    }
}

impl BeingWritten<'_> {
    /// Adds what was written, as far as there is room.
    pub(crate) fn done(self, changes: Vec<ItemChange>) {
        let mut state = self.0.0.lock();
        for change in changes {
            let bytes = state.bytes + bytes(&change);
            if bytes > MOST_BYTES {
                return;
            }
            state.bytes = bytes;
            state.waiting.push_back(change);
        }
    }
}

impl Drop for BeingWritten<'_> {
    fn drop(&mut self) {
        self.0.0.lock().is_writing = false;
    }
}

fn bytes(change: &ItemChange) -> usize {
    let texts = change
        .item
        .as_ref()
        .map_or(0, |item| item.title.len() + item.abstract_text.len() + item.body.len() + item.answer.len());
    ITEM_BYTES + texts
}

#[cfg(test)]
mod tests {
    use store::Item;

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
    fn what_has_no_room_is_left_to_the_store() {
        let long = |sequence| ItemChange {
            item: Some(Item { body: " ".repeat(MOST_BYTES / 2 - ITEM_BYTES), ..Item::default() }),
            ..changes(sequence..=sequence).remove(0)
        };
        let fresh = Fresh::default();
        fresh.begin().done((1..=3).map(long).collect());
        fresh.begin().done(vec![long(4)]);
        assert_eq!(numbers(&fresh, 0), Some(vec![1, 2]));
        fresh.begin().done(vec![long(5)]);
        assert_eq!(numbers(&fresh, 2), None);
        assert_eq!(numbers(&fresh, 4), Some(vec![5]), "there is room again");
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
