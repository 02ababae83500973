//! Lines of a query log: NDJSON, or TSV with and without a header.

use serde_json::Value;

use super::values::{boolean, integer, line_object, line_text, string, unix_seconds, unix_seconds_text};
use super::{LineError, MAX_COUNT};
use crate::time;

/// One line of a query log, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryLine {
    /// What was searched, trimmed.
    pub query: String,
    /// How often, 1 to [`MAX_COUNT`].
    pub count: i64,
    /// When, in Unix seconds; a day is its beginning in Asia/Shanghai.
    pub time: Option<i64>,
    /// Who, as an opaque string; only a keyed hash of it may be kept.
    pub user: Option<String>,
    /// How many results there were, at most [`MAX_COUNT`].
    pub results: Option<i64>,
    /// Whether one was clicked.
    pub clicked: Option<bool>,
    /// Keys that were left out (NDJSON).
    pub unknown_keys: Vec<String>,
}

impl QueryLine {
    fn new(query: &str) -> Result<Self, LineError> {
        let query = query.trim();
        if query.is_empty() {
            return Err(LineError::new("query", "is required and must not be empty"));
        }
        if query.contains('\0') {
            return Err(LineError::new("query", "contains the character U+0000, which cannot be stored"));
        }
        Ok(Self {
            query: query.to_owned(),
            count: 1,
            time: None,
            user: None,
            results: None,
            clicked: None,
            unknown_keys: Vec::new(),
        })
    }
}

/// Reads one NDJSON line of a query log.
///
/// # Errors
/// When the line is not a JSON object, `query` is missing, or a known key has a wrong type.
pub fn query_json(line: &str) -> Result<QueryLine, LineError> {
    let mut object = line_object(line)?;
    let query = object.shift_remove("query").unwrap_or_else(|| Value::String(String::new()));
    let mut found = QueryLine::new(&string("query", query)?)?;
    for (key, value) in object {
        match key.as_str() {
            "time" => found.time = Some(unix_seconds(&key, &value)?),
            "user" => found.user = Some(string(&key, value)?),
            "count" => found.count = integer(&key, &value, 1, MAX_COUNT)?,
            "results" => found.results = Some(integer(&key, &value, 0, MAX_COUNT)?),
            "clicked" => found.clicked = Some(boolean(&key, &value)?),
            _ => found.unknown_keys.push(key),
        }
    }
    Ok(found)
}

/// Which column of a TSV query log is what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryColumns {
    columns: Vec<Column>,
    header: bool,
    ignored: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Query,
    Count,
    Time,
    User,
    Results,
    Clicked,
    Ignored,
}

impl QueryColumns {
    /// Reads a header line: one that has a column named `query`. `None` means that the line is
    /// already the first of the log, which has [`QueryColumns::positional`] columns.
    pub fn parse_header(line: &str) -> Option<Self> {
        let mut columns = Vec::new();
        let mut ignored = Vec::new();
        for name in line_text(line).ok()?.split('\t').map(str::trim) {
            let column = column_named(name).filter(|column| !columns.contains(column));
            if column.is_none() {
                ignored.push(name.to_owned());
            }
            columns.push(column.unwrap_or(Column::Ignored));
        }
        columns.contains(&Column::Query).then_some(Self { columns, header: true, ignored })
    }

    /// The columns of a log without a header: `query [count] [YYYY-MM-DD or Unix seconds]`.
    pub fn positional() -> Self {
        Self { columns: vec![Column::Query, Column::Count, Column::Time], header: false, ignored: Vec::new() }
    }

    /// The names of the columns that are not used.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Reads one line of the log. Empty and absent optional cells take their defaults.
    ///
    /// # Errors
    /// When there is no query, there are too many cells, or a cell cannot be read.
    pub fn line(&self, line: &str) -> Result<QueryLine, LineError> {
        let cells: Vec<&str> = line_text(line)?.split('\t').collect();
        if cells.len() > self.columns.len() {
            return Err(self.too_many(cells.len()));
        }
        let query = self.columns.iter().position(|column| *column == Column::Query);
        let mut found =
            QueryLine::new(query.and_then(|index| cells.get(index)).copied().unwrap_or_default())?;
        for (column, cell) in self.columns.iter().zip(&cells) {
            let cell = cell.trim();
            if !cell.is_empty() {
                self.take(&mut found, *column, cell)?;
            }
        }
        Ok(found)
    }

    fn take(&self, found: &mut QueryLine, column: Column, cell: &str) -> Result<(), LineError> {
        match column {
            // Without a header both are optional, so the second column may be a day already.
            Column::Count if !self.header && time::day_start(cell).is_some() => {
                found.time = time::day_start(cell);
            }
            Column::Count => found.count = whole_number("count", cell, 1)?,
            Column::Time => found.time = Some(moment(cell)?),
            Column::User if cell.contains('\0') => {
                return Err(LineError::new("user", "contains the character U+0000, which cannot be stored"));
            }
            Column::User => found.user = Some(cell.to_owned()),
            Column::Results => found.results = Some(whole_number("results", cell, 0)?),
            Column::Clicked => found.clicked = Some(clicked(cell)?),
            Column::Query | Column::Ignored => {}
        }
        Ok(())
    }

    fn too_many(&self, found: usize) -> LineError {
        let named = self.columns.len();
        let reason = if self.header {
            format!("has {found} columns, but the header names {named}")
        } else {
            format!(
                "has {found} columns; without a header there are at most {named}: query, count, day or Unix seconds"
            )
        };
        LineError::new("line", reason)
    }
}

fn column_named(name: &str) -> Option<Column> {
    let known = [
        ("query", Column::Query),
        ("count", Column::Count),
        ("time", Column::Time),
        ("date", Column::Time),
        ("user", Column::User),
        ("results", Column::Results),
        ("clicked", Column::Clicked),
    ];
    known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, column)| column)
}

/// A day or Unix seconds.
fn moment(cell: &str) -> Result<i64, LineError> {
    if let Some(start) = time::day_start(cell) {
        return Ok(start);
    }
    if cell.contains(|character: char| !character.is_ascii_digit()) {
        return Err(LineError::new("time", "must be a day as YYYY-MM-DD or a whole number of Unix seconds"));
    }
    unix_seconds_text("time", cell)
}

fn whole_number(key: &str, cell: &str, minimum: i64) -> Result<i64, LineError> {
    let number = if cell.bytes().all(|byte| byte.is_ascii_digit()) { cell.parse().ok() } else { None };
    number
        .filter(|number| (minimum..=MAX_COUNT).contains(number))
        .ok_or_else(|| LineError::new(key, format!("must be a whole number from {minimum} to {MAX_COUNT}")))
}

fn clicked(cell: &str) -> Result<bool, LineError> {
    match cell {
        "1" => Ok(true),
        "0" => Ok(false),
        _ if cell.eq_ignore_ascii_case("true") => Ok(true),
        _ if cell.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(LineError::new("clicked", "must be true or false")),
    }
}
