//! The query log added up: a query over all hours and every way of typing it.

use std::collections::{HashMap, HashSet};

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::ROW_LIMIT;
use crate::{
    Result, Store,
    bulk::{Bound, Bulk, pieces},
};

mod gathered;

use gathered::{Counting, Gathered};

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

/// The most and the fewest rows read at once: a query may have been asked in any number of hours.
const MOST: i64 = 5_000;
const FEWEST: i64 = 100;

/// The columns of a row in the order in which they are read.
macro_rules! columns {
    () => {
        "key, surface, hour, live, count, results_seen, clicks"
    };
}

/// A statement for the next rows in the order of the primary key. The database has them all before it hands out
/// the first: handed out one by one as they are found, each would wake this side up, which cost as much as
/// everything else together.
macro_rules! next_rows {
    ($condition:literal, $limit:literal) => {
        concat!(
            "WITH page AS MATERIALIZED (SELECT ",
            columns!(),
            " FROM query_log WHERE ",
            $condition,
            " ORDER BY key, surface, hour, live LIMIT ",
            $limit,
            ") SELECT ",
            columns!(),
            " FROM page ORDER BY key, surface, hour, live"
        )
    };
}

static LOG_OF: Bulk = Bulk::list(
    concat!("SELECT ", columns!(), " FROM query_log WHERE key IN"),
    "ORDER BY key, surface, hour, live",
);
static USERS_OF: Bulk = Bulk::list("SELECT key, COUNT(*) FROM query_user WHERE key IN", "GROUP BY key");
static IMPORTED_OF: Bulk =
    Bulk::list("SELECT DISTINCT key FROM query_log WHERE live = 0 AND key IN", "ORDER BY key");

impl Store {
    /// The queries whose key is greater than `after`, in the order of their keys, at most `limit`. Imported
    /// rows count always; live ones only if at least `minimum_users` different users asked the query and it
    /// found something. A query without a row that counts is left out. Fewer than `limit` do not mean that
    /// there are no more: only an empty answer does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn query_totals(&self, after: &str, minimum_users: i64, limit: i64) -> Result<Vec<QueryTotal>> {
        let mut after = after.to_owned();
        loop {
            let gathered = self.gather_after(&after, limit).await?;
            let Some((first, last)) = gathered.ends() else { return Ok(Vec::new()) };
            let users = self.users_between(first, last, minimum_users).await?;
            after = last.to_owned();
            let mut totals = gathered.totals(&users, Counting::Enough(minimum_users));
            if !totals.is_empty() {
                totals.truncate(limit.max(0) as usize);
                return Ok(totals);
            }
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
        // One for all statements: the pool tries a connection whenever it is given back, which is another hop to the
        // connection's thread and back.
        let mut connection = self.readers().acquire().await?;
        let users = enough_users(&mut connection, &keys, minimum_users).await?;
        // Only what counts is read: of what is asked here most has too few users, and many rows.
        let imported = imported(&mut connection, &keys).await?;
        keys.retain(|key| minimum_users <= 0 || users.contains_key(*key) || imported.contains(*key));
        let mut totals = Vec::new();
        for piece in pieces(&keys) {
            let mut gathered = Gathered::default();
            gathered.add(&bound(&LOG_OF, piece).fetch_all(&mut *connection).await?)?;
            totals.extend(gathered.totals(&users, Counting::Enough(minimum_users)));
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
        let mut gathered = Gathered::default();
        gathered.add(&LOG_OF.query(1).bind(key.to_owned()).fetch_all(self.readers()).await?)?;
        Ok(gathered.totals(&users, Counting::All).pop())
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

    /// The rows of about `limit` keys after one, whole keys only; none only at the end.
    async fn gather_after(&self, after: &str, limit: i64) -> Result<Gathered> {
        let step = limit.clamp(FEWEST, MOST);
        let mut gathered = Gathered::default();
        let mut rows = sqlx::query(next_rows!("key > $1", "$2"))
            .bind(after)
            .bind(step)
            .fetch_all(self.readers())
            .await?;
        loop {
            gathered.add(&rows)?;
            let Some(last) = rows.last().filter(|_| rows.len() as i64 == step) else { return Ok(gathered) };
            // The last key may have more rows; if it is not the only one it waits for the next page.
            if gathered.put_last_back() {
                return Ok(gathered);
            }
            rows = sqlx::query(next_rows!("key = $1 AND (surface, hour, live) > ($2, $3, $4)", "$5"))
                .bind(last.try_get::<&str, _>(0)?)
                .bind(last.try_get::<&str, _>(1)?)
                .bind(last.try_get::<i64, _>(2)?)
                .bind(last.try_get::<i64, _>(3)?)
                .bind(step)
                .fetch_all(self.readers())
                .await?;
        }
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
}

/// How many different users asked the queries, where they are enough.
async fn enough_users(
    connection: &mut AnyConnection,
    keys: &[&String],
    minimum: i64,
) -> Result<HashMap<String, i64>> {
    let mut users = HashMap::new();
    for piece in pieces(keys) {
        users.extend(read_users(&bound(&USERS_OF, piece).fetch_all(&mut *connection).await?)?);
    }
    users.retain(|_, users| *users >= minimum);
    Ok(users)
}

/// The queries that have an imported row.
async fn imported(connection: &mut AnyConnection, keys: &[&String]) -> Result<HashSet<String>> {
    let mut imported = HashSet::new();
    for piece in pieces(keys) {
        for row in bound(&IMPORTED_OF, piece).fetch_all(&mut *connection).await? {
            imported.insert(row.try_get(0)?);
        }
    }
    Ok(imported)
}

/// A statement over those keys.
fn bound(bulk: &Bulk, keys: &[&String]) -> Bound<'static> {
    keys.iter().fold(bulk.query(keys.len()), |query, key| query.bind((*key).clone()))
}

fn read_users(rows: &[AnyRow]) -> Result<HashMap<String, i64>> {
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
