//! Lists of which a part is still to be found, and the states of the index that they have to be found in.
//!
//! A list keeps the state that it was begun in. A commit brings another one, and states must not pile up: what waits in
//! the old one is then looked for, in a thread of its own, so that lists keep candidates in place of a state.

use std::{
    mem::size_of,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use parking_lot::Mutex;

use super::{
    asked::{Asked, Found},
    snapshot::Snapshot,
};
use crate::{
    Scored,
    rows::Rows,
    second_stage::{Candidate, Ranked},
    weights as w,
};

/// So many that wait are not looked through for lists that are gone.
const FEW: usize = 1_024;

/// A list of which a part is still to be made.
pub(super) struct Deferred {
    asked: Asked,
    state: Mutex<State>,
}

enum State {
    /// To be found in this state of the index.
    Waiting(Arc<Snapshot>),
    Found(Found),
    /// The index could not be read.
    Lost,
}

impl Deferred {
    pub(super) fn waiting(asked: Asked, snapshot: Arc<Snapshot>) -> Self {
        Self { asked, state: Mutex::new(State::Waiting(snapshot)) }
    }

    pub(super) fn found(asked: Asked, found: Found) -> Self {
        Self { asked, state: Mutex::new(State::Found(found)) }
    }

    /// What it takes up at the most, before it is found and after.
    pub(super) fn bytes(&self) -> usize {
        let found = match &*self.state.lock() {
            State::Found(found) => found.bytes(),
            // Relaxed ones only fill the window.
            State::Waiting(_) | State::Lost => w::WINDOW * size_of::<Candidate>(),
        };
        size_of::<Self>() + self.asked.plan.bytes() + found
    }

    /// Ranks all that was found, which is looked for now if it was not yet.
    pub(super) fn rank(&self, rows: &Rows, take: impl FnOnce(&mut Vec<Ranked>) -> Scored) -> Scored {
        let mut state = self.state.lock();
        self.find(&mut state);
        let State::Found(found) = &*state else { return Scored::default() };
        take(&mut self.asked.rank(found, rows, usize::MAX))
    }

    fn find(&self, state: &mut State) {
        let State::Waiting(snapshot) = state else { return };
        *state = match self.asked.found(snapshot) {
            Ok(found) => State::Found(found),
            Err(error) => {
                tracing::error!(%error, "a list ends behind its exact matches: the index could not be read");
                State::Lost
            }
        };
    }
}

/// The lists that wait in one state of the index; `None` once there is a newer one.
pub(super) struct Waiting(Mutex<Option<Vec<Weak<Deferred>>>>);

impl Default for Waiting {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

impl Waiting {
    pub(super) fn add(&self, deferred: &Arc<Deferred>) {
        let mut waiting = self.0.lock();
        let Some(lists) = waiting.as_mut() else {
            drop(waiting);
            return deferred.find(&mut deferred.state.lock());
        };
        if lists.len() >= FEW && lists.len() == lists.capacity() {
            lists.retain(|list| list.strong_count() > 0);
            // Room for as many again, so that looking through costs a constant time a list.
            lists.reserve(lists.len().max(FEW));
        }
        lists.push(Arc::downgrade(deferred));
    }

    /// Looks for everything that waits, since there is a newer state of the index: in a thread, or at once where the
    /// thread of an earlier commit is still at it, so that they never pile up.
    pub(super) fn settle(&self, busy: &Arc<AtomicBool>) {
        let lists = self.0.lock().take().unwrap_or_default();
        if lists.iter().all(|list| list.strong_count() == 0) {
            return;
        }
        let settle = move || {
            for list in lists.iter().filter_map(Weak::upgrade) {
                list.find(&mut list.state.lock());
            }
        };
        if busy.swap(true, Ordering::AcqRel) {
            return settle();
        }
        let done = Arc::clone(busy);
        let settle = move || {
            settle();
            done.store(false, Ordering::Release);
        };
        if let Err(error) = thread::Builder::new().name("search-settle".into()).spawn(settle) {
            busy.store(false, Ordering::Release);
            // They are found when somebody asks, or go with their lists.
            tracing::warn!(%error, "no thread to find the rest of lists: a state of the index is kept for them");
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::{Change, ContentIndex, Document, Options, Query, RankedList, Spread, TantivyIndex};

    fn put(index: &TantivyIndex, group_id: i64, title: String) {
        let document = Document { group_id, title, ..Document::default() };
        index.apply(&[Change::Put(Box::new(document))]).unwrap();
    }

    fn first_page(index: &TantivyIndex) -> RankedList {
        let (spread, kinds, now) = (Spread::NONE, 7, 0);
        index.rank(&Query { keyword: "春天花园", kinds, now, spread, relaxed: true, head: 11 }).unwrap()
    }

    #[test]
    fn a_commit_lets_go_of_the_state_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let index = TantivyIndex::create(folder.path(), &Options::default()).unwrap();
        for id in 0..40 {
            put(&index, id, format!("春天{}{id}", if id < 20 { "花园" } else { "花" }));
        }
        index.commit(1).unwrap();
        let list = first_page(&index);
        let state = Arc::downgrade(&index.snapshot.load_full());
        put(&index, 100, "春天花".to_owned());
        index.commit(2).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while state.strong_count() > 0 {
            assert!(Instant::now() < deadline, "the state before the commit is still kept");
            thread::yield_now();
        }
        let (ids, _) = list.rest.unwrap().rank();
        assert_eq!((list.ids.len(), ids.len(), ids.contains(&100)), (20, 20, false));
    }

    #[test]
    fn lists_that_are_gone_are_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let index = TantivyIndex::create(folder.path(), &Options::default()).unwrap();
        (0..20).for_each(|id| put(&index, id, format!("春天花园{id}")));
        index.commit(1).unwrap();
        for _ in 0..4 * FEW {
            drop(first_page(&index));
        }
        let snapshot = index.snapshot.load();
        assert!(snapshot.waiting.0.lock().as_ref().unwrap().capacity() <= 2 * FEW);
    }
}
