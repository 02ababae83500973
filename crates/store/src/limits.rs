//! What a caller may do with an API, as an operator set it. What is not set follows the configuration.

use std::fmt;

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{
    Result, Store,
    bulk::{Bulk, pieces},
};

/// An API that calls are admitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Api {
    /// Keyword suggestions.
    Suggest = 0,
    /// Content search, with one item and related items.
    Search = 1,
}

impl Api {
    /// Both, in the order of their numbers.
    pub const ALL: [Api; 2] = [Api::Suggest, Api::Search];

    /// The name on the command line, in metrics and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Api::Suggest => "suggest",
            Api::Search => "search",
        }
    }

    /// The API of that name.
    pub fn parse(name: &str) -> Option<Api> {
        Api::ALL.into_iter().find(|api| api.name() == name)
    }

    /// Its number in the database.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The API of that number.
    pub fn from_number(number: i64) -> Option<Api> {
        Api::ALL.into_iter().find(|api| api.number() == number)
    }
}

/// A limit that an operator may set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit<T> {
    /// As the configuration says.
    #[default]
    Default,
    /// None, whatever the configuration says.
    None,
    /// This.
    At(T),
}

/// Calls in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub calls: i64,
    /// In how many milliseconds.
    pub period_ms: i64,
}

/// Periods that have a letter of their own, in milliseconds.
const PERIODS: [(&str, i64); 3] = [("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

impl Rate {
    /// The rate in words of the command line: `5/s`, `300/m`, `1000/h`. At least one call, in digits alone.
    pub fn parse(text: &str) -> Option<Rate> {
        let (calls, period) = text.split_once('/')?;
        let (_, period_ms) = PERIODS.into_iter().find(|(letter, _)| *letter == period)?;
        let plain = calls.bytes().all(|byte| byte.is_ascii_digit());
        let calls = calls.parse().ok().filter(|calls| plain && (1..=MOST_CALLS).contains(calls))?;
        Some(Rate { calls, period_ms })
    }
}

/// As [`Rate::parse`] reads it.
impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PERIODS.into_iter().find(|(_, period_ms)| *period_ms == self.period_ms) {
            Some((letter, _)) => write!(formatter, "{}/{letter}", self.calls),
            None => write!(formatter, "{}/{}ms", self.calls, self.period_ms),
        }
    }
}

/// The most calls that a rate may let through in its period.
const MOST_CALLS: i64 = 1_000_000_000_000;

/// What an operator set for one caller and one API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitRecord {
    /// Whether it may call.
    pub allowed: Option<bool>,
    /// How often, in the long run.
    pub rate: Limit<Rate>,
    /// How many at once; `None` follows the rate.
    pub burst: Option<i64>,
    /// Calls of a day in Asia/Shanghai.
    pub quota: Limit<i64>,
    /// What it may ever spend, in 1/10000 CNY.
    pub cap: Limit<i64>,
    /// What a successful call costs, in 1/10000 CNY.
    pub price: Option<i64>,
}

/// What an operator set for one caller, by API.
pub type CallerLimits = [LimitRecord; Api::ALL.len()];

/// What is changed of a [`LimitRecord`]; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitChange {
    /// Whether it may call.
    pub allowed: Option<bool>,
    /// How often, in the long run.
    pub rate: Option<Limit<Rate>>,
    /// How many at once; `Some(None)` follows the rate.
    pub burst: Option<Option<i64>>,
    /// Calls of a day in Asia/Shanghai.
    pub quota: Option<Limit<i64>>,
    /// What it may ever spend, in 1/10000 CNY.
    pub cap: Option<Limit<i64>>,
    /// What a successful call costs, in 1/10000 CNY; `Some(None)` follows the configuration.
    pub price: Option<Option<i64>>,
}

impl LimitChange {
    /// Makes the change.
    pub fn apply(&self, record: &mut LimitRecord) {
        record.allowed = self.allowed.or(record.allowed);
        record.rate = self.rate.unwrap_or(record.rate);
        record.burst = self.burst.unwrap_or(record.burst);
        record.quota = self.quota.unwrap_or(record.quota);
        record.cap = self.cap.unwrap_or(record.cap);
        record.price = self.price.unwrap_or(record.price);
    }
}

static BY_CALLER: Bulk = Bulk::list(
    "SELECT caller, api, allowed, rate_calls, rate_period_ms, burst, quota, cap, price FROM limits \
     WHERE caller IN",
    "",
);

/// Stands in a column for [`Limit::None`].
const LIFTED: i64 = -1;

