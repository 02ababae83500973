//! What changed since the base was built, from those who saw it to the overlay in force.
//!
//! The recorder tells which queries were asked, the indexer which items came and went; both only leave a note. The
//! keeper takes the notes, reads from the store everything that it holds of those queries, and puts a new overlay
//! in force. A base that is put in force takes with it what its rows held.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use store::{EntryRecord, Store, Subject};
use suggest::{Base, Overlay};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

pub(crate) use super::takedowns::SeenItem;
use super::{
    CONSUMER, OVERLAY_LIMIT,
    candidates::Asked,
    ledger::{CLASSES, Ledger, Touched},
};
use crate::{
    Engine, Error, Result,
    indexer::{blocking, gone},
};

/// Notes that may wait; past that they are dropped and a new base is built.
const MOST_NOTES: usize = 200_000;
/// Keys read from the store at once.
const KEYS: usize = 500;
/// Entries past which a change of them is only taken up by a new base.
const MOST_ENTRIES: usize = 20_000;
/// Entries read from the store at once.
const PAGE: i64 = 5_000;
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

#[derive(Default)]
struct Book {
    ledger: Ledger,
    /// The number of the last touch.
    number: u64,
    /// Keys that were touched and have to be read, with the number of the touch.
    unread: HashMap<String, u64>,
    /// Items that came or went and are not in the ledger yet.
    seen: Vec<SeenItem>,
    /// Whether something is in the ledger that is not in the overlay in force.
    stale: bool,
    entries: Entries,
    /// The number under which something was left out, see [`Notes::overrun`]: a base whose rows were read after
    /// it holds that.
    overrun: Option<u64>,
    /// What is recorded in the store as visible.
    recorded: Option<i64>,
}

/// The operators' entries as they were read last.
#[derive(Default)]
struct Entries {
    /// The sequence of the entries that were read.
    sequence: i64,
    /// A hash of each, by key and class, to tell which ones changed; `None` where there are too many.
    known: Option<HashMap<(String, u8), u64>>,
    /// The sequence of the entries in force.
    in_force: i64,
}

/// What a base that is being built will hold, see [`Changes::build_begins`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(u64);

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

impl Book {
    fn enter(&mut self, notes: Notes) {
        self.take(notes.asked);
        self.seen.extend(notes.items);
        if notes.overrun || self.seen.len() > MOST_NOTES {
            self.leave_out();
        }
        self.seen.truncate(MOST_NOTES);
    }

    /// Something is left out of the overlay from now on: only a base whose build begins later will be right.
    fn leave_out(&mut self) {
        self.number += 1;
        self.overrun = Some(self.number);
    }

    /// Forgets what a base holds whose rows are read from now on.
    fn forget_all(&mut self) {
        self.unread.clear();
        self.seen.clear();
        self.overrun = None;
    }

    /// Forgets what a new base holds.
    fn forget(&mut self, mark: Mark, base: &Base) {
        self.ledger.forget(mark.0, base);
        self.unread.retain(|_, number| *number > mark.0);
        self.overrun = self.overrun.filter(|number| *number > mark.0);
    }

    fn take(&mut self, keys: impl IntoIterator<Item = String>) {
        for key in keys {
            self.number += 1;
            self.unread.insert(key, self.number);
        }
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
        if book.stale {
            let overlay = book.overlay(&base, self.clock().unix_seconds()).await?;
            self.suggesting.in_force.put_overlay(overlay);
            book.stale = false;
        }
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
        if book.stale {
            let overlay = book.overlay(&base, self.clock().unix_seconds()).await?;
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

    /// Reads the entries if they changed, and notes which of them did.
    async fn look_at_entries(&self, book: &mut Book, base: &Base) -> Result<()> {
        let sequence = self.store.last_sequence_of(Subject::Entries).await?;
        if sequence == book.entries.sequence {
            return Ok(());
        }
        let hashes = hashes_of_entries(&self.store).await?;
        let changed: HashSet<String> = match (&book.entries.known, &hashes) {
            // A base of that sequence was built from these very entries, and nobody has read others before.
            _ if base.sequence() >= sequence && book.entries.sequence == 0 => HashSet::new(),
            (_, None) => HashSet::new(),
            (Some(known), Some(hashes)) => changed_keys(known, hashes).map(str::to_owned).collect(),
            (None, Some(hashes)) => hashes.keys().map(|(key, _)| key.clone()).collect(),
        };
        book.take(changed);
        book.entries.sequence = sequence;
        book.entries.known = hashes;
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

    /// The entries of those of the keys that may have one.
    async fn entries_of(&self, book: &Book, keys: &[String]) -> Result<HashMap<String, Vec<EntryRecord>>> {
        let known = book.entries.known.as_ref();
        let has = |key: &str, known: &HashMap<(String, u8), u64>| {
            CLASSES.iter().any(|class| known.contains_key(&(key.to_owned(), *class)))
        };
        let keys = keys.iter().map(String::as_str);
        let asked: Vec<&str> = keys.filter(|key| known.is_none_or(|known| has(key, known))).collect();
        let mut entries: HashMap<String, Vec<EntryRecord>> = HashMap::new();
        for entry in self.store.entries_of(&asked).await? {
            entries.entry(entry.key.clone()).or_default().push(entry);
        }
        Ok(entries)
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

impl Book {
    /// Enters which items came and went. Their titles are cut into words, which takes a while.
    async fn see(&mut self, base: &Arc<Base>) -> Result<()> {
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

    async fn overlay(&mut self, base: &Arc<Base>, now: i64) -> Result<Arc<Overlay>> {
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

/// A hash of every entry, by key and class; `None` if there are too many.
async fn hashes_of_entries(store: &Store) -> Result<Option<HashMap<(String, u8), u64>>> {
    let (mut hashes, mut after) = (HashMap::new(), None);
    loop {
        let rows = store.entries_after(after.as_ref(), PAGE).await?;
        let Some(last) = rows.last() else { return Ok(Some(hashes)) };
        after = Some((last.key.clone(), last.class));
        hashes.extend(rows.into_iter().map(|row| {
            let mut hasher = DefaultHasher::new();
            (&row.text, row.weight, row.valid_from, row.valid_to, &row.extra).hash(&mut hasher);
            ((row.key, row.class), hasher.finish())
        }));
        if hashes.len() > MOST_ENTRIES {
            return Ok(None);
        }
    }
}

/// The keys of the entries that came, changed or went.
fn changed_keys<'a>(
    before: &'a HashMap<(String, u8), u64>,
    after: &'a HashMap<(String, u8), u64>,
) -> impl Iterator<Item = &'a str> {
    let came = after.iter().filter(|(identity, hash)| before.get(*identity) != Some(hash));
    let went = before.iter().filter(|(identity, _)| !after.contains_key(*identity));
    came.chain(went).map(|((key, _), _)| key.as_str())
}

#[cfg(test)]
mod tests {
    use suggest::{BuildOptions, Builder};

    use super::*;

    fn come(count: usize) -> Vec<SeenItem> {
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
