//! Alarms that wait for the webhook. One is written in the transaction of what raised it, and stays until it was
//! delivered or given up, so that no restart loses it.

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{Result, Store};

/// When an alarm is due that was given up: never.
const NEVER: i64 = i64::MAX;

/// An alarm that has not been delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its identity, the same at every attempt.
    pub id: String,
    /// What it is about.
    pub kind: String,
    /// What is sent, JSON.
    pub body: String,
    /// When it was raised, in Unix milliseconds.
    pub made_ms: i64,
    /// How often it was sent in vain.
    pub attempts: i64,
}

/// The alarms that have not been delivered or given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingAlarms {
    /// How many.
    pub count: i64,
    /// When the first of them is due, in Unix milliseconds.
    pub next_ms: Option<i64>,
}

impl Store {
    /// Raises an alarm by itself; tells its identity.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_alarm(&self, kind: &str, body: &str, now_ms: i64) -> Result<String> {
        let mut transaction = self.begin().await?;
        let id = add(&mut transaction, kind, body, now_ms).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// How many alarms wait, and until when.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_alarms(&self) -> Result<WaitingAlarms> {
        let row = sqlx::query(
            "SELECT COUNT(*), MIN(next_ms) FROM alarms WHERE delivered_ms IS NULL AND next_ms < $1",
        )
        .bind(NEVER)
        .fetch_one(self.readers())
        .await?;
        Ok(WaitingAlarms { count: row.try_get(0)?, next_ms: row.try_get(1)? })
    }

    /// The alarms that are due, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_alarms(&self, now_ms: i64, limit: i64) -> Result<Vec<Alarm>> {
        let rows = sqlx::query(
            "SELECT id, kind, body, made_ms, attempts FROM alarms \
             WHERE delivered_ms IS NULL AND next_ms <= $1 AND next_ms < $2 ORDER BY made_ms, id LIMIT $3",
        )
        .bind(now_ms)
        .bind(NEVER)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Notes that an alarm was taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alarm_delivered(&self, id: &str, now_ms: i64) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "UPDATE alarms SET delivered_ms = $1, attempts = attempts + 1, problem = '' WHERE id = $2",
        )
        .bind(now_ms)
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Notes that an alarm was not taken, why, and when it is due again; `None` gives it up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alarm_failed(&self, id: &str, next_ms: Option<i64>, problem: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "UPDATE alarms SET attempts = attempts + 1, next_ms = $1, problem = $2 \
             WHERE id = $3 AND delivered_ms IS NULL",
        )
        .bind(next_ms.unwrap_or(NEVER))
        .bind(problem)
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Deletes the alarms that were delivered, or raised and given up, before that moment; tells how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_alarms(&self, before_ms: i64) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let deleted = sqlx::query(
            "DELETE FROM alarms WHERE delivered_ms < $1 OR (delivered_ms IS NULL AND next_ms = $2 AND made_ms < $1)",
        )
        .bind(before_ms)
        .bind(NEVER)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        Ok(deleted)
    }
}

/// Raises an alarm in the transaction of what it tells of. It is due at once.
pub(crate) async fn add(
    connection: &mut AnyConnection,
    kind: &str,
    body: &str,
    now_ms: i64,
) -> Result<String> {
    let id = uuid::Uuid::now_v7().to_string();
    sqlx::query(
        "INSERT INTO alarms (id, kind, body, made_ms, attempts, next_ms, problem) VALUES ($1, $2, $3, $4, 0, $4, '')",
    )
    .bind(&id)
    .bind(kind)
    .bind(body)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(id)
}

fn read(row: &AnyRow) -> Result<Alarm> {
    Ok(Alarm {
        id: row.try_get(0)?,
        kind: row.try_get(1)?,
        body: row.try_get(2)?,
        made_ms: row.try_get(3)?,
        attempts: row.try_get(4)?,
    })
}
