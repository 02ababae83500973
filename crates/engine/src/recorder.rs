//! What callers leave behind (queries that were searched, users that registered), written in batches.
//!
//! A request only puts a note into a bounded queue; a background task writes what has come together a few times a
//! second, and tells the suggestions which queries were asked. When the queue is full the note is dropped and
//! counted, never the request delayed.
//!
//! A query that turns out to have been only a beginning of the same user's next one is taken back: it is not
//! written, or what was written is taken out again.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use store::{QueryCount, QueryUser, Store, UserRecord};
use tokio::sync::{mpsc, watch};

use crate::{Engine, indexer::Progress, suggestions::Suggesting, typed_ahead::Trails};

/// Notes that may wait; past that they are dropped and counted.
const QUEUE: usize = 16_384;
/// How often the collected notes are written: what they change is visible within a second.
const WRITE_EVERY: Duration = Duration::from_millis(300);
/// Users whose last query is remembered, to see whether the next one continues it.
const TRAILS: usize = 50_000;
/// The user of calls that name none.
const ANONYMOUS: u64 = 0;
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
    suggesting: Arc<Suggesting>,
    typed: Trails<Submission>,
    /// The number of the batch that is being put together.
    batch: u64,
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
pub(crate) fn writer(notes: Notes, engine: &Engine, stop: watch::Receiver<bool>) -> Writer {
    Writer {
        notes: notes.0,
        store: engine.store.clone(),
        progress: Arc::clone(&engine.progress),
        suggesting: Arc::clone(&engine.suggesting),
        typed: Trails::new(TRAILS),
        batch: 0,
        stop,
    }
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

/// One submission of a query.
#[derive(Clone, Debug)]
struct Submission {
    /// The batch that it is in, and where there.
    place: (u64, usize),
    key: String,
    surface: String,
    hour: i64,
    user: u64,
    results: bool,
}

/// What is written at once.
#[derive(Default)]
struct Batch {
    /// `None` where it was taken back.
    asked: Vec<Option<Submission>>,
    /// Submissions of earlier batches that are taken back.
    taken_back: Vec<Submission>,
    users: Vec<UserRecord>,
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
        let batch = self.collect();
        if let Err(error) = self.put(&batch).await {
            metrics::counter!("qiusuo_notes_failed_total").increment(1);
            tracing::error!(%error, "queries and users of the last moment could not be written");
        }
    }

    fn collect(&mut self) -> Batch {
        self.batch += 1;
        let mut batch = Batch::default();
        while let Ok(note) = self.notes.try_recv() {
            match note {
                Note::Query { keyword, user, results, unix_ms } => {
                    let submission = Submission {
                        place: (self.batch, batch.asked.len()),
                        key: text::normal::key(&keyword),
                        surface: keyword,
                        hour: unix_ms / HOUR_MS,
                        user,
                        results,
                    };
                    if let Some(beginning) = self.beginning_of(&submission, unix_ms) {
                        batch.take_back(beginning, self.batch);
                    }
                    batch.asked.push(Some(submission));
                }
                Note::User(user) => batch.users.push(*user),
            }
        }
        batch
    }

    /// The query of the same user before this one, if it was only a beginning of it. Who has no number cannot be
    /// followed.
    fn beginning_of(&mut self, submission: &Submission, unix_ms: i64) -> Option<Submission> {
        if submission.user == ANONYMOUS {
            return None;
        }
        let unix_seconds = unix_ms.div_euclid(1_000);
        self.typed.follow(submission.user, &submission.key, unix_seconds, submission.clone())
    }

    async fn put(&self, batch: &Batch) -> store::Result<()> {
        let asked: Vec<&Submission> = batch.asked.iter().flatten().collect();
        if !asked.is_empty() {
            self.store.add_live_queries(&counts(&asked), &users(&asked)).await?;
            self.tell(&asked);
        }
        let taken_back: Vec<&Submission> = batch.taken_back.iter().collect();
        if !taken_back.is_empty() {
            self.store.retract_live_queries(&counts(&taken_back), &users(&taken_back)).await?;
            self.tell(&taken_back);
        }
        if !batch.users.is_empty() {
            self.store.put_users(&batch.users).await?;
        }
        Ok(())
    }

    /// Tells the suggestions which queries' rows have changed.
    fn tell(&self, submissions: &[&Submission]) {
        self.progress.live_queries.store(true, Ordering::Relaxed);
        self.suggesting.changes.asked(submissions.iter().map(|submission| submission.key.clone()));
    }
}

impl Batch {
    /// A submission was only a beginning: one of this batch is not written at all.
    fn take_back(&mut self, beginning: Submission, current: u64) {
        let (batch, index) = beginning.place;
        if batch == current
            && let Some(place) = self.asked.get_mut(index)
        {
            *place = None;
        } else {
            self.taken_back.push(beginning);
        }
    }
}

/// One row for each way of typing a query in each hour.
fn counts(submissions: &[&Submission]) -> Vec<QueryCount> {
    let mut counts: HashMap<(&str, &str, i64), QueryCount> = HashMap::new();
    for submission in submissions {
        let Submission { key, surface, hour, .. } = submission;
        let count = counts.entry((key, surface, *hour)).or_insert_with(|| QueryCount {
            key: key.clone(),
            surface: surface.clone(),
            hour: *hour,
            live: true,
            ..QueryCount::default()
        });
        count.count += 1;
        count.results += i64::from(submission.results);
    }
    counts.into_values().collect()
}

fn users(submissions: &[&Submission]) -> Vec<QueryUser> {
    let user =
        |submission: &&Submission| QueryUser { key: submission.key.clone(), user: submission.user as i64 };
    submissions.iter().map(user).collect()
}
