//! The suggestion builder: builds the base anew when what it is made from has changed.
//!
//! A build reads the whole query log and all titles, so it takes a while on a large directory. What changes
//! meanwhile is visible all the same, through the overlay, as far as that goes; a new base takes it in. Queries that
//! somebody put there are taken up soon; titles, which change all day, only after a longer rest.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use store::Subject;
use tokio::{sync::watch, time::Instant};

use crate::{Engine, Error, Result, jobs::Part, suggestions::OVERLAY_IS_LARGE};

/// After a build that took T, further queries and entries wait this many T: an import of a long log, which
/// announces a change a batch, may not keep a core busy with building.
const REST_FACTOR: u32 = 2;
/// Changed titles, and a large overlay, wait this many T.
const TITLES_REST_FACTOR: u32 = 10;
/// How often live queries, which announce no change, are taken into the base.
const LIVE_REBUILD: Duration = Duration::from_secs(600);
/// How long a builder that nobody wakes sleeps.
const IDLE: Duration = Duration::from_secs(1);
/// How long the first build that failed is not tried again; each further failure doubles it.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// How often it is doubled at the most.
const DOUBLINGS: u32 = 7;

pub(crate) struct Builder {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// When the last build ended, how long it took and how many have failed since one did not.
struct Last {
    ended: Instant,
    took: Duration,
    failures: u32,
    /// Whether this process has built: until then live queries may have been written that no overlay knows.
    built: bool,
}

impl Last {
    fn rested(&self, factor: u32) -> bool {
        self.ended.elapsed() >= self.took * factor
    }

    fn may_try(&self) -> bool {
        let rest = AFTER_FAILURE * 2_u32.pow(self.failures.saturating_sub(1).min(DOUBLINGS));
        self.failures == 0 || self.ended.elapsed() >= rest
    }
}

impl Builder {
    /// Runs until `stop` turns true. A build that fails is tried again; the last base stays in force.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let mut last = Last { ended: Instant::now(), took: Duration::ZERO, failures: 0, built: false };
        while !*self.stop.borrow() {
            match self.due(&last).await {
                Ok(true) => {
                    let started = Instant::now();
                    let engine = Arc::clone(&self.engine);
                    engine.progress.live_queries.store(false, Ordering::Relaxed);
                    let built = tokio::select! {
                        // A server that stops does not wait for a build: the next one starts it again.
                        _ = self.stop.changed() => return Ok(()),
                        built = engine.build_base() => built,
                    };
                    let done = match built {
                        Ok(built) => engine.put_built_in_force(built).await,
                        Err(error) => Err(error),
                    };
                    last.failures = if done.is_ok() { 0 } else { last.failures + 1 };
                    last.built |= done.is_ok();
                    self.tell(done).await;
                    last = Last { ended: Instant::now(), took: started.elapsed(), ..last };
                }
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the store could not be looked at; trying again"),
            }
            tokio::select! {
                _ = self.stop.changed() => {}
                () = self.engine.progress.wake_builder.notified() => {}
                () = tokio::time::sleep(IDLE) => {}
            }
        }
        Ok(())
    }

    async fn tell(&self, done: Result<(), Error>) {
        match done {
            Ok(()) => self.engine.healthy(Part::Suggestions).await,
            Err(error) => {
                metrics::counter!("qiusuo_suggestion_build_errors_total").increment(1);
                // What was to be taken up still is.
                self.engine.progress.live_queries.store(true, Ordering::Relaxed);
                self.engine.failed(Part::Suggestions, &error).await;
            }
        }
    }

    /// Whether there is something to build for that has waited long enough.
    async fn due(&self, last: &Last) -> Result<bool> {
        if !last.may_try() {
            return Ok(false);
        }
        let (store, progress) = (&self.engine.store, &self.engine.progress);
        let Some(base) = self.engine.suggesting.in_force.base() else { return Ok(true) };
        let built = base.sequence();
        let queries = store.last_sequence_of(Subject::Queries).await?;
        let asked = queries.max(store.last_sequence_of(Subject::Entries).await?);
        let full = self.engine.overlay_is_full().await;
        if (built < asked || full) && last.rested(REST_FACTOR) {
            return Ok(true);
        }
        let titles = store.last_sequence_of(Subject::Item).await?;
        let large = self.engine.suggestion_overlay() > OVERLAY_IS_LARGE;
        if (built < titles || large) && last.rested(TITLES_REST_FACTOR) {
            return Ok(true);
        }
        if !last.built && base.live() != store.live_batches().await? {
            return Ok(true);
        }
        let live = last.ended.elapsed() >= LIVE_REBUILD && progress.live_queries.load(Ordering::Relaxed);
        // A base that is ahead was built from a store that has been put back from a backup since.
        Ok(live || built > store.last_sequence().await?)
    }
}
