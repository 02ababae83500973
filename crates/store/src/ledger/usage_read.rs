//! Reading the usage: calls and money by API and code, summed over minutes, hours or days.

use sqlx::{AssertSqlSafe, Row as _, any::AnyRow};

use super::{DAY_MINUTES, SHANGHAI_MINUTES};
use crate::{Amount, Api, Error, Result, Store};

/// How long the times are over which calls are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day in Asia/Shanghai.
    Day,
}

impl Bucket {
    /// How many minutes it has.
    pub fn minutes(self) -> i64 {
        match self {
            Bucket::Minute => 1,
            Bucket::Hour => 60,
            Bucket::Day => DAY_MINUTES,
        }
    }
}

/// Whose calls are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageOf {
    /// Everybody's.
    All,
    /// Those of one caller.
    Caller(i64),
    /// Those of the callers that belong to an account now.
    Account(i64),
}

/// Calls of one time that ended with one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageSum {
    /// The first Unix minute of the time.
    pub minute: i64,
    /// The API.
    pub api: Api,
    /// The code of the answer; -1 for those that are not in the table of codes.
    pub code: i64,
    /// How many.
    pub calls: i64,
    /// What they cost.
    pub amount: Amount,
}

impl Store {
    /// The calls of the Unix minutes `from` up to, not including, `to`, oldest first. Times without calls are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage(&self, of: UsageOf, (from, to): (i64, i64), bucket: Bucket) -> Result<Vec<UsageSum>> {
        let (condition, whose) = match of {
            UsageOf::All => ("$5 = 0", 0),
            UsageOf::Caller(caller) => ("caller = $5", caller),
            UsageOf::Account(account) => (
                "caller IN (SELECT caller FROM api_tokens WHERE account = $5 \
                 UNION ALL SELECT caller FROM applications WHERE account = $5)",
                account,
            ),
        };
        // Days begin at midnight in Asia/Shanghai, and its hours where those of Unix do.
        let statement = format!(
            "SELECT (minute + $1) / $2, api, code, CAST(SUM(calls) AS BIGINT), CAST(SUM(amount) AS BIGINT) \
             FROM usage_minutes WHERE minute >= $3 AND minute < $4 AND {condition} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(SHANGHAI_MINUTES)
            .bind(bucket.minutes())
            .bind(from)
            .bind(to)
            .bind(whose)
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(|row| read(row, bucket)).collect()
    }
}

fn read(row: &AnyRow, bucket: Bucket) -> Result<UsageSum> {
    let api: i64 = row.try_get(1)?;
    let api = Api::from_number(api)
        .ok_or_else(|| Error::Damaged { what: format!("the usage has an API of number {api}") })?;
    Ok(UsageSum {
        minute: row.try_get::<i64, _>(0)? * bucket.minutes() - SHANGHAI_MINUTES,
        api,
        code: row.try_get(2)?,
        calls: row.try_get(3)?,
        amount: Amount(row.try_get(4)?),
    })
}
