//! What each command of the binary does.

mod accounts;
mod configuration;
mod credentials;
mod demo;
mod eval;
mod import;
mod items;
mod look;
mod opening;
mod reindex;
mod rules;
mod serve;
mod sign;

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

use crate::{
    cli::{Command, CommandLine},
    config::{Config, Overrides},
};

/// How long threads that still work may hold up the end of the process.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);

/// Runs one command. The exit code is 0 when all went well, 3 when an import rejected lines.
///
/// # Errors
/// What went wrong, to be shown with its causes.
pub fn run(command_line: CommandLine) -> Result<ExitCode> {
    let CommandLine { global, command } = command_line;
    let runtime = runtime().context("cannot start threads")?;
    let overrides = overrides(&command);
    let load = || Config::load(&global.data, global.config.as_deref(), &overrides);
    let ended = runtime.block_on(async {
        match command {
            Command::Serve(_) => serve::run(&global, load()?).await,
            Command::Demo(_) => demo::run(&global, load()?).await,
            Command::Import(import) => import::run(&global, &load()?, import).await,
            Command::App(app) => credentials::app(&global, &load()?, app).await,
            Command::Token(token) => credentials::token(&global, &load()?, token).await,
            Command::Operator(operator) => credentials::operator(&global, &load()?, operator).await,
            Command::Account(account) => accounts::run(&global, &load()?, account).await,
            Command::Doctor => accounts::doctor(&global, &load()?).await,
            Command::Audit(audit) => credentials::audit(&global, &load()?, audit).await,
            Command::Items(items) => items::run(&global, &load()?, items).await,
            Command::Rules(rules) => rules::run(&global, &load()?, rules).await,
            Command::Reindex => reindex::run(&global, &load()?).await,
            Command::Suggest(suggest) => look::suggest(&global, load()?, &suggest).await,
            Command::Search(search) => look::search(&global, load()?, &search).await,
            Command::Sign(sign) => sign::run(&global, &load()?, &sign).await,
            Command::Eval(eval) => eval::run(&global, &load()?, eval).await,
            Command::Config => configuration::run(&global, &load()?),
            Command::Completions(completions) => {
                CommandLine::write_completions(completions.shell, &mut std::io::stdout());
                Ok(ExitCode::SUCCESS)
            }
        }
    });
    // A build of the suggestions that is under way is given up: the next start makes it.
    runtime.shutdown_timeout(LEAVE_WITHIN);
    ended
}

/// Threads for tasks. Where there is one core, tasks need not be ready to move to another thread, which costs each
/// of them a little; what takes long runs on threads of its own in either case.
fn runtime() -> std::io::Result<Runtime> {
    let is_single = std::thread::available_parallelism().is_ok_and(|threads| threads.get() == 1);
    let mut builder = if is_single { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build()
}

/// What the command's flags say about the configuration.
fn overrides(command: &Command) -> Overrides {
    match command {
        Command::Serve(serve) => Overrides {
            listen: serve.listen.listen.clone(),
            tls_listen: serve.listen.tls_listen.clone(),
            tls_certificate: serve.listen.tls_cert.clone(),
            tls_key: serve.listen.tls_key.clone(),
        },
        Command::Demo(demo) => Overrides { listen: demo.listen.clone(), ..Overrides::default() },
        _ => Overrides::default(),
    }
}
