//! The follower: sees what other processes wrote into the store and has it acted on.
//!
//! It looks every 100 ms whether anybody committed (one PRAGMA), wakes the indexer, loads the registry again
//! and has the suggestions rebuilt, each only when its own rows changed.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use crate::{Engine, Result};

/// How often the store is looked at.
const POLL: Duration = Duration::from_millis(100);
/// After a rebuild of the suggestions that took T, the next one waits this many T: it may use at most a sixth
/// of one core.
const REST_FACTOR: u32 = 5;
/// How often live queries, which announce no change, are taken into the suggestions.
const LIVE_REBUILD: Duration = Duration::from_secs(600);
/// How often applied changes are pruned.
const PRUNE: Duration = Duration::from_secs(60);

pub(crate) struct Follower {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Follower {
    /// Runs until `stop` turns true.
    pub(crate) async fn run(mut self) -> Result<()> {
        let engine = Arc::clone(&self.engine);
        let mut watch = engine.store.watch().await?;
        let (mut pruned, mut built) = (Instant::now(), Instant::now());
        let mut rest_until = Instant::now();
        // Whether the suggestions may be behind: at the start, and after a change that came while resting.
        let mut look = true;
        while !*self.stop.borrow() {
            if watch.changed().await? {
                engine.progress.wake.notify_one();
                engine.registry.refresh(&engine.store, &engine.secrets).await?;
                look = true;
            }
            let live_due = built.elapsed() >= LIVE_REBUILD;
            if (look || live_due) && Instant::now() >= rest_until {
                let started = Instant::now();
                if live_due {
                    engine.base.build(&engine.store, &engine.options).await?;
                } else {
                    engine.refresh_suggestions().await?;
                }
                built = if live_due { Instant::now() } else { built };
                rest_until = Instant::now() + started.elapsed() * REST_FACTOR;
                look = false;
            }
            if pruned.elapsed() >= PRUNE {
                engine.store.prune_changes().await?;
                pruned = Instant::now();
            }
            tokio::select! {
                _ = self.stop.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        Ok(())
    }
}
