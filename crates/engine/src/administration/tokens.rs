//! Tokens of the suggestion API.

use store::{ApiToken, NewApiToken};

use super::{
    Administration, CallerUpdate, Created, Listed, PayingAccount, Rotated, ShownCaller, VISIBLE_CHARACTERS,
    check_name, unknown,
};
use crate::{Result, secrets};

impl Administration<'_> {
    /// Makes a token of the suggestion API.
    ///
    /// # Errors
    /// When the name is taken or cannot be used, the account does not exist, or what the token is to pay has nobody
    /// who pays it; when the store fails.
    pub async fn create_token(&self, name: &str, update: &CallerUpdate) -> Result<Created> {
        check_name("token", name)?;
        let caller = self.change(update).await?;
        let secret = secrets::new_secret("qs")?;
        let (prefix, hash) = (&secret[..VISIBLE_CHARACTERS], secrets::hash(&secret));
        let new = NewApiToken { name, prefix, hash: &hash, caller: &caller };
        let id = self.store.create_api_token(&new, &self.by()).await?;
        Ok(Created { id, secret })
    }

    /// Changes the account, the limits or the state of a token.
    ///
    /// # Errors
    /// As [`Administration::create_token`], and when there is none of that name.
    pub async fn update_token(&self, name: &str, update: &CallerUpdate) -> Result<()> {
        let change = self.change(update).await?;
        Ok(self.store.update_api_token(name, &change, &self.by()).await?)
    }

    /// Lets the token of that name in or keeps it out.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn enable_token(&self, name: &str, enabled: bool) -> Result<()> {
        self.update_token(name, &CallerUpdate { enabled: Some(enabled), ..CallerUpdate::default() }).await
    }

    /// Gives a token a new text. The old one stays good for `overlap_ms` milliseconds.
    ///
    /// # Errors
    /// When there is none of that name, or the store fails.
    pub async fn rotate_token(&self, name: &str, overlap_ms: i64) -> Result<Rotated> {
        let secret = secrets::new_secret("qs")?;
        let (prefix, hash) = (&secret[..VISIBLE_CHARACTERS], secrets::hash(&secret));
        let by = self.by();
        let (until_ms, previous_until_ms) = self.overlap(&by, overlap_ms);
        self.store.rotate_api_token(name, (prefix, &hash), until_ms, &by).await?;
        Ok(Rotated { secret, previous_until_ms })
    }

    /// All tokens of the suggestion API.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self) -> Result<Vec<Listed>> {
        let account = self.accounts().await?;
        let rows = self.store.api_tokens().await?.into_iter();
        Ok(rows.map(|row| listed(&row, account(row.account))).collect())
    }

    /// One token with its limits.
    ///
    /// # Errors
    /// When there is none of that name, or the store fails.
    pub async fn show_token(&self, name: &str) -> Result<ShownCaller> {
        let row = self.store.api_token_by_name(name).await?.ok_or_else(|| unknown("token", name))?;
        let account = self.accounts().await?(row.account);
        let (set, limits) = self.limits(row.caller).await?;
        let overlaps = row.previous_hash.is_some() && self.clock.unix_ms() < row.previous_until_ms;
        Ok(ShownCaller {
            listed: listed(&row, account),
            number: row.caller,
            previous_until_ms: overlaps.then_some(row.previous_until_ms),
            refuse_repeated_nonces: None,
            set,
            limits,
        })
    }
}

fn listed(row: &ApiToken, account: Option<PayingAccount>) -> Listed {
    Listed {
        name: row.name.clone(),
        prefix: row.prefix.clone(),
        role: String::new(),
        account,
        enabled: row.enabled,
        created_ms: row.created_ms,
    }
}
