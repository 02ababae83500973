//! The follower: sees what other processes wrote into the store and has it acted on.
//!
//! It looks every 100 ms whether anybody committed (one PRAGMA), takes up what changed of the standings of items, wakes
//! the indexer and those who keep the suggestions, and loads rules and registry again when their rows changed.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::{Engine, Result, admission::answer_request};

/// How often the store is looked at.
const POLL: Duration = Duration::from_millis(100);
/// How often applied changes are pruned.
const PRUNE: Duration = Duration::from_secs(60);
/// How long to wait after the store refused, before it is asked again.
const AFTER_ERROR: Duration = Duration::from_secs(1);

pub(crate) struct Follower {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Follower {
    /// Runs until `stop` turns true. A store that is busy is asked again; meanwhile the server goes on with
    /// what it knows.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let mut watch = self.engine.store.watch().await?;
        let mut pruned = Instant::now();
        // A change stays to be acted on until everything it may mean was done; one may have come before the
        // watch was opened.
        let mut dirty = true;
        while !*self.stop.borrow() {
            let pause = match self.look(&mut watch, &mut pruned, &mut dirty).await {
                Ok(()) => POLL,
                Err(error) => {
                    metrics::counter!("qiusuo_follower_errors_total").increment(1);
                    tracing::warn!(%error, "the store could not be looked at; trying again");
                    AFTER_ERROR
                }
            };
            tokio::select! {
                _ = self.stop.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(())
    }

    async fn look(&self, watch: &mut store::Watch, pruned: &mut Instant, dirty: &mut bool) -> Result<()> {
        let engine = &self.engine;
        *dirty |= watch.changed().await?;
        if *dirty {
            // First: what is taken down does not wait for anything else.
            engine.take_up_standings().await?;
            engine.record_standings().await?;
            engine.progress.wake.notify_one();
            engine.progress.wake_builder.notify_one();
            engine.progress.wake_rebuilder.notify_one();
            engine.suggesting.changes.wake();
            engine.refresh_rules().await?;
            let newest = engine.newest_of_admission().await?;
            engine.refresh_registry().await?;
            engine.follow_admission(newest);
            *dirty = false;
        }
        if pruned.elapsed() >= PRUNE {
            let now = engine.clock().unix_ms();
            [&engine.pages, &engine.site_pages].iter().for_each(|lists| lists.expire(now));
            engine.record_rules().await?;
            engine.skip_to_newest_standing().await?;
            engine.store.prune_changes().await?;
            *pruned = Instant::now();
        }
        Ok(())
    }
}

impl Engine {
    /// The newest change of limits or money.
    async fn newest_of_admission(&self) -> Result<i64> {
        let registry = self.store.last_sequence_of(store::Subject::Registry).await?;
        let account = self.store.last_sequence_of(store::Subject::Account).await?;
        Ok(registry.max(account))
    }

    /// Tells admission that limits or money changed, and answers a command that waits for the ledger. `newest` was read
    /// before the registry was: what is changed while that is read is told once more.
    fn follow_admission(self: &Arc<Self>, newest: i64) {
        if self.admission_followed.swap(newest, Ordering::AcqRel) != newest {
            self.admission.changed();
        }
        // Nothing else waits for the ledger.
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(_alone) = engine.answering.try_lock() else { return };
            if let Err(error) = answer_request(&engine.store, &engine.admission).await {
                tracing::warn!(%error, "a command that waits for the ledger could not be answered");
            }
        });
    }
}
