//! The background jobs: started, watched, started again, stopped; and what those who wait learn of a failure.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use store::Store;
use tokio::sync::{mpsc, watch};

use crate::{
    Callers, Engine, Error, Result,
    admission::{Ask, LeaseKeeper, LeaseKeeping},
    background,
    builder::Builder,
    follower::Follower,
    index_opening::Wanting,
    indexer::Indexer,
    recorder,
    reindex::Rebuilder,
    self_test::SelfTester,
    suggestions::{Keeper, PAGE},
};

/// How long a job that failed rests before it is started again.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Which background jobs an engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jobs {
    /// All of them.
    Server,
    /// The indexer alone: a command asks for suggestions only when it needs them.
    Command,
}

/// What a job keeps up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The content index.
    Index,
    /// The suggestion base.
    Suggestions,
    /// The leases of calls and money.
    Leases,
}

impl Part {
    /// Where its failure stands in the store, so that a command that waits for another process learns of it.
    fn key(self) -> &'static str {
        match self {
            Part::Index => "failure.index",
            Part::Suggestions => "failure.suggestions",
            Part::Leases => "failure.leases",
        }
    }
}

/// Why `part` is not kept up by the process that holds the directory; an error if it is not.
pub(crate) async fn check_other(store: &Store, part: Part) -> Result<()> {
    match store.meta(part.key()).await? {
        Some(reason) if !reason.is_empty() => {
            Err(Error::JobStopped { job: "process that holds the directory", reason })
        }
        _ => Ok(()),
    }
}

impl Engine {
    pub(crate) fn start_jobs(
        self: &Arc<Self>,
        jobs: Jobs,
        writer: recorder::Writer,
        wanting: Option<Wanting>,
        stopped: &watch::Receiver<bool>,
    ) -> Result<()> {
        if jobs == Jobs::Server {
            self.suggesting.changes.keep();
            self.suggesting.corrections.keep();
        }
        let mut running = self.jobs.lock();
        let indexer = Indexer {
            store: self.store.apart()?,
            index: Arc::clone(&self.index),
            progress: Arc::clone(&self.progress),
            suggesting: Arc::clone(&self.suggesting),
            jobs,
            stop: stopped.clone(),
        };
        running.push(tokio::spawn(Arc::clone(self).keep_indexing(indexer, stopped.clone())));
        if jobs == Jobs::Server {
            let mut follower = Follower { engine: Arc::clone(self), stop: stopped.clone() };
            let mut builder = Builder { engine: Arc::clone(self), stop: stopped.clone() };
            let mut keeper = Keeper { engine: Arc::clone(self), stop: stopped.clone() };
            let mut rebuilder = Rebuilder { engine: Arc::clone(self), stop: stopped.clone(), wanting };
            let mut tester = SelfTester { engine: Arc::clone(self), stop: stopped.clone() };
            let [following, building, keeping, rebuilding] = std::array::from_fn(|_| Arc::clone(self));
            let follower = tokio::spawn(async move { follower.run().await });
            let builder = tokio::spawn(async move { builder.run().await });
            let keeper = tokio::spawn(async move { keeper.run().await });
            let rebuilder = tokio::spawn(async move { rebuilder.run().await });
            running.push(tokio::spawn(async move { following.watch_over(Part::Index, follower).await }));
            running.push(tokio::spawn(async move { building.watch_over(Part::Suggestions, builder).await }));
            running.push(tokio::spawn(async move { keeping.watch_over(Part::Suggestions, keeper).await }));
            running.push(tokio::spawn(async move { rebuilding.watch_over(Part::Index, rebuilder).await }));
            running.push(tokio::spawn(async move {
                if let Err(error) = tester.run().await {
                    tracing::warn!(%error, "search is not tested any more");
                }
            }));
            running.push(tokio::spawn(writer.run()));
            if self.suggesting.in_force.base().is_some() {
                // Otherwise the first base brings it.
                running.push(tokio::spawn(Arc::clone(self).learn_at_start(stopped.clone())));
            }
        }
        Ok(())
    }

    /// Takes up the leases that the server before left, and keeps them from now on for the callers that `callers` knows.
    /// A keeper that ends by a defect is not started again: what it knew of its leases is lost, and the next start takes
    /// them up from the lease file.
    pub(crate) async fn keep_leases(
        self: &Arc<Self>,
        callers: Arc<dyn Callers>,
        asks: mpsc::UnboundedReceiver<Ask>,
        stopped: watch::Receiver<bool>,
    ) -> Result<()> {
        let keeping = LeaseKeeping {
            store: self.store.clone(),
            callers,
            shared: Arc::clone(self.admission.shared()),
            path: self.options.lease_file(),
            alarms: self.options.alarms,
        };
        let keeper = LeaseKeeper::open(keeping, asks).await?;
        let keeper = tokio::spawn(async move {
            keeper.run(stopped).await;
            Ok(())
        });
        let watching = Arc::clone(self);
        self.jobs.lock().push(tokio::spawn(async move { watching.watch_over(Part::Leases, keeper).await }));
        Ok(())
    }

    /// Makes the model that repairs keywords, unless the server stops.
    async fn learn_at_start(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        tokio::select! {
            _ = stopped.changed() => {}
            learned = self.learn_corrections(PAGE) => {
                if let Err(error) = learned {
                    tracing::warn!(%error, "keywords are not repaired until suggestions are built again");
                }
            }
        }
    }

