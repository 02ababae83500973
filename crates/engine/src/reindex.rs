//! Making the content index anew while the old one serves: asked for by an operator, or because the old one is worn,
//! behind or damaged.
//!
//! A command asks a running server through two values in the store: it writes a token of its own as the request, and
//! the server answers with what became of that token. The server writes its answer before it takes the request away,
//! so a command that finds neither knows that nobody will answer.

use std::{
    convert::Infallible,
    path::PathBuf,
    str::FromStr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use store::Store;
use tokio::{
    sync::{oneshot, watch},
    time::{Instant, MissedTickBehavior},
};

use crate::{
    Engine, Error, RebuildFigures, Result,
    handover::Handover,
    index_folders::{IndexFolders, remove},
    index_opening::Wanting,
    index_settings::IndexSettings,
    indexer::blocking,
    jobs::{Jobs, Part},
    live::Serving,
    rebuilding::{self, Running},
};

/// Where a command's request stands in the store.
pub(crate) const REQUEST: &str = "reindex.request";
/// Where the server's answer stands.
pub(crate) const STATE: &str = "reindex.state";
/// Who asks where no command does.
const NOBODY: &str = "-";
/// How often the store is told how far it is, and how often an idle server looks for a request.
const TELL: Duration = Duration::from_secs(1);
/// How long a rebuild that failed and that nobody can do without is not tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(30);
/// Changes that are few enough to be left to the moment of the handover.
const FEW: i64 = 1_000;
/// How often what came meanwhile is caught up with at the most: whoever writes without a pause must not keep it away.
const ROUNDS: u32 = 10;
/// How long the last readers of the old index are waited for before its files go.
const LEAVING: Duration = Duration::from_secs(10);

/// What became of a request, as it stands in the store: the token, then this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// So many items of so many were read.
    Running(RebuildFigures),
    /// The new index is in force: how many documents, after how many milliseconds.
    Done { documents: u64, milliseconds: u64 },
    /// Why there is none.
    Failed(String),
}

impl std::fmt::Display for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            State::Running(RebuildFigures { documents, total }) => {
                write!(formatter, "running {documents} {total}")
            }
            State::Done { documents, milliseconds } => write!(formatter, "done {documents} {milliseconds}"),
            State::Failed(reason) => write!(formatter, "failed {reason}"),
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<State, ()> {
        let (kind, rest) = text.split_once(' ').ok_or(())?;
        let numbers = || -> Option<(u64, u64)> {
            let (one, other) = rest.split_once(' ')?;
            Some((one.parse().ok()?, other.parse().ok()?))
        };
        match kind {
            "failed" => Ok(State::Failed(rest.to_owned())),
            "running" => numbers()
                .map(|(documents, total)| State::Running(RebuildFigures { documents, total }))
                .ok_or(()),
            "done" => {
                numbers().map(|(documents, milliseconds)| State::Done { documents, milliseconds }).ok_or(())
            }
            _ => Err(()),
        }
    }
}

/// The token that the server's answer is about, and the answer.
pub(crate) async fn state(store: &Store) -> Result<Option<(String, State)>> {
    let text = store.meta(STATE).await?.unwrap_or_default();
    Ok(text.split_once(' ').and_then(|(token, state)| Some((token.to_owned(), state.parse().ok()?))))
}

/// The job that makes the index anew, in a server.
pub(crate) struct Rebuilder {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: watch::Receiver<bool>,
    /// What the index was lacking when it was opened.
    pub(crate) wanting: Option<Wanting>,
}

impl Rebuilder {
    /// Runs until `stop` turns true.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let mut not_before = Instant::now();
        while !*self.stop.borrow() {
            if let Some(token) = self.due(not_before).await {
                let mut stop = self.stop.clone();
                let engine = Arc::clone(&self.engine);
                let made = tokio::select! {
                    // What was made so far is removed by the next start.
                    _ = stop.wait_for(|stop| *stop) => return Ok(()),
                    made = engine.make_anew(&token) => made,
                };
                not_before = Instant::now() + AFTER_FAILURE;
                self.tell(&token, made).await;
            }
            tokio::select! {
                _ = self.stop.changed() => {}
                () = tokio::time::sleep(TELL) => {}
                () = self.engine.progress.wake_rebuilder.notified() => {}
            }
        }
        Ok(())
    }

    /// For whom the index is to be made anew now, if it is.
    async fn due(&self, not_before: Instant) -> Option<String> {
        match self.engine.store.meta(REQUEST).await {
            Ok(Some(token)) if !token.is_empty() => return Some(token),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the store could not be asked for requests; trying again"),
        }
        let is_damaged = self.engine.index.serving().index.health().is_err();
        let is_wanting = self.wanting.is_some() || is_damaged;
        (is_wanting && Instant::now() >= not_before).then(|| NOBODY.to_owned())
    }

    /// Tells what became of it, and those who wait for the index where there is no other.
    async fn tell(&mut self, token: &str, made: Result<State>) {
        let state = match made {
            Ok(state) => {
                self.wanting = None;
                self.engine.healthy(Part::Index).await;
                state
            }
            Err(error) => {
                if self.engine.index.is_behind() {
                    self.engine.failed(Part::Index, &error).await;
                } else {
                    tracing::error!(%error, "the content index could not be made anew; the old one stays");
                }
                State::Failed(error.to_string())
            }
        };
        self.engine.note_rebuild(token, &state).await;
        self.engine.take_request(token).await;
    }
}

