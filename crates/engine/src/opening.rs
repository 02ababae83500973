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
    builder::Builder,
    follower::Follower,
    indexer::{self, Indexer, Progress},
    lock::{Attempt, DirectoryLock},
    recorder,
    secrets::Secrets,
    suggestions::{self, SuggestionBase},
};

/// How often a held lock is tried again.
const LOCK_POLL: Duration = Duration::from_millis(50);

/// How long a process that let the directory go may still hold its index.
const LEAVING: Duration = Duration::from_secs(5);

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

/// Which background jobs an engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jobs {
    /// All of them.
    Server,
    /// The indexer alone: a command asks for suggestions only when it needs them.
    Command,
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
        let (recorder, writer) = recorder::recorder(self.store.clone(), stopped.clone());
        let engine = Arc::new(self.engine(index, stop, Some(recorder), Some(lock)));
        engine.registry.refresh(&engine.store, &engine.secrets).await?;
        engine.base.load(&engine.options);
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
            failed_job: parking_lot::Mutex::default(),
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

    /// Stops the background jobs and writes what they still hold. The lock is released when the engine is
    /// dropped: after the index, so that whoever takes the lock next finds no other writer there.
    pub async fn close(&self) {
        self.stop.send_replace(true);
        let jobs = std::mem::take(&mut *self.jobs.lock());
        for job in jobs {
            if let Err(error) = job.await {
                tracing::error!(%error, "a background job ended badly");
            }
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
            self.check_jobs()?;
            // The timeout lets a stopped indexer be noticed.
            let _ = tokio::time::timeout(Duration::from_millis(200), applied.changed()).await;
        }
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

    pub(crate) fn check_jobs(&self) -> Result<()> {
        match self.failure() {
            Some(reason) => Err(Error::JobStopped { job: "background job", reason }),
            None => Ok(()),
        }
    }

    fn start_jobs(self: &Arc<Self>, jobs: Jobs, writer: recorder::Writer, stopped: &watch::Receiver<bool>) {
        let indexer = Indexer {
            store: self.store.clone(),
            index: Arc::clone(&self.index),
            progress: Arc::clone(&self.progress),
            stop: stopped.clone(),
        };
        let engine = Arc::clone(self);
        let mut running = self.jobs.lock();
        running.push(tokio::spawn(async move { engine.end_of_job("indexer", indexer.run().await) }));
        if jobs == Jobs::Server {
            let follower = Follower { engine: Arc::clone(self), stop: stopped.clone() };
            let engine = Arc::clone(self);
            running.push(tokio::spawn(async move { engine.end_of_job("follower", follower.run().await) }));
            let builder = Builder { engine: Arc::clone(self), stop: stopped.clone() };
            let engine = Arc::clone(self);
            running.push(tokio::spawn(async move { engine.end_of_job("builder", builder.run().await) }));
            running.push(tokio::spawn(writer.run()));
        }
    }

    /// Remembers why a job ended, so that readiness and waiters see it.
    fn end_of_job(&self, job: &'static str, ended: Result<()>) {
        if let Err(error) = ended {
            tracing::error!(%error, job, "a background job stopped");
            *self.failed_job.lock() = Some(format!("{job}: {error}"));
        }
    }
}

impl Directory {
    /// An engine over the files of a directory that another process holds.
    async fn read_beside(self) -> Result<Arc<Engine>> {
        let index = TantivyIndex::open_read_only(&self.options.index_directory())?;
        let (stop, _) = watch::channel(false);
        let engine = Arc::new(self.engine(Arc::new(index), stop, None, None));
        engine.registry.refresh(&engine.store, &engine.secrets).await?;
        engine.base.load(&engine.options);
        Ok(engine)
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
