//! Ending access tokens before their time: of a user, of an application, all of them.
//!
//! An access token is not stored, so it ends by a moment before which it was not to be issued. Where that moment
//! lies ahead of the clock, a new token is issued with that moment as its own, so that it lives. The next
//! revocation within the same second has to go beyond it.

use serde_json::json;
use sqlx::{AnyConnection, Row as _};

use crate::{
    By, Result, Store, Subject,
    audit::{self, AuditRecord},
    registry::{EVERYTHING, applications},
    sequence::announce,
};

/// The name under which the moment stands that is common to all applications.
const ALL: &str = "access_tokens.not_before";

impl Store {
    /// Access tokens issued before this moment (Unix seconds) are dead, whoever issued them; 0 where all may live.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn access_tokens_not_before(&self) -> Result<i64> {
        not_before_of_all(&mut *self.readers().acquire().await?).await
    }

    /// Ends every access token that a user, known or not, has now. Returns the moment (Unix seconds) before which
    /// they were issued.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such application; when the database fails.
    pub async fn revoke_user(&self, partner: &str, user_id: i64, by: &By<'_>) -> Result<i64> {
        let mut transaction = self.begin().await?;
        let application = applications::named(&mut transaction, partner).await?;
        let row = sqlx::query("SELECT not_before FROM users WHERE application = $1 AND user_id = $2")
            .bind(application.id)
            .bind(user_id)
            .fetch_optional(&mut *transaction)
            .await?;
        let before: i64 = row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
        let all = not_before_of_all(&mut transaction).await?;
        let not_before = next(by, [before, application.not_before, all]);
        sqlx::query(
            "INSERT INTO users (application, user_id, first_seen_ms, last_seen_ms, not_before) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (application, user_id) DO UPDATE SET not_before = excluded.not_before",
        )
        .bind(application.id)
        .bind(user_id)
        .bind(by.now_ms)
        .bind(by.now_ms)
        .bind(not_before)
        .execute(&mut *transaction)
        .await?;
        let subject = format!("user {user_id:016x} of application {partner}");
        let record = AuditRecord::new(by, "revoke", subject, moment(before), moment(not_before));
        audit::note(&mut transaction, &record, by.now_ms).await?;
        announce(&mut transaction, Subject::Registry, &[EVERYTHING]).await?;
        transaction.commit().await?;
        Ok(not_before)
    }

    /// Ends every access token that an application's users have now. Returns the moment (Unix seconds) before which
    /// they were issued.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; when the database fails.
    pub async fn revoke_application(&self, partner: &str, by: &By<'_>) -> Result<i64> {
        let mut transaction = self.begin().await?;
        let before = applications::named(&mut transaction, partner).await?;
        let of_users = sqlx::query("SELECT COALESCE(MAX(not_before), 0) FROM users WHERE application = $1")
            .bind(before.id)
            .fetch_one(&mut *transaction)
            .await?;
        let all = not_before_of_all(&mut transaction).await?;
        let not_before = next(by, [before.not_before, of_users.try_get(0)?, all]);
        let after = applications::Application { not_before, ..before.clone() };
        let described = (moment(before.not_before), moment(not_before));
        applications::write(&mut transaction, &after, "revoke", described, by).await?;
        transaction.commit().await?;
        Ok(not_before)
    }

    /// Ends every access token that there is now. Returns the moment (Unix seconds) before which they were issued.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_all(&self, by: &By<'_>) -> Result<i64> {
        let mut transaction = self.begin().await?;
        let before = not_before_of_all(&mut transaction).await?;
        let row = sqlx::query(
            "SELECT (SELECT COALESCE(MAX(not_before), 0) FROM users), \
             (SELECT COALESCE(MAX(not_before), 0) FROM applications)",
        )
        .fetch_one(&mut *transaction)
        .await?;
        let not_before = next(by, [before, row.try_get(0)?, row.try_get(1)?]);
        sqlx::query(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(ALL)
        .bind(not_before.to_string())
        .execute(&mut *transaction)
        .await?;
        let record = AuditRecord::new(by, "revoke", "all access tokens", moment(before), moment(not_before));
        audit::note(&mut transaction, &record, by.now_ms).await?;
        announce(&mut transaction, Subject::Registry, &[EVERYTHING]).await?;
        transaction.commit().await?;
        Ok(not_before)
    }
}

async fn not_before_of_all(connection: &mut AnyConnection) -> Result<i64> {
    let row =
        sqlx::query("SELECT value FROM meta WHERE key = $1").bind(ALL).fetch_optional(connection).await?;
    let text: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The moment that lies after every token that can have been issued until now.
fn next<const N: usize>(by: &By<'_>, known: [i64; N]) -> i64 {
    known.into_iter().fold(by.now_ms.div_euclid(1000), i64::max) + 1
}

fn moment(not_before: i64) -> Option<String> {
    Some(json!({ "not_before": not_before }).to_string())
}
