//! What callers used, as their accounts see it: the balance, and calls by day.

use crate::{
    Api, Result, Store,
    ledger::{Bucket, UsageOf, day_of_minute, first_minute_of_day},
};

/// Calls of a day of Asia/Shanghai.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCalls {
    /// The day, counted from 1970-01-01.
    pub day: i64,
    /// The API.
    pub api: Api,
    /// How many, whatever their answer.
    pub calls: i64,
}

impl Store {
    /// Calls by day and API, from the first of these days to the last; days without calls are left out.
    ///
    /// # Errors
    /// When the database fails or is damaged.
    pub async fn calls_by_day(&self, of: UsageOf, first_day: i64, last_day: i64) -> Result<Vec<DayCalls>> {
        let minutes = (first_minute_of_day(first_day), first_minute_of_day(last_day + 1));
        let mut days: Vec<DayCalls> = Vec::new();
        for sum in self.usage(of, minutes, Bucket::Day).await? {
            let day = day_of_minute(sum.minute);
            match days.last_mut().filter(|last| (last.day, last.api) == (day, sum.api)) {
                // Another code of the same.
                Some(last) => last.calls += sum.calls,
                None => days.push(DayCalls { day, api: sum.api, calls: sum.calls }),
            }
        }
        Ok(days)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::{Amount, Error};

    const DAY_MINUTES: i64 = 1_440;
    const SHANGHAI_MINUTES: i64 = 480;

    /// Minutes as the settling writes them: caller, API, minute, code, calls.
    async fn store_with(minutes: &[(i64, Api, i64, i64, i64)]) -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut transaction = store.begin().await.unwrap();
        for (caller, api, minute, code, calls) in minutes {
            sqlx::query(
                "INSERT INTO usage_minutes (caller, api, minute, code, calls, amount) VALUES ($1, $2, $3, $4, $5, 0)",
            )
            .bind(caller)
            .bind(api.number())
            .bind(minute)
            .bind(code)
            .bind(calls)
            .execute(&mut *transaction)
            .await
            .unwrap();
        }
        transaction.commit().await.unwrap();
        (directory, store)
    }

    #[tokio::test]
    async fn days_turn_at_midnight_in_shanghai() {
        let midnight = 100 * DAY_MINUTES - SHANGHAI_MINUTES;
        let (_directory, store) = store_with(&[
            (7, Api::Suggest, midnight - 1, 0, 1),
            (7, Api::Suggest, midnight, 0, 10),
            (7, Api::Suggest, midnight, 302, 5),
            (7, Api::Suggest, midnight + DAY_MINUTES - 1, 0, 100),
            (7, Api::Search, midnight, 0, 3),
            (7, Api::Suggest, midnight + DAY_MINUTES, 0, 1_000),
            (8, Api::Suggest, midnight, 0, 10_000),
        ])
        .await;
        let told = async |first, last| {
            let days = store.calls_by_day(UsageOf::Caller(7), first, last).await.unwrap();
            days.iter().map(|day| (day.day, day.api, day.calls)).collect::<Vec<_>>()
        };
        assert_eq!(told(100, 100).await, [(100, Api::Suggest, 115), (100, Api::Search, 3)]);
        let all = [
            (99, Api::Suggest, 1),
            (100, Api::Suggest, 115),
            (100, Api::Search, 3),
            (101, Api::Suggest, 1_000),
        ];
        assert_eq!(told(99, 101).await, all);
        assert_eq!(told(102, 200).await, []);
    }

    #[tokio::test]
    async fn an_account_sees_all_of_its_callers() {
        let (_directory, store) = store_with(&[
            (1, Api::Suggest, 0, 0, 1),
            (2, Api::Search, 0, 0, 20),
            (3, Api::Suggest, 0, 0, 300),
        ])
        .await;
        let mut transaction = store.begin().await.unwrap();
        sqlx::query(
            "INSERT INTO accounts (id, name, balance, held, alarmed, created_ms) VALUES (5, 'a', 77770, 0, 0, 0)",
        )
        .execute(&mut *transaction)
        .await
        .unwrap();
        for statement in [
            "INSERT INTO api_tokens (id, name, prefix, hash, enabled, created_ms, caller, account) \
             VALUES ('t', 't', 'qs', $1, 1, 0, 1, 5)",
            "INSERT INTO applications (id, partner, secure_key, enabled, refuse_repeated_nonce, not_before, created_ms, caller, account) \
             VALUES (1, 'p', $1, 1, 0, 0, 0, 2, 5)",
        ] {
            sqlx::query(statement).bind(&[1_u8][..]).execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
        let days = store.calls_by_day(UsageOf::Account(5), 0, 0).await.unwrap();
        let told: Vec<_> = days.iter().map(|day| (day.api, day.calls)).collect();
        assert_eq!(told, [(Api::Suggest, 1), (Api::Search, 20)]);
        assert_eq!(store.account("5").await.unwrap().balance, Amount(77_770));
        let error = store.account("6").await.unwrap_err();
        assert!(matches!(error, Error::NotFound { what: "account", .. }), "{error}");
    }
}
