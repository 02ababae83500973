//! What a command says: data to standard output, everything else to standard error.
//!
//! Nothing needs colour to be understood; colours are left out where the output is not a terminal and where
//! `NO_COLOR` says so. A reader of standard output that goes away early (`| head`) ends a command quietly.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::config::ConfigError;
use crate::tls::TlsError;

/// Prints lines of data.
///
/// # Errors
/// Standard output does not take it.
pub fn data(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    // On a terminal a title from somewhere must not be able to move the cursor or to change the window.
    let shown = if out.is_terminal() { without_controls(text) } else { text.into() };
    writeln!(out, "{shown}")?;
    Ok(())
}

/// Prints one JSON document on a line of its own.
///
/// # Errors
/// Standard output does not take it.
pub fn json(document: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec(document)?;
    bytes.push(b'\n');
    raw_bytes(&bytes)
}

/// Prints bytes exactly as they are, and ends the line.
///
/// # Errors
/// Standard output does not take it.
pub fn raw(bytes: &[u8]) -> Result<()> {
    raw_bytes(&[bytes, b"\n"].concat())
}

/// Prints a table: to the width of a terminal, and without any frame.
///
/// # Errors
/// Standard output does not take it.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head.iter().map(|name| name.to_uppercase()));
    table.add_rows(rows);
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    data(&lines.join("\n"))
}

/// Tells the person at the terminal something that is not data.
pub fn note(text: impl Display) {
    // Nobody is left to hear that standard error is closed.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Prints an error with its causes and what to do about it; says how the process ends.
#[must_use]
pub fn failure(error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let _ = write!(anstream::stderr().lock(), "{}", Failure(error));
    ExitCode::FAILURE
}

/// An error that says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Hinted {
    message: String,
    hint: String,
}

/// An error with a sentence that says what to do next.
#[must_use]
pub fn hinted(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Hinted { message: message.into(), hint: hint.into() }.into()
}

/// A bar that shows on a terminal how far long work has come, and nothing elsewhere.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar over the bytes of `name`; without a total only the bytes so far are shown.
    #[must_use]
    pub fn bytes(name: &str, total: Option<u64>) -> Self {
        let form = match total {
            Some(_) => "{msg} [{bar:32}] {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
            None => "{msg} {spinner} {bytes}  {bytes_per_sec}",
        };
        Self::new(name, total, form)
    }

    /// A bar over things that are counted.
    #[must_use]
    pub fn count(name: &str, total: Option<u64>) -> Self {
        let form = match total {
            Some(_) => "{msg} [{bar:32}] {human_pos}/{human_len}  {per_sec}  {eta} left",
            None => "{msg} {spinner} {human_pos}  {per_sec}",
        };
        Self::new(name, total, form)
    }

    /// Says how far the work has come.
    pub fn set(&self, position: u64) {
        self.0.set_position(position);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }

    fn new(name: &str, total: Option<u64>, form: &str) -> Self {
        // A bar draws on standard error, and only where that is a terminal.
        let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(name.to_owned());
        Self(bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

/// An error as it is printed.
struct Failure<'a>(&'a anyhow::Error);

impl Display for Failure<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "\u{1b}[1;31merror\u{1b}[0m: {}", self.0)?;
        let mut said = self.0.to_string();
        for cause in self.0.chain().skip(1).map(ToString::to_string) {
            // An error that has its cause in its own words is not followed by it once more.
            if !said.contains(&cause) {
                writeln!(formatter, "  because: {cause}")?;
                said = cause;
            }
        }
        match hint(self.0) {
            Some(hint) => writeln!(formatter, "\u{1b}[1;36mhint\u{1b}[0m: {hint}"),
            None => Ok(()),
        }
    }
}

/// What the first error that knows says to do.
fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        let of_config = cause.downcast_ref().and_then(ConfigError::hint);
        let of_tls = cause.downcast_ref().and_then(TlsError::hint);
        let hinted = cause.downcast_ref().map(|hinted: &Hinted| hinted.hint.clone());
        of_config.or(of_tls).or(hinted)
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let kind = cause.downcast_ref().map(io::Error::kind);
        kind == Some(io::ErrorKind::BrokenPipe)
    })
}

fn raw_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

fn without_controls(text: &str) -> std::borrow::Cow<'_, str> {
    let is_harmful = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if text.contains(is_harmful) { text.replace(is_harmful, "\u{fffd}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    fn check(error: &anyhow::Error, expected: &str) {
        assert_eq!(anstream::adapter::strip_str(&Failure(error).to_string()).to_string(), expected);
    }

    #[test]
    fn an_error_has_its_causes_and_a_hint() {
        check(&anyhow!("no such keyword"), "error: no such keyword\n");
        let cause = io::Error::other("disk full");
        check(
            &anyhow::Error::from(cause).context("cannot import"),
            "error: cannot import\n  because: disk full\n",
        );
        let told = anyhow::Error::from(io::Error::other("disk full")).context("cannot import: disk full");
        check(&told, "error: cannot import: disk full\n");
        let hinted = hinted("the directory is in use", "stop the server").context("cannot serve");
        check(&hinted, "error: cannot serve\n  because: the directory is in use\nhint: stop the server\n");
        let config = ConfigError::Incomplete { present: "a", absent: "b" };
        assert!(hint(&config.into()).is_some_and(|hint| hint.contains("HTTPS needs")));
    }

    #[test]
    fn a_reader_that_left_is_not_an_error() {
        let gone = || Err::<(), _>(io::Error::from(io::ErrorKind::BrokenPipe)).context("cannot print");
        assert!(gone().is_err_and(|error| is_broken_pipe(&error)));
        assert!(!is_broken_pipe(&anyhow!("other")));
    }

    #[test]
    fn a_terminal_gets_no_controls() {
        assert_eq!(without_controls("标题\tok\n"), "标题\tok\n");
        assert_eq!(without_controls("a\u{1b}]0;x\u{7}b\u{9b}2J"), "a\u{fffd}]0;x\u{fffd}b\u{fffd}2J");
    }
}
