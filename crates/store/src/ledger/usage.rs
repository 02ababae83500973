//! Calls by minute, caller, API and code.

use crate::{
    Api, Result, Store,
    bulk::{Bulk, pieces},
};

/// Calls of one minute that ended with one code and cost nothing. What costs something is counted with its money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The caller's number.
    pub caller: i64,
    /// The API.
    pub api: Api,
    /// The Unix minute.
    pub minute: i64,
    /// The code of the answer; -1 for those that are not in the table of codes.
    pub code: i64,
    /// How many.
    pub calls: i64,
}

static ADD: Bulk = Bulk::rows(
    "INSERT INTO usage_minutes (caller, api, minute, code, calls, amount) VALUES",
    6,
    "ON CONFLICT (caller, api, minute, code) DO UPDATE SET calls = usage_minutes.calls + excluded.calls",
);

impl Store {
    /// Adds calls to the usage; no caller, API, minute and code may come twice.
    ///
    /// # Errors
    /// When the database fails; then nothing was added.
    pub async fn add_usage(&self, rows: &[UsageRow]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        for piece in pieces(rows) {
            let mut query = ADD.query(piece.len());
            for row in piece {
                query = query
                    .bind(row.caller)
                    .bind(row.api.number())
                    .bind(row.minute)
                    .bind(row.code)
                    .bind(row.calls)
                    .bind(0_i64);
            }
            query.execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }
}
