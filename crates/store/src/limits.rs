//! What a caller may do with an API, as an operator set it. What is not set follows the configuration.

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{Result, Store};

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
