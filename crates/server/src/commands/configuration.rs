//! `qiusuo config`: the effective configuration and where each value comes from.

use std::process::ExitCode;

use anyhow::Result;

use crate::{cli::Global, config::Config, output};

/// Prints it, secrets masked.
pub(super) fn run(global: &Global, config: &Config) -> Result<ExitCode> {
    if global.json {
        output::json(&config.effective_json())?;
    } else {
        output::data(config.effective().trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}
