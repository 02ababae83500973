//! The moment at which a newer index takes the place of the one that serves.
//!
//! The indexer does it, between two batches: it is the only one that writes to an index, so what it has read stands
//! still meanwhile. It brings the newer index up to what the old one has, so nothing that could be found is lost for a
//! moment, and goes on with it. Should any step fail, the old index goes on.

use std::{path::PathBuf, sync::Arc};

use search::ContentIndex;
use tokio::sync::oneshot;

use crate::{
    Error, Result,
    index_folders::IndexFolders,
    indexer::{IDLE, Indexer, blocking},
    live::Serving,
    rebuilding::catch_up,
};

/// A newer index, made to its end, that waits for its moment.
pub(crate) struct Handover {
    pub(crate) index: Arc<dyn ContentIndex>,
    pub(crate) folder: PathBuf,
    pub(crate) folders: Arc<IndexFolders>,
    /// Gets the index that was replaced, or why it was not.
    pub(crate) told: oneshot::Sender<Result<Arc<Serving>>>,
}

impl Handover {
    /// Whether an indexer that has read the changes up to `read` should take it now; `idle`: there are no more.
    /// Earlier, suggestions would not learn what became of the items in between.
    pub(crate) fn is_due(&self, read: i64, idle: bool) -> bool {
        idle || read >= self.index.applied()
    }
}

impl Indexer {
    /// Waits, where the index belongs to an older state of the store, until a newer one has taken its place. False when
    /// the engine stops before.
    pub(crate) async fn wait_for_newer(&mut self) -> Result<bool> {
        while self.index.is_behind() {
            if *self.stop.borrow() {
                return Ok(false);
            }
            let next = self.index.next.lock().take();
            match next {
                Some(next) => {
                    let read = next.index.applied();
                    self.hand_over(next, read).await?;
                }
                None => self.wait(IDLE).await,
            }
        }
        Ok(true)
    }

    /// Puts a newer index in force. An error is the old one's alone: why the newer could not be used is told to whoever
    /// made it.
    pub(crate) async fn hand_over(&self, next: Handover, read: i64) -> Result<()> {
        let Handover { index, folder, folders, told } = next;
        let in_force = async {
            catch_up(&self.store, &index, read).await?;
            let on_disk = blocking("handover", move || folders.put_in_force(&folder).map(|()| folder));
            self.index.swap(&self.store, Arc::clone(&index), async { on_disk.await.map(drop) }).await
        };
        let swapped = in_force.await;
        let is_swapped = swapped.is_ok();
        // Whoever made it may have stopped waiting; the old index is then dropped here.
        drop(told.send(swapped));
        if is_swapped { self.applied(index.applied().max(read)).await } else { Ok(()) }
    }
}

impl From<oneshot::error::RecvError> for Error {
    fn from(_: oneshot::error::RecvError) -> Error {
        Error::JobStopped { job: "indexer", reason: "it ended before the new index was in force".to_owned() }
    }
}
