//! Opening the content index: as the process that writes it, or beside that process.

use std::{path::Path, sync::Arc, time::Duration};

use search::{
    ContentIndex,
    tantivy_index::{Opened, TantivyIndex},
};
use store::Store;
use tokio::time::Instant;

use crate::{
    Directory, Error, Options, RebuildProgress, Result,
    index_folders::{InForce, IndexFolders, remove},
    index_settings::IndexSettings,
    indexer::{self, blocking},
    jobs::Jobs,
    opening::LOCK_POLL,
    rebuilding,
};

/// How long a reading command waits for the process that holds the directory to catch up.
const CATCHING_UP: Duration = Duration::from_secs(3);
/// How long a process that let the directory go may still hold its index.
const LEAVING: Duration = Duration::from_secs(5);
/// Identities read from the store at once.
const PAGE: i64 = 10_000;

/// The content index as it serves from now on.
pub(crate) struct OpenIndex {
    pub(crate) index: Arc<dyn ContentIndex>,
    /// Why a new one is to be made while it serves.
    pub(crate) wanting: Option<Wanting>,
}

/// What an index that serves is lacking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanting {
    /// It is up to date and goes on being written to; a new one would be better.
    Worn(&'static str),
    /// It belongs to an older state of this store, and the changes since may be gone: it is not written to any more.
    Behind(Behind),
}

/// What must not be answered from an index that is behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Behind {
    /// The change up to which `gone` tells.
    pub(crate) sequence: i64,
    /// The items that it has and that are not online in the store.
    pub(crate) gone: Vec<i64>,
}

impl Wanting {
    /// In a clause.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Wanting::Worn(reason) => reason,
            Wanting::Behind(_) => "it belongs to another state of the store",
        }
    }
}

impl Directory {
    /// The index that another process writes, once it holds what the store holds now; as it is when that
    /// takes too long. One that is behind what was answered is not answered from: its holder hides what is gone.
    pub(crate) async fn open_beside(&self) -> Result<TantivyIndex> {
        let wanted = self.store.last_sequence_of(store::Subject::Item).await?;
        let deadline = Instant::now() + CATCHING_UP;
        loop {
            let late = Instant::now() >= deadline;
            match self.try_beside().await? {
                Ok(index) if index.applied() >= wanted => return Ok(index),
                Ok(index) if late && index.applied() >= self.store.applied(indexer::CONSUMER).await? => {
                    tracing::warn!(
                        "another process is still indexing; this answer is from what is there so far"
                    );
                    return Ok(index);
                }
                Ok(_) if late => return Err(Error::IndexBeingMade),
                Err(error) if late => return Err(error),
                _ => tokio::time::sleep(LOCK_POLL).await,
            }
        }
    }

    /// The outer result is the store's.
    async fn try_beside(&self) -> Result<Result<TantivyIndex>> {
        Ok(match IndexFolders::beside(&self.store, &self.options).await?.in_force() {
            InForce::Folder(folder) => TantivyIndex::open_read_only(&folder).map_err(Error::from),
            InForce::Nothing | InForce::Refused(_) => Err(Error::IndexBeingMade),
        })
    }
}

/// Opens the content index for the holder of the directory. One that cannot be used is named and made anew from the
/// store first; under one that can, a server makes the new one while it serves.
pub(crate) async fn open_index(
    store: &Store,
    options: &Options,
    jobs: Jobs,
    progress: &RebuildProgress,
) -> Result<OpenIndex> {
    let folders = IndexFolders::held(store, options).await?;
    let settings = IndexSettings::new(options, jobs);
    // What an earlier process was making is not in force and never will be.
    rebuilding::forget(store).await?;
    let in_force = folders.in_force();
    folders.tidy()?;
    let reason = match in_force {
        InForce::Nothing => "there was none".to_owned(),
        InForce::Refused(reason) => reason.to_owned(),
        InForce::Folder(folder) => match opened(&folder, &settings, store).await? {
            Ok((index, None)) => return Ok(OpenIndex { index: Arc::new(index), wanting: None }),
            Ok((index, Some(wanting))) if jobs == Jobs::Server => {
                let reason = wanting.reason();
                tracing::warn!(reason, "the content index serves while it is made anew from the store");
                return Ok(OpenIndex { index: Arc::new(index), wanting: Some(wanting) });
            }
            Ok((_, Some(wanting))) => wanting.reason().to_owned(),
            Err(reason) => {
                // Of no use to anybody, so the new one need not have room beside it.
                remove(&folder)?;
                reason
            }
        },
    };
    if store.last_sequence_of(store::Subject::Item).await? > 0 {
        tracing::warn!(reason, "the content index is rebuilt from the store");
    }
    let index = make_first(store, &settings, &folders, progress).await?;
    folders.tidy()?;
    Ok(OpenIndex { index, wanting: None })
}

/// Makes an index and puts it in force, where nobody serves.
pub(crate) async fn make_first(
    store: &Store,
    settings: &IndexSettings,
    folders: &IndexFolders,
    progress: &RebuildProgress,
) -> Result<Arc<dyn ContentIndex>> {
    let running = progress.begin().ok_or(Error::ReindexRunning)?;
    let folder = folders.fresh()?;
    let index = rebuilding::make(store, &folder, settings, &running).await?;
    folders.put_in_force(&folder)?;
    store.record_applied(indexer::CONSUMER, index.applied()).await?;
    rebuilding::forget(store).await?;
    Ok(index)
}

/// The index in a folder with what it is lacking; or why it cannot be answered from.
async fn opened(
    folder: &Path,
    settings: &IndexSettings,
    store: &Store,
) -> Result<Result<(TantivyIndex, Option<Wanting>), String>> {
    let deadline = Instant::now() + LEAVING;
    let index = loop {
        match settings.create_or_open(folder).await {
            // A process that was killed may leave the directory's lock a moment before the index's.
            Err(Error::Search(error)) if error.is_busy() && Instant::now() < deadline => {
                tokio::time::sleep(LOCK_POLL).await;
            }
            Err(Error::Search(search::Error::Unusable { reason })) => return Ok(Err(reason)),
            Ok(Opened { rebuilt_needed: Some(reason), .. }) => return Ok(Err(reason)),
            opened => break opened?.index,
        }
    };
    let applied = index.applied();
    // Ahead of a store that was put back from a backup: it may hold what this store never had.
    if applied > store.last_sequence().await? {
        return Ok(Err("it is ahead of the store".to_owned()));
    }
    if applied < store.applied(indexer::CONSUMER).await? {
        let (index, behind) = behind(store, index).await?;
        return Ok(Ok((index, Some(Wanting::Behind(behind)))));
    }
    let worn = index.worn().map(Wanting::Worn);
    Ok(Ok((index, worn)))
}

/// What an index of an older state has that is not online now. The changes since may not be kept any more, so all of
/// it is compared.
async fn behind(store: &Store, index: TantivyIndex) -> Result<(TantivyIndex, Behind)> {
    let sequence = store.last_sequence().await?;
    let (index, ids) = blocking("comparison", move || {
        let ids = index.ids();
        Ok::<_, Error>((index, ids))
    })
    .await?;
    let (mut online, mut ended) = (Vec::new().into_iter().peekable(), false);
    let mut gone = Vec::new();
    for id in ids {
        while online.next_if(|known| *known < id).is_some() {}
        if online.peek().is_none() && !ended {
            online = store.online_after(id - 1, PAGE).await?.into_iter().peekable();
            ended = online.peek().is_none();
        }
        if online.next_if_eq(&id).is_none() {
            gone.push(id);
        }
    }
    Ok((index, Behind { sequence, gone }))
}
