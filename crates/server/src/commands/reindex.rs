//! `qiusuo reindex`: the content index made anew, by this command or by the server that runs on the directory.

use std::process::ExitCode;

use anyhow::Result;
use engine::{RebuildFigures, Reindexed};
use serde_json::json;

use super::opening;
use crate::{cli::Global, config::Config, logging, output};

/// Runs the command.
pub(super) async fn run(global: &Global, config: &Config) -> Result<ExitCode> {
    logging::start(&config.log);
    let mut bar: Option<output::Progress> = None;
    let told = |figures: RebuildFigures| {
        // The total is known once the items are counted.
        if figures.total > 0 {
            let new = || output::Progress::count("reindex", Some(figures.total));
            bar.get_or_insert_with(new).set(figures.documents);
        }
    };
    let made = engine::reindex(opening::options(global, config), told).await;
    drop(bar);
    let Reindexed { documents, duration } = made?;
    let seconds = duration.as_secs_f64();
    let rate = (documents as f64 / seconds.max(0.001)).round();
    if global.json {
        let seconds = (seconds * 1_000.0).round() / 1_000.0;
        let summary = json!({ "documents": documents, "seconds": seconds, "documents_per_second": rate });
        output::json(&summary)?;
    } else {
        output::note(format_args!(
            "{documents} documents in {seconds:.1} seconds, {rate} documents a second; the new index is in force"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
