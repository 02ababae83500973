//! The query log: how often each query was asked, in which hour, and by how many.

use std::collections::{HashMap, HashSet};

use sqlx::AnyConnection;

use crate::{
    ImportProgress, Result, Store, Subject,
    bulk::{Bulk, large_pieces},
    progress,
    sequence::announce,
};

mod live;
mod totals;

pub use totals::QueryTotal;

/// How often a query was asked in one hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryCount {
    /// The query's identity: its normal form.
    pub key: String,
    /// The query as it was typed.
    pub surface: String,
    /// The hour: hours since 1970.
    pub hour: i64,
    /// Whether it needs enough users and results to count, as what was asked here does; imported lines are not
    /// live and are trusted at any count, unless the import says otherwise.
    pub live: bool,
    /// How often it was asked.
    pub count: i64,
    /// How often it found something.
    pub results: i64,
    /// How often a result was opened.
    pub clicks: i64,
}

/// Somebody asked a query here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct QueryUser {
    /// The query's identity.
    pub key: String,
    /// A keyed hash of the user.
    pub user: i64,
}

/// Where the numbers of a row end: the sum over millions of rows must not reach the end of 64 bits, at which
/// the database would refuse it.
macro_rules! row_limit {
    () => {
        1_000_000_000_000_i64
    };
}
const ROW_LIMIT: i64 = row_limit!();

/// A column's new value: both numbers added up, within the limit.
macro_rules! added {
    ($column:literal) => {
        concat!(
            $column,
            " = CASE WHEN query_log.",
            $column,
            " > ",
            row_limit!(),
            " - excluded.",
            $column,
            " THEN ",
            row_limit!(),
            " ELSE query_log.",
            $column,
            " + excluded.",
            $column,
            " END"
        )
    };
}
static ADD_COUNTS: Bulk = Bulk::rows(
    "INSERT INTO query_log (key, surface, hour, live, count, results_seen, clicks) VALUES",
    7,
    concat!(
        "ON CONFLICT (key, surface, hour, live) DO UPDATE SET ",
        added!("count"),
        ", ",
        added!("results_seen"),
        ", ",
        added!("clicks")
    ),
);
static ADD_USERS: Bulk = Bulk::rows(
    "INSERT INTO query_user (key, user_hash) VALUES",
    2,
    "ON CONFLICT (key, user_hash) DO NOTHING",
);

impl Store {
    /// Adds counts and who asked, and moves an import on, in one transaction: either all are in or nothing.
    /// Announces the change and returns its number. The numbers of a row end at 10^12: more does not count.
    ///
    /// # Errors
    /// [`crate::Error::ImportOvertaken`] if the batch does not begin where the import has come to, or would
    /// start one over that is not finished; when the database fails. Then nothing was written.
    pub async fn add_queries(
        &self,
        rows: &[QueryCount],
        users: &[QueryUser],
        progress: Option<&ImportProgress>,
    ) -> Result<i64> {
        let mut transaction = self.begin().await?;
        if let Some(progress) = progress {
            progress::advance(&mut transaction, progress).await?;
        }
        add_counts(&mut transaction, rows).await?;
        add_users(&mut transaction, users).await?;
        let sequence = announce(&mut transaction, Subject::Queries, &[0]).await?;
        transaction.commit().await?;
        Ok(sequence)
    }
}

async fn add_counts(connection: &mut AnyConnection, rows: &[QueryCount]) -> Result<()> {
    for piece in large_pieces(&fold(rows)) {
        let mut query = ADD_COUNTS.query_on(connection, piece.len());
        for row in piece {
            query = query
                .bind(row.key.clone())
                .bind(row.surface.clone())
                .bind(row.hour)
                .bind(i64::from(row.live))
                .bind(row.count.clamp(0, ROW_LIMIT))
                .bind(row.results.clamp(0, ROW_LIMIT))
                .bind(row.clicks.clamp(0, ROW_LIMIT));
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn add_users(connection: &mut AnyConnection, users: &[QueryUser]) -> Result<()> {
    for piece in large_pieces(&distinct(users)) {
        let mut query = ADD_USERS.query_on(connection, piece.len());
        for row in piece {
            query = query.bind(row.key.clone()).bind(row.user);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Every user of a query once.
fn distinct(users: &[QueryUser]) -> Vec<&QueryUser> {
    users.iter().collect::<HashSet<_>>().into_iter().collect()
}

/// Rows of the same identity added up: one statement must not meet a row twice.
fn fold(rows: &[QueryCount]) -> Vec<QueryCount> {
    let mut folded: Vec<QueryCount> = Vec::with_capacity(rows.len());
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        let identity = (row.key.as_str(), row.surface.as_str(), row.hour, row.live);
        let place = *known.entry(identity).or_insert(folded.len());
        match folded.get_mut(place) {
            Some(sum) => {
                sum.count = sum.count.saturating_add(row.count);
                sum.results = sum.results.saturating_add(row.results);
                sum.clicks = sum.clicks.saturating_add(row.clicks);
            }
            None => folded.push(row.clone()),
        }
    }
    folded
}
