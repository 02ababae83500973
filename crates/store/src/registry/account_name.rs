//! Accounts by what an operator calls them.

use std::collections::HashMap;

use sqlx::AnyConnection;

use crate::{Error, Result, Store};

impl Store {
    /// The number of the account that is meant by `text`: its number or its name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn account_number(&self, text: &str) -> Result<i64> {
        Ok(self.account(text).await?.id)
    }

    /// The accounts' names, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_names(&self) -> Result<HashMap<i64, String>> {
        Ok(self.accounts().await?.into_iter().map(|account| (account.id, account.name)).collect())
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
