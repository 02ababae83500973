//! `qiusuo eval`: its options.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use wire::time;

/// Seconds in an hour.
const HOUR: f64 = 3600.0;

/// `qiusuo eval`.
#[derive(Debug, Clone, Subcommand)]
pub enum Eval {
    /// Replay a dated query log: learn on the days before, test on the next
    #[command(
        long_about = "Replay a dated query log. Each test day's queries are typed, as they are written and in \
                      pinyin, against suggestions learned from everything before that day. Printed by prefix \
                      length 1 to 6: the mean reciprocal rank within ten places, the part of the queries that are \
                      among fifteen, and the part of the keystrokes that this saves; beside \"most popular \
                      completion\", which is every query with that prefix ordered by its decayed count.\n\nA date \
                      without a time of day counts as noon in Asia/Shanghai. A query that nobody searched before \
                      its day counts as not found. The data directory is not read but for its configuration."
    )]
    Suggest(EvalSuggest),
    /// Type entries in every route and count how many come back
    #[command(
        long_about = "Type each entry by the rules of every route, in full and in part, and print how many are \
                      among the first fifteen suggestions. With --log the suggestions are learned from the log, \
                      and the entries are a sample of it; without, the data directory is asked for the entries \
                      of --entries."
    )]
    Routes(EvalRoutes),
    /// Search a judged set and print how well it is ranked, beside plain BM25
    #[command(
        long_about = "Search a judged set. Its titles are indexed in a directory of their own, which is deleted \
                      again; every query that has a relevant title is asked as the server would answer it, with \
                      near-duplicates and authors left where they rank. Printed are MRR@10, nDCG@10 (gain \
                      2^grade - 1) and Recall@100, beside BM25 (k1 0.9, b 0.4) over characters and bigrams and \
                      over dictionary words.\n\nThe files are tables of tab-separated columns without a header, \
                      plain, .gz or .zst: corpus and queries have an id and a text, the judgements a query's id, a \
                      column that is passed over, a title's id and a grade. The data directory is not read but for \
                      its configuration."
    )]
    Search(EvalSearch),
    /// Repair wrong characters and count how often that gives what was meant
    #[command(
        long_about = "Repair wrong characters. The model that repairs keywords is learned from the texts, as a server \
                      learns it from its titles and its query log; then each typed text of the pairs is repaired. \
                      Printed are the part of the wrong pairs whose meant text, as a whole, is the first repair and \
                      among the first three, the part of the equal pairs that are changed though there is nothing to \
                      repair, the time a text takes and the size of the model.\n\nPairs are a typed and a meant text \
                      a line, with a tab between them. Texts are plain lines, tables of tab-separated columns \
                      (the column query, title or text where a header names one, else the last one) or lines of \
                      JSON with a title, a query or a text; each text of a file counts once. All files may be plain, \
                      .gz or .zst. The data directory is not read."
    )]
    Corrections(EvalCorrections),
}

/// `qiusuo eval corrections`.
#[derive(Debug, Clone, Args)]
pub struct EvalCorrections {
    /// What was typed and what was meant
    #[arg(long, value_name = "FILE")]
    pub pairs: PathBuf,
    /// What the model is learned from; several files, or several times
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub texts: Vec<PathBuf>,
    /// Print up to N pairs that are not repaired as they were meant, and N that are changed
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub misses: usize,
}

/// `qiusuo eval search`.
#[derive(Debug, Clone, Args)]
pub struct EvalSearch {
    /// The titles
    #[arg(long, value_name = "FILE")]
    pub corpus: PathBuf,
    /// The queries
    #[arg(long, value_name = "FILE")]
    pub queries: PathBuf,
    /// The judgements
    #[arg(long, value_name = "FILE")]
    pub qrels: PathBuf,
    /// The grade from which on a title is relevant [default: half of the best grade there is, rounded up]
    #[arg(long, value_name = "GRADE", value_parser = clap::value_parser!(u8).range(1..))]
    pub relevant: Option<u8>,
}

/// The query log of an evaluation.
#[derive(Debug, Clone, Args)]
pub struct EvalLog {
    /// Query log, as `import --kind queries` takes it; may be given several times
    #[arg(long, value_name = "FILE")]
    pub log: Vec<PathBuf>,
    /// Only lines whose column (or key) has this value; several must all hold
    #[arg(long = "where", value_name = "COLUMN=VALUE", value_parser = Named::parse)]
    pub conditions: Vec<Named>,
}