impl Engine {
    /// Clears what an earlier server and those who asked it left behind.
    pub(crate) async fn forget_requests(&self) -> Result<()> {
        for key in [REQUEST, STATE] {
            if self.store.meta(key).await?.is_some_and(|value| !value.is_empty()) {
                self.store.set_meta(key, "").await?;
            }
        }
        Ok(())
    }

    /// Makes a new index beside the one that serves and puts it in force.
    async fn make_anew(&self, token: &str) -> Result<State> {
        let started = Instant::now();
        let running = self.rebuilding.begin().ok_or(Error::ReindexRunning)?;
        let folders = Arc::new(IndexFolders::held(&self.store, &self.options).await?);
        let folder = folders.fresh()?;
        let made = tokio::select! {
            made = self.make_in(folders, folder.clone(), &running) => made,
            // Beside it, not between its steps: both write to the store.
            never = self.keep_noting(token) => match never {},
        };
        let forgotten = rebuilding::forget(&self.store).await;
        let old = match made {
            Ok(old) => old,
            Err(error) => {
                if let Err(error) = blocking("rebuild", move || remove(&folder)).await {
                    tracing::warn!(%error, "what was made of an index stays until the next start");
                }
                return Err(error);
            }
        };
        // The new index is in force, so nothing that fails from here on makes this a failure.
        if let Err(error) = forgotten {
            tracing::warn!(%error, "the store keeps changes for an index that is made already until the next start");
        }
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let documents = self.index.serving().index.documents();
        tracing::info!(
            rebuild.documents = documents,
            rebuild.duration_ms = milliseconds,
            "a new content index is in force"
        );
        if let Err(error) = self.leave(old).await {
            tracing::warn!(%error, "the files of the index before stay until the next start");
        }
        Ok(State::Done { documents, milliseconds })
    }

    /// Makes the index in `folder` and has the indexer put it in force; gives the old one.
    async fn make_in(
        &self,
        folders: Arc<IndexFolders>,
        folder: PathBuf,
        running: &Running<'_>,
    ) -> Result<Arc<Serving>> {
        let was_behind = self.index.is_behind();
        let index =
            rebuilding::make(&self.store, &folder, &IndexSettings::new(&self.options, Jobs::Server), running)
                .await?;
        for _ in 0..ROUNDS {
            let before = index.applied();
            let visible = *self.progress.applied.borrow();
            let up_to = if was_behind { self.store.last_sequence().await? } else { visible };
            rebuilding::catch_up(&self.store, &index, up_to).await?;
            if index.applied() - before < FEW {
                break;
            }
        }
        let made_at = index.applied();
        let (told, swapped) = oneshot::channel();
        *self.index.next.lock() = Some(Handover { index, folder, folders, told });
        if self.progress.indexer_ended.load(Ordering::Acquire) {
            drop(self.index.next.lock().take());
        }
        self.progress.wake.notify_one();
        let old = swapped.await??;
        if was_behind && let Err(error) = self.hide_what_went(made_at).await {
            tracing::warn!(%error, "what went offline meanwhile stays among the suggestions until they are built");
        }
        Ok(old)
    }

    /// Says in the store how far it is, again and again.
    async fn keep_noting(&self, token: &str) -> Infallible {
        let mut ticks = tokio::time::interval(TELL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Some(figures) = self.rebuilding.now() {
                self.note_rebuild(token, &State::Running(figures)).await;
                self.take_request(token).await;
            }
        }
    }

    /// Lets the old index go when its last reader has, and removes its files.
    async fn leave(&self, old: Arc<Serving>) -> Result<()> {
        let deadline = Instant::now() + LEAVING;
        while Arc::strong_count(&old) > 1 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let folders = IndexFolders::held(&self.store, &self.options).await?;
        blocking("rebuild", move || {
            // It waits for the threads that write.
            drop(old);
            folders.tidy_beside_one_that_serves()
        })
        .await
    }

    /// Says in the store how far it is; a store that is busy is told the next time.
    async fn note_rebuild(&self, token: &str, state: &State) {
        if let Err(error) = self.store.set_meta(STATE, &format!("{token} {state}")).await {
            tracing::warn!(%error, "the progress of the rebuild could not be noted in the store");
        }
    }

    /// Takes a request away that is answered by now. Another one that came meanwhile finds this one running.
    async fn take_request(&self, token: &str) {
        let taken = async {
            if self.store.meta(REQUEST).await?.is_some_and(|request| request == token) {
                self.store.set_meta(REQUEST, "").await?;
            }
            Ok::<(), Error>(())
        };
        if let Err(error) = taken.await {
            tracing::warn!(%error, "a request that is answered stays in the store");
        }
    }
}
