//! How far an import of counts has come, so that running it again never counts a line twice.

use sqlx::{AnyConnection, Row as _};

use crate::{Error, Result, Store};

/// How far the import of one file has come, written in the transaction of its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// What is imported from it.
    pub kind: String,
    /// The line at which this batch begins: the `next_line` of the batch before. Not checked for the first
    /// batch of a file. [`Store::progress`] sets it to `next_line`.
    pub from_line: i64,
    /// The line at which the next batch begins.
    pub next_line: i64,
    /// Whether the batch that begins at line 0 starts a finished import over. Nothing to the later batches.
    /// [`Store::progress`] sets it to false.
    pub restart: bool,
    /// Whether the file is all in.
    pub finished: bool,
    /// Rows accepted so far.
    pub accepted: i64,
    /// Rows updated so far.
    pub updated: i64,
    /// Rows rejected so far.
    pub rejected: i64,
}

impl Store {
    /// How far the import of the file with that SHA-256 has come; `None` if it never began.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn progress(&self, sha256: &str) -> Result<Option<ImportProgress>> {
        let row = sqlx::query(
            "SELECT kind, next_line, finished, accepted, updated, rejected FROM import_progress WHERE sha256 = $1",
        )
        .bind(sha256)
        .fetch_optional(self.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(ImportProgress {
            sha256: sha256.to_owned(),
            kind: row.try_get(0)?,
            from_line: row.try_get(1)?,
            next_line: row.try_get(1)?,
            restart: false,
            finished: row.try_get::<i64, _>(2)? != 0,
            accepted: row.try_get(3)?,
            updated: row.try_get(4)?,
            rejected: row.try_get(5)?,
        }))
    }
}

/// Moves a file's progress on, if this batch begins where the last one ended, or begins a finished file over.
/// Of two processes that do either at once, the second finds that the first was there.
pub(crate) async fn advance(connection: &mut AnyConnection, progress: &ImportProgress) -> Result<()> {
    let row = sqlx::query("SELECT next_line, finished FROM import_progress WHERE sha256 = $1")
        .bind(&progress.sha256)
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = row {
        let next_line: i64 = row.try_get(0)?;
        let finished = row.try_get::<i64, _>(1)? != 0;
        let restarts = progress.restart && progress.from_line == 0;
        let fits = if restarts { finished } else { !finished && next_line == progress.from_line };
        if !fits {
            return Err(Error::ImportOvertaken { from_line: progress.from_line, next_line });
        }
    }
    sqlx::query(
        "INSERT INTO import_progress (sha256, kind, next_line, finished, accepted, updated, rejected) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sha256) DO UPDATE SET kind = excluded.kind, \
         next_line = excluded.next_line, finished = excluded.finished, accepted = excluded.accepted, \
         updated = excluded.updated, rejected = excluded.rejected",
    )
    .bind(&progress.sha256)
    .bind(&progress.kind)
    .bind(progress.next_line)
    .bind(i64::from(progress.finished))
    .bind(progress.accepted)
    .bind(progress.updated)
    .bind(progress.rejected)
    .execute(connection)
    .await?;
    Ok(())
}
