//! Reading the query log of an evaluation.

use std::path::Path;

use anyhow::{Result, bail};
use engine::evaluation::log::Log;
use serde_json::Value;
use wire::import::QueryLine;

use crate::{
    cli::{EvalLog, Named},
    commands::import::{Form, Line, Lines},
    output,
};

/// A log, and how many of its lines were of no use.
pub(super) struct ReadLog {
    /// The lines.
    pub(super) log: Log,
    /// Lines taken.
    pub(super) lines: u64,
    /// Lines that no query log has.
    pub(super) rejected: u64,
    /// Lines without a time, which cannot be replayed.
    pub(super) undated: u64,
}

/// Reads the dated lines of all files.
pub(super) fn read(options: &EvalLog) -> Result<ReadLog> {
    let mut found = ReadLog { log: Log::default(), lines: 0, rejected: 0, undated: 0 };
    for file in &options.log {
        let rejected = each_line(file, &options.conditions, &mut |line| match line.time {
            Some(time) => {
                found.log.add(&line.query, time, line.count);
                found.lines += 1;
            }
            None => found.undated += 1,
        })?;
        found.rejected += rejected;
    }
    let ReadLog { lines, rejected, undated, .. } = found;
    if rejected + undated > 0 {
        output::note(format_args!(
            "{rejected} lines cannot be read and {undated} have no time; they are left out"
        ));
    }
    if lines == 0 {
        bail!("no line of the log can be used");
    }
    found.log.sort();
    Ok(found)
}

/// The texts of a file, each once.
pub(super) fn texts(file: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    each_line(file, &[], &mut |line| found.push(line.query))?;
    let mut seen = std::collections::HashSet::new();
    found.retain(|text| seen.insert(engine::query_key(text)));
    Ok(found)
}

/// Reads the lines that fulfil the conditions; gives how many could not be read.
fn each_line(file: &Path, conditions: &[Named], take: &mut dyn FnMut(QueryLine)) -> Result<u64> {
    let mut lines = Lines::open(file)?;
    let mut form = None;
    let mut rejected = 0;
    while let Some(line) = lines.next_line()? {
        let Line::Text(text) = line else {
            rejected += 1;
            continue;
        };
        if text.trim().is_empty() {
            continue;
        }
        if form.is_none() {
            let (found, header) = Form::of(&text);
            form = Some((found, Filter::new(conditions, header.then_some(&text))?));
            if header {
                continue;
            }
        }
        let Some((form, filter)) = &form else { continue };
        if !filter.takes(&text) {
            continue;
        }
        match form.line(&text) {
            Ok(line) => take(line),
            Err(_) => rejected += 1,
        }
    }
    Ok(rejected)
}

/// The conditions that a line must fulfil.
enum Filter {
    /// Columns and their values.
    Columns(Vec<(usize, String)>),
    /// Keys of an object and their values.
    Keys(Vec<Named>),
}

impl Filter {
    fn new(conditions: &[Named], header: Option<&String>) -> Result<Self> {
        let Some(header) = header else { return Ok(Self::Keys(conditions.to_vec())) };
        let names: Vec<&str> = header.split('\t').map(str::trim).collect();
        let mut columns = Vec::new();
        for Named { name, value } in conditions {
            match names.iter().position(|column| column.eq_ignore_ascii_case(name)) {
                Some(column) => columns.push((column, value.clone())),
                None => bail!("there is no column `{name}`; there are: {}", names.join(", ")),
            }
        }
        Ok(Self::Columns(columns))
    }

    fn takes(&self, line: &str) -> bool {
        match self {
            Self::Columns(columns) => columns.iter().all(|(column, value)| {
                line.split('\t').nth(*column).is_some_and(|cell| cell.trim_end_matches(['\r', '\n']) == value)
            }),
            Self::Keys(keys) if keys.is_empty() => true,
            Self::Keys(keys) => serde_json::from_str(line).is_ok_and(|object: Value| {
                keys.iter().all(|Named { name, value }| match object.get(name) {
                    Some(Value::String(text)) => text == value,
                    Some(other) => serde_json::from_str::<Value>(value).is_ok_and(|value| value == *other),
                    None => false,
                })
            }),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        let named = |name: &str, value: &str| Named { name: name.to_owned(), value: value.to_owned() };
        let header = "date\tsource\tquery".to_owned();
        let columns = Filter::new(&[named("source", "微博")], Some(&header)).unwrap();
        assert!(columns.takes("2024-01-01\t微博\t美食") && !columns.takes("2024-01-01\t知乎\t美食"));
        assert!(!columns.takes("2024-01-01"));
        assert!(Filter::new(&[named("origin", "x")], Some(&header)).is_err());
        let keys = Filter::new(&[named("source", "微博"), named("kind", "1")], None).unwrap();
        assert!(keys.takes(r#"{"query":"美食","source":"微博","kind":1}"#));
        assert!(!keys.takes(r#"{"query":"美食","source":"微博"}"#));
        assert!(Filter::new(&[], None).unwrap().takes("美食"));
    }
}
