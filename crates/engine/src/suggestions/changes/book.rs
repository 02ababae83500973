//! What the keeper knows of the changes since the base in force: noted, read, or in the ledger.

use std::{collections::HashMap, sync::Arc};

use suggest::{Base, Overlay};

use super::{MOST_NOTES, Notes, entries::Entries};
use crate::{
    Error, Result,
    indexer::blocking,
    suggestions::{ledger::Ledger, takedowns::SeenItem},
};

#[derive(Default)]
pub(super) struct Book {
    pub(super) ledger: Ledger,
    /// The number of the last touch.
    pub(super) number: u64,
    /// Keys that were touched and have to be read, with the number of the touch.
    pub(super) unread: HashMap<String, u64>,
    /// Items that came or went and are not in the ledger yet.
    pub(super) seen: Vec<SeenItem>,
    /// Whether something is in the ledger that is not in the overlay in force.
    pub(super) stale: bool,
    pub(super) entries: Entries,
    /// The number under which something was left out, see [`Notes::overrun`]: a base whose rows were read after
    /// it holds that.
    pub(super) overrun: Option<u64>,
    /// What is recorded in the store as visible.
    pub(super) recorded: Option<i64>,
}

/// What a base that is being built will hold, see [`super::Changes::build_begins`].
#[derive(Clone, Copy, Debug)]
pub(in crate::suggestions) struct Mark(pub(super) u64);

impl Book {
    pub(super) fn enter(&mut self, notes: Notes) {
        self.take(notes.asked);
        self.seen.extend(notes.items);
        if notes.overrun || self.seen.len() > MOST_NOTES {
            self.leave_out();
        }
        self.seen.truncate(MOST_NOTES);
    }

    /// Something is left out of the overlay from now on: only a base whose build begins later will be right.
    pub(super) fn leave_out(&mut self) {
        self.number += 1;
        self.overrun = Some(self.number);
    }

    /// Forgets what a base holds whose rows are read from now on.
    pub(super) fn forget_all(&mut self) {
        self.unread.clear();
        self.seen.clear();
        self.overrun = None;
    }

    /// Forgets what a new base holds.
    pub(super) fn forget(&mut self, mark: Mark, base: &Base) {
        self.ledger.forget(mark.0, base);
        self.unread.retain(|_, number| *number > mark.0);
        self.overrun = self.overrun.filter(|number| *number > mark.0);
    }

    pub(super) fn take(&mut self, keys: impl IntoIterator<Item = String>) {
        for key in keys {
            self.number += 1;
            self.unread.insert(key, self.number);
        }
    }

    /// Enters which items came and went. Their titles are cut into words, which takes a while.
    pub(super) async fn see(&mut self, base: &Arc<Base>) -> Result<()> {
        let items = std::mem::take(&mut self.seen);
        if items.is_empty() {
            return Ok(());
        }
        let (mut ledger, base) = (std::mem::take(&mut self.ledger), Arc::clone(base));
        let (ledger, all) = blocking("suggestion overlay", move || {
            let mut all = true;
            for item in items {
                all &= ledger.takedowns.see(item, &base);
            }
            Ok::<_, Error>((ledger, all))
        })
        .await
        // The ledger is lost with the work; a new base makes up for it.
        .inspect_err(|_| self.leave_out())?;
        self.ledger = ledger;
        if !all {
            self.leave_out();
        }
        self.stale |= self.ledger.takedowns.is_stale();
        Ok(())
    }

    pub(super) async fn overlay(&mut self, base: &Arc<Base>, now: i64) -> Result<Arc<Overlay>> {
        let (mut ledger, base) = (std::mem::take(&mut self.ledger), Arc::clone(base));
        let (ledger, overlay) = blocking("suggestion overlay", move || {
            let overlay = ledger.overlay(&base, now);
            Ok::<_, Error>((ledger, overlay))
        })
        .await
        .inspect_err(|_| self.leave_out())?;
        self.ledger = ledger;
        Ok(Arc::new(overlay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggestions::changes::tests::come;

    #[test]
    fn a_book_is_bounded() {
        let mut book = Book::default();
        book.enter(Notes { items: come(MOST_NOTES), ..Notes::default() });
        assert!(book.overrun.is_none());
        book.enter(Notes { items: come(1), ..Notes::default() });
        assert_eq!((book.seen.len(), book.overrun), (MOST_NOTES, Some(1)));
        book.forget_all();
        assert!(book.seen.is_empty() && book.overrun.is_none());
    }
}
