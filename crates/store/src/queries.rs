//! The query log: how often each query was asked, in which hour, and by how many.

use std::collections::{HashMap, HashSet};

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{
    ImportProgress, Result, Store, Subject,
    bulk::{Bulk, pieces},
    progress,
    sequence::announce,
};

/// How often a query was asked in one hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryCount {
    /// The query's identity: its normal form.
    pub key: String,
    /// The query as it was typed.
    pub surface: String,
    /// The hour: hours since 1970.
    pub hour: i64,
    /// Whether it was asked here; imported lines are not live and are trusted at any count.
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
/// The sum of a column, whatever was written before there was a limit.
macro_rules! summed {
    ($column:literal) => {
        concat!(
            "CAST(SUM(CASE WHEN log.",
            $column,
            " > ",
            row_limit!(),
            " THEN ",
            row_limit!(),
            " ELSE log.",
            $column,
            " END) AS BIGINT)"
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
    /// Adds counts, and moves an import on in the same transaction: either both are in or neither. Announces
    /// the change and returns its number. The numbers of a row end at 10^12: more does not count.
    ///
    /// # Errors
    /// [`crate::Error::ImportOvertaken`] if the batch does not begin where the import has come to, or would
    /// start one over that is not finished; when the database fails. Then nothing was written.
    pub async fn add_queries(&self, rows: &[QueryCount], progress: Option<&ImportProgress>) -> Result<i64> {
        let mut transaction = self.begin().await?;
        if let Some(progress) = progress {
            progress::advance(&mut transaction, progress).await?;
        }
        add_counts(&mut transaction, rows).await?;
        let sequence = announce(&mut transaction, Subject::Queries, &[0]).await?;
        transaction.commit().await?;
        Ok(sequence)
    }

    /// Adds what was asked here in the last moments and by whom, in one transaction. Announces no change:
    /// live traffic never stops, so those who use it look from time to time.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn add_live_queries(&self, rows: &[QueryCount], users: &[QueryUser]) -> Result<()> {
        let mut transaction = self.begin().await?;
        add_counts(&mut transaction, rows).await?;
        add_users(&mut transaction, users).await?;
        Ok(transaction.commit().await?)
    }

    /// Adds users to queries; one who is known already changes nothing.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn add_query_users(&self, users: &[QueryUser]) -> Result<()> {
        let mut transaction = self.begin().await?;
        add_users(&mut transaction, users).await?;
        Ok(transaction.commit().await?)
    }

    /// The queries whose key is greater than `after`, in the order of their keys, at most `limit`. Imported
    /// rows count always; live ones only if at least `minimum_users` different users asked the query and it
    /// found something. A query without a row that counts is left out. Empty only at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn query_totals(&self, after: &str, minimum_users: i64, limit: i64) -> Result<Vec<QueryTotal>> {
        let mut after = after.to_owned();
        loop {
            let rows = self.surfaces(&after, limit).await?;
            let Some(last) = rows.last() else { return Ok(Vec::new()) };
            let users = self.users_between(&after, &last.key, minimum_users).await?;
            let next = last.key.clone();
            let totals = totals(&rows, &users);
            if !totals.is_empty() {
                return Ok(totals);
            }
            after = next;
        }
    }

    /// Every surface of the next `limit` keys, imported and live apart.
    async fn surfaces(&self, after: &str, limit: i64) -> Result<Vec<Surface>> {
        let rows = sqlx::query(concat!(
            "SELECT log.key, log.surface, log.live, ",
            summed!("count"),
            ", ",
            summed!("results_seen"),
            ", ",
            summed!("clicks"),
            ", MAX(log.hour) FROM query_log AS log JOIN (SELECT DISTINCT key FROM query_log WHERE key > $1 ORDER BY key LIMIT $2) \
             AS page ON page.key = log.key GROUP BY log.key, log.surface, log.live ORDER BY log.key, log.surface"
        ))
        .bind(after)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read_surface).collect()
    }

    /// How many different users asked the queries after one key up to another, where they are enough.
    async fn users_between(&self, after: &str, to: &str, minimum: i64) -> Result<HashMap<String, i64>> {
        let rows = sqlx::query(
            "SELECT key, COUNT(*) FROM query_user WHERE key > $1 AND key <= $2 GROUP BY key HAVING COUNT(*) >= $3",
        )
        .bind(after)
        .bind(to)
        .bind(minimum)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}

/// One way of typing a query, imported or live.
struct Surface {
    key: String,
    surface: String,
    live: bool,
    count: i64,
    results: i64,
    clicks: i64,
    last_hour: i64,
}

fn read_surface(row: &AnyRow) -> Result<Surface> {
    Ok(Surface {
        key: row.try_get(0)?,
        surface: row.try_get(1)?,
        live: row.try_get::<i64, _>(2)? != 0,
        count: row.try_get(3)?,
        results: row.try_get(4)?,
        clicks: row.try_get(5)?,
        last_hour: row.try_get(6)?,
    })
}

async fn add_counts(connection: &mut AnyConnection, rows: &[QueryCount]) -> Result<()> {
    for piece in pieces(&fold(rows)) {
        let mut query = ADD_COUNTS.query(piece.len());
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
    let users: Vec<&QueryUser> = users.iter().collect::<HashSet<_>>().into_iter().collect();
    for piece in pieces(&users) {
        let mut query = ADD_USERS.query(piece.len());
        for row in piece {
            query = query.bind(row.key.clone()).bind(row.user);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
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

/// Adds up the surfaces of each key; they stand beside each other, and those of one text too.
fn totals(rows: &[Surface], users: &HashMap<String, i64>) -> Vec<QueryTotal> {
    let mut totals = Vec::new();
    for of_key in rows.chunk_by(|one, other| one.key == other.key) {
        let users = users.get(&of_key[0].key).copied();
        let found = of_key.iter().any(|row| row.live && row.results > 0);
        let counts = |row: &&Surface| !row.live || (found && users.is_some());
        let mut total = QueryTotal { key: of_key[0].key.clone(), ..QueryTotal::default() };
        total.users = users.unwrap_or(0);
        let mut best = None;
        for of_text in of_key.chunk_by(|one, other| one.surface == other.surface) {
            let (mut count, mut last_hour) = (0, i64::MIN);
            for row in of_text.iter().filter(counts) {
                count = row.count.saturating_add(count);
                last_hour = last_hour.max(row.last_hour);
                total.results = total.results.saturating_add(row.results);
                total.clicks = total.clicks.saturating_add(row.clicks);
            }
            total.count = total.count.saturating_add(count);
            if count > 0 && best.is_none_or(|best| (count, last_hour) > best) {
                best = Some((count, last_hour));
                total.surface.clone_from(&of_text[0].surface);
            }
            total.last_hour = total.last_hour.max(last_hour);
        }
        if best.is_some() {
            totals.push(total);
        }
    }
    totals
}
