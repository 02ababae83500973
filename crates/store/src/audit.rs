//! The audit log: who changed what, when, from what to what. A row is written in the transaction of the change.

use std::fmt;

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{Result, Store, sequence::add_to_counter};

/// Who changes something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By<'a> {
    /// Who, as the audit log names them.
    pub who: &'a str,
    /// When, Unix milliseconds.
    pub now_ms: i64,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Who made it.
    pub who: String,
    /// What was done: `create`, `update`, `rotate` and so on.
    pub action: String,
    /// What it was done to: its kind and its name.
    pub subject: String,
    /// What it was before, as a JSON object without secrets; `None` for what was not there.
    pub before: Option<String>,
    /// What it is now.
    pub after: Option<String>,
}

/// A change that stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number: later ones are larger.
    pub id: i64,
    /// When it was made, Unix milliseconds.
    pub at_ms: i64,
    /// The change.
    pub record: AuditRecord,
}

impl AuditRecord {
    /// The record of what `by` does to `subject`.
    pub(crate) fn new(
        by: &By<'_>,
        action: &str,
        subject: impl fmt::Display,
        before: Option<String>,
        after: Option<String>,
    ) -> AuditRecord {
        let (who, action, subject) = (by.who.to_owned(), action.to_owned(), subject.to_string());
        AuditRecord { who, action, subject, before, after }
    }
}

/// Writes a row; the transaction is the change's own.
pub(crate) async fn note(connection: &mut AnyConnection, record: &AuditRecord, at_ms: i64) -> Result<()> {
    let id = add_to_counter(connection, "audit", 1).await?;
    sqlx::query(
        "INSERT INTO audit (id, at_ms, who, action, subject, before, after) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(at_ms)
    .bind(&record.who)
    .bind(&record.action)
    .bind(&record.subject)
    .bind(record.before.clone())
    .bind(record.after.clone())
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// The newest `limit` rows of the audit log, or those before the row `before_id`; newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, before_id: Option<i64>, limit: i64) -> Result<Vec<AuditRow>> {
        let rows = sqlx::query(
            "SELECT id, at_ms, who, action, subject, before, after FROM audit \
             WHERE id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(before_id.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<AuditRow> {
    let record = AuditRecord {
        who: row.try_get(2)?,
        action: row.try_get(3)?,
        subject: row.try_get(4)?,
        before: row.try_get(5)?,
        after: row.try_get(6)?,
    };
    Ok(AuditRow { id: row.try_get(0)?, at_ms: row.try_get(1)?, record })
}
