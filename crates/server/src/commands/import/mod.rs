//! `qiusuo import`: content, a query log or suggestion entries, from files or standard input.
//!
//! A thread of its own reads, unpacks and parses; this task writes whole batches, so that parsing, SQL and
//! indexing run beside each other.

mod content;
mod entries;
mod lines;
mod queries;
mod reader;
mod rejects;
mod summary;

use std::{process::ExitCode, time::Instant};

use anyhow::Result;
use engine::{Hold, Visible, Writing};

use super::opening;
use crate::{
    cli::{Global, Import, ImportKind},
    config::Config,
    logging, output,
};
pub(super) use lines::{Line, Lines};
pub(super) use queries::{Form, logged};

use rejects::Rejects;
use summary::Summary;

/// Exit code when some lines were rejected.
pub(super) const SOME_REJECTED: u8 = 3;

/// What the imports of all kinds share.
struct Session<'a> {
    writing: Writing,
    config: &'a Config,
    summary: Summary,
    rejects: Rejects,
    again: bool,
    apply_threshold: bool,
}

/// Runs the import.
pub(super) async fn run(global: &Global, config: &Config, import: Import) -> Result<ExitCode> {
    logging::start(&config.log);
    let started = Instant::now();
    let hold = if import.no_wait { Hold::Never } else { Hold::IfFree };
    let mut session = Session {
        writing: Writing::open(opening::options(global, config), "import", hold).await?,
        config,
        summary: Summary::default(),
        rejects: Rejects::new(import.rejects, &global.data),
        again: import.again,
        apply_threshold: import.apply_threshold,
    };
    let imported = session.files(&import.files, import.kind).await;
    let waited = match (&imported, import.no_wait) {
        (Ok(()), false) => session.writing.wait(visible(import.kind)).await,
        _ => Ok(()),
    };
    let Session { writing, mut summary, rejects, .. } = session;
    summary.rejects = rejects.close()?;
    writing.close().await;
    if let (true, Some(path)) = (imported.is_err() || waited.is_err(), &summary.rejects) {
        output::note(format_args!("the lines that were rejected before are told in {}", path.display()));
    }
    imported?;
    waited?;
    summary.seconds = started.elapsed().as_secs_f64();
    if global.json {
        output::json(&summary.to_json())?;
    } else {
        summary.tell();
    }
    Ok(if summary.rejected > 0 { ExitCode::from(SOME_REJECTED) } else { ExitCode::SUCCESS })
}

impl Session<'_> {
    async fn files(&mut self, files: &[std::path::PathBuf], kind: ImportKind) -> Result<()> {
        let mut finished = None;
        for file in files {
            let imported = match kind {
                ImportKind::Content => content::import(self, file).await,
                ImportKind::Queries => queries::import(self, file).await,
                ImportKind::Entries => entries::import(self, file).await,
            };
            // Of several files some may be in already, from a run that was interrupted: the others follow.
            match imported {
                Err(error) if is_finished(&error) => {
                    output::note(format_args!("{}: {error}", file.display()));
                    finished = Some(error);
                }
                imported => imported?,
            }
        }
        match finished {
            Some(error) if self.summary.read == 0 => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether the file was imported to its end before.
fn is_finished(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(engine::Error::ImportedBefore { .. }))
}

fn visible(kind: ImportKind) -> Visible {
    match kind {
        ImportKind::Content => Visible::Search,
        ImportKind::Queries | ImportKind::Entries => Visible::Suggestions,
    }
}
