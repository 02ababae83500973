//! The reading thread: lines in, whole batches of parsed rows out.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use anyhow::{Context, Result};
use tokio::sync::mpsc;
use wire::import::LineError;

use super::{
    lines::{Line, Lines},
    rejects::Reject,
};
use crate::output::Progress;

/// Batches that may wait for the store.
const WAITING: usize = 2;
/// Bytes of lines after which a batch is full whatever its number of lines.
const BATCH_BYTES: usize = 8 << 20;

/// Some parsed lines.
pub(super) struct Batch<T> {
    /// The rows, in the order of their lines.
    pub(super) rows: Vec<T>,
    /// The lines that were refused.
    pub(super) rejects: Vec<Reject>,
    /// Keys that mean nothing here.
    pub(super) unknown_keys: BTreeMap<String, u64>,
    /// Columns that mean nothing here, told once.
    pub(super) ignored_columns: Vec<String>,
    /// Lines without an identity of their own.
    pub(super) derived_ids: u64,
    /// The number of the last line in it, counted from 1.
    pub(super) last_line: u64,
}

impl<T> Batch<T> {
    fn new() -> Batch<T> {
        Batch {
            rows: Vec::new(),
            rejects: Vec::new(),
            unknown_keys: BTreeMap::new(),
            ignored_columns: Vec::new(),
            derived_ids: 0,
            last_line: 0,
        }
    }

    /// Counts keys that mean nothing here.
    pub(super) fn unknown(&mut self, keys: Vec<String>) {
        for key in keys {
            *self.unknown_keys.entry(key).or_default() += 1;
        }
    }
}

/// What becomes of one line.
pub(super) type Parse<T> = Box<dyn FnMut(&str, &mut Batch<T>) -> Result<(), LineError> + Send>;

/// Parsed batches as they come.
pub(super) struct Reader<T> {
    batches: mpsc::Receiver<Result<Batch<T>>>,
    progress: Progress,
    read: Arc<AtomicU64>,
}

impl<T: Send + 'static> Reader<T> {
    /// Starts reading `path` in batches of `size` lines, each one transaction. `parse` puts the row of a line into the batch, or refuses the line; an empty
    /// line is passed over, and lines up to `skip` are.
    pub(super) fn start(path: &Path, skip: u64, size: usize, parse: Parse<T>) -> Result<Reader<T>> {
        let lines = Lines::open(path)?;
        let read = Arc::clone(&lines.read);
        let progress = Progress::bytes(&path.display().to_string(), lines.size);
        let (sender, batches) = mpsc::channel(WAITING);
        thread::Builder::new()
            .name("import reader".to_owned())
            .spawn(move || read_all(lines, (skip, size), parse, &sender))
            .context("cannot start the reading thread")?;
        Ok(Reader { batches, progress, read })
    }

    /// The next batch; `None` at the end of the file.
    pub(super) async fn next(&mut self) -> Result<Option<Batch<T>>> {
        self.progress.set(self.read.load(Ordering::Relaxed));
        let batch = self.batches.recv().await.transpose();
        if !matches!(batch, Ok(Some(_))) {
            self.progress.finish();
        }
        batch
    }
}

fn read_all<T>(lines: Lines, limits: (u64, usize), parse: Parse<T>, sender: &mpsc::Sender<Result<Batch<T>>>) {
    if let Err(error) = read_lines(lines, limits, parse, sender) {
        // Nobody listening any more means that the import failed elsewhere.
        let _ = sender.blocking_send(Err(error));
    }
}

fn read_lines<T>(
    mut lines: Lines,
    (skip, size): (u64, usize),
    mut parse: Parse<T>,
    sender: &mpsc::Sender<Result<Batch<T>>>,
) -> Result<()> {
    let mut batch = Batch::new();
    let (mut number, mut bytes) = (0, 0);
    while let Some(line) = lines.next_line()? {
        number += 1;
        if number <= skip {
            continue;
        }
        batch.last_line = number;
        if let Line::Text(text) = &line {
            bytes += text.len();
        }
        let refused = match line {
            Line::Text(text) if text.trim().is_empty() => continue,
            Line::Text(text) => parse(&text, &mut batch).err(),
            Line::Bad(reason) => Some(LineError::new("line", reason)),
        };
        if let Some(LineError { key, reason }) = refused {
            batch.rejects.push(Reject { line: number, key, reason });
        }
        if batch.rows.len() + batch.rejects.len() >= size || bytes >= BATCH_BYTES {
            bytes = 0;
            let full = std::mem::replace(&mut batch, Batch::new());
            if sender.blocking_send(Ok(full)).is_err() {
                return Ok(());
            }
        }
    }
    batch.last_line = number;
    let _ = sender.blocking_send(Ok(batch));
    Ok(())
}
