//! A query log, NDJSON or TSV. Its counts never double: how far a file has come is stored in the transaction
//! of its rows, under the file's SHA-256.
//!
//! A line that the same user's next one continues within seconds was typed on the way there, and is left out. It is
//! looked for among the lines of one transaction.

use std::{collections::HashMap, path::Path};

use anyhow::Result;
use engine::{
    Clock, FileHash, ImportProgress, LoggedQuery, TypedAhead, Writing, query_key, secrets::Secrets,
};
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
/// Users whose last line is remembered.
const USERS: usize = 100_000;

/// Imports one file.
pub(super) async fn import(session: &mut Session<'_>, file: &Path) -> Result<()> {
    let mut progress = progress(&session.writing, file, session.again).await?;
    let skip = progress.as_ref().map_or(0, |progress| progress.next_line.max(0) as u64);
    session.summary.resumed_lines += skip;
    if skip > 0 {
        session.rejects.keep();
    }
    let mut form = if skip > 0 { Some(form_of_file(file)?) } else { None };
    let (secrets, apply_threshold) = (session.writing.secrets().clone(), session.apply_threshold);
    let mut trails = Trails::default();
    let parse = move |line: &str, batch: &mut Batch<Asked>| {
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
        let typed_at = typed_at(&line);
        batch.rows.push(Asked { logged: logged(line, Some(&secrets), apply_threshold), typed_at });
        Ok(())
    };
    let mut reader = Reader::start(file, skip, LINES, Box::new(parse))?;
    while let Some(batch) = reader.next().await? {
        let Batch { rows, rejects, unknown_keys, ignored_columns, last_line, .. } = batch;
        let accepted = rows.len();
        let rows = trails.ends(rows);
        if let Some(progress) = &mut progress {
            progress.from_line = progress.next_line;
            progress.next_line = last_line as i64;
            progress.accepted += accepted as i64;
            progress.rejected += rejects.len() as i64;
        }
        // Before the transaction: what it covers is passed over when the import is run again.
        session.rejects.write(file, &rejects)?;
        session.writing.log_queries(&rows, progress.as_ref()).await?;
        session.summary.read += (accepted + rejects.len()) as u64;
        session.summary.accepted += accepted as u64;
        session.summary.half_typed += (accepted - rows.len()) as u64;
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
pub(in crate::commands) enum Form {
    Json,
    Columns(QueryColumns),
}

impl Form {
    /// Tells the form from the first line, and whether that line is a header.
    pub(in crate::commands) fn of(first_line: &str) -> (Form, bool) {
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

    /// Reads a line of that form.
    pub(in crate::commands) fn line(&self, line: &str) -> Result<QueryLine, LineError> {
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

/// A line as it is counted. Without `secrets` nobody is told apart. With `apply_threshold` it counts as a search
/// that was made here: one of which nothing is known found something.
pub(in crate::commands) fn logged(
    line: QueryLine,
    secrets: Option<&Secrets>,
    apply_threshold: bool,
) -> LoggedQuery {
    let time = line.time.unwrap_or_else(|| Clock::system().unix_seconds());
    LoggedQuery {
        key: query_key(&line.query),
        user: line.user.zip(secrets).map(|(user, secrets)| secrets.user(0, &user)),
        hour: time.div_euclid(HOUR),
        live: apply_threshold,
        count: line.count,
        results: line.results.unwrap_or(if apply_threshold { line.count } else { 0 }),
        clicks: i64::from(line.clicked == Some(true)),
        surface: line.query,
    }
}

/// A line, and the second in which it was typed, where that is known.
struct Asked {
    logged: LoggedQuery,
    typed_at: Option<i64>,
}

/// The second in which a line was typed: not of one that stands for several, nor of a whole hour, which is a day
/// or an hour and no moment.
fn typed_at(line: &QueryLine) -> Option<i64> {
    line.time.filter(|time| line.count == 1 && time.rem_euclid(HOUR) != 0)
}

/// What users typed on the way to something else.
struct Trails(TypedAhead);

impl Default for Trails {
    fn default() -> Trails {
        Trails(TypedAhead::new(USERS))
    }
}

impl Trails {
    /// The lines that were not continued by their user's next one.
    fn ends(&mut self, lines: Vec<Asked>) -> Vec<LoggedQuery> {
        let mut ends = vec![true; lines.len()];
        let mut last_of_user = HashMap::new();
        for (index, line) in lines.iter().enumerate() {
            let (Some(user), Some(typed_at)) = (line.logged.user, line.typed_at) else { continue };
            let continues = self.0.follow(user, &line.logged.key, typed_at);
            let before = last_of_user.insert(user, index);
            // What is in the store already stays there.
            if let Some(before) = before.filter(|_| continues) {
                ends[before] = false;
            }
        }
        let kept = lines.into_iter().zip(ends).filter(|(_, is_end)| *is_end);
        kept.map(|(line, _)| line.logged).collect()
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

    fn ends(lines: &[&str]) -> Vec<String> {
        let secrets = Secrets::derive(&[7; 32]);
        let asked = |line: &&str| {
            let line = query_json(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            Asked { typed_at: typed_at(&line), logged: logged(line, Some(&secrets), false) }
        };
        let kept = Trails::default().ends(lines.iter().map(asked).collect());
        kept.into_iter().map(|line| line.surface).collect()
    }

    #[test]
    fn what_was_typed_on_the_way_is_left_out() {
        let line = |query: &str, user: &str, time: i64| {
            format!(r#"{{"query":"{query}","user":"{user}","time":{time}}}"#)
        };
        let check = |lines: &[String], expected: &[&str]| {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            assert_eq!(ends(&lines), expected);
        };
        check(
            &[
                line("美", "u", 1_001),
                line("竹", "v", 1_001),
                line("美食", "u", 1_003),
                line("美食街", "u", 1_009),
            ],
            &["竹", "美食街"],
        );
        check(&[line("美", "u", 1_001), line("美食", "u", 1_101)], &["美", "美食"]);
        // A day is no moment, and neither is a sum.
        check(&[line("美", "u", 1_700_006_400), line("美食", "u", 1_700_006_400)], &["美", "美食"]);
        let sum = r#"{"query":"美","user":"u","time":1001,"count":9}"#.to_owned();
        check(&[sum, line("美食", "u", 1_003)], &["美", "美食"]);
        check(&[r#"{"query":"美","time":1001}"#.to_owned(), line("美食", "u", 1_003)], &["美", "美食"]);
    }
}