/// `qiusuo eval suggest`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(mut_arg("log", |log| log.required(true)))]
pub struct EvalSuggest {
    /// What is replayed.
    #[command(flatten)]
    pub log: EvalLog,
    /// Test the last N days of the log
    #[arg(long, value_name = "N", default_value_t = 28, conflicts_with_all = ["from", "to"])]
    pub test_days: u32,
    /// Test from this day on, YYYY-MM-DD [default: with --to, the log's first day]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Option<i64>,
    /// Test up to this day, YYYY-MM-DD [default: with --from, the log's last day]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub to: Option<i64>,
    /// Test only every K-th of these days
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub every: u32,
    /// A half-life of the most popular completion: 14d, 12h, or all for all history; may be given several times
    #[arg(long, value_name = "TIME", value_parser = HalfLife::parse)]
    pub half_life: Vec<HalfLife>,
    /// Try another weight: slow_half_life, fast_half_life (seconds), fast, free_length, length_penalty
    #[arg(long, value_name = "NAME=NUMBER", value_parser = Weight::parse)]
    pub weight: Vec<Weight>,
}

/// `qiusuo eval routes`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["log", "entries"])))]
pub struct EvalRoutes {
    /// What is learned.
    #[command(flatten)]
    pub log: EvalLog,
    /// The texts to type, one a line [default: a sample of the log]
    #[arg(long, value_name = "FILE")]
    pub entries: Option<PathBuf>,
    /// How many of the texts to type
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub sample: usize,
    /// Where chance starts from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How much of an entry the second table types
    #[arg(long, value_name = "PART", default_value_t = 0.6, value_parser = part)]
    pub share: f64,
    /// Take the sample among texts that were searched on so many days
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub seen_on_days: usize,
    /// Print up to N misses of each rule
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub misses: usize,
}

/// A name and what it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// In front of the equals sign.
    pub name: String,
    /// Behind it.
    pub value: String,
}

impl Named {
    fn parse(given: &str) -> Result<Self, String> {
        let (name, value) = given.split_once('=').ok_or("must be a name, = and a value")?;
        Ok(Self { name: name.trim().to_owned(), value: value.to_owned() })
    }
}

/// A weight and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// Which.
    pub name: String,
    /// How much.
    pub value: f64,
}

impl Weight {
    fn parse(given: &str) -> Result<Self, String> {
        let Named { name, value } = Named::parse(given)?;
        let value: f64 = value.parse().map_err(|_| "must be a name, = and a number")?;
        if value.is_finite() && value >= 0.0 {
            Ok(Self { name, value })
        } else {
            Err("must not be negative".into())
        }
    }
}

/// A half-life as it was written and in seconds; `None` is all history alike.
#[derive(Debug, Clone, PartialEq)]
pub struct HalfLife(pub Option<f64>);

impl HalfLife {
    fn parse(given: &str) -> Result<Self, String> {
        if given == "all" {
            return Ok(Self(None));
        }
        let hours = match given.strip_suffix('h') {
            Some(hours) => hours.parse().ok(),
            None => given.strip_suffix('d').and_then(|days| days.parse::<f64>().ok()).map(|days| days * 24.0),
        };
        let positive = hours.filter(|hours: &f64| hours.is_finite() && *hours > 0.0);
        positive
            .map(|hours| Self(Some(hours * HOUR)))
            .ok_or_else(|| "must be a number and h or d, or all".to_owned())
    }
}

impl std::fmt::Display for HalfLife {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            None => write!(formatter, "all"),
            Some(seconds) if seconds % (24.0 * HOUR) == 0.0 => {
                write!(formatter, "{}d", seconds / HOUR / 24.0)
            }
            Some(seconds) => write!(formatter, "{}h", seconds / HOUR),
        }
    }
}

/// The Unix second in which a day begins.
fn day(given: &str) -> Result<i64, String> {
    time::day_start(given).ok_or_else(|| "must be a day as YYYY-MM-DD".to_owned())
}

fn part(given: &str) -> Result<f64, String> {
    let part = given.parse().ok().filter(|part| (0.0..=1.0).contains(part));
    part.ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_lives() {
        for text in ["all", "14d", "12h", "0.5h"] {
            assert_eq!(HalfLife::parse(text).map(|half_life| half_life.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(HalfLife::parse("1d"), Ok(HalfLife(Some(86_400.0))));
        assert!(["", "d", "-1d", "1w", "infd"].iter().all(|text| HalfLife::parse(text).is_err()));
    }

    #[test]
    fn names_and_values() {
        let source = Named { name: "source".to_owned(), value: "a=b".to_owned() };
        assert_eq!(Named::parse("source=a=b"), Ok(source));
        assert!(
            Named::parse("source").is_err()
                && Weight::parse("fast=x").is_err()
                && Weight::parse("fast=-1").is_err()
        );
    }
}
