//! Building a base in the background, out of everybody's way.
//!
//! Rows are read page by page; a thread of its own with the lowest priority makes candidates of them, and a pool
//! of such threads builds the file. It is built beside the one in force under a name that no other build has: a
//! build that nobody waits for any more never touches what is in force.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use search::correction::ModelBuilder;
use store::{EntryRecord, QueryTotal, Store, TitleRow};
use suggest::{Base, BuildOptions, Builder, Progress, Stage, Weights, mine::Miner};
use tokio::sync::{mpsc, oneshot};

use super::{MINIMUM_DOCUMENTS, candidates, candidates::Asked, changes::Mark, wanted_sequence};
use crate::{
    Engine, Error, Result,
    background::{Way, give_way},
    indexer::blocking,
};

/// Rows read from the store at once. They are put together on the runtime that answers requests, so a page is small: at
/// 1,000 requests a second on one core, p99 during a build was 5.9 and 51 ms with 5,000 rows, 1.4 to 1.7 ms with 500 and
/// 1.0 ms with 100, against 0.5 to 0.6 ms without a build.
pub(crate) const PAGE: i64 = 100;
/// The same for a command, which keeps no requests waiting.
pub(crate) const PAGE_OF_A_COMMAND: i64 = 5_000;
/// Pages that may wait for the building thread.
const PAGES: usize = 2;
/// How often progress is logged.
const LOG_EVERY: Duration = Duration::from_secs(5);
/// How far the build has come that runs now, if one does.
#[derive(Default)]
pub(crate) struct BuildProgress(parking_lot::Mutex<Option<Running>>);

struct Running {
    progress: Progress,
    logged: Instant,
}

/// Rows on their way to the building thread.
enum Rows {
    Queries(Vec<QueryTotal>),
    Documents(Vec<TitleRow>),
    Entries(Vec<EntryRecord>),
    /// There are no more. Without it the build was given up.
    Complete,
}

/// A base whose file is not the one in force yet.
pub(crate) struct Built {
    base: Base,
    file: PathBuf,
    mark: Mark,
    started: Instant,
}

impl BuildProgress {
    /// How far the running build is.
    pub(crate) fn now(&self) -> Option<Progress> {
        self.0.lock().as_ref().map(|running| running.progress)
    }

    fn report(&self, progress: Progress) {
        let mut running = self.0.lock();
        let Some(running) = running.as_mut() else { return };
        let next_stage = running.progress.stage != progress.stage;
        running.progress = progress;
        if running.logged.elapsed() >= LOG_EVERY {
            running.logged = Instant::now();
            let (stage, Progress { done, total, .. }) = (progress.stage.name(), progress);
            tracing::info!(
                build.stage = stage,
                build.done = done,
                build.total = total,
                "suggestions are being built"
            );
        } else if next_stage {
            tracing::debug!(build.stage = progress.stage.name(), "suggestions are being built");
        }
    }

    fn begin(&self) {
        let progress = Progress { stage: Stage::Collecting, done: 0, total: 0 };
        *self.0.lock() = Some(Running { progress, logged: Instant::now() });
    }

    fn end(&self) {
        *self.0.lock() = None;
    }
}

/// Ends the progress report with the build, be it given up in the middle.
struct Reporting<'a>(&'a BuildProgress);

impl Drop for Reporting<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Engine {
    /// Builds a base from the store, writes its file and puts it in force.
    pub(crate) async fn build_suggestions(&self) -> Result<()> {
        let built = self.build_base().await?;
        self.put_built_in_force(built).await
    }

    /// Builds a base from what the store holds now. Whoever drops this gives the build up.
    pub(crate) async fn build_base(&self) -> Result<Built> {
        let suggesting = &self.suggesting;
        let started = Instant::now();
        suggesting.progress.begin();
        let _reporting = Reporting(&suggesting.progress);
        let mark = suggesting.changes.build_begins().await;
        let built = self.build_file().await;
        match built {
            Ok((base, file)) => Ok(Built { base, file, mark, started }),
            Err(error) => {
                suggesting.changes.build_failed().await;
                Err(error)
            }
        }
    }

