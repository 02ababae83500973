//! What is asked here, second by second.

use sqlx::{AnyConnection, Row};

use super::{QueryCount, QueryUser, ROW_LIMIT, add_counts, distinct, fold};
use crate::{
    Result, Store,
    bulk::{Bulk, pieces},
    sequence::add_to_counter,
};

/// The counter of the batches.
const BATCHES: &str = "live";

/// A column's new value: the difference of both numbers, never below 0. Both databases name the columns of a
/// list of values so.
macro_rules! taken {
    ($column:literal, $value:literal) => {
        concat!(
            $column,
            " = CASE WHEN query_log.",
            $column,
            " > taken.",
            $value,
            " THEN query_log.",
            $column,
            " - taken.",
            $value,
            " ELSE 0 END"
        )
    };
}

static TAKE_COUNTS: Bulk = Bulk::rows(
    concat!(
        "UPDATE query_log SET ",
        taken!("count", "column5"),
        ", ",
        taken!("results_seen", "column6"),
        ", ",
        taken!("clicks", "column7"),
        " FROM (VALUES"
    ),
    7,
    ") AS taken WHERE query_log.key = taken.column1 AND query_log.surface = taken.column2 \
     AND query_log.hour = taken.column3 AND query_log.live = taken.column4",
);
// Without the casts SQLite would not look the rows up in the index but go through the whole table.
static DELETE_EMPTY: Bulk = Bulk::rows(
    "DELETE FROM query_log WHERE (key, surface, hour, live) IN (SELECT CAST(column1 AS TEXT), \
     CAST(column2 AS TEXT), CAST(column3 AS BIGINT), CAST(column4 AS BIGINT) FROM (VALUES",
    4,
    ") AS given) AND count <= 0",
);
static ADD_NEW_USERS: Bulk = Bulk::rows(
    "INSERT INTO query_user (key, user_hash) VALUES",
    2,
    "ON CONFLICT (key, user_hash) DO NOTHING RETURNING key, user_hash",
);
static DELETE_USERS: Bulk = Bulk::rows(
    "DELETE FROM query_user WHERE (key, user_hash) IN (SELECT CAST(column1 AS TEXT), \
     CAST(column2 AS BIGINT) FROM (VALUES",
    2,
    ") AS given)",
);

impl Store {
    /// Adds what was asked here in the last moments and by whom, in one transaction. Announces no change:
    /// live traffic never stops, so those who use it look from time to time, at [`Store::live_batches`] first.
    /// Returns those of `users` that had not asked that query before, in any order.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn add_live_queries(&self, rows: &[QueryCount], users: &[QueryUser]) -> Result<Vec<QueryUser>> {
        let mut transaction = self.begin().await?;
        add_counts(&mut transaction, rows).await?;
        let new = add_new_users(&mut transaction, users).await?;
        add_to_counter(&mut transaction, BATCHES, 1).await?;
        transaction.commit().await?;
        Ok(new)
    }

    /// Takes back what [`Store::add_live_queries`] added, in one transaction: a query that was submitted turns
    /// out to be the beginning of a longer one. No number goes below 0, a row that is left at 0 is deleted, and
    /// what is not there is passed over. Users are a set: one who asked a query another time too is gone from it
    /// all the same, so only those whom [`Store::add_live_queries`] told to be new are to be given. Counts as a
    /// batch of live queries.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn retract_live_queries(&self, rows: &[QueryCount], users: &[QueryUser]) -> Result<()> {
        let mut transaction = self.begin().await?;
        take_counts(&mut transaction, &fold(rows)).await?;
        delete_users(&mut transaction, users).await?;
        add_to_counter(&mut transaction, BATCHES, 1).await?;
        Ok(transaction.commit().await?)
    }

    /// How often live queries were added or taken back: while it stays the same, the live queries do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_batches(&self) -> Result<i64> {
        self.counter(BATCHES).await
    }
}

async fn take_counts(connection: &mut AnyConnection, rows: &[QueryCount]) -> Result<()> {
    for piece in pieces(rows) {
        let (mut take, mut delete) = (TAKE_COUNTS.query(piece.len()), DELETE_EMPTY.query(piece.len()));
        for row in piece {
            let (key, surface, live) = (row.key.clone(), row.surface.clone(), i64::from(row.live));
            delete = delete.bind(key.clone()).bind(surface.clone()).bind(row.hour).bind(live);
            take = take
                .bind(key)
                .bind(surface)
                .bind(row.hour)
                .bind(live)
                .bind(row.count.clamp(0, ROW_LIMIT))
                .bind(row.results.clamp(0, ROW_LIMIT))
                .bind(row.clicks.clamp(0, ROW_LIMIT));
        }
        take.execute(&mut *connection).await?;
        delete.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Adds users; those that were not there.
async fn add_new_users(connection: &mut AnyConnection, users: &[QueryUser]) -> Result<Vec<QueryUser>> {
    let mut new = Vec::new();
    for piece in pieces(&distinct(users)) {
        let mut query = ADD_NEW_USERS.query_on(connection, piece.len());
        for row in piece {
            query = query.bind(row.key.clone()).bind(row.user);
        }
        for row in query.fetch_all(&mut *connection).await? {
            new.push(QueryUser { key: row.try_get("key")?, user: row.try_get("user_hash")? });
        }
    }
    Ok(new)
}

async fn delete_users(connection: &mut AnyConnection, users: &[QueryUser]) -> Result<()> {
    for piece in pieces(&distinct(users)) {
        let mut query = DELETE_USERS.query(piece.len());
        for row in piece {
            query = query.bind(row.key.clone()).bind(row.user);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}
