//! Where the program's own messages go: standard error, as lines for people or as JSON.

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Log, LogFormat, LogLevel};

/// Starts logging as configured. Further calls change nothing.
pub fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Off => "off",
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    // Libraries speak only of what is wrong; tantivy tells every commit at `info`.
    let ours = ["qiusuo", "engine", "search", "store", "suggest"].map(|target| format!("{target}={level}"));
    let others = if matches!(log.level, LogLevel::Off) { "off" } else { "warn" };
    let filter = EnvFilter::new(format!("{others},{}", ours.join(",")));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let started = match log.format {
        LogFormat::Text => {
            builder.with_ansi(std::env::var_os("NO_COLOR").is_none() && is_terminal()).try_init()
        }
        LogFormat::Json => builder.json().try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

fn is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}
