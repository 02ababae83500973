//! Opening a data directory, as the holder of its lock or as a reader, and leaving it again.

use std::{fs, path::Path, sync::Arc, time::Duration};

use search::{
    ContentIndex,
    tantivy_index::{Opened, TantivyIndex},
};
use store::{Store, pages::PageLists};
use tokio::{sync::watch, time::Instant};

use crate::{
    Engine, Error, Holder, Options, Registry, Result,
    indexer::{self, Progress},
    jobs::{Jobs, Part},
    lock::{Attempt, DirectoryLock},
    recorder,
    secrets::Secrets,
    suggestions::{self, SuggestionBase},
};

/// How often a held lock is tried again.
const LOCK_POLL: Duration = Duration::from_millis(50);

/// How long a process that let the directory go may still hold its index.
const LEAVING: Duration = Duration::from_secs(5);

/// Room for the ranked lists of this server's own search page, which anybody may open: they never push out
/// those of the API's callers.
const SITE_PAGE_BYTES: usize = 4 << 20;
/// How long a reading command waits for the process that holds the directory to catch up.
const CATCHING_UP: Duration = Duration::from_secs(3);

/// A data directory whose rows are open, with or without its lock.
pub struct Directory {
    /// The settings.
    pub options: Options,
    /// The store of record.
    pub store: Store,
    /// The keys.
    pub secrets: Secrets,
}

/// Opens the store and the keys of a directory that has them: for commands that only look.
///
/// # Errors
/// When there is no database in the directory, or a part of it cannot be opened.
pub async fn open_existing(options: Options) -> Result<Directory> {
    let store = Store::open_existing(&options.directory).await?;
    let secrets = Secrets::open(&options.directory)?;
    Ok(Directory { options, store, secrets })
}

/// Opens the store and the keys of a directory, making both where there is none.
///
/// # Errors
/// When the directory cannot be written, or its database is of a newer version.
pub async fn open_store(options: Options) -> Result<Directory> {
    let secrets = Secrets::open(&options.directory)?;
    let store = Store::open(&options.directory).await?;
    Ok(Directory { options, store, secrets })
}

/// A data directory whose lock is ours; [`Locked::start`] makes it an engine.
pub struct Locked {
    directory: Directory,
    lock: DirectoryLock,
}

impl Locked {
    /// Writes anew who holds the directory, once a server knows the address that it listens on.
    ///
    /// # Errors
    /// When the lock file cannot be written.
    pub fn name(&mut self, holder: &Holder) -> Result<()> {
        let directory = &self.directory.options.directory;
        self.lock.name(holder).map_err(|error| Error::io("name the holder of", directory, error))
    }

    /// Opens the derived files, rebuilding what cannot be used, and starts a server's background jobs.
    ///
    /// # Errors
    /// When a part of the directory cannot be opened.
    pub async fn start(self) -> Result<Arc<Engine>> {
        self.directory.hold(self.lock, Jobs::Server).await
    }
}

impl Directory {
    /// Tries to take the directory's lock; who holds it otherwise.
    pub(crate) fn try_lock(&self, holder: &Holder) -> Result<Attempt> {
        let directory = &self.options.directory;
        DirectoryLock::try_take(directory, holder).map_err(|error| Error::io("lock", directory, error))
    }

    /// Takes the lock, waiting up to `patience` for another command to end. A running server is not waited for.
    async fn lock(&self, holder: &Holder, patience: Duration) -> Result<DirectoryLock> {
        let deadline = Instant::now() + patience;
        loop {
            match self.try_lock(holder)? {
                Attempt::Taken(lock) => return Ok(lock),
                Attempt::Held(other) => {
                    let server = other.as_ref().is_some_and(Holder::is_server);
                    if server || Instant::now() >= deadline {
                        let unknown = Holder { pid: 0, command: "?".to_owned(), address: String::new() };
                        let directory = self.options.directory.clone();
                        return Err(Error::InUse { directory, holder: other.unwrap_or(unknown) });
                    }
                }
            }
            tokio::time::sleep(LOCK_POLL).await;
        }
    }

    /// Becomes the engine that writes the derived files; the background jobs run when this returns.
    pub(crate) async fn hold(self, lock: DirectoryLock, jobs: Jobs) -> Result<Arc<Engine>> {
        let index = open_index(&self.store, &self.options).await?;
        let (stop, stopped) = watch::channel(false);
        let (recorder, notes) = recorder::recorder();
        let engine = Arc::new(self.engine(index, stop, Some(recorder), Some(lock)));
        engine.forget_failures().await?;
        engine.registry.refresh(&engine.store, &engine.secrets).await?;
        engine.base.load(&engine.options);
        engine.record_what_is_there().await?;
        let writer =
            recorder::writer(notes, engine.store.clone(), Arc::clone(&engine.progress), stopped.clone());
        engine.start_jobs(jobs, writer, &stopped);
        Ok(engine)
    }