    /// Runs the indexer; one that fails goes on from the last commit after a rest.
    async fn keep_indexing(self: Arc<Self>, mut indexer: Indexer, mut stopped: watch::Receiver<bool>) {
        loop {
            let jobs = indexer.jobs;
            let run = async move {
                let ended = indexer.run().await;
                (indexer, ended)
            };
            let ran = match jobs {
                Jobs::Server => background::run("indexer", run).await,
                // It keeps no request waiting.
                Jobs::Command => tokio::spawn(run)
                    .await
                    .map_err(|panicked| Error::JobStopped { job: "indexer", reason: panicked.to_string() }),
            };
            match ran {
                Ok((indexer, Ok(()))) => return indexer.store.leave().await,
                Ok((failed, Err(error))) => {
                    self.failed(Part::Index, &error).await;
                    indexer = failed;
                }
                Err(panicked) => {
                    self.progress.indexer_ended.store(true, Ordering::Release);
                    // Whoever made it learns that it will not be taken.
                    drop(self.index.next.lock().take());
                    return self.failed(Part::Index, &panicked).await;
                }
            }
            tokio::select! {
                _ = stopped.changed() => return,
                () = tokio::time::sleep(AFTER_FAILURE) => {}
            }
            self.healthy(Part::Index).await;
        }
    }

    /// Remembers why a job ended that should not have.
    async fn watch_over(&self, part: Part, job: tokio::task::JoinHandle<Result<()>>) {
        match job.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.failed(part, &error).await,
            Err(panicked) => self.failed(part, &panicked).await,
        }
    }

    /// Remembers that a part is not kept up: for readiness, for those who wait here, and in the store for
    /// commands that wait for this process.
    pub(crate) async fn failed(&self, part: Part, error: &(dyn std::fmt::Display + Sync)) {
        let reason = error.to_string();
        tracing::error!(error = reason, ?part, "a background job failed");
        if let Err(error) = self.store.set_meta(part.key(), &reason).await {
            tracing::warn!(%error, "the failure could not be noted in the store");
        }
        self.failures.lock().insert(part.key(), reason);
    }

    /// Forgets a failure of a part.
    pub(crate) async fn healthy(&self, part: Part) {
        if self.failures.lock().remove(part.key()).is_none() {
            return;
        }
        if let Err(error) = self.store.set_meta(part.key(), "").await {
            tracing::warn!(%error, "the end of a failure could not be noted in the store");
        }
    }

    /// Clears what an earlier holder of the directory noted.
    pub(crate) async fn forget_failures(&self) -> Result<()> {
        for part in [Part::Index, Part::Suggestions, Part::Leases] {
            if self.store.meta(part.key()).await?.is_some_and(|reason| !reason.is_empty()) {
                self.store.set_meta(part.key(), "").await?;
            }
        }
        Ok(())
    }

    /// An error if `part` is not kept up in this process.
    pub(crate) fn check(&self, part: Part) -> Result<()> {
        match self.failures.lock().get(part.key()) {
            Some(reason) => Err(Error::JobStopped { job: "background job", reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Stops the background jobs, writes what they still hold and closes the store. The lock is released when the engine is
    /// dropped: after the index, so that whoever takes the lock next finds no other writer there.
    pub async fn close(&self) {
        self.stop.send_replace(true);
        let jobs = std::mem::take(&mut *self.jobs.lock());
        for job in jobs {
            if let Err(error) = job.await {
                tracing::error!(%error, "a background job ended badly");
            }
        }
        self.store.clone().close().await;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{Caller, Gate, Holder, Options};

    /// Nobody may be asked for.
    struct Defect;

    impl Callers for Defect {
        fn caller(&self, number: i64) -> Option<Arc<Caller>> {
            panic!("caller {number} is a defect")
        }
    }

    async fn serving(directory: &std::path::Path) -> Arc<Engine> {
        let holder = Holder::this_process("serve", "");
        let locked = Engine::lock(Options::new(directory), &holder, Duration::ZERO).await.unwrap();
        locked.start().await.unwrap()
    }

    #[tokio::test]
    async fn a_keeper_of_leases_that_ended_by_a_defect_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let engine = serving(directory.path()).await;
        assert!(engine.readiness().await.admission);
        let (asking, asks) = mpsc::unbounded_channel();
        let stopped = engine.stop.subscribe();
        engine.keep_leases(Arc::new(Defect), asks, stopped).await.unwrap();
        let gate = Arc::new(Gate::new(7, store::Api::Suggest));
        assert!(asking.send(Ask::Lease(gate)).is_ok());
        let told = async {
            while engine.readiness().await.admission {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), told).await.unwrap();
        assert!(!engine.readiness().await.ready());
        let noted = engine.store.meta(Part::Leases.key()).await.unwrap().unwrap();
        assert!(noted.contains("panicked"), "{noted}");
        engine.close().await;
        drop(engine);

        let engine = serving(directory.path()).await;
        assert!(engine.readiness().await.admission, "the next start keeps them again");
        check_other(&engine.store, Part::Leases).await.unwrap();
        engine.close().await;
    }
}