    async fn build_file(&self) -> Result<(Base, PathBuf)> {
        let suggesting = &self.suggesting;
        // What is read before the rows, the rows hold.
        let live = self.store.live_batches().await?;
        let sequence = wanted_sequence(&self.store).await?;
        let at = self.clock().unix_seconds();
        let ready = Some(suggesting.in_force.settings());
        let options = BuildOptions { sequence, live, at, weights: Weights::DEFAULT, ready };
        let file = file_of_its_own(&self.options.suggestion_file());
        let (rows, work) = mpsc::channel(PAGES);
        let (done, result) = oneshot::channel();
        let (progress, path) = (Arc::clone(&suggesting.progress), file.clone());
        let corrections = Arc::clone(&suggesting.corrections);
        std::thread::Builder::new()
            .name("suggestion-build".to_owned())
            .spawn(move || {
                give_way(Way::Wholly);
                let mut learned = corrections.is_kept().then(ModelBuilder::new);
                let built = build(work, options, &path, &progress, learned.as_mut());
                let complete = matches!(built, Ok(Some(_)));
                // Nobody may be waiting any more.
                let _ = done.send(built);
                if let Some(learned) = learned.filter(|_| complete) {
                    corrections.learn(learned);
                }
            })
            .map_err(|error| Error::io("start a thread that builds", &file, error))?;
        let sent = send_rows(&self.store, self.options.minimum_users, PAGE, &rows).await;
        drop(rows);
        // If the thread ended before the rows did, its own error tells why.
        match (result.await, sent) {
            (Ok(Ok(Some(base))), Ok(_)) => Ok((base, file)),
            (Ok(Err(error)), _) | (_, Err(error)) => Err(error),
            (Ok(Ok(None)), Ok(_)) => Err(stopped("it was given up")),
            (Err(_), Ok(_)) => Err(stopped("its thread panicked")),
        }
    }

    /// Makes the model that repairs keywords of what the store holds now, reading `page` rows at once, and puts it in
    /// force.
    pub(crate) async fn learn_corrections(&self, page: i64) -> Result<()> {
        let (rows, mut work) = mpsc::channel(PAGES);
        let (done, result) = oneshot::channel();
        let corrections = Arc::clone(&self.suggesting.corrections);
        std::thread::Builder::new()
            .name("correction-build".to_owned())
            .spawn(move || {
                give_way(Way::Wholly);
                let mut learned = ModelBuilder::new();
                let mut complete = false;
                while let Some(page) = work.blocking_recv() {
                    complete |= matches!(page, Rows::Complete);
                    learn_from(&page, &mut learned);
                }
                if complete {
                    corrections.learn(learned);
                }
                // Nobody may be waiting any more.
                let _ = done.send(());
            })
            .map_err(|error| Error::io("start a thread that builds", &self.options.directory, error))?;
        send_rows(&self.store, self.options.minimum_users, page, &rows).await?;
        drop(rows);
        result.await.map_err(|_| stopped("its thread panicked"))
    }

    /// Puts a base in force, on disk and in memory. To be carried through once it has begun.
    pub(crate) async fn put_built_in_force(&self, built: Built) -> Result<()> {
        let Built { base, file, mark, started } = built;
        let target = self.options.suggestion_file();
        let renamed = blocking("suggestion builder", move || take_place(&file, &target)).await;
        if let Err(error) = renamed {
            self.suggesting.changes.build_failed().await;
            return Err(error);
        }
        let (entries, took) = (base.len(), started.elapsed());
        self.put_base_in_force(base, mark).await?;
        metrics::histogram!("qiusuo_suggestion_build_seconds").record(took.as_secs_f64());
        tracing::info!(entries, build.duration_ms = took.as_millis() as u64, "suggestions built");
        Ok(())
    }
}

/// Sends all rows to the building thread, `limit` at once; false when it has ended before.
async fn send_rows(store: &Store, minimum_users: i64, limit: i64, rows: &mpsc::Sender<Rows>) -> Result<bool> {
    let mut after = String::new();
    loop {
        let page = store.query_totals(&after, minimum_users, limit).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.key);
        if rows.send(Rows::Queries(page)).await.is_err() {
            return Ok(false);
        }
    }
    let mut after = 0;
    loop {
        let page = store.documents_after(after, limit).await?;
        let Some(last) = page.last() else { break };
        after = last.group_id;
        if rows.send(Rows::Documents(page)).await.is_err() {
            return Ok(false);
        }
    }
    let mut after = None;
    loop {
        let page = store.entries_after(after.as_ref(), limit).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.key.clone(), last.class));
        if rows.send(Rows::Entries(page)).await.is_err() {
            return Ok(false);
        }
    }
    Ok(rows.send(Rows::Complete).await.is_ok())
}

