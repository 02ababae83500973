//! The access log: one JSON object a line, one append to a buffer a request.
//!
//! A request's line is put together on its own thread; the lock is held for one copy. A thread of the log's own
//! writes the buffer out when 64 KB have come together, and every 100 ms otherwise. What a line never has: a
//! query string, a keyword's text, a token, a key, a signature.

mod line;
mod sink;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

pub use line::Entry;
use sink::Sink;

/// Writes the access log.
#[derive(Debug)]
pub struct AccessLog {
    /// Nothing at all when the log is off.
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    pending: Mutex<Pending>,
    wake: Condvar,
    /// Taken before `pending`, so that lines reach the sink in their order whoever writes them out.
    sink: Mutex<Writing>,
    failed_writes: AtomicU64,
}

#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    closing: bool,
}

#[derive(Debug)]
struct Writing {
    sink: Sink,
    /// The other buffer: it and the pending one change places, so that neither is allocated anew.
    spare: Vec<u8>,
    /// Whether the last write failed; the log of the server says it once, not a hundred times a minute.
    failing: bool,
}

/// The writer is woken when this much waits.
const FLUSH_BYTES: usize = 64 * 1024;

/// How long a line waits at most.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);

/// A sink that does not take anything any more costs at most this much memory; lines beyond are counted as
/// failed.
const MOST_PENDING_BYTES: usize = 8 * 1024 * 1024;

impl AccessLog {
    /// Appends to a file, which is made if it is absent. A file that is renamed away or deleted meanwhile
    /// (log rotation) is followed by a new one under the old name.
    pub fn file(path: &Path) -> io::Result<Self> {
        Self::start(Sink::file(path)?)
    }

    /// Writes to standard error.
    pub fn stderr() -> io::Result<Self> {
        Self::start(Sink::Stderr)
    }

    /// Writes nothing.
    #[must_use]
    pub fn off() -> Self {
        Self { running: None }
    }

    /// Takes one request's line.
    pub fn log(&self, entry: &Entry<'_>) {
        let Some(running) = &self.running else { return };
        line::with_line(entry, |line| running.shared.append(line));
    }

    /// Writes out what waits, and returns when it is written.
    pub fn flush(&self) {
        if let Some(running) = &self.running {
            running.shared.write_out();
        }
    }

    /// How many lines could not be written since the start.
    #[must_use]
    pub fn failed_writes(&self) -> u64 {
        let failed = |running: &Running| running.shared.failed_writes.load(Ordering::Relaxed);
        self.running.as_ref().map_or(0, failed)
    }

    fn start(sink: Sink) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            pending: Mutex::new(Pending { bytes: Vec::with_capacity(2 * FLUSH_BYTES), closing: false }),
            wake: Condvar::new(),
            sink: Mutex::new(Writing { sink, spare: Vec::with_capacity(2 * FLUSH_BYTES), failing: false }),
            failed_writes: AtomicU64::new(0),
        });
        let of_thread = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("access-log".into())
            .spawn(move || of_thread.write_until_closed())?;
        Ok(Self { running: Some(Running { shared, writer: Some(writer) }) })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.pending.lock().closing = true;
        self.shared.wake.notify_one();
        let ended = self.writer.take().map(JoinHandle::join);
        if let Some(Err(_)) = ended {
            tracing::error!("the access log's writer panicked");
        }
    }
}

impl Shared {
    fn append(&self, line: &[u8]) {
        let mut pending = self.pending.lock();
        let before = pending.bytes.len();
        if MOST_PENDING_BYTES < before + line.len() {
            drop(pending);
            self.failed_writes.fetch_add(1, Ordering::Relaxed);
            return;
        }
        pending.bytes.extend_from_slice(line);
        let is_full = before < FLUSH_BYTES && FLUSH_BYTES <= pending.bytes.len();
        drop(pending);
        if is_full {
            self.wake.notify_one();
        }
    }

    fn write_until_closed(&self) {
        loop {
            let mut pending = self.pending.lock();
            if !pending.closing && pending.bytes.len() < FLUSH_BYTES {
                self.wake.wait_for(&mut pending, FLUSH_INTERVAL);
            }
            let closing = pending.closing;
            drop(pending);
            self.write_out();
            if closing {
                return;
            }
        }
    }

    fn write_out(&self) {
        let mut writing = self.sink.lock();
        let mut lines = std::mem::take(&mut writing.spare);
        std::mem::swap(&mut lines, &mut self.pending.lock().bytes);
        let result = if lines.is_empty() { Ok(()) } else { writing.sink.write(&lines) };
        if let Err(failure) = &result {
            self.failed_writes.fetch_add(failure.lost_lines, Ordering::Relaxed);
        }
        writing.report(&result);
        lines.clear();
        writing.spare = lines;
    }
}

impl Writing {
    fn report(&mut self, result: &Result<(), sink::Failure>) {
        match result {
            Err(failure) if !self.failing => {
                tracing::error!(error = %failure.error, "cannot write the access log; lost lines are counted");
            }
            Ok(()) if self.failing => tracing::info!("the access log is written again"),
            _ => {}
        }
        self.failing = result.is_err();
    }
}

#[cfg(test)]
mod tests;
