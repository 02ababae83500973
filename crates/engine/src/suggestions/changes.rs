//! What changed since the base was built, from those who saw it to the overlay in force.
//!
//! The recorder tells which queries were asked, the indexer which items came and went; both only leave a note. The
//! keeper takes the notes, reads from the store everything that it holds of those queries, and puts a new overlay
//! in force. A base that is put in force takes with it what its rows held.

mod book;
mod entries;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use store::Subject;
use suggest::Base;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use self::book::Book;
pub(super) use self::book::Mark;
pub(crate) use super::takedowns::SeenItem;
use super::{CONSUMER, OVERLAY_LIMIT, candidates::Asked, ledger::Touched};
use crate::{Engine, Result, indexer::gone};

/// Notes that may wait; past that they are dropped and a new base is built.
const MOST_NOTES: usize = 200_000;
/// Keys read from the store at once.
const KEYS: usize = 500;
/// Changed items read from the store at once.
const ITEMS: i64 = 1_000;
/// Pages of them that a start looks through at the most, which takes a second.
const MOST_PAGES: usize = 20;
/// How long a keeper that nobody wakes sleeps.
const IDLE: Duration = Duration::from_secs(1);
/// The longest that the keeper rests after an overlay, to leave the machine to others; an overlay that took a
/// while to make is followed by a rest as long.
const LONGEST_REST: Duration = Duration::from_millis(400);

/// The notes, and the book that they are entered into.
#[derive(Default)]
pub(crate) struct Changes {
    notes: parking_lot::Mutex<Notes>,
    /// Whether a keeper takes the notes; without one items are not noted. Queries are noted by the recorder alone,
    /// which runs beside a keeper.
    kept: AtomicBool,
    wake: Notify,
    book: tokio::sync::Mutex<Book>,
}

#[derive(Default)]
struct Notes {
    asked: HashSet<String>,
    items: Vec<SeenItem>,
    /// There were more than fit: only a new base will be right.
    overrun: bool,
}

impl Changes {
    /// From now on a keeper takes the notes.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    /// Notes queries whose rows in the store have just been changed.
    pub(crate) fn asked(&self, keys: impl IntoIterator<Item = String>) {
        let mut notes = self.notes.lock();
        for key in keys {
            if notes.asked.len() < MOST_NOTES {
                notes.asked.insert(key);
            } else {
                notes.overrun = true;
            }
        }
        drop(notes);
        self.wake();
    }

    /// Whether anybody keeps an overlay of what came since the base.
    pub(crate) fn are_kept(&self) -> bool {
        self.kept.load(Ordering::Relaxed)
    }

    /// Notes items that came or went.
    pub(crate) fn seen(&self, items: Vec<SeenItem>) {
        if items.is_empty() || !self.are_kept() {
            return;
        }
        let mut notes = self.notes.lock();
        let room = MOST_NOTES.saturating_sub(notes.items.len());
        notes.overrun |= items.len() > room;
        notes.items.extend(items.into_iter().take(room));
        drop(notes);
        self.wake();
    }

    /// There may be something new in the store.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Whether the overlay has had to leave something out, so that a new base should be built soon.
    pub(super) async fn overrun(&self) -> bool {
        self.book.lock().await.overrun.is_some()
    }

    /// Enters what has been noted so far: its rows are in the store, so a base whose rows are read from now on
    /// holds it.
    pub(super) async fn build_begins(&self) -> Mark {
        let mut book = self.book.lock().await;
        book.enter(std::mem::take(&mut *self.notes.lock()));
        book.ledger.building = true;
        Mark(book.number)
    }

    /// The build came to nothing: the base in force and its overlay go on.
    pub(super) async fn build_failed(&self) {
        self.book.lock().await.ledger.building = false;
    }
}

/// The background job that puts overlays in force.
pub(crate) struct Keeper {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Keeper {
    /// Runs until `stop` turns true. What fails is tried again; meanwhile the overlay in force stays.
    pub(crate) async fn run(&mut self) -> Result<()> {
        while !*self.stop.borrow() {
            let started = Instant::now();
            let pause = match self.engine.refresh_overlay().await {
                Ok(()) => started.elapsed().min(LONGEST_REST),
                Err(error) => {
                    metrics::counter!("qiusuo_suggestion_overlay_errors_total").increment(1);
                    tracing::warn!(%error, "the suggestions could not be brought up to date; trying again");
                    IDLE
                }
            };
            tokio::select! {
                _ = self.stop.changed() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
            tokio::select! {
                _ = self.stop.changed() => {}
                () = self.engine.suggesting.changes.wake.notified() => {}
                () = tokio::time::sleep(IDLE) => {}
            }
        }
        Ok(())
    }
}

impl Engine {
    /// Brings the overlay up to date with what has been noted and with the entries in the store. What is visible
    /// then is recorded, by the holder of the directory.
    pub(crate) async fn refresh_overlay(&self) -> Result<()> {
        let mut book = self.suggesting.changes.book.lock().await;
        let notes = std::mem::take(&mut *self.suggesting.changes.notes.lock());
        book.enter(notes);
        let Some(base) = self.suggesting.in_force.base() else {
            if !book.ledger.building {
                // The first base will hold it.
                book.forget_all();
            }
            return Ok(());
        };
        self.look_at_entries(&mut book, &base).await?;
        self.read_touched(&mut book).await?;
        book.see(&base).await?;
        self.put_overlay_in_force(&mut book, &base).await?;
        if book.entries.known.is_some() {
            book.entries.in_force = book.entries.sequence;
        }
        self.record_visible(&mut book).await
    }

