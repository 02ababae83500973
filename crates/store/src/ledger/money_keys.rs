//! Keys by which a change of money is known again, so that one sent twice is made once.

use sqlx::{AnyConnection, Row as _};

use super::{accounts::MoneyMove, statement::entry};
use crate::{Amount, Error, Result};

/// How long a key is remembered, in milliseconds.
const REMEMBERED_MS: i64 = 24 * 3_600_000;

/// What a change of money did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The entry's number.
    pub entry: i64,
    /// The account's balance after it.
    pub balance: Amount,
}

/// What was done under this key before; `None` if nothing was within a day.
///
/// # Errors
/// [`Error::KeyReused`] if that was something else.
pub(super) async fn known(
    connection: &mut AnyConnection,
    account: i64,
    asked: &MoneyMove<'_>,
    key: &str,
) -> Result<Option<Moved>> {
    let row = sqlx::query("SELECT entry, balance FROM money_keys WHERE account = $1 AND key = $2")
        .bind(account)
        .bind(key)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let moved = Moved { entry: row.try_get(0)?, balance: Amount(row.try_get(1)?) };
    let made = entry(connection, moved.entry).await?;
    let is_the_same = made.is_some_and(|made| {
        (made.kind, made.amount, made.note.as_str()) == (asked.kind, asked.amount, asked.note)
    });
    if is_the_same { Ok(Some(moved)) } else { Err(Error::KeyReused { key: key.to_owned() }) }
}

/// Forgets the keys whose day is over.
pub(super) async fn forget(connection: &mut AnyConnection, now_ms: i64) -> Result<()> {
    sqlx::query("DELETE FROM money_keys WHERE at_ms <= $1")
        .bind(now_ms - REMEMBERED_MS)
        .execute(connection)
        .await?;
    Ok(())
}

/// Remembers what was done under a key, in the transaction that does it.
pub(super) async fn remember(
    connection: &mut AnyConnection,
    account: i64,
    key: &str,
    (moved, now_ms): (Moved, i64),
) -> Result<()> {
    sqlx::query("INSERT INTO money_keys (account, key, entry, balance, at_ms) VALUES ($1, $2, $3, $4, $5)")
        .bind(account)
        .bind(key)
        .bind(moved.entry)
        .bind(moved.balance.0)
        .bind(now_ms)
        .execute(connection)
        .await?;
    Ok(())
}
