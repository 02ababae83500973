//! `qiusuo rules`: its options.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

/// `qiusuo rules`.
#[derive(Debug, Clone, Subcommand)]
pub enum Rules {
    /// Place a text at a position for what is typed
    #[command(after_help = "Times are RFC 3339, `YYYY-MM-DD[ HH:MM[:SS]]` in Shanghai, or Unix seconds.")]
    Pin(Pin),
    /// Keep a text, or all texts that match a pattern, out of the suggestions
    Ban(Ban),
    /// Let words be found by one another: items with any of them, behind those with the typed one
    Synonyms(Synonyms),
    /// List the rules, the oldest first
    List,
    /// Remove the rule of this number
    Remove(RemoveRule),
    /// Write all rules to a file, one JSON object a line
    Export(RulesFile),
    /// Add the rules of a file that are not there yet: all of them, or none if a line is bad
    Import(RulesFile),
}

/// `qiusuo rules pin`.
#[derive(Debug, Clone, Args)]
pub struct Pin {
    /// What is typed, whole; case, width and script do not count
    #[arg(allow_hyphen_values = true)]
    pub prefix: String,
    /// The text to place; it need not be a suggestion otherwise
    #[arg(allow_hyphen_values = true)]
    pub text: String,
    /// The place in the list, 1 to 15
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=15))]
    pub position: i64,
    /// From when on it counts [default: at once]
    #[arg(long, value_name = "T", value_parser = moment)]
    pub from: Option<i64>,
    /// From when on it no longer counts [default: never]
    #[arg(long, value_name = "T", value_parser = moment)]
    pub to: Option<i64>,
}

/// `qiusuo rules ban`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("banned").required(true).args(["text", "pattern"])))]
pub struct Ban {
    /// The text; its variants in script, width, case and spacing are banned with it
    #[arg(allow_hyphen_values = true)]
    pub text: Option<String>,
    /// A regular expression, matched against the text as it is shown and as it is compared
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    pub pattern: Option<String>,
}

/// `qiusuo rules synonyms`.
#[derive(Debug, Clone, Args)]
pub struct Synonyms {
    /// The words; case, width and script do not count
    #[arg(required = true, num_args = 1.., value_name = "WORD")]
    pub words: Vec<String>,
    /// Only a search for this word finds the others
    #[arg(long, value_name = "WORD")]
    pub from: Option<String>,
}

/// `qiusuo rules remove`.
#[derive(Debug, Clone, Args)]
pub struct RemoveRule {
    /// Its number in `qiusuo rules list`
    pub id: i64,
}

/// A file of rules.
#[derive(Debug, Clone, Args)]
pub struct RulesFile {
    /// The file, - for standard input or output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Reads a moment.
fn moment(text: &str) -> Result<i64, String> {
    wire::time::moment(text).ok_or_else(|| {
        "expected RFC 3339 (2026-01-01T08:00:00+08:00), `YYYY-MM-DD[ HH:MM[:SS]]` in Shanghai, or Unix seconds"
            .to_owned()
    })
}