/// The building thread's work; `None` when the build was given up.
fn build(
    mut rows: mpsc::Receiver<Rows>,
    options: BuildOptions,
    file: &Path,
    progress: &BuildProgress,
    mut learned: Option<&mut ModelBuilder>,
) -> Result<Option<Base>> {
    let (at, mut builder) = (options.at, Builder::new(options));
    let (mut miner, mut seen) = (Miner::new(), 0);
    loop {
        let page = rows.blocking_recv();
        if let (Some(page), Some(learned)) = (&page, &mut learned) {
            learn_from(page, learned);
        }
        match page {
            None => return Ok(None),
            Some(Rows::Complete) => break,
            Some(Rows::Queries(page)) => {
                seen += page.len();
                page.into_iter().filter_map(Asked::of).for_each(|asked| builder.push(&asked.candidate(at)));
            }
            Some(Rows::Documents(page)) => {
                seen += page.len();
                for row in &page {
                    let tags = row.split_tags();
                    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
                    miner.add(&row.title, &tags);
                }
            }
            Some(Rows::Entries(page)) => {
                seen += page.len();
                page.into_iter().filter_map(candidates::of_entry).for_each(|entry| builder.push(&entry));
            }
        }
        progress.report(Progress { stage: Stage::Collecting, done: seen as u64, total: 0 });
    }
    let phrases = miner.phrases(MINIMUM_DOCUMENTS).into_iter();
    let candidates = phrases.filter_map(|(text, documents)| candidates::of_phrase(text, documents));
    candidates.for_each(|phrase| builder.push(&phrase));
    let pool = rayon::ThreadPoolBuilder::new()
        .thread_name(|index| format!("suggestion-build-{index}"))
        .start_handler(|_| give_way(Way::Wholly))
        .build()
        .map_err(|error| stopped(&error.to_string()))?;
    let base = pool.install(|| builder.build_to(file, &|now| progress.report(now)));
    base.map(Some).map_err(|error| Error::io("write the suggestion file", file, error))
}

/// Takes in what people wrote: titles, and what may be suggested of queries and entries.
fn learn_from(rows: &Rows, learned: &mut ModelBuilder) {
    match rows {
        Rows::Queries(page) => {
            let fit = page.iter().filter(|query| candidates::may_be_suggested(&query.surface, &query.key));
            fit.for_each(|query| learned.add(&query.surface));
        }
        Rows::Documents(page) => page.iter().for_each(|row| learned.add(&row.title)),
        Rows::Entries(page) => {
            let fit = page.iter().filter(|entry| candidates::may_be_suggested(&entry.text, &entry.key));
            fit.for_each(|entry| learned.add(&entry.text));
        }
        Rows::Complete => {}
    }
}

fn stopped(reason: &str) -> Error {
    Error::JobStopped { job: "suggestion builder", reason: reason.to_owned() }
}

/// A file beside `target` that no other build uses.
fn file_of_its_own(target: &Path) -> PathBuf {
    static BUILDS: AtomicU64 = AtomicU64::new(0);
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}", std::process::id(), BUILDS.fetch_add(1, Ordering::Relaxed)));
    target.with_file_name(name)
}

/// Renames a durable file, durably.
fn take_place(file: &Path, target: &Path) -> Result<()> {
    let renamed = fs::rename(file, target);
    if renamed.is_err() {
        // The first error is the one to report; what stays is removed at the next start.
        let _ = fs::remove_file(file);
    }
    renamed.map_err(|error| Error::io("replace", target, error))?;
    if cfg!(unix)
        && let Some(directory) = target.parent()
    {
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(|error| Error::io("make a rename durable in", directory, error))?;
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn no_two_builds_share_a_file() {
        let target = Path::new("/data/suggestions.base");
        let (one, two) = (file_of_its_own(target), file_of_its_own(target));
        assert!(one != two && one != target && one.parent() == target.parent());
    }

    #[test]
    fn a_build_that_nobody_waits_for_ends_without_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("suggestions.base.1-1");
        let (rows, work) = mpsc::channel(1);
        rows.try_send(Rows::Queries(Vec::new())).ok().unwrap();
        drop(rows);
        let built = build(work, BuildOptions::default(), &file, &BuildProgress::default(), None).unwrap();
        assert!(built.is_none() && !file.exists());
    }
}
