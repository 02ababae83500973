//! The command that makes the content index anew: itself where nobody holds the directory, through the server where one
//! does.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    Directory, Error, Holder, Options, RebuildFigures, RebuildProgress, Result,
    index_folders::IndexFolders,
    index_opening::make_first,
    index_settings::IndexSettings,
    jobs::Jobs,
    lock::{Attempt, DirectoryLock},
    opening::open_existing,
    reindex::{REQUEST, STATE, State, state},
    secrets,
};

/// How often a waiting command looks.
const POLL: Duration = Duration::from_millis(100);
/// How long another command that holds the directory is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a server may take until it answers a request.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The name of the command that holds a directory while it makes its index.
const COMMAND: &str = "reindex";

/// What a new index holds, and how long it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reindexed {
    /// Items that can be found.
    pub documents: u64,
    /// From the beginning to the moment at which it was in force.
    pub duration: Duration,
}

/// Makes the content index of a directory anew from the store, beside the one there is, and puts it in force. Where a
/// server runs on the directory, it does this while it goes on serving. `told` is called every now and then.
///
/// # Errors
/// [`Error::ReindexRunning`] when one is being made already, [`Error::InUse`] when another command holds the directory,
/// [`Error::HolderEnded`] when the server stops before the index is made; otherwise when there is no database in the
/// directory or its files cannot be used.
pub async fn reindex(options: Options, told: impl FnMut(RebuildFigures)) -> Result<Reindexed> {
    let directory = open_existing(options).await?;
    let made = match attempt(&directory).await? {
        Some(lock) => make(&directory, lock, told).await,
        None => ask(&directory, told).await,
    };
    directory.store.close().await;
    made
}

/// The lock of the directory, or nothing where a server has it.
async fn attempt(directory: &Directory) -> Result<Option<DirectoryLock>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match directory.try_lock(&Holder::this_process(COMMAND, ""))? {
            Attempt::Taken(lock) => return Ok(Some(lock)),
            Attempt::Held(Some(holder)) if holder.is_server() => return Ok(None),
            Attempt::Held(Some(holder)) if holder.command == COMMAND => return Err(Error::ReindexRunning),
            Attempt::Held(holder) if Instant::now() >= deadline => {
                let unknown = Holder { pid: 0, command: "?".to_owned(), address: String::new() };
                let directory = directory.options.directory.clone();
                return Err(Error::InUse { directory, holder: holder.unwrap_or(unknown) });
            }
            Attempt::Held(_) => tokio::time::sleep(POLL).await,
        }
    }
}

async fn make(
    directory: &Directory,
    lock: DirectoryLock,
    mut told: impl FnMut(RebuildFigures),
) -> Result<Reindexed> {
    let (store, options) = (&directory.store, &directory.options);
    let started = Instant::now();
    let folders = IndexFolders::held(store, options).await?;
    folders.tidy()?;
    let progress = RebuildProgress::default();
    let settings = IndexSettings::new(options, Jobs::Command);
    let making = make_first(store, &settings, &folders, &progress);
    tokio::pin!(making);
    let index = loop {
        tokio::select! {
            made = &mut making => break made?,
            () = tokio::time::sleep(POLL) => progress.now().into_iter().for_each(&mut told),
        }
    };
    let documents = index.documents();
    let duration = started.elapsed();
    // The index lets its writer go before the directory's lock does.
    drop(index);
    folders.tidy()?;
    drop(lock);
    Ok(Reindexed { documents, duration })
}

async fn ask(directory: &Directory, mut told: impl FnMut(RebuildFigures)) -> Result<Reindexed> {
    let store = &directory.store;
    if let Some((_, State::Running(_))) = state(store).await? {
        return Err(Error::ReindexRunning);
    }
    let token: String = secrets::random::<8>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    store.set_meta(REQUEST, &token).await?;
    let asked = Instant::now();
    loop {
        // The request is read first: a server answers before it takes the request away.
        let request = store.meta(REQUEST).await?.unwrap_or_default();
        match state(store).await? {
            Some((answered, state)) if answered == token => match state {
                State::Running(figures) => told(figures),
                State::Done { documents, milliseconds } => {
                    return Ok(Reindexed { documents, duration: Duration::from_millis(milliseconds) });
                }
                State::Failed(reason) => return Err(Error::ReindexFailed { reason }),
            },
            Some((_, State::Running(_))) => {
                take_back(directory, &token).await?;
                return Err(Error::ReindexRunning);
            }
            // Somebody else asked at the same time, or a server that has just started knows nothing of it.
            _ if request != token => return Err(Error::HolderEnded),
            _ if asked.elapsed() >= ANSWER_WITHIN => {
                take_back(directory, &token).await?;
                return Err(Error::HolderEnded);
            }
            _ => {}
        }
        if let Attempt::Taken(lock) = directory.try_lock(&Holder::this_process(COMMAND, ""))? {
            store.set_meta(REQUEST, "").await?;
            store.set_meta(STATE, "").await?;
            drop(lock);
            return Err(Error::HolderEnded);
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn take_back(directory: &Directory, token: &str) -> Result<()> {
    if directory.store.meta(REQUEST).await?.is_some_and(|request| request == token) {
        directory.store.set_meta(REQUEST, "").await?;
    }
    Ok(())
}
