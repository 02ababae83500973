//! The indexer: carries the store's item changes into the content index, in order, and records how far it is.
//!
//! Only the holder of the directory's lock runs one. A change is in the store before it gets here, so a crash
//! at any point loses nothing: the next indexer goes on from the sequence inside the last index commit.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use search::{Change, ContentIndex, Counters, Document};
use store::{Item, ItemChange, StandingChange, Store};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use crate::{
    Error, Result,
    live::{self, LiveIndex},
    suggestions::{SeenItem, Suggesting},
};

/// The consumer's name in the store.
pub(crate) const CONSUMER: &str = "index";
/// Changes read at once.
const BATCH: i64 = 1_000;
/// Documents after which a commit is made: 1,000 halves the speed, 15,000 stalls readers for half a second.
const COMMIT_DOCUMENTS: usize = 5_000;
/// The longest that a change stays invisible while more keep coming.
const COMMIT_AFTER: Duration = Duration::from_millis(300);
/// The longest that counters wait for a commit, which they need only to be in the row table after a crash without
/// being taken up again.
const COMMIT_COUNTERS_AFTER: Duration = Duration::from_secs(5);
/// The shortest time between two commits when nothing more is waiting.
const COMMIT_SPACING: Duration = Duration::from_millis(50);
/// How long an idle indexer sleeps when nobody wakes it.
const IDLE: Duration = Duration::from_secs(1);

/// How often the store is asked, once a second, before the indexer gives up.
const TRIES: u32 = 30;

/// What the indexer shares with those who wait for it.
pub(crate) struct Progress {
    /// Wakes the indexer: there may be changes.
    pub(crate) wake: Notify,
    /// Wakes the suggestion builder likewise.
    pub(crate) wake_builder: Notify,
    /// The newest sequence that is visible in search.
    pub(crate) applied: watch::Sender<i64>,
    /// Whether live queries were written since the suggestions were built; such rows announce no change.
    pub(crate) live_queries: AtomicBool,
}

impl Progress {
    pub(crate) fn new(applied: i64) -> Progress {
        Progress {
            wake: Notify::new(),
            wake_builder: Notify::new(),
            applied: watch::Sender::new(applied),
            live_queries: AtomicBool::new(false),
        }
    }
}

pub(crate) struct Indexer {
    pub(crate) store: Store,
    pub(crate) index: Arc<LiveIndex>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) suggesting: Arc<Suggesting>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Indexer {
    /// Runs until `stop` turns true; what was applied is committed before it returns, and the rest is left to
    /// the next indexer.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let mut read = self.index.applied();
        let mut pending = Pending::default();
        let mut last_commit = Instant::now();
        let mut changes = self.read(read).await?;
        loop {
            if let Some((sequence, _)) = changes.last() {
                read = *sequence;
                pending.add(&changes);
                let next = self.read(read);
                let applied = self.apply(std::mem::take(&mut changes));
                let (applied, next) = tokio::join!(applied, next);
                applied?;
                changes = next?;
            }
            let stopping = *self.stop.borrow();
            if pending.is_due(last_commit.elapsed(), changes.is_empty()) || (stopping && pending.any()) {
                self.commit(read).await?;
                pending = Pending::default();
                last_commit = Instant::now();
            }
            if stopping {
                return Ok(());
            }
            if changes.is_empty() {
                if !pending.any() {
                    self.maintain().await?;
                }
                self.wait(if pending.items > 0 { COMMIT_SPACING } else { IDLE }).await;
                changes = self.read(read).await?;
            }
        }
    }

    async fn wait(&mut self, longest: Duration) {
        tokio::select! {
            () = self.progress.wake.notified() => {}
            _ = self.stop.changed() => {}
            () = tokio::time::sleep(longest) => {}
        }
    }

    /// Housekeeping while there is nothing to apply; damage that readers met ends the indexer by name.
    async fn maintain(&self) -> Result<()> {
        let index = Arc::clone(&self.index);
        blocking("indexer", move || index.health().and_then(|()| index.maintain())).await
    }

    /// The next changes of items and of standings, in the order of their numbers.
    async fn read(&self, after: i64) -> Result<Vec<(i64, Change)>> {
        // What is behind this number may be half there when the two are read one after the other.
        let last = patiently(|| self.store.last_sequence()).await?;
        if last <= after {
            return Ok(Vec::new());
        }
        let items = patiently(|| self.store.item_changes(after, BATCH)).await?;
        let standings = patiently(|| self.store.standing_changes(after, BATCH)).await?;
        let horizon = horizon(last, &items, &standings);
        let items: Vec<ItemChange> = items.into_iter().filter(|row| row.sequence <= horizon).collect();
        self.tell(&items);
        let items = items.into_iter().map(|row| (row.sequence, change(row.group_id, row.item)));
        let standings = standings.into_iter().filter(|row| row.sequence <= horizon);
        let standings = standings.filter_map(|row| Some((row.sequence, counters(&row)?)));
        let mut changes: Vec<(i64, Change)> = items.chain(standings).collect();
        changes.sort_by_key(|(sequence, _)| *sequence);
        Ok(changes)
    }

    /// Tells the suggestions which items come and go: phrases that only they supported do too. Sequences that
    /// the suggestions know already are of no interest to them.
    fn tell(&self, rows: &[ItemChange]) {
        let seen = rows.iter().filter_map(|row| {
            let offline = gone(row);
            if row.item.is_none() && offline.is_none() {
                return None;
            }
            // What is hidden already could be found before.
            let found_before = self.index.inner().row(row.group_id, &mut |_| {});
            Some(SeenItem { group_id: row.group_id, sequence: row.sequence, found_before, offline })
        });
        self.suggesting.changes.seen(seen.collect());
    }

    async fn apply(&self, changes: Vec<(i64, Change)>) -> Result<()> {
        let index = Arc::clone(&self.index);
        blocking("indexer", move || {
            let changes: Vec<Change> = changes.into_iter().map(|(_, change)| change).collect();
            index.apply(&changes)
        })
        .await
    }

    async fn commit(&self, sequence: i64) -> Result<()> {
        let index = Arc::clone(&self.index);
        blocking("indexer", move || index.commit(sequence)).await?;
        self.progress.applied.send_replace(sequence);
        patiently(|| self.store.record_applied(CONSUMER, sequence)).await
    }
}

