//! Opening a data directory, as the holder of its lock or as a reader, and leaving it again.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use arc_swap::ArcSwap;
use search::{ContentIndex, synonyms::Synonyms};
use store::{Store, pages::PageLists};
use tokio::{sync::watch, time::Instant};

use crate::{
    Admission, Callers, Engine, Error, Holder, Nonces, Options, RebuildProgress, Result,
    index_opening::{OpenIndex, Wanting, open_index},
    indexer::{self, Progress},
    jobs::{Jobs, Part},
    live::{self, LiveIndex},
    lock::{Attempt, DirectoryLock},
    recorder,
    secrets::Secrets,
    suggestions::{self, Suggesting},
};

/// How often a held lock is tried again.
pub(crate) const LOCK_POLL: Duration = Duration::from_millis(50);

/// Room for the ranked lists of this server's own search page, which anybody may open: they never push out
/// those of the API's callers.
const SITE_PAGE_BYTES: usize = 4 << 20;

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
    rebuilding: Arc<RebuildProgress>,
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

    /// How far the content index is, while [`Locked::start`] makes one.
    pub fn rebuilding(&self) -> Arc<RebuildProgress> {
        Arc::clone(&self.rebuilding)
    }

    /// Opens the derived files, rebuilding what cannot be used, and starts a server's background jobs.
    ///
    /// # Errors
    /// When a part of the directory cannot be opened.
    pub async fn start(self) -> Result<Arc<Engine>> {
        // The first search would wait for the dictionary otherwise.
        std::thread::spawn(text::segment::warm);
        self.directory.hold(self.lock, Jobs::Server, self.rebuilding).await
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
    pub(crate) async fn hold(
        self,
        lock: DirectoryLock,
        jobs: Jobs,
        rebuilding: Arc<RebuildProgress>,
    ) -> Result<Arc<Engine>> {
        let opened = open_index(&self.store, &self.options, jobs, &rebuilding).await?;
        let (stop, stopped) = watch::channel(false);
        let (recorder, notes) = recorder::recorder();
        let OpenIndex { index, wanting } = opened;
        let behind = match &wanting {
            Some(Wanting::Behind(behind)) => Some(behind),
            _ => None,
        };
        let index = LiveIndex::new(index, behind);
        let (admission, asks) = Admission::new(self.options.clock.clone());
        let engine = Arc::new(self.engine(index, stop, Some(recorder), Some(lock), rebuilding, admission));
        engine.forget_failures().await?;
        engine.forget_requests().await?;
        engine.take_up_standings().await?;
        engine.refresh_registry().await?;
        suggestions::remove_dead_builds(&engine.options)?;
        engine.suggesting.load(&engine.options).await?;
        engine.record_what_is_there().await?;
        engine.refresh_rules().await?;
        if jobs == Jobs::Server
            && let Err(error) = engine.hide_what_went(engine.index.applied()).await
        {
            tracing::warn!(%error, "what went offline since the suggestions were built stays until they are again");
        }
        if jobs == Jobs::Server {
            let callers = Arc::clone(&engine.registry) as Arc<dyn Callers>;
            engine.keep_leases(callers, asks, stopped.clone()).await?;
        }
        let writer = recorder::writer(notes, &engine, stopped.clone());
        engine.start_jobs(jobs, writer, wanting, &stopped)?;
        Ok(engine)
    }

    fn engine(
        self,
        index: LiveIndex,
        stop: watch::Sender<bool>,
        recorder: Option<recorder::Recorder>,
        lock: Option<DirectoryLock>,
        rebuilding: Arc<RebuildProgress>,
        admission: Admission,
    ) -> Engine {
        Engine {
            pages: PageLists::new(self.options.page_list_bytes),
            site_pages: PageLists::new(SITE_PAGE_BYTES),
            progress: Arc::new(Progress::new(index.applied())),
            suggesting: Arc::new(Suggesting::new(&self.options)),
            // Those in force follow with the rules.
            synonyms: ArcSwap::from_pointee(Synonyms::new([])),
            options: self.options,
            store: self.store,
            secrets: self.secrets,
            registry: Arc::default(),
            admission,
            admission_followed: 0.into(),
            answering: tokio::sync::Mutex::default(),
            nonces: Nonces::default(),
            index: Arc::new(index),
            rebuilding,
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
        Ok(Locked { directory, lock, rebuilding: Arc::default() })
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
                let engine = directory.hold(lock, Jobs::Command, Arc::default()).await?;
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
        self.progress.asked.fetch_max(sequence, Ordering::AcqRel);
        self.progress.wake.notify_one();
        self.wait_until(self.progress.applied.subscribe(), sequence).await
    }

    /// Waits until the index has taken up the changes up to `sequence`, visible or not.
    ///
    /// # Errors
    /// When the indexer has stopped.
    pub(crate) async fn wait_taken_up(&self, sequence: i64) -> Result<()> {
        self.progress.wake.notify_one();
        self.wait_until(self.progress.taken_up.subscribe(), sequence).await
    }

    async fn wait_until(&self, mut reached: watch::Receiver<i64>, sequence: i64) -> Result<()> {
        loop {
            if *reached.borrow_and_update() >= sequence {
                return Ok(());
            }
            self.check(Part::Index)?;
            // The timeout lets a stopped indexer be noticed.
            let _ = tokio::time::timeout(Duration::from_millis(200), reached.changed()).await;
        }
    }

    /// Records how far the derived files are: a process that was killed between a commit and its record must
    /// not leave others waiting for what is there already.
    async fn record_what_is_there(&self) -> Result<()> {
        let built = self.suggesting.in_force.sequence().map(|sequence| (suggestions::CONSUMER, sequence));
        let applied = self.index.applied();
        let index = [Some((indexer::CONSUMER, applied)), Some((live::CONSUMER, applied))];
        // What was recorded tells the next start, too, that an index is behind.
        let index = if self.index.is_behind() { [None, None] } else { index };
        for (consumer, sequence) in index.into_iter().chain([built]).flatten() {
            if self.store.applied(consumer).await? != sequence {
                self.store.record_applied(consumer, sequence).await?;
            }
        }
        Ok(())
    }

    /// Reads what changed of who may call.
    pub(crate) async fn refresh_registry(&self) -> Result<()> {
        self.registry.refresh(&self.store, &self.secrets, &self.options.limits).await?;
        Ok(())
    }

    /// Builds the suggestions anew if the store holds anything else than they stand for.
    ///
    /// # Errors
    /// When the store cannot be read or the file not written.
    pub(crate) async fn refresh_suggestions(&self) -> Result<()> {
        let wanted = suggestions::wanted_sequence(&self.store).await?;
        let live = self.store.live_batches().await?;
        let base = self.suggesting.in_force.base();
        if base.is_none_or(|base| base.sequence() != wanted || base.live() != live) {
            self.build_suggestions().await?;
        }
        Ok(())
    }
}

impl Directory {
    /// An engine over the files of a directory that another process holds.
    async fn read_beside(self) -> Result<Arc<Engine>> {
        let index = self.open_beside().await?;
        let (stop, _) = watch::channel(false);
        let index = LiveIndex::new(Arc::new(index), None);
        // Nobody keeps leases here: nothing is admitted.
        let (admission, _) = Admission::new(self.options.clock.clone());
        let engine = Arc::new(self.engine(index, stop, None, None, Arc::default(), admission));
        engine.refresh_registry().await?;
        engine.take_up_standings().await?;
        engine.suggesting.load(&engine.options).await?;
        // What the other process shows beside its base, as far as the store tells it.
        engine.refresh_rules().await?;
        engine.refresh_overlay().await?;
        Ok(engine)
    }
}
