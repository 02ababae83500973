//! The indexer: carries the store's item changes into the content index, in order, and records how far it is.
//!
//! Only the holder of the directory's lock runs one. A change is in the store before it gets here, so a crash
//! at any point loses nothing: the next indexer goes on from the sequence inside the last index commit.

mod pace;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use search::{Change, ContentIndex, Counters, Document};
use store::{Item, ItemChange, StandingChange, Store};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use self::pace::{COMMIT_SPACING, Moment, Pending};
use crate::{
    Error, Result,
    fresh::Fresh,
    jobs::Jobs,
    live::{self, LiveIndex},
    suggestions::{SeenItem, Suggesting},
};

/// The consumer's name in the store.
pub(crate) const CONSUMER: &str = "index";
/// Changes read at once.
pub(crate) const BATCH: i64 = 1_000;
/// Documents after which a commit is made: 1,000 halves the speed, 15,000 stalls readers for half a second.
pub(crate) const COMMIT_DOCUMENTS: usize = 5_000;
/// How long an idle indexer sleeps when nobody wakes it.
pub(crate) const IDLE: Duration = Duration::from_secs(1);

/// How often the store is asked, once a second, before the indexer gives up.
const TRIES: u32 = 30;

/// What the indexer shares with those who wait for it.
pub(crate) struct Progress {
    /// Wakes the indexer: there may be changes.
    pub(crate) wake: Notify,
    /// Wakes the suggestion builder likewise.
    pub(crate) wake_builder: Notify,
    /// Wakes the one that makes the index anew: somebody may have asked for it.
    pub(crate) wake_rebuilder: Notify,
    /// What a command has just written, on its way to the indexer.
    pub(crate) fresh: Fresh,
    /// The newest sequence that the index has taken up, visible or not.
    pub(crate) taken_up: watch::Sender<i64>,
    /// The newest sequence that is visible in search.
    pub(crate) applied: watch::Sender<i64>,
    /// The newest sequence that somebody waits to see.
    pub(crate) asked: AtomicI64,
    /// Whether live queries were written since the suggestions were built; such rows announce no change.
    pub(crate) live_queries: AtomicBool,
    /// Whether the indexer panicked: nobody will take another index any more.
    pub(crate) indexer_ended: AtomicBool,
}

impl Progress {
    pub(crate) fn new(applied: i64) -> Progress {
        Progress {
            wake: Notify::new(),
            wake_builder: Notify::new(),
            wake_rebuilder: Notify::new(),
            fresh: Fresh::default(),
            taken_up: watch::Sender::new(applied),
            applied: watch::Sender::new(applied),
            asked: AtomicI64::new(applied),
            live_queries: AtomicBool::new(false),
            indexer_ended: AtomicBool::new(false),
        }
    }

    /// Whether somebody waits for a change that is read and not visible.
    fn is_asked(&self, read: i64) -> bool {
        let asked = self.asked.load(Ordering::Acquire);
        asked <= read && asked > *self.applied.borrow()
    }
}