    fn engine(
        self,
        index: Arc<dyn ContentIndex>,
        stop: watch::Sender<bool>,
        recorder: Option<recorder::Recorder>,
        lock: Option<DirectoryLock>,
    ) -> Engine {
        Engine {
            pages: PageLists::new(self.options.page_list_bytes),
            site_pages: PageLists::new(SITE_PAGE_BYTES),
            progress: Arc::new(Progress::new(index.applied())),
            options: self.options,
            store: self.store,
            secrets: self.secrets,
            registry: Registry::default(),
            index,
            base: SuggestionBase::default(),
            recorder,
            stop,
            jobs: parking_lot::Mutex::default(),
            failures: parking_lot::Mutex::default(),
            _lock: lock,
        }
    }
}

impl Engine {
    /// Takes the lock of a directory for a server, waiting up to `patience` for another command to end.
    ///
    /// # Errors
    /// [`Error::InUse`] when somebody else holds the directory; otherwise when its store cannot be opened.
    pub async fn lock(options: Options, holder: &Holder, patience: Duration) -> Result<Locked> {
        let directory = open_store(options).await?;
        let lock = directory.lock(holder, patience).await?;
        Ok(Locked { directory, lock })
    }

    /// Opens a directory for one reading command. Where nobody holds the directory and the derived files are
    /// behind the store, they are brought up to date first.
    ///
    /// # Errors
    /// When there is no database in the directory, or a part of it cannot be opened.
    pub async fn open_reading(options: Options, command: &str) -> Result<Arc<Engine>> {
        let directory = open_existing(options).await?;
        match directory.try_lock(&Holder::this_process(command, ""))? {
            Attempt::Taken(lock) => {
                let engine = directory.hold(lock, Jobs::Command).await?;
                engine.wait_visible(engine.store.last_sequence_of(store::Subject::Item).await?).await?;
                engine.refresh_suggestions().await?;
                Ok(engine)
            }
            Attempt::Held(_) => directory.read_beside().await,
        }
    }

    /// Waits until the changes up to `sequence` are visible in search.
    ///
    /// # Errors
    /// When the indexer has stopped.
    pub async fn wait_visible(&self, sequence: i64) -> Result<()> {
        self.progress.wake.notify_one();
        let mut applied = self.progress.applied.subscribe();
        loop {
            if *applied.borrow_and_update() >= sequence {
                return Ok(());
            }
            self.check(Part::Index)?;
            // The timeout lets a stopped indexer be noticed.
            let _ = tokio::time::timeout(Duration::from_millis(200), applied.changed()).await;
        }
    }

    /// Records how far the derived files are: a process that was killed between a commit and its record must
    /// not leave others waiting for what is there already.
    async fn record_what_is_there(&self) -> Result<()> {
        let built = self.base.sequence().map(|sequence| (suggestions::CONSUMER, sequence));
        for (consumer, sequence) in
            [Some((indexer::CONSUMER, self.index.applied())), built].into_iter().flatten()
        {
            if self.store.applied(consumer).await? != sequence {
                self.store.record_applied(consumer, sequence).await?;
            }
        }
        Ok(())
    }

    /// Builds the suggestions anew if the store holds anything else than they stand for.
    ///
    /// # Errors
    /// When the store cannot be read or the file not written.
    pub(crate) async fn refresh_suggestions(&self) -> Result<()> {
        let wanted = suggestions::wanted_sequence(&self.store).await?;
        if self.base.sequence() != Some(wanted) {
            self.base.build(&self.store, &self.options).await?;
        }
        Ok(())
    }
}

impl Directory {
    /// An engine over the files of a directory that another process holds.
    async fn read_beside(self) -> Result<Arc<Engine>> {
        let index = self.open_beside().await?;
        let (stop, _) = watch::channel(false);
        let engine = Arc::new(self.engine(Arc::new(index), stop, None, None));
        engine.registry.refresh(&engine.store, &engine.secrets).await?;
        engine.base.load(&engine.options);
        Ok(engine)
    }
}

impl Directory {
    /// The index that another process writes, once it holds what the store holds now; as it is when that
    /// takes too long.
    async fn open_beside(&self) -> Result<TantivyIndex> {
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
async fn open_index(store: &Store, options: &Options) -> Result<Arc<dyn ContentIndex>> {
    let directory = options.index_directory();
    let settings = search::Options { writer_bytes: options.writer_bytes, ..search::Options::default() };
    let Opened { index, rebuilt_needed } = open_or_create(&directory, &settings).await?;
    // Behind what was answered from it, or ahead of a store that was put back from a backup: not this store's.
    let applied = index.applied();
    let foreign =
        applied < store.applied(indexer::CONSUMER).await? || applied > store.last_sequence().await?;
    if rebuilt_needed.is_none() && !foreign {
        return Ok(Arc::new(index));
    }
    let empty = store.last_sequence_of(store::Subject::Item).await? == 0;
    if !empty {
        let reason = rebuilt_needed.as_deref().unwrap_or("it belongs to another state of the store");
        tracing::warn!(reason, "the content index cannot be used and is rebuilt from the store");
    }
    let index = if rebuilt_needed.is_none() {
        drop(index);
        TantivyIndex::create(&directory, &settings)?
    } else {
        index
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
