//! `qiusuo eval`: how good suggestions and search are.

mod corrections;
mod log;
mod routes;
mod search;
mod suggest;

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    cli::{Eval, Global},
    config::Config,
    logging,
};

/// Runs the evaluation.
pub(super) async fn run(global: &Global, config: &Config, eval: Eval) -> Result<ExitCode> {
    logging::start(&config.log);
    match eval {
        Eval::Suggest(options) => suggest::run(global, config, &options)?,
        Eval::Routes(options) => routes::run(global, config, &options).await?,
        Eval::Corrections(options) => corrections::run(global, &options)?,
        Eval::Search(options) => search::run(global, config, &options).await?,
    }
    Ok(ExitCode::SUCCESS)
}
