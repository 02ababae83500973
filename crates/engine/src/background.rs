//! Threads that give way to requests, however much there is to do.
//!
//! A thread inherits how nice it is from the one that starts it. So what a job on such a thread starts, the threads of
//! the index's writer and of the store's connections included, gives way too.

use std::{path::Path, thread};

use tokio::sync::oneshot;

use crate::{Error, Result};

/// How far a thread gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It gets a third of what a request gets where both want to run, so that what is written can be found even while a
    /// server is as busy as it can be.
    Partly,
    /// It runs when nobody else wants to.
    Wholly,
}

impl Way {
    #[cfg(target_os = "linux")]
    fn nice(self) -> i32 {
        match self {
            Way::Partly => 5,
            Way::Wholly => 19,
        }
    }
}

/// Lets this thread, and those that it will start, give way where there is such a thing.
pub(crate) fn give_way(way: Way) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, way.nice()) {
        tracing::debug!(%error, ?way, "a thread in the background keeps its priority");
    }
}

/// Runs a job on a thread and a runtime of its own, which give way. Whoever drops this ends the job.
pub(crate) async fn run<T: Send + 'static>(
    name: &'static str,
    job: impl Future<Output = T> + Send + 'static,
) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::io("start a runtime for", Path::new(name), error))?;
    let (mut done, result) = oneshot::channel();
    start(name, move || {
        runtime.block_on(async {
            tokio::select! {
                ended = job => drop(done.send(ended)),
                () = done.closed() => {}
            }
        });
    })?;
    result.await.map_err(|_| panicked(name))
}

/// Runs work that may take long on a thread of its own, which gives way.
pub(crate) async fn work<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (done, result) = oneshot::channel();
    // Nobody may be waiting any more.
    start(name, move || drop(done.send(work())))?;
    result.await.map_err(|_| panicked(name))
}

fn start(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
        give_way(Way::Partly);
        work();
    });
    thread.map(drop).map_err(|error| Error::io("start a thread for", Path::new(name), error))
}

fn panicked(job: &'static str) -> Error {
    Error::JobStopped { job, reason: "its thread panicked".to_owned() }
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
mod tests {
    use super::*;

    fn nice() -> i32 {
        rustix::process::getpriority_process(None).unwrap()
    }

    #[tokio::test]
    async fn a_job_and_what_it_starts_give_way_and_nobody_else_does() {
        let before = nice();
        let found = run("job", async {
            let blocking = tokio::task::spawn_blocking(nice).await.unwrap();
            let started = thread::spawn(nice).join().unwrap();
            (nice(), blocking, started)
        });
        let expected = Way::Partly.nice();
        assert_eq!(found.await.unwrap(), (expected, expected, expected));
        assert_eq!(work("work", nice).await.unwrap(), expected);
        assert_eq!(nice(), before);
    }

    #[tokio::test]
    async fn a_job_that_panics_is_told() {
        let told: Result<()> = run("job", async { panic!("a defect") }).await;
        assert!(told.unwrap_err().to_string().contains("panicked"));
    }

    #[tokio::test]
    async fn a_job_that_nobody_waits_for_ends() {
        let (held, mut dropped) = oneshot::channel::<()>();
        let job = run("job", async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        let waited = tokio::time::timeout(std::time::Duration::from_millis(1), job);
        assert!(waited.await.is_err());
        assert!((&mut dropped).await.is_err());
    }
}
