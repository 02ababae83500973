//! A query log, NDJSON or TSV. Its counts never double: how far a file has come is stored in the transaction
//! of its rows, under the file's SHA-256.

use std::path::Path;

use anyhow::Result;
use engine::{Clock, FileHash, ImportProgress, LoggedQuery, Writing, query_key, secrets::Secrets};
use wire::import::{LineError, QueryColumns, QueryLine, query_json};

use super::{
    Session,
    lines::{Line, Lines},
    reader::{Batch, Reader},
};
use crate::output;

/// Lines of one transaction.
const LINES: usize = 5_000;
/// Seconds in an hour, the log's grain.
const HOUR: i64 = 3600;

/// Imports one file.
pub(super) async fn import(session: &mut Session<'_>, file: &Path) -> Result<()> {
    let mut progress = progress(&session.writing, file, session.again).await?;
    let skip = progress.as_ref().map_or(0, |progress| progress.next_line.max(0) as u64);
    session.summary.resumed_lines += skip;
    if skip > 0 {
        session.rejects.keep();
    }
    let mut form = if skip > 0 { Some(form_of_file(file)?) } else { None };
    let secrets = session.writing.secrets().clone();
    let parse = move |line: &str, batch: &mut Batch<LoggedQuery>| {
        if form.is_none() {
            let (found, header) = Form::of(line);
            batch.ignored_columns.extend(found.ignored().iter().cloned());
            form = Some(found);
            if header {
                return Ok(());
            }
        }
        let Some(form) = &form else { return Ok(()) };
        let mut line = form.line(line)?;
        batch.unknown(std::mem::take(&mut line.unknown_keys));
        batch.rows.push(logged(line, Some(&secrets)));
        Ok(())
    };
    let mut reader = Reader::start(file, skip, LINES, Box::new(parse))?;
    while let Some(batch) = reader.next().await? {
        let Batch { rows, rejects, unknown_keys, ignored_columns, last_line, .. } = batch;
        if let Some(progress) = &mut progress {
            progress.from_line = progress.next_line;
            progress.next_line = last_line as i64;
            progress.accepted += rows.len() as i64;
            progress.rejected += rejects.len() as i64;
        }
        // Before the transaction: what it covers is passed over when the import is run again.
        session.rejects.write(file, &rejects)?;
        session.writing.log_queries(&rows, progress.as_ref()).await?;
        session.summary.read += (rows.len() + rejects.len()) as u64;
        session.summary.accepted += rows.len() as u64;
        session.summary.rejected += rejects.len() as u64;
        session.summary.ignored_columns.extend(ignored_columns);
        session.summary.unknown(unknown_keys);
    }
    if let Some(mut progress) = progress {
        progress.from_line = progress.next_line;
        progress.finished = true;
        session.writing.log_queries(&[], Some(&progress)).await?;
    }
    Ok(())
}

/// Where the import of this file stands; `None` for standard input, which cannot be resumed.
async fn progress(writing: &Writing, file: &Path, again: bool) -> Result<Option<ImportProgress>> {
    // Reading a pipe for its hash would leave nothing to import.
    if file == Path::new("-") || std::fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        output::note(format_args!(
            "standard input cannot be resumed: an interrupted import counts twice if it is repeated"
        ));
        return Ok(None);
    }
    let hash = FileHash::of(file)?;
    Ok(Some(writing.import_progress(&hash, "queries", again).await?))
}

/// The form of a log: NDJSON where the first line is an object, TSV otherwise.
enum Form {
    Json,
    Columns(QueryColumns),
}

impl Form {
    /// Tells the form from the first line, and whether that line is a header.
    fn of(first_line: &str) -> (Form, bool) {
        if first_line.trim_start().starts_with('{') {
            return (Form::Json, false);
        }
        match QueryColumns::parse_header(first_line) {
            Some(columns) => (Form::Columns(columns), true),
            None => (Form::Columns(QueryColumns::positional()), false),
        }
    }

    fn ignored(&self) -> &[String] {
        match self {
            Form::Json => &[],
            Form::Columns(columns) => columns.ignored(),
        }
    }

    fn line(&self, line: &str) -> Result<QueryLine, LineError> {
        match self {
            Form::Json => query_json(line),
            Form::Columns(columns) => columns.line(line),
        }
    }
}

/// The form of a file whose first lines are passed over because they were counted before.
fn form_of_file(file: &Path) -> Result<Form> {
    let mut lines = Lines::open(file)?;
    while let Some(line) = lines.next_line()? {
        match line {
            Line::Text(text) if !text.trim().is_empty() => return Ok(Form::of(&text).0),
            _ => {}
        }
    }
    Ok(Form::Json)
}

/// A line as it is counted. Without `secrets` nobody is told apart.
pub(in crate::commands) fn logged(line: QueryLine, secrets: Option<&Secrets>) -> LoggedQuery {
    let time = line.time.unwrap_or_else(|| Clock::system().unix_seconds());
    LoggedQuery {
        key: query_key(&line.query),
        user: line.user.zip(secrets).map(|(user, secrets)| secrets.user(0, &user)),
        hour: time.div_euclid(HOUR),
        count: line.count,
        results: line.results.unwrap_or_default(),
        clicks: i64::from(line.clicked == Some(true)),
        surface: line.query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_told_from_the_first_line() {
        assert!(matches!(Form::of("{\"query\":\"a\"}"), (Form::Json, false)));
        assert!(matches!(Form::of("date\tquery"), (Form::Columns(_), true)));
        assert!(matches!(Form::of("美食\t3"), (Form::Columns(_), false)));
        assert_eq!(Form::of("date\tsource\tquery\theat").0.ignored(), ["source", "heat"]);
    }
}
