//! The query log added up: a query over all hours and every way of typing it.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use super::ROW_LIMIT;
use crate::{
    Result, Store,
    bulk::{Bulk, pieces},
};

mod folding;

use folding::{Counting, Folding};

/// A query over all hours, with every way of typing it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryTotal {
    /// The query's identity.
    pub key: String,
    /// The most frequent way of typing it; of equally frequent ones the latest.
    pub surface: String,
    /// How often it was asked.
    pub count: i64,
    /// How often it found something.
    pub results: i64,
    /// How often a result was opened.
    pub clicks: i64,
    /// The last hour in which it was asked: hours since 1970.
    pub last_hour: i64,
    /// How many different users asked it here, where they were enough; otherwise 0.
    pub users: i64,
    /// How often it was asked in each hour (hours since 1970), ascending, of the rows that count.
    pub hours: Vec<(i64, i64)>,
    /// Whether it has a live row, be it one that counts or not.
    pub live: bool,
    /// How often its live rows were asked, whether they count or not.
    pub live_count: i64,
    /// How often its live rows found something, whether they count or not.
    pub live_results: i64,
}

/// Rows read at once: a query may have been asked in any number of hours.
const STEP: usize = 5_000;

/// The columns of a row in the order in which they are read.
macro_rules! columns {
    () => {
        "key, surface, hour, live, count, results_seen, clicks"
    };
}

static LOG_OF: Bulk = Bulk::list(
    concat!("SELECT ", columns!(), " FROM query_log WHERE key IN"),
    "ORDER BY key, surface, hour, live",
);
static USERS_OF: Bulk = Bulk::list("SELECT key, COUNT(*) FROM query_user WHERE key IN", "GROUP BY key");

impl Store {
    /// The queries whose key is greater than `after`, in the order of their keys, at most `limit`. Imported
    /// rows count always; live ones only if at least `minimum_users` different users asked the query and it
    /// found something. A query without a row that counts is left out. Empty only at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn query_totals(&self, after: &str, minimum_users: i64, limit: i64) -> Result<Vec<QueryTotal>> {
        let mut after = after.to_owned();
        loop {
            let Some((first, last)) = self.next_keys(&after, limit).await? else { return Ok(Vec::new()) };
            let users = self.users_between(&first, &last, minimum_users).await?;
            let mut totals =
                self.fold_between(&first, &last, &users, Counting::Enough(minimum_users)).await?;
            // A key may have come in between since the page's keys were read.
            totals.truncate(limit.max(0) as usize);
            if !totals.is_empty() {
                return Ok(totals);
            }
            after = last;
        }
    }

    /// The queries of those keys, by the same rules as [`Store::query_totals`]; in the order of their keys' bytes,
    /// each once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn query_totals_of(&self, keys: &[String], minimum_users: i64) -> Result<Vec<QueryTotal>> {
        let mut keys: Vec<&String> = keys.iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut totals = Vec::new();
        for piece in pieces(&keys) {
            let bound = |bulk: &Bulk| {
                piece.iter().fold(bulk.query(piece.len()), |query, key| query.bind((*key).clone()))
            };
            let users = read_users(&bound(&USERS_OF).fetch_all(self.readers()).await?)?;
            let mut folding = Folding::new(&users, Counting::Enough(minimum_users));
            for row in bound(&LOG_OF).fetch_all(self.readers()).await? {
                folding.add(&row)?;
            }
            totals.extend(folding.totals());
        }
        totals.sort_unstable_by(|one: &QueryTotal, other| one.key.cmp(&other.key));
        Ok(totals)
    }

    /// A query with all its rows and all its users, however few; `None` if it was never asked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn query_total(&self, key: &str) -> Result<Option<QueryTotal>> {
        let users = HashMap::from([(key.to_owned(), self.query_users(key).await?)]);
        Ok(self.fold_between(key, key, &users, Counting::All).await?.pop())
    }

    /// How many different users asked a query here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn query_users(&self, key: &str) -> Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) FROM query_user WHERE key = $1")
            .bind(key)
            .fetch_one(self.readers())
            .await?;
        Ok(row.try_get(0)?)
    }

    /// The first and the last of the next `limit` keys.
    async fn next_keys(&self, after: &str, limit: i64) -> Result<Option<(String, String)>> {
        let row = sqlx::query(
            "SELECT MIN(key), MAX(key) FROM \
             (SELECT DISTINCT key FROM query_log WHERE key > $1 ORDER BY key LIMIT $2) AS page",
        )
        .bind(after)
        .bind(limit)
        .fetch_one(self.readers())
        .await?;
        let (first, last): (Option<String>, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(first.zip(last))
    }

    /// How many different users asked the queries from one key up to another, where they are enough.
    async fn users_between(&self, first: &str, last: &str, minimum: i64) -> Result<HashMap<String, i64>> {
        let rows = sqlx::query(
            "SELECT key, COUNT(*) FROM query_user WHERE key >= $1 AND key <= $2 GROUP BY key HAVING COUNT(*) >= $3",
        )
        .bind(first)
        .bind(last)
        .bind(minimum)
        .fetch_all(self.readers())
        .await?;
        read_users(&rows)
    }

    /// Adds up the queries from one key up to another. Rows come in the order of the primary key, so nothing is
    /// sorted or grouped by the database.
    async fn fold_between(
        &self,
        first: &str,
        last: &str,
        users: &HashMap<String, i64>,
        counting: Counting,
    ) -> Result<Vec<QueryTotal>> {
        let mut folding = Folding::new(users, counting);
        // Before every row of the first key.
        let mut place = (first.to_owned(), String::new(), i64::MIN, i64::MIN);
        loop {
            let rows = sqlx::query(concat!(
                "SELECT ",
                columns!(),
                " FROM query_log WHERE (key, surface, hour, live) > ($1, $2, $3, $4) AND key <= $5 \
                 ORDER BY key, surface, hour, live LIMIT $6"
            ))
            .bind(place.0)
            .bind(place.1)
            .bind(place.2)
            .bind(place.3)
            .bind(last)
            .bind(STEP as i64)
            .fetch_all(self.readers())
            .await?;
            for row in &rows {
                folding.add(row)?;
            }
            match rows.last() {
                Some(row) if rows.len() == STEP => {
                    place = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                }
                _ => return Ok(folding.totals()),
            }
        }
    }
}

fn read_users(rows: &[AnyRow]) -> Result<HashMap<String, i64>> {
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