    /// Hides what the items took with them that went offline after the base was built and before this process
    /// began. Of those nobody knows whether the base counts them; each is taken for one that it does, and the next
    /// base puts that right. `applied` is the change after which the indexer begins, which tells of all later ones.
    pub(crate) async fn hide_what_went(&self, applied: i64) -> Result<()> {
        let Some(base) = self.suggesting.in_force.base() else { return Ok(()) };
        let (mut after, mut went) = (base.sequence(), Vec::new());
        for _ in 0..MOST_PAGES {
            let rows = self.store.item_changes(after, ITEMS).await?;
            let Some(last) = rows.last() else { break };
            after = last.sequence;
            went.extend(rows.into_iter().filter(|row| row.sequence <= applied).filter_map(|row| {
                let offline = Some(gone(&row)?);
                let (group_id, sequence) = (row.group_id, row.sequence);
                Some(SeenItem { group_id, sequence, found_before: true, offline })
            }));
            if after >= applied {
                break;
            }
        }
        let mut book = self.suggesting.changes.book.lock().await;
        book.seen.extend(went);
        book.see(&base).await?;
        self.put_overlay_in_force(&mut book, &base).await?;
        Ok(())
    }

    /// Puts what is in the book and not in the overlay in force.
    async fn put_overlay_in_force(&self, book: &mut Book, base: &Arc<Base>) -> Result<()> {
        if book.stale {
            let overlay = book.overlay(base, self.clock().unix_seconds()).await?;
            self.suggesting.in_force.put_overlay(overlay);
            book.stale = false;
        }
        Ok(())
    }

    /// Puts a base in force together with what was touched since its rows were read.
    pub(super) async fn put_base_in_force(&self, base: Base, mark: Mark) -> Result<()> {
        let base = Arc::new(base);
        let mut book = self.suggesting.changes.book.lock().await;
        book.forget(mark, &base);
        let overlay = book.overlay(&base, self.clock().unix_seconds()).await?;
        self.suggesting.in_force.put_base(base, overlay);
        book.stale = false;
        if let Err(error) = self.record_visible(&mut book).await {
            // The base is in force all the same; the keeper records it as soon as that can be done.
            tracing::warn!(%error, "how far the suggestions are could not be recorded");
        }
        Ok(())
    }

    /// Reads everything that the store holds of the keys that were touched.
    async fn read_touched(&self, book: &mut Book) -> Result<()> {
        while !book.unread.is_empty() {
            let keys: Vec<String> = book.unread.keys().take(KEYS).cloned().collect();
            let totals = self.store.query_totals_of(&keys, self.options.minimum_users).await?;
            let mut asked: HashMap<String, Asked> =
                totals.into_iter().filter_map(|total| Some((total.key.clone(), Asked::of(total)?))).collect();
            let mut entries = self.entries_of(book, &keys).await?;
            for key in keys {
                let (asked, entries) = (asked.remove(&key), entries.remove(&key).unwrap_or_default());
                let number = book.unread.remove(&key).unwrap_or(book.number);
                book.ledger.touch(key, Touched { number, asked, entries });
            }
            book.stale = true;
        }
        Ok(())
    }

    /// Records how far queries and entries are visible: commands of other processes wait for that.
    async fn record_visible(&self, book: &mut Book) -> Result<()> {
        let Some(built) = self.suggesting.in_force.sequence().filter(|_| self._lock.is_some()) else {
            return Ok(());
        };
        // Entries may be ahead of the base, but who waits for them waits for the queries before them too.
        let entries = book.entries.in_force;
        let visible = if entries > built && self.store.last_sequence_of(Subject::Queries).await? <= built {
            entries
        } else {
            built
        };
        // Everything up to what was recorded stays visible, whatever was written since.
        let visible = visible.max(book.recorded.unwrap_or(visible));
        if book.recorded != Some(visible) {
            self.store.record_applied(CONSUMER, visible).await?;
            book.recorded = Some(visible);
        }
        Ok(())
    }

    /// Whether the overlay is so large that a new base should be built.
    pub(crate) async fn overlay_is_full(&self) -> bool {
        self.suggesting.in_force.overlay_len() > OVERLAY_LIMIT || self.suggesting.changes.overrun().await
    }
}

#[cfg(test)]
mod tests {
    use suggest::{BuildOptions, Builder};

    use super::*;

    pub(super) fn come(count: usize) -> Vec<SeenItem> {
        (1..=count as i64)
            .map(|sequence| SeenItem { group_id: sequence, sequence, found_before: false, offline: None })
            .collect()
    }

    #[tokio::test]
    async fn only_a_base_that_holds_what_was_left_out_ends_an_overrun() {
        let changes = Changes::default();
        changes.keep();
        let base = Builder::new(BuildOptions::default()).build();
        let first = changes.build_begins().await;
        changes.seen(come(MOST_NOTES + 1));
        let second = changes.build_begins().await;
        let mut book = changes.book.lock().await;
        assert_eq!(
            book.seen.len(),
            MOST_NOTES,
            "the base in force does not know them, though the next one will"
        );
        book.forget(first, &base);
        assert!(book.overrun.is_some());
        book.forget(second, &base);
        assert!(book.overrun.is_none());
    }
}
