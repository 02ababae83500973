//! What callers leave behind (queries that were searched, users that registered), written in batches.
//!
//! A request only puts a note into a bounded queue; a background task writes what has come together once a
//! second. When the queue is full the note is dropped and counted, never the request delayed.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use store::{QueryCount, QueryUser, Store, UserRecord};
use tokio::sync::{mpsc, watch};

use crate::indexer::Progress;

/// Notes that may wait; past that they are dropped and counted.
const QUEUE: usize = 16_384;
/// How often the collected notes are written.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// Milliseconds in an hour: the log's grain.
const HOUR_MS: i64 = 3_600_000;

/// Something that a request leaves behind.
enum Note {
    Query { keyword: String, user: u64, results: bool, unix_ms: i64 },
    User(Box<UserRecord>),
}

/// The sending end.
#[derive(Clone)]
pub(crate) struct Recorder(mpsc::Sender<Note>);

/// The writing end; [`Writer::run`] is a background task.
pub(crate) struct Writer {
    notes: mpsc::Receiver<Note>,
    store: Store,
    progress: Arc<Progress>,
    stop: watch::Receiver<bool>,
}

/// A recorder and the receiving end that [`writer`] takes.
pub(crate) fn recorder() -> (Recorder, Notes) {
    let (sender, notes) = mpsc::channel(QUEUE);
    (Recorder(sender), Notes(notes))
}

/// Notes on their way.
pub(crate) struct Notes(mpsc::Receiver<Note>);

/// The writer of notes.
pub(crate) fn writer(
    notes: Notes,
    store: Store,
    progress: Arc<Progress>,
    stop: watch::Receiver<bool>,
) -> Writer {
    Writer { notes: notes.0, store, progress, stop }
}

impl Recorder {
    /// Notes that `user` searched for `keyword`.
    pub(crate) fn query(&self, keyword: &str, user: u64, results: bool, unix_ms: i64) {
        self.send(Note::Query { keyword: keyword.to_owned(), user, results, unix_ms });
    }

    /// Notes that a user registered.
    pub(crate) fn user(&self, user: UserRecord) {
        self.send(Note::User(Box::new(user)));
    }

    fn send(&self, note: Note) {
        if self.0.try_send(note).is_err() {
            metrics::counter!("qiusuo_notes_dropped_total").increment(1);
        }
    }
}

impl Writer {
    /// Writes until `stop` turns true, then writes what is left.
    pub(crate) async fn run(mut self) {
        loop {
            tokio::select! {
                _ = self.stop.changed() => {}
                () = tokio::time::sleep(WRITE_EVERY) => {}
            }
            let stopping = *self.stop.borrow();
            self.write().await;
            if stopping {
                return;
            }
        }
    }

    async fn write(&mut self) {
        let (mut counts, mut query_users, mut users) = (HashMap::new(), Vec::new(), Vec::new());
        while let Ok(note) = self.notes.try_recv() {
            match note {
                Note::Query { keyword, user, results, unix_ms } => {
                    let key = text::normal::key(&keyword);
                    query_users.push(QueryUser { key: key.clone(), user: user as i64 });
                    let count: &mut QueryCount = counts
                        .entry((key.clone(), keyword.clone(), unix_ms / HOUR_MS))
                        .or_insert_with(|| QueryCount {
                            key,
                            surface: keyword,
                            hour: unix_ms / HOUR_MS,
                            live: true,
                            ..QueryCount::default()
                        });
                    count.count += 1;
                    count.results += i64::from(results);
                }
                Note::User(user) => users.push(*user),
            }
        }
        let counts: Vec<QueryCount> = counts.into_values().collect();
        let written = async {
            if !counts.is_empty() {
                self.store.add_live_queries(&counts, &query_users).await?;
                self.progress.live_queries.store(true, Ordering::Relaxed);
            }
            if !users.is_empty() {
                self.store.put_users(&users).await?;
            }
            Ok::<_, store::Error>(())
        };
        if let Err(error) = written.await {
            metrics::counter!("qiusuo_notes_failed_total").increment(1);
            tracing::error!(%error, "queries and users of the last second could not be written");
        }
    }
}
