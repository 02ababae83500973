//! Reading the ledger.

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::EntryKind;
use crate::{Amount, Api, Error, Result, Store};

/// An entry of the ledger. Entries are never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: entries are numbered in the order of their commits.
    pub id: i64,
    /// When it was written, Unix milliseconds.
    pub at_ms: i64,
    /// What it stands for.
    pub kind: EntryKind,
    /// The account whose money it moves.
    pub account: Option<i64>,
    /// Whose calls they are.
    pub caller: Option<i64>,
    /// The API that was called.
    pub api: Option<Api>,
    /// The day in Asia/Shanghai, counted from 1970, whose quota the calls belong to.
    pub day: Option<i64>,
    /// The Unix minute of the calls.
    pub minute: Option<i64>,
    /// The lease.
    pub lease: Option<i64>,
    /// How many calls were leased, spent, given back or lost.
    pub calls: i64,
    /// What it changes the balance by.
    pub amount: Amount,
    /// What it changes by that nodes hold of the balance.
    pub held: Amount,
    /// The entry that it takes back.
    pub reverses: Option<i64>,
    /// Who wrote it; empty for the server itself.
    pub who: String,
    /// What the operator said about it.
    pub note: String,
}

/// From when to when, Unix milliseconds: the end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub from_ms: i64,
    /// The first moment after it.
    pub to_ms: i64,
}

const COLUMNS: &str = "SELECT id, at_ms, kind, account, caller, api, day, minute, lease, calls, amount, held, reverses, \
                       who, note FROM ledger";

impl Store {
    /// Entries of an account, or of all and of none where `account` is `None`, in the order of their numbers: at most
    /// `limit` after the number `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger(
        &self,
        account: Option<i64>,
        period: Period,
        (after, limit): (i64, i64),
    ) -> Result<Vec<Entry>> {
        let of = if account.is_some() { "account = $5" } else { "$5 IS NULL" };
        let statement =
            format!("{COLUMNS} WHERE id > $1 AND at_ms >= $2 AND at_ms < $3 AND {of} ORDER BY id LIMIT $4");
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(after)
            .bind(period.from_ms)
            .bind(period.to_ms)
            .bind(limit)
            .bind(account)
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }
}

/// The entry of that number.
pub(super) async fn entry(connection: &mut AnyConnection, id: i64) -> Result<Option<Entry>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Entry> {
    let kind: String = row.try_get(2)?;
    let kind = EntryKind::parse(&kind)
        .ok_or_else(|| Error::Damaged { what: format!("the ledger has an entry of kind {kind:?}") })?;
    Ok(Entry {
        id: row.try_get(0)?,
        at_ms: row.try_get(1)?,
        kind,
        account: row.try_get(3)?,
        caller: row.try_get(4)?,
        api: row.try_get::<Option<i64>, _>(5)?.and_then(Api::from_number),
        day: row.try_get(6)?,
        minute: row.try_get(7)?,
        lease: row.try_get(8)?,
        calls: row.try_get(9)?,
        amount: Amount(row.try_get(10)?),
        held: Amount(row.try_get(11)?),
        reverses: row.try_get(12)?,
        who: row.try_get(13)?,
        note: row.try_get(14)?,
    })
}
