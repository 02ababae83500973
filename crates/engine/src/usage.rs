//! What a caller may know of its account: the balance, and its calls by day.

use store::{Amount, Api, UsageOf};

use crate::{Engine, Result};

impl Engine {
    /// The balance of an account; nothing where nobody has to pay.
    ///
    /// # Errors
    /// When there is no such account, or the store fails.
    pub async fn balance_of(&self, account: Option<i64>) -> Result<Amount> {
        match account {
            Some(account) => {
                self.admission().settle(Some(account)).await?;
                Ok(self.store.account(&account.to_string()).await?.balance)
            }
            None => Ok(Amount::ZERO),
        }
    }

    /// Calls by day of Asia/Shanghai and API from `first_day` to `last_day`: those of every caller of the account,
    /// or of the caller alone where it has none. Days without calls are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage_by_day(
        &self,
        account: Option<i64>,
        caller: i64,
        (first_day, last_day): (i64, i64),
    ) -> Result<Vec<(i64, Api, i64)>> {
        self.admission().settle(account).await?;
        let of = account.map_or(UsageOf::Caller(caller), UsageOf::Account);
        let days = self.store.calls_by_day(of, first_day, last_day).await?;
        Ok(days.into_iter().map(|day| (day.day, day.api, day.calls)).collect())
    }
}