impl Store {
    /// What is set, by caller and API.
    ///
    /// # Errors
    /// When the database fails or is damaged.
    pub async fn limits(&self) -> Result<Vec<(i64, Api, LimitRecord)>> {
        let rows = sqlx::query(
            "SELECT caller, api, allowed, rate_calls, rate_period_ms, burst, quota, cap, price FROM limits",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// What is set for these callers, by caller and API.
    ///
    /// # Errors
    /// When the database fails or is damaged.
    pub async fn limits_of(&self, callers: &[i64]) -> Result<Vec<(i64, Api, LimitRecord)>> {
        let mut limits = Vec::new();
        for piece in pieces(callers) {
            let query = piece.iter().fold(BY_CALLER.query(piece.len()), |query, caller| query.bind(*caller));
            for row in query.fetch_all(self.readers()).await? {
                limits.push(read(&row)?);
            }
        }
        Ok(limits)
    }
}

/// What is set for one caller.
pub(crate) async fn of(connection: &mut AnyConnection, caller: i64) -> Result<CallerLimits> {
    let mut limits = CallerLimits::default();
    for row in BY_CALLER.query(1).bind(caller).fetch_all(connection).await? {
        let (_, api, record) = read(&row)?;
        limits[api as usize] = record;
    }
    Ok(limits)
}

/// Writes what is set for a caller and an API. Announce the caller in the same transaction.
pub(crate) async fn put(
    connection: &mut AnyConnection,
    caller: i64,
    api: Api,
    record: &LimitRecord,
) -> Result<()> {
    let (rate_calls, rate_period_ms) = match record.rate {
        Limit::Default => (None, None),
        Limit::None => (Some(LIFTED), None),
        Limit::At(rate) => (Some(rate.calls), Some(rate.period_ms)),
    };
    sqlx::query(
        "INSERT INTO limits (caller, api, allowed, rate_calls, rate_period_ms, burst, quota, cap, price) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (caller, api) DO UPDATE SET \
         allowed = excluded.allowed, rate_calls = excluded.rate_calls, rate_period_ms = excluded.rate_period_ms, \
         burst = excluded.burst, quota = excluded.quota, cap = excluded.cap, price = excluded.price",
    )
    .bind(caller)
    .bind(api.number())
    .bind(record.allowed.map(i64::from))
    .bind(rate_calls)
    .bind(rate_period_ms)
    .bind(record.burst)
    .bind(column(record.quota))
    .bind(column(record.cap))
    .bind(record.price)
    .execute(connection)
    .await?;
    Ok(())
}

fn column(limit: Limit<i64>) -> Option<i64> {
    match limit {
        Limit::Default => None,
        Limit::None => Some(LIFTED),
        Limit::At(value) => Some(value),
    }
}

fn limit(column: Option<i64>) -> Limit<i64> {
    match column {
        None => Limit::Default,
        Some(LIFTED) => Limit::None,
        Some(value) => Limit::At(value),
    }
}

fn read(row: &AnyRow) -> Result<(i64, Api, LimitRecord)> {
    let number: i64 = row.try_get(1)?;
    let api = Api::from_number(number)
        .ok_or_else(|| crate::Error::Damaged { what: format!("limits name an API {number}") })?;
    let rate = match limit(row.try_get(3)?) {
        Limit::At(calls) => {
            Limit::At(Rate { calls, period_ms: row.try_get::<Option<i64>, _>(4)?.unwrap_or(1000) })
        }
        Limit::None => Limit::None,
        Limit::Default => Limit::Default,
    };
    let record = LimitRecord {
        allowed: row.try_get::<Option<i64>, _>(2)?.map(|allowed| allowed != 0),
        rate,
        burst: row.try_get(5)?,
        quota: limit(row.try_get(6)?),
        cap: limit(row.try_get(7)?),
        price: row.try_get(8)?,
    };
    Ok((row.try_get(0)?, api, record))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_shown() {
        for (text, calls, period_ms) in [("5/s", 5, 1_000), ("300/m", 300, 60_000), ("1/h", 1, 3_600_000)] {
            assert_eq!(Rate::parse(text).unwrap(), Rate { calls, period_ms });
            assert_eq!(Rate { calls, period_ms }.to_string(), text);
        }
        for text in ["", "5", "0/s", "-1/s", "5/d", "5 /s", "5/s/s", "1.5/s", "+5/s", "1000000000001/s"] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let mut record = LimitRecord { quota: Limit::At(7), price: Some(3), ..LimitRecord::default() };
        let change = LimitChange { quota: Some(Limit::None), allowed: Some(false), ..LimitChange::default() };
        change.apply(&mut record);
        let expected = LimitRecord {
            allowed: Some(false),
            quota: Limit::None,
            price: Some(3),
            ..LimitRecord::default()
        };
        assert_eq!(record, expected);
        LimitChange { price: Some(None), ..LimitChange::default() }.apply(&mut record);
        assert_eq!(record.price, None);
    }
}
