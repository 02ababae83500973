//! Making a content index from the store: all items as they are, then what changed while they were read.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use search::{Change, ContentIndex};
use store::{Item, Store};
use tokio::time::Instant;

use crate::{
    Result,
    index_settings::IndexSettings,
    indexer::{BATCH, COMMIT_DOCUMENTS, blocking, change, changes_after},
};

/// For whom the store keeps changes while an index is being made.
pub(crate) const CONSUMER: &str = "rebuild";
/// How often the log tells how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// How far the making of an index has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebuildFigures {
    /// Items that were read so far.
    pub documents: u64,
    /// Items that there are to read.
    pub total: u64,
}

/// How far the making of an index has come, shared with those who tell of it.
#[derive(Debug, Default)]
pub struct RebuildProgress {
    running: AtomicBool,
    documents: AtomicU64,
    total: AtomicU64,
}

impl RebuildProgress {
    /// The figures while an index is being made.
    pub fn now(&self) -> Option<RebuildFigures> {
        self.running.load(Ordering::Acquire).then(|| RebuildFigures {
            documents: self.documents.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        })
    }

    /// Says that an index is being made until what is returned is dropped; `None` when one is already.
    pub(crate) fn begin(&self) -> Option<Running<'_>> {
        let begun = !self.running.swap(true, Ordering::AcqRel);
        begun.then(|| {
            self.documents.store(0, Ordering::Relaxed);
            self.total.store(0, Ordering::Relaxed);
            Running(self)
        })
    }
}

/// An index is being made.
pub(crate) struct Running<'a>(&'a RebuildProgress);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::Release);
    }
}

/// An index of everything that the store holds, in a folder of its own that nobody knows yet. The store keeps the
/// changes that come meanwhile until [`forget`] is called.
///
/// # Errors
/// When the store cannot be read or the index not written.
pub(crate) async fn make(
    store: &Store,
    folder: &Path,
    settings: &IndexSettings,
    running: &Running<'_>,
) -> Result<Arc<dyn ContentIndex>> {
    // The changes are held first: what comes after `sequence` is then kept in any case.
    store.record_applied(CONSUMER, store.last_sequence().await?).await?;
    let sequence = store.last_sequence().await?;
    let counts = store.count_items().await?;
    running.0.total.store((counts.online + counts.offline).cast_unsigned(), Ordering::Relaxed);
    let index = settings.create(folder).await?;
    let index: Arc<dyn ContentIndex> = Arc::new(index);
    let (mut pending, mut told) = (0, Instant::now());
    let mut items = store.items_after(0, BATCH).await?;
    while let Some(last) = items.last() {
        let (after, count) = (last.group_id, items.len());
        let (applied, next) = tokio::join!(put(&index, items), store.items_after(after, BATCH));
        applied?;
        items = next?;
        pending += count;
        let documents = running.0.documents.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
        if pending >= COMMIT_DOCUMENTS {
            // Until everything is in, the index must look as old as it is.
            commit(&index, 0).await?;
            pending = 0;
        }
        if told.elapsed() >= TOLD_EVERY {
            let total = running.0.total.load(Ordering::Relaxed);
            tracing::info!(rebuild.documents = documents, rebuild.total = total, "making the content index");
            told = Instant::now();
        }
    }
    commit(&index, sequence).await?;
    Ok(index)
}

/// Applies the changes up to `up_to`, which have all been announced, that the index does not have yet.
pub(crate) async fn catch_up(store: &Store, index: &Arc<dyn ContentIndex>, up_to: i64) -> Result<()> {
    let (mut read, mut pending) = (index.applied(), 0);
    loop {
        let mut changes = changes_after(store, read, |_| {}).await?;
        changes.retain(|(sequence, _)| *sequence <= up_to);
        let Some((last, _)) = changes.last() else { break };
        read = *last;
        pending += changes.len();
        apply(index, changes.into_iter().map(|(_, change)| change).collect()).await?;
        if pending >= COMMIT_DOCUMENTS {
            commit(index, read).await?;
            pending = 0;
        }
    }
    if index.applied() < up_to { commit(index, up_to).await } else { Ok(()) }
}

/// The store need not keep changes for an index that is being made any more.
pub(crate) async fn forget(store: &Store) -> Result<()> {
    Ok(store.forget_consumer(CONSUMER).await?)
}

async fn put(index: &Arc<dyn ContentIndex>, items: Vec<Item>) -> Result<()> {
    // An item that is offline is not there to be removed either.
    let online = items.into_iter().filter(|item| item.online);
    apply(index, online.map(|item| change(item.group_id, Some(item))).collect()).await
}

async fn apply(index: &Arc<dyn ContentIndex>, changes: Vec<Change>) -> Result<()> {
    let index = Arc::clone(index);
    blocking("rebuild", move || index.apply(&changes)).await
}

async fn commit(index: &Arc<dyn ContentIndex>, sequence: i64) -> Result<()> {
    let index = Arc::clone(index);
    blocking("rebuild", move || index.commit(sequence)).await
}
