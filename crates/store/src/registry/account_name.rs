//! Accounts by what an operator calls them.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row as _};

use crate::{Error, Result, Store};

impl Store {
    /// The number of the account that is meant by `text`: its number or its name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn account_number(&self, text: &str) -> Result<i64> {
        // No account has the number 0.
        let number: i64 = text.parse().unwrap_or(0);
        let rows = sqlx::query("SELECT id FROM accounts WHERE id = $1 OR name = $2")
            .bind(number)
            .bind(text)
            .fetch_all(self.readers())
            .await?;
        let mut found =
            rows.iter().map(|row| row.try_get::<i64, _>(0)).collect::<std::result::Result<Vec<_>, _>>()?;
        // A number is meant before a name that looks like one.
        found.sort_by_key(|id| *id != number);
        found.first().copied().ok_or_else(|| no_account(text))
    }

    /// The accounts' names, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_names(&self) -> Result<HashMap<i64, String>> {
        let rows = sqlx::query("SELECT id, name FROM accounts").fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}

/// Fails if there is no account of that number.
pub(super) async fn check(connection: &mut AnyConnection, account: i64) -> Result<()> {
    let row =
        sqlx::query("SELECT id FROM accounts WHERE id = $1").bind(account).fetch_optional(connection).await?;
    row.map(|_| ()).ok_or_else(|| no_account(&account.to_string()))
}

fn no_account(name: &str) -> Error {
    Error::NotFound { what: "account", name: name.to_owned() }
}