/// What is applied and not committed.
#[derive(Default)]
struct Pending {
    /// Changes of items: nobody sees them before a commit.
    items: usize,
    /// Counters, which are in place already.
    counters: usize,
}

impl Pending {
    fn add(&mut self, changes: &[(i64, Change)]) {
        let counters = changes.iter().filter(|(_, change)| matches!(change, Change::Counters(..))).count();
        self.counters += counters;
        self.items += changes.len() - counters;
    }

    fn any(&self) -> bool {
        self.items + self.counters > 0
    }

    /// Whether it is time for a commit, so long after the last one; `idle`: nothing more is waiting.
    fn is_due(&self, since: Duration, idle: bool) -> bool {
        let patience = match self.items {
            _ if self.items + self.counters >= COMMIT_DOCUMENTS => return true,
            0 => COMMIT_COUNTERS_AFTER,
            _ if idle => COMMIT_SPACING,
            _ => COMMIT_AFTER,
        };
        self.any() && since >= patience
    }
}

/// The number up to which both lists are whole: a list that reached its limit says nothing of what follows.
fn horizon(last: i64, items: &[ItemChange], standings: &[StandingChange]) -> i64 {
    let items = items.last().map_or(last, |row| row.sequence);
    let is_full = standings.len() >= BATCH as usize;
    let standings = standings.last().filter(|_| is_full).map_or(last, |row| row.sequence);
    last.min(items).min(standings)
}

/// Title and tags of an item that cannot be found any more, online or not at all.
pub(crate) fn gone(row: &ItemChange) -> Option<(String, Vec<String>)> {
    match &row.item {
        Some(item) if item.online => None,
        Some(item) => Some((item.title.clone(), item.tags.clone())),
        None => row.was.as_ref().map(|was| (was.title.clone(), was.split_tags())),
    }
}

/// A standing as the index takes it up; items that are not online leave it by a change of their own.
fn counters(row: &StandingChange) -> Option<Change> {
    let standing = row.standing.filter(|standing| standing.online)?;
    Some(Change::Counters(row.group_id, live::counters(&standing)))
}

/// Asks a store that may be busy again and again; changes that are gone do not come back.
async fn patiently<T, F: Future<Output = store::Result<T>>>(ask: impl Fn() -> F) -> Result<T> {
    let mut tries = 1;
    loop {
        match ask().await {
            Err(error) if tries < TRIES && !matches!(error, store::Error::Pruned { .. }) => {
                tracing::warn!(%error, "the store did not answer the indexer; trying again");
                tries += 1;
                tokio::time::sleep(IDLE).await;
            }
            answer => return Ok(answer?),
        }
    }
}

/// Puts every online item of the store into a new index: the way back when an index cannot be used.
///
/// # Errors
/// When the store cannot be read or the index not written.
pub(crate) async fn rebuild(store: &Store, index: &Arc<dyn ContentIndex>) -> Result<()> {
    let sequence = store.last_sequence().await?;
    let (mut after, mut pending) = (0, 0);
    loop {
        let items = store.items_after(after, BATCH).await?;
        let Some(last) = items.last() else { break };
        after = last.group_id;
        pending += items.len();
        let changes: Vec<Change> = items.into_iter().map(|item| change(item.group_id, Some(item))).collect();
        let target = Arc::clone(index);
        blocking("rebuild", move || target.apply(&changes)).await?;
        if pending >= COMMIT_DOCUMENTS {
            // Until everything is in, the index must look as old as it is: sequence 0.
            let target = Arc::clone(index);
            blocking("rebuild", move || target.commit(0)).await?;
            pending = 0;
        }
    }
    let target = Arc::clone(index);
    blocking("rebuild", move || target.commit(sequence)).await?;
    Ok(store.record_applied(CONSUMER, sequence).await?)
}

/// What a change of the store's item means to the index: its newest state, or that it is gone.
fn change(group_id: i64, item: Option<Item>) -> Change {
    match item {
        Some(item) if item.online => Change::Put(Box::new(document(item))),
        _ => Change::Remove(group_id),
    }
}

fn document(item: Item) -> Document {
    Document {
        group_id: item.group_id,
        kind: item.kind,
        publish_time: item.publish_time,
        counters: Counters {
            read: item.read_count,
            comment: item.comment_count,
            digg: item.digg_count,
            share: item.share_count,
            watch: item.watch_count,
        },
        title: item.title,
        abstract_text: item.abstract_text,
        tags: item.tags,
        author: item.author,
        body: item.body,
        answer: item.answer,
    }
}

/// Runs work that may take long on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static, E: Send + 'static>(
    job: &'static str,
    work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static,
) -> Result<T>
where
    Error: From<E>,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(panicked) => Err(Error::JobStopped { job, reason: panicked.to_string() }),
    }
}
