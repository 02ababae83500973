//! Opening the content index: as the process that writes it, or beside that process.

use std::{fs, path::Path, sync::Arc, time::Duration};

use search::{
    ContentIndex,
    tantivy_index::{Opened, TantivyIndex},
};
use store::Store;
use tokio::time::Instant;

use crate::{Directory, Error, Options, Result, indexer, opening::LOCK_POLL};

/// How long a reading command waits for the process that holds the directory to catch up.
const CATCHING_UP: Duration = Duration::from_secs(3);
/// How long a process that let the directory go may still hold its index.
const LEAVING: Duration = Duration::from_secs(5);

impl Directory {
    /// The index that another process writes, once it holds what the store holds now; as it is when that
    /// takes too long.
    pub(crate) async fn open_beside(&self) -> Result<TantivyIndex> {
        let wanted = self.store.last_sequence_of(store::Subject::Item).await?;
        let deadline = Instant::now() + CATCHING_UP;
        loop {
            let late = Instant::now() >= deadline;
            match TantivyIndex::open_read_only(&self.options.index_directory()) {
                Ok(index) if index.applied() >= wanted => return Ok(index),
                Ok(index) if late => {
                    tracing::warn!(
                        "another process is still indexing; this answer is from what is there so far"
                    );
                    return Ok(index);
                }
                Err(error) if late => return Err(error.into()),
                _ => tokio::time::sleep(LOCK_POLL).await,
            }
        }
    }
}

/// Opens the content index; one that cannot be used is named, made anew and filled from the store.
pub(crate) async fn open_index(store: &Store, options: &Options) -> Result<Arc<dyn ContentIndex>> {
    let directory = options.index_directory();
    let settings = search::Options { writer_bytes: options.writer_bytes, ..search::Options::default() };
    let Opened { index, rebuilt_needed } = open_or_create(&directory, &settings).await?;
    let reason = match rebuilt_needed {
        Some(reason) => Some(reason),
        None => unfit(&index, store).await?.map(str::to_owned),
    };
    let Some(reason) = reason else { return Ok(Arc::new(index)) };
    let empty = store.last_sequence_of(store::Subject::Item).await? == 0;
    if !empty {
        tracing::warn!(reason, "the content index is rebuilt from the store");
    }
    let index = if index.documents() == 0 && index.applied() == 0 {
        index
    } else {
        drop(index);
        TantivyIndex::create(&directory, &settings)?
    };
    let index: Arc<dyn ContentIndex> = Arc::new(index);
    if !empty {
        indexer::rebuild(store, &index).await?;
    }
    Ok(index)
}

/// Opens the index, or makes an empty one and tells why.
async fn open_or_create(directory: &Path, settings: &search::Options) -> Result<Opened> {
    let deadline = Instant::now() + LEAVING;
    loop {
        return match TantivyIndex::create_or_open(directory, settings) {
            // A process that was killed may leave the directory's lock a moment before the index's.
            Err(error) if error.is_busy() && Instant::now() < deadline => {
                tokio::time::sleep(LOCK_POLL).await;
                continue;
            }
            Err(search::Error::Unusable { reason }) => {
                // The folder is this directory's own, whatever stands in it now.
                fs::remove_dir_all(directory).map_err(|error| Error::io("remove", directory, error))?;
                Ok(Opened { index: TantivyIndex::create(directory, settings)?, rebuilt_needed: Some(reason) })
            }
            opened => Ok(opened?),
        };
    }
}

/// Why an index that could be opened is made anew all the same.
async fn unfit(index: &TantivyIndex, store: &Store) -> Result<Option<&'static str>> {
    let applied = index.applied();
    // Behind what was answered from it, or ahead of a store that was put back from a backup: not this store's.
    let foreign =
        applied < store.applied(indexer::CONSUMER).await? || applied > store.last_sequence().await?;
    Ok(if foreign {
        Some("it belongs to another state of the store")
    } else if index.needs_rewriting() {
        Some("rows of earlier versions outnumber the present ones")
    } else {
        None
    })
}
