//! Noticing that money or a quota runs low, in the transaction that spends it: no alarm is lost and none is raised twice.

use serde_json::json;
use sqlx::{AnyConnection, Row as _};

use super::leases::Lease;
use crate::{Amount, Result, Store, alarms};

/// Which alarms are raised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlarmRules {
    /// Whether anybody takes them: otherwise they are only counted.
    pub deliver: bool,
    /// The balance below which an account is low, where it has no threshold of its own.
    pub low_balance: Option<Amount>,
    /// The part of a day's quota from which on there is an alarm, in percent; 0 for never.
    pub quota_percent: u8,
}

impl Store {
    /// Looks at all accounts after money moved otherwise than by calls: those that have enough again can be told of
    /// again, those that an operator took money from are told of. One from which nothing ever went is none of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_at_accounts(&self, rules: &AlarmRules, now_ms: i64) -> Result<()> {
        let default = rules.low_balance.map(|amount| amount.0);
        let mut transaction = self.begin().await?;
        sqlx::query(
            "UPDATE accounts SET alarmed = 0 WHERE alarmed = 1 AND (COALESCE(low_balance, $1) IS NULL \
             OR balance >= COALESCE(low_balance, $1))",
        )
        .bind(default)
        .execute(&mut *transaction)
        .await?;
        let low = sqlx::query(
            "SELECT id FROM accounts WHERE alarmed = 0 AND balance < COALESCE(low_balance, $1) AND EXISTS \
             (SELECT 1 FROM ledger WHERE ledger.account = accounts.id AND ledger.amount < 0)",
        )
        .bind(default)
        .fetch_all(&mut *transaction)
        .await?;
        for row in low {
            look_at_balance(&mut transaction, row.try_get(0)?, (rules, now_ms)).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// How many accounts, and how many quotas of `day`, are low.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_low(&self, day: i64) -> Result<(i64, i64)> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM accounts WHERE alarmed = 1), \
             (SELECT COUNT(*) FROM day_use WHERE alarmed = 1 AND day = $1)",
        )
        .bind(day)
        .fetch_one(self.readers())
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

/// Raises the alarms that a settlement of a lease calls for.
pub(super) async fn look(
    connection: &mut AnyConnection,
    lease: &Lease,
    quota: Option<i64>,
    (rules, now_ms): (&AlarmRules, i64),
) -> Result<()> {
    if let Some(account) = lease.account {
        look_at_balance(connection, account, (rules, now_ms)).await?;
    }
    match quota {
        Some(quota) if rules.quota_percent > 0 => {
            look_at_quota(connection, lease, quota, (rules, now_ms)).await
        }
        _ => Ok(()),
    }
}

async fn look_at_balance(
    connection: &mut AnyConnection,
    account: i64,
    (rules, now_ms): (&AlarmRules, i64),
) -> Result<()> {
    let low = sqlx::query(
        "UPDATE accounts SET alarmed = 1 WHERE id = $1 AND alarmed = 0 AND balance < COALESCE(low_balance, $2) \
         RETURNING name, balance, COALESCE(low_balance, $2)",
    )
    .bind(account)
    .bind(rules.low_balance.map(|amount| amount.0))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = low.filter(|_| rules.deliver) else { return Ok(()) };
    let body = json!({
        "kind": "low_balance",
        "account": account.to_string(),
        "name": row.try_get::<String, _>(0)?,
        "balance": Amount(row.try_get(1)?).to_string(),
        "threshold": Amount(row.try_get(2)?).to_string(),
        "currency": "CNY",
        "time": now_ms.div_euclid(1000),
    });
    alarms::add(connection, "low_balance", &body.to_string(), now_ms).await.map(drop)
}

async fn look_at_quota(
    connection: &mut AnyConnection,
    lease: &Lease,
    quota: i64,
    (rules, now_ms): (&AlarmRules, i64),
) -> Result<()> {
    // Rounded up, and at least one call: a quota of one is low when it is used.
    let from = (i128::from(quota) * i128::from(rules.quota_percent) + 99).div_euclid(100).max(1);
    let low = sqlx::query(
        "UPDATE day_use SET alarmed = 1 WHERE caller = $1 AND api = $2 AND day = $3 AND alarmed = 0 AND settled >= $4 \
         RETURNING settled",
    )
    .bind(lease.caller)
    .bind(lease.api.number())
    .bind(lease.day)
    .bind(i64::try_from(from).unwrap_or(i64::MAX))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = low.filter(|_| rules.deliver) else { return Ok(()) };
    let (kind, name) = caller_name(connection, lease.caller).await?;
    let body = json!({
        "kind": "quota",
        "caller": kind,
        "name": name,
        "api": lease.api.name(),
        "day": lease.day,
        "quota": quota,
        "used": row.try_get::<i64, _>(0)?,
        "percent": rules.quota_percent,
        "time": now_ms.div_euclid(1000),
    });
    alarms::add(connection, "quota", &body.to_string(), now_ms).await.map(drop)
}

/// What a caller is, and what it is called.
async fn caller_name(connection: &mut AnyConnection, caller: i64) -> Result<(&'static str, String)> {
    let token = sqlx::query("SELECT name FROM api_tokens WHERE caller = $1")
        .bind(caller)
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = token {
        return Ok(("token", row.try_get(0)?));
    }
    let application = sqlx::query("SELECT partner FROM applications WHERE caller = $1")
        .bind(caller)
        .fetch_optional(connection)
        .await?;
    Ok(("app", application.map(|row| row.try_get(0)).transpose()?.unwrap_or_default()))
}
