//! Single values by name.

use sqlx::Row as _;

use crate::{Result, Store};

impl Store {
    /// The value of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meta(&self, key: &str) -> Result<Option<String>> {
        let row = sqlx::query("SELECT value FROM meta WHERE key = $1")
            .bind(key)
            .fetch_optional(self.readers())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// The value of that name; `value` becomes it where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meta_or(&self, key: &str, value: &str) -> Result<String> {
        if let Some(known) = self.meta(key).await? {
            return Ok(known);
        }
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
            .bind(key)
            .bind(value)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        // Somebody else may have been first.
        Ok(self.meta(key).await?.unwrap_or_else(|| value.to_owned()))
    }

    /// Sets the value of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }
}
