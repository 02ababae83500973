//! What callers leave behind (queries that were searched, users that registered), written in batches.
//!
//! A request only puts a note into a bounded queue; a background task writes what has come together a few times a
//! second, and tells the suggestions which queries were asked. When the queue is full the note is dropped and
//! counted, never the request delayed.
//!
//! A query that turns out to have been only a beginning of the same user's next one is taken back: it is not
//! written, or what was written is taken out again. The user stays with it who asked it another time before.

use std::{
    collections::{HashMap, HashSet},
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
    /// Whether it made the user one of those who asked this query; known once it is written.
    made_user: bool,
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
        // First, so that a user who asked the same again meanwhile counts as one who did.
        let taken_back = self.take_back(&batch).await;
        let added = self.add(&batch).await;
        let users = self.put_users(&batch).await;
        for error in [taken_back, added, users].into_iter().filter_map(Result::err) {
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
                        made_user: false,
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

    async fn take_back(&self, batch: &Batch) -> store::Result<()> {
        let taken_back: Vec<&Submission> = batch.taken_back.iter().collect();
        if taken_back.is_empty() {
            return Ok(());
        }
        let made_user: Vec<&Submission> =
            taken_back.iter().copied().filter(|submission| submission.made_user).collect();
        self.store.retract_live_queries(&counts(&taken_back), &users(&made_user)).await?;
        self.tell(&taken_back);
        Ok(())
    }

    async fn add(&mut self, batch: &Batch) -> store::Result<()> {
        let asked: Vec<&Submission> = batch.asked.iter().flatten().collect();
        if asked.is_empty() {
            return Ok(());
        }
        match self.store.add_live_queries(&counts(&asked), &users(&asked)).await {
            Ok(new) => {
                self.remember_who_is_new(&asked, new);
                self.tell(&asked);
                Ok(())
            }
            Err(error) => {
                // Nothing of it is in the store: taking it back would take what others asked.
                self.forget(&asked);
                Err(error)
            }
        }
    }

    async fn put_users(&self, batch: &Batch) -> store::Result<()> {
        if batch.users.is_empty() {
            return Ok(());
        }
        self.store.put_users(&batch.users).await
    }

    /// Notes in the trails which submissions made their user one of those who asked that query: the first of
    /// several in a batch.
    fn remember_who_is_new(&mut self, asked: &[&Submission], new: Vec<QueryUser>) {
        let mut new: HashSet<QueryUser> = new.into_iter().collect();
        for submission in asked {
            let made_user = new.remove(&user(submission));
            if let Some(last) = self.typed.last_mut(submission.user)
                && last.place == submission.place
            {
                last.made_user = made_user;
            }
        }
    }

    /// Forgets the trails that end in these submissions.
    fn forget(&mut self, asked: &[&Submission]) {
        for submission in asked {
            if self.typed.last_mut(submission.user).is_some_and(|last| last.place == submission.place) {
                self.typed.forget(submission.user);
            }
        }
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
    submissions.iter().map(|submission| user(submission)).collect()
}

fn user(submission: &Submission) -> QueryUser {
    QueryUser { key: submission.key.clone(), user: submission.user as i64 }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::Options;

    const NOW_MS: i64 = 1_790_000_000_000;

    /// A writer whose notes are written when the test says so.
    async fn writer(directory: &std::path::Path) -> (Recorder, Writer) {
        let (recorder, notes) = recorder();
        let (_, stop) = watch::channel(false);
        let writer = Writer {
            notes: notes.0,
            store: Store::open(directory).await.unwrap(),
            progress: Arc::new(Progress::new(0)),
            suggesting: Arc::new(Suggesting::new(&Options::new(directory))),
            typed: Trails::new(TRAILS),
            batch: 0,
            stop,
        };
        (recorder, writer)
    }

    /// How often a query was asked, and by how many.
    async fn asked(writer: &Writer, key: &str) -> (i64, i64) {
        let count = writer.store.query_total(key).await.unwrap().map_or(0, |total| total.count);
        (count, writer.store.query_users(key).await.unwrap())
    }

    #[tokio::test]
    async fn only_what_a_submission_added_is_taken_back() {
        let directory = tempfile::tempdir().unwrap();
        let (recorder, mut writer) = writer(directory.path()).await;
        for user in [1, 1, 2, 3] {
            recorder.query("美食", user, true, NOW_MS);
        }
        writer.write().await;
        assert_eq!(asked(&writer, "美食").await, (4, 3));
        for user in [1, 2] {
            recorder.query("美食街", user, true, NOW_MS + 1_000);
        }
        recorder.query("美食", 2, true, NOW_MS + 2_000);
        writer.write().await;
        assert_eq!(asked(&writer, "美食街").await, (2, 2));
        assert_eq!(asked(&writer, "美食").await, (3, 3), "both of them asked it another time too");
        recorder.query("美食节", 3, true, NOW_MS + 3_000);
        writer.write().await;
        assert_eq!(asked(&writer, "美食").await, (2, 2));
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_not_taken_back() {
        let directory = tempfile::tempdir().unwrap();
        let (recorder, mut writer) = writer(directory.path()).await;
        recorder.query("美食", 2, true, NOW_MS);
        writer.write().await;
        writer.store.clone().close().await;
        recorder.query("美食", 1, true, NOW_MS);
        writer.write().await;
        writer.store = Store::open(directory.path()).await.unwrap();
        recorder.query("美食街", 1, true, NOW_MS + 1_000);
        writer.write().await;
        assert_eq!((asked(&writer, "美食").await, asked(&writer, "美食街").await), ((1, 1), (1, 1)));
    }
}
