//! The change sequence: what has changed, in the order of the commits, and who has come how far.

use sqlx::{AnyConnection, Row as _};

use crate::{
    Error, Result, Store,
    bulk::{Bulk, large_pieces},
};

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An item of record.
    Item,
    /// An application, API token, operator or revoked user. The key is the number of the caller that changed, or 0
    /// where every caller may be concerned.
    Registry,
    /// The query log, by an import.
    Queries,
    /// A suggestion entry.
    Entries,
    /// A rule about suggestions.
    Rules,
    /// An item's standing: its counters, or whether it is online. Announced beside [`Subject::Item`], and after it,
    /// where the item must be indexed again too.
    Standing,
    /// An account: its money changed otherwise than by what was spent. The key is its number.
    Account,
}

/// Changes deleted in one transaction: writers wait only as long as that takes.
const PRUNED_AT_ONCE: i64 = 5_000;

static ADD_CHANGES: Bulk = Bulk::rows("INSERT INTO changes (sequence, subject, key) VALUES", 3, "");

impl Subject {
    pub(crate) fn number(self) -> i64 {
        match self {
            Subject::Item => 0,
            Subject::Registry => 1,
            Subject::Queries => 2,
            Subject::Entries => 3,
            Subject::Rules => 4,
            Subject::Standing => 5,
            Subject::Account => 6,
        }
    }

    fn counter(self) -> &'static str {
        match self {
            Subject::Item => "sequence.item",
            Subject::Registry => "sequence.registry",
            Subject::Queries => "sequence.queries",
            Subject::Entries => "sequence.entries",
            Subject::Rules => "sequence.rules",
            Subject::Standing => "sequence.standing",
            Subject::Account => "sequence.account",
        }
    }
}

impl Store {
    /// The number of the newest change; 0 when nothing ever changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_sequence(&self) -> Result<i64> {
        self.counter("sequence").await
    }

    /// The number of the newest change of that subject, pruned or not; 0 when there never was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_sequence_of(&self, subject: Subject) -> Result<i64> {
        self.counter(subject.counter()).await
    }

    /// How far a consumer has come; 0 for one that never recorded anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn applied(&self, consumer: &str) -> Result<i64> {
        let row = sqlx::query("SELECT sequence FROM applied WHERE consumer = $1")
            .bind(consumer)
            .fetch_optional(self.readers())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
    }

    /// Records how far a consumer has come. It may also go back: a consumer that lost its file begins anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_applied(&self, consumer: &str, sequence: i64) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO applied (consumer, sequence) VALUES ($1, $2) \
             ON CONFLICT (consumer) DO UPDATE SET sequence = excluded.sequence",
        )
        .bind(consumer)
        .bind(sequence)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Forgets a consumer: changes are no longer kept for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_consumer(&self, consumer: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM applied WHERE consumer = $1")
            .bind(consumer)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Deletes the changes that every recorded consumer has applied; tells how many. Without a consumer
    /// nothing is deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_changes(&self) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let piece = self.prune_piece().await?;
            deleted += piece;
            if piece < PRUNED_AT_ONCE as u64 {
                return Ok(deleted);
            }
        }
    }

    async fn prune_piece(&self) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "SELECT MAX(sequence) FROM (SELECT sequence FROM changes \
             WHERE sequence <= (SELECT MIN(sequence) FROM applied) ORDER BY sequence LIMIT $1) AS oldest",
        )
        .bind(PRUNED_AT_ONCE)
        .fetch_one(&mut *transaction)
        .await?;
        let Some(up_to) = row.try_get::<Option<i64>, _>(0)? else { return Ok(0) };
        sqlx::query(
            "UPDATE counter SET value = COALESCE((SELECT MAX(sequence) FROM changes \
             WHERE sequence <= $1 AND subject IN ($2, $3)), value) WHERE name = 'pruned'",
        )
        .bind(up_to)
        .bind(Subject::Item.number())
        .bind(Subject::Standing.number())
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM gone_items WHERE gone_at <= $1")
            .bind(up_to)
            .execute(&mut *transaction)
            .await?;
        let deleted = sqlx::query("DELETE FROM changes WHERE sequence <= $1")
            .bind(up_to)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        transaction.commit().await?;
        Ok(deleted)
    }

    /// Fails if changes of items or of their standings after that number are gone.
    pub(crate) async fn check_not_pruned(&self, after: i64) -> Result<()> {
        let pruned = self.counter("pruned").await?;
        if after < pruned { Err(Error::Pruned { after, pruned }) } else { Ok(()) }
    }

    pub(crate) async fn counter(&self, name: &str) -> Result<i64> {
        let row = sqlx::query("SELECT value FROM counter WHERE name = $1")
            .bind(name)
            .fetch_one(self.readers())
            .await?;
        Ok(row.try_get(0)?)
    }
}

/// Announces changes, one for every key, and returns the number of the last. The counter's row is locked
/// until the transaction ends, so numbers become visible in their order.
pub(crate) async fn announce(connection: &mut AnyConnection, subject: Subject, keys: &[i64]) -> Result<i64> {
    let last = add_to_counter(connection, "sequence", keys.len() as i64).await?;
    sqlx::query("UPDATE counter SET value = $1 WHERE name = $2")
        .bind(last)
        .bind(subject.counter())
        .execute(&mut *connection)
        .await?;
    let mut sequence = last - keys.len() as i64;
    for piece in large_pieces(keys) {
        let mut query = ADD_CHANGES.query_on(connection, piece.len());
        for key in piece {
            sequence += 1;
            query = query.bind(sequence).bind(subject.number()).bind(*key);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(last)
}

/// Adds to a counter and returns its new value.
pub(crate) async fn add_to_counter(connection: &mut AnyConnection, name: &str, amount: i64) -> Result<i64> {
    let row = sqlx::query("UPDATE counter SET value = value + $1 WHERE name = $2 RETURNING value")
        .bind(amount)
        .bind(name)
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}