pub(crate) struct Indexer {
    pub(crate) store: Store,
    pub(crate) index: Arc<LiveIndex>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) suggesting: Arc<Suggesting>,
    /// Of what kind of engine it is.
    pub(crate) jobs: Jobs,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Indexer {
    /// Runs until `stop` turns true; what was applied is committed before it returns, and the rest is left to
    /// the next indexer.
    pub(crate) async fn run(&mut self) -> Result<()> {
        if !self.wait_for_newer().await? {
            return Ok(());
        }
        // One that waits while this one has just begun: the indexer before failed, perhaps because the old index takes
        // no more changes. It is not asked for anything then.
        let waiting = self.index.next.lock().take();
        if let Some(next) = waiting {
            let read = next.index.applied();
            self.hand_over(next, read).await?;
        }
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
                self.progress.taken_up.send_replace(read);
                changes = next?;
            }
            let next = self.index.next.lock().take_if(|next| next.is_due(read, changes.is_empty()));
            if let Some(next) = next {
                if pending.any() {
                    self.commit(read).await?;
                    pending = Pending::default();
                    last_commit = Instant::now();
                }
                self.hand_over(next, read).await?;
            }
            let stopping = *self.stop.borrow();
            let (since, is_asked) = (last_commit.elapsed(), self.progress.is_asked(read));
            let moment = Moment { since, is_idle: changes.is_empty(), is_asked };
            if pending.is_due(self.jobs, moment) || (stopping && pending.any()) {
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

    pub(crate) async fn wait(&mut self, longest: Duration) {
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

    async fn read(&self, after: i64) -> Result<Vec<(i64, Change)>> {
        if let Some(fresh) = self.progress.fresh.after(after, BATCH as usize) {
            self.tell(&fresh);
            return Ok(fresh.into_iter().map(|row| (row.sequence, change(row.group_id, row.item))).collect());
        }
        changes_after(&self.store, after, |items| self.tell(items)).await
    }

    /// Tells the suggestions which items come and go: phrases that only they supported do too. Sequences that
    /// the suggestions know already are of no interest to them.
    fn tell(&self, rows: &[ItemChange]) {
        if !self.suggesting.changes.are_kept() {
            return;
        }
        let seen = rows.iter().filter_map(|row| {
            let offline = gone(row);
            if row.item.is_none() && offline.is_none() {
                return None;
            }
            // What is hidden already could be found before.
            let found_before = self.index.serving().index.row(row.group_id, &mut |_| {});
            Some(SeenItem { group_id: row.group_id, sequence: row.sequence, found_before, offline })
        });
        self.suggesting.changes.seen(seen.collect());
    }

    async fn apply(&self, changes: Vec<(i64, Change)>) -> Result<()> {
        let index = Arc::clone(&self.index);
        blocking("indexer", move || index.apply_read(changes)).await
    }

    async fn commit(&self, sequence: i64) -> Result<()> {
        // An index that has just taken another's place may be ahead of what this indexer has read.
        let sequence = sequence.max(self.index.applied());
        let index = Arc::clone(&self.index);
        blocking("indexer", move || index.commit(sequence)).await?;
        self.applied(sequence).await
    }

    /// Tells everybody who waits that the changes up to `sequence` are visible.
    pub(crate) async fn applied(&self, sequence: i64) -> Result<()> {
        self.progress.applied.send_replace(sequence);
        patiently(|| self.store.record_applied(CONSUMER, sequence)).await
    }
}

/// The next changes of items and of standings, in the order of their numbers; `seen` sees the items.
pub(crate) async fn changes_after(
    store: &Store,
    after: i64,
    seen: impl FnOnce(&[ItemChange]),
) -> Result<Vec<(i64, Change)>> {
    // What is behind this number may be half there when the two are read one after the other.
    let last = patiently(|| store.last_sequence()).await?;
    if last <= after {
        return Ok(Vec::new());
    }
    let items = patiently(|| store.item_changes(after, BATCH)).await?;
    let standings = patiently(|| store.standing_changes(after, BATCH)).await?;
    let horizon = horizon(last, &items, &standings);
    let items: Vec<ItemChange> = items.into_iter().filter(|row| row.sequence <= horizon).collect();
    seen(&items);
    let items = items.into_iter().map(|row| (row.sequence, change(row.group_id, row.item)));
    let standings = standings.into_iter().filter(|row| row.sequence <= horizon);
    let standings = standings.map(|row| (row.sequence, standing_change(&row)));
    let mut changes: Vec<(i64, Change)> = items.chain(standings).collect();
    changes.sort_by_key(|(sequence, _)| *sequence);
    Ok(changes)
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

/// A standing as the index takes it up. Every one is a change, those of items that are offline too: a reader that left
/// them out would not get past a full list of them.
fn standing_change(row: &StandingChange) -> Change {
    match row.standing {
        Some(standing) => Change::Counters(row.group_id, live::counters(&standing)),
        None => Change::Remove(row.group_id),
    }
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

/// What a change of the store's item means to the index: its newest state, or that it is gone.
pub(crate) fn change(group_id: i64, item: Option<Item>) -> Change {
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
