//! The content index as it is in force: what went offline is out of every answer at once, and counters are in place
//! before any of it is indexed.
//!
//! Standings (counters, and whether an item is online) have changes of their own in the store. Whoever serves takes
//! them up in their order, besides the indexer and never waiting for it: counters go into the row table, what is no
//! longer online is hidden until a commit of the index has taken it out. The indexer meets the same changes again in
//! the order of all changes, so a row that it wrote from an older reading is put right, and what was taken up before a
//! crash is taken up again.
//!
//! The index behind it may be replaced by a newer one at any time, see [`LiveIndex::swap`].

mod ahead;

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use arc_swap::{ArcSwap, Guard};
use parking_lot::{Mutex, RwLock};
use search::{Change, ContentIndex, Counters, Explanation, Query, RankedList, RowView};
use store::{Standing, StandingChange, Store};

use crate::{Engine, Result, handover::Handover, index_opening::Behind};

/// The consumer's name in the store: how far standings are taken up.
pub(crate) const CONSUMER: &str = "standing";
/// Changes read at once.
const BATCH: i64 = 1_000;

/// The content index with what was taken down since its last commit left out.
pub(crate) struct LiveIndex {
    serving: ArcSwap<Serving>,
    /// A newer index that is to take its place.
    pub(crate) next: Mutex<Option<Handover>>,
    /// The items that are not online and that the index may still have, with the numbers of the changes.
    hidden: RwLock<HashMap<i64, i64>>,
    /// The counters that were taken up and that the index has no commit of, with the numbers of the changes.
    ahead: Mutex<HashMap<i64, (i64, Counters)>>,
    /// How many are hidden, so that a reader need not take the lock to see that there are none.
    count: AtomicUsize,
    /// The number of the last change of a standing that was taken up; the lock keeps them in order.
    taken_up: tokio::sync::Mutex<i64>,
    /// The last one that the store was told of.
    recorded: AtomicI64,
}

/// The index that answers.
pub(crate) struct Serving {
    pub(crate) index: Arc<dyn ContentIndex>,
    /// Whether it belongs to an older state of the store: it is not written to, and what it says of an item that came
    /// back may be of one that was deleted.
    is_behind: bool,
}

impl LiveIndex {
    pub(crate) fn new(index: Arc<dyn ContentIndex>, behind: Option<&Behind>) -> LiveIndex {
        let taken_up = behind.map_or_else(|| index.applied(), |behind| behind.sequence);
        let gone = behind.map_or(&[][..], |behind| &behind.gone);
        let hidden: HashMap<i64, i64> = gone.iter().map(|group_id| (*group_id, taken_up)).collect();
        LiveIndex {
            serving: ArcSwap::from_pointee(Serving { index, is_behind: behind.is_some() }),
            next: Mutex::default(),
            ahead: Mutex::default(),
            count: AtomicUsize::new(hidden.len()),
            hidden: RwLock::new(hidden),
            taken_up: tokio::sync::Mutex::new(taken_up),
            // Whoever opens an index that is up to date records that.
            recorded: AtomicI64::new(if behind.is_some() { -1 } else { taken_up }),
        }
    }

    /// The index alone: what it holds, hidden or not.
    pub(crate) fn serving(&self) -> Guard<Arc<Serving>> {
        self.serving.load()
    }

    /// Whether the index belongs to an older state of the store and is not written to.
    pub(crate) fn is_behind(&self) -> bool {
        self.serving().is_behind
    }

    /// Lets `index` answer from now on, and gives the one that did. `in_force` puts it in force on the disk; where that
    /// fails, the old one stays. No counters and no takedown that are in force are lost: the new index gets the
    /// standings that were taken up and that it does not have, and none can come meanwhile.
    ///
    /// # Errors
    /// When the store fails, or as `in_force`.
    pub(crate) async fn swap(
        &self,
        store: &Store,
        index: Arc<dyn ContentIndex>,
        in_force: impl Future<Output = Result<()>>,
    ) -> Result<Arc<Serving>> {
        let taken_up = self.taken_up.lock().await;
        let applied = index.applied();
        let mut after = applied;
        while after < *taken_up {
            let changes = store.standing_changes(after, BATCH).await?;
            for change in &changes {
                if let Some(standing) = change.standing.filter(|standing| standing.online) {
                    index.set_counters(change.group_id, &counters(&standing));
                }
            }
            match changes.last() {
                Some(last) => after = last.sequence,
                None => break,
            }
        }
        in_force.await?;
        let old = self.serving.swap(Arc::new(Serving { index, is_behind: false }));
        self.forget(applied);
        drop(taken_up);
        Ok(old)
    }

