//! The suggestion builder: builds the base anew when what it is made from has changed.
//!
//! A build reads the whole query log and all titles, so it takes a while on a large directory. Queries and
//! entries that somebody put there are taken up at once; titles, which change all day, only after a rest.

use std::{sync::Arc, time::Duration};

use store::Subject;
use tokio::{sync::watch, time::Instant};

use crate::{Engine, Result};

/// After a build that took T, changed titles wait this many T: building for them takes at most a tenth of a
/// core.
const REST_FACTOR: u32 = 10;
/// How often live queries, which announce no change, are taken into the suggestions.
const LIVE_REBUILD: Duration = Duration::from_secs(600);
/// How long a builder that nobody wakes sleeps.
const IDLE: Duration = Duration::from_secs(1);

pub(crate) struct Builder {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Builder {
    /// Runs until `stop` turns true. A build that fails is tried again later; the last base stays in force.
    pub(crate) async fn run(mut self) -> Result<()> {
        let mut built = Instant::now();
        let mut rest_until = built;
        while !*self.stop.borrow() {
            let live_due = built.elapsed() >= LIVE_REBUILD;
            match self.due(Instant::now() >= rest_until || live_due).await {
                Ok(due) if due || live_due => {
                    let started = Instant::now();
                    self.build().await;
                    built = Instant::now();
                    rest_until = built + started.elapsed() * REST_FACTOR;
                }
                Ok(_) => {}
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

    async fn build(&self) {
        if let Err(error) = self.engine.base.build(&self.engine.store, &self.engine.options).await {
            metrics::counter!("qiusuo_suggestion_build_errors_total").increment(1);
            tracing::error!(%error, "the suggestions could not be built; the last ones stay in force");
        }
    }

    /// Whether the base is behind the queries and entries or, once it has `rested`, behind the titles.
    async fn due(&self, rested: bool) -> Result<bool> {
        let Some(built) = self.engine.base.sequence() else { return Ok(true) };
        let store = &self.engine.store;
        let mut wanted = store
            .last_sequence_of(Subject::Queries)
            .await?
            .max(store.last_sequence_of(Subject::Entries).await?);
        if rested {
            wanted = wanted.max(store.last_sequence_of(Subject::Item).await?);
        }
        // A base that is ahead was built from a store that has been put back from a backup since.
        Ok(built < wanted || built > store.last_sequence().await?)
    }
}
