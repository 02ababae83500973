//! The suggestion builder: builds the base anew when what it is made from has changed.
//!
//! A build reads the whole query log and all titles, so it takes a while on a large directory. Queries and
//! entries that somebody put there are taken up soon; titles, which change all day, only after a longer rest.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use store::Subject;
use tokio::{sync::watch, time::Instant};

use crate::{Engine, Result, jobs::Part};

/// After a build that took T, further queries and entries wait this many T: an import of a long log, which
/// announces a change a batch, may not keep a core busy with building.
const REST_FACTOR: u32 = 2;
/// Changed titles wait this many T.
const TITLES_REST_FACTOR: u32 = 10;
/// How often live queries, which announce no change, are taken into the suggestions.
const LIVE_REBUILD: Duration = Duration::from_secs(600);
/// How long a builder that nobody wakes sleeps.
const IDLE: Duration = Duration::from_secs(1);

pub(crate) struct Builder {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// When the last build ended and how long it took.
struct Last {
    ended: Instant,
    took: Duration,
}

impl Last {
    fn rested(&self, factor: u32) -> bool {
        self.ended.elapsed() >= self.took * factor
    }
}

impl Builder {
    /// Runs until `stop` turns true. A build that fails is tried again; the last base stays in force.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let mut last = Last { ended: Instant::now(), took: Duration::ZERO };
        while !*self.stop.borrow() {
            match self.due(&last).await {
                Ok(true) => {
                    let started = Instant::now();
                    let engine = Arc::clone(&self.engine);
                    tokio::select! {
                        // A server that stops does not wait for a build: the next one starts it again.
                        _ = self.stop.changed() => return Ok(()),
                        () = build(&engine) => {}
                    }
                    last = Last { ended: Instant::now(), took: started.elapsed() };
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

    /// Whether there is something to build for that has waited long enough.
    async fn due(&self, last: &Last) -> Result<bool> {
        let Some(built) = self.engine.base.sequence() else { return Ok(true) };
        let (store, progress) = (&self.engine.store, &self.engine.progress);
        let queries = store.last_sequence_of(Subject::Queries).await?;
        let asked = queries.max(store.last_sequence_of(Subject::Entries).await?);
        if built < asked && last.rested(REST_FACTOR) {
            return Ok(true);
        }
        let titles = store.last_sequence_of(Subject::Item).await?;
        if built < titles && last.rested(TITLES_REST_FACTOR) {
            return Ok(true);
        }
        let live = last.ended.elapsed() >= LIVE_REBUILD && progress.live_queries.load(Ordering::Relaxed);
        // A base that is ahead was built from a store that has been put back from a backup since.
        Ok(live || built > store.last_sequence().await?)
    }
}

async fn build(engine: &Engine) {
    engine.progress.live_queries.store(false, Ordering::Relaxed);
    match engine.base.build(&engine.store, &engine.options).await {
        Ok(()) => engine.healthy(Part::Suggestions).await,
        Err(error) => {
            metrics::counter!("qiusuo_suggestion_build_errors_total").increment(1);
            engine.failed(Part::Suggestions, &error).await;
        }
    }
}