    fn take_up(&self, change: &StandingChange) {
        let serving = self.serving();
        match change.standing {
            Some(standing) if standing.online => {
                let counters = counters(&standing);
                let mut ahead = self.ahead.lock();
                serving.index.set_counters(change.group_id, &counters);
                if serving.is_behind {
                    return;
                }
                if change.sequence > serving.index.applied() {
                    ahead.insert(change.group_id, (change.sequence, counters));
                }
                drop(ahead);
                let mut hidden = self.hidden.write();
                hidden.remove(&change.group_id);
                self.count.store(hidden.len(), Ordering::Release);
            }
            _ => {
                let mut hidden = self.hidden.write();
                // Under the lock: a commit raises the number first and forgets what it covers then.
                if change.sequence > serving.index.applied() {
                    hidden.insert(change.group_id, change.sequence);
                    self.count.store(hidden.len(), Ordering::Release);
                }
            }
        }
    }

    /// Forgets what a commit up to `sequence` covers.
    fn forget(&self, sequence: i64) {
        self.set_again(sequence);
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut hidden = self.hidden.write();
        hidden.retain(|_, taken_down| *taken_down > sequence);
        self.count.store(hidden.len(), Ordering::Release);
    }

    fn is_hidden(&self, group_id: i64) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.hidden.read().contains_key(&group_id)
    }

    /// The list without what is hidden.
    fn without_hidden(&self, mut ranked: RankedList) -> RankedList {
        if self.count.load(Ordering::Acquire) == 0 {
            return ranked;
        }
        let hidden = self.hidden.read();
        let shown: Vec<bool> = ranked.ids.iter().map(|group_id| !hidden.contains_key(group_id)).collect();
        drop(hidden);
        ranked.tier_zero -= shown.iter().take(ranked.tier_zero).filter(|shown| !**shown).count();
        let (mut of_ids, mut of_scores) = (shown.iter(), shown.iter());
        ranked.ids.retain(|_| of_ids.next().is_none_or(|shown| *shown));
        ranked.scores.retain(|_| of_scores.next().is_none_or(|shown| *shown));
        ranked
    }
}

impl ContentIndex for LiveIndex {
    fn apply(&self, changes: &[Change]) -> search::Result<()> {
        self.serving().index.apply(changes)
    }

    fn commit(&self, sequence: i64) -> search::Result<()> {
        self.serving().index.commit(sequence)?;
        self.forget(sequence);
        Ok(())
    }

    fn applied(&self) -> i64 {
        self.serving().index.applied()
    }

    fn rank(&self, query: &Query<'_>) -> search::Result<RankedList> {
        self.serving().index.rank(query).map(|ranked| self.without_hidden(ranked))
    }

    fn explain(&self, query: &Query<'_>) -> search::Result<Vec<Explanation>> {
        let mut explained = self.serving().index.explain(query)?;
        explained.retain(|document| !self.is_hidden(document.group_id));
        Ok(explained)
    }

    fn row(&self, group_id: i64, visit: &mut dyn FnMut(RowView<'_>)) -> bool {
        !self.is_hidden(group_id) && self.serving().index.row(group_id, visit)
    }

    fn set_counters(&self, group_id: i64, counters: &Counters) {
        self.serving().index.set_counters(group_id, counters);
    }

    fn matches(&self, group_id: i64, keyword: &str) -> search::Result<Option<u8>> {
        if self.is_hidden(group_id) { Ok(None) } else { self.serving().index.matches(group_id, keyword) }
    }

    fn documents(&self) -> u64 {
        self.serving().index.documents()
    }

    fn maintain(&self) -> search::Result<()> {
        self.serving().index.maintain()
    }

    fn health(&self) -> search::Result<()> {
        self.serving().index.health()
    }
}

impl Engine {
    /// Takes up the standings that changed in the store since the last time: when this returns, what went offline is
    /// out of every answer and counters are in force.
    pub(crate) async fn take_up_standings(&self) -> Result<()> {
        let mut taken_up = self.index.taken_up.lock().await;
        loop {
            let changes = self.store.standing_changes(*taken_up, BATCH).await?;
            for change in &changes {
                self.index.take_up(change);
                *taken_up = change.sequence;
            }
            if changes.len() < BATCH as usize {
                return Ok(());
            }
        }
    }

    /// Tells the store how far standings are taken up, for commands that wait for it.
    pub(crate) async fn record_standings(&self) -> Result<()> {
        let taken_up = *self.index.taken_up.lock().await;
        if self.index.recorded.load(Ordering::Acquire) != taken_up {
            self.store.record_applied(CONSUMER, taken_up).await?;
            self.index.recorded.store(taken_up, Ordering::Release);
        }
        Ok(())
    }

    /// The same where nothing changed for a while: changes are kept for a consumer that is behind.
    pub(crate) async fn skip_to_newest_standing(&self) -> Result<()> {
        let newest = self.store.last_sequence().await?;
        self.take_up_standings().await?;
        let mut taken_up = self.index.taken_up.lock().await;
        *taken_up = newest.max(*taken_up);
        drop(taken_up);
        self.record_standings().await
    }
}

/// The counters of a standing.
pub(crate) fn counters(standing: &Standing) -> Counters {
    Counters {
        read: standing.read_count,
        comment: standing.comment_count,
        digg: standing.digg_count,
        share: standing.share_count,
        watch: standing.watch_count,
    }
}
