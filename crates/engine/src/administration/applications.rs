//! Applications of content search.

use store::{Application, ApplicationChange, NewApplication};

use super::{
    Administration, CallerUpdate, Created, Listed, PayingAccount, Rotated, ShownCaller, check_name, unknown,
};
use crate::{Error, Result, secrets};

impl Administration<'_> {
    /// Makes an application and its `secure_key`.
    ///
    /// # Errors
    /// When the name is taken or cannot be used, the account does not exist, or what the application is to pay has
    /// nobody who pays it; when the store fails.
    pub async fn create_application(
        &self,
        partner: &str,
        update: &CallerUpdate,
        refuse_repeated_nonces: Option<bool>,
    ) -> Result<Created> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !partner.chars().all(plain) {
            let reason = "only letters, digits, `_`, `-` and `.` may stand in it";
            return Err(Error::Name { what: "partner", name: partner.to_owned(), reason });
        }
        check_name("partner", partner)?;
        let caller = self.change(update).await?;
        let change = ApplicationChange { caller, refuse_repeated_nonce: refuse_repeated_nonces };
        let secret = new_secure_key()?;
        let sealed = self.secrets.seal(partner, &secret)?;
        let new = NewApplication { partner, secure_key: &sealed, change: &change };
        self.store.create_application(&new, &self.by()).await?;
        Ok(Created { id: partner.to_owned(), secret })
    }

    /// Changes the account, the limits or the state of an application, or whether its nonces may be used again.
    ///
    /// # Errors
    /// As [`Administration::create_application`], and when there is none of that name.
    pub async fn update_application(
        &self,
        partner: &str,
        update: &CallerUpdate,
        refuse_repeated_nonces: Option<bool>,
    ) -> Result<()> {
        let caller = self.change(update).await?;
        let change = ApplicationChange { caller, refuse_repeated_nonce: refuse_repeated_nonces };
        Ok(self.store.update_application(partner, &change, &self.by()).await?)
    }

    /// Lets an application in or keeps it out.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn enable_application(&self, partner: &str, enabled: bool) -> Result<()> {
        let update = CallerUpdate { enabled: Some(enabled), ..CallerUpdate::default() };
        self.update_application(partner, &update, None).await
    }

    /// Gives an application a new `secure_key`. The old one signs for another `overlap_ms` milliseconds.
    ///
    /// # Errors
    /// When there is none of that name, or the store fails.
    pub async fn rotate_application(&self, partner: &str, overlap_ms: i64) -> Result<Rotated> {
        let secret = new_secure_key()?;
        let sealed = self.secrets.seal(partner, &secret)?;
        let by = self.by();
        let (until_ms, previous_until_ms) = self.overlap(&by, overlap_ms);
        self.store.rotate_application(partner, &sealed, until_ms, &by).await?;
        Ok(Rotated { secret, previous_until_ms })
    }

    /// Ends every access token of an application's users.
    ///
    /// # Errors
    /// When there is none of that name, or the store fails.
    pub async fn revoke_application(&self, partner: &str) -> Result<()> {
        self.store.revoke_application(partner, &self.by()).await?;
        Ok(())
    }

    /// Ends every access token of the user that an application registered as `uuid`, if it ever did.
    ///
    /// # Errors
    /// When there is no such application, or the store fails.
    pub async fn revoke_user(&self, partner: &str, uuid: &str) -> Result<()> {
        let row = self.row(partner).await?;
        let user = self.secrets.user(row.id as u32, uuid);
        self.store.revoke_user(partner, user as i64, &self.by()).await?;
        Ok(())
    }

    /// The `secure_key` of an application, for signing on the command line.
    ///
    /// # Errors
    /// When there is no such application, or its key does not open with this master key.
    pub async fn secure_key(&self, partner: &str) -> Result<String> {
        self.secrets.unseal(partner, &self.row(partner).await?.secure_key)
    }

    /// All applications.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn applications(&self) -> Result<Vec<Listed>> {
        let account = self.accounts().await?;
        let rows = self.store.applications().await?.into_iter();
        Ok(rows.map(|row| listed(&row, account(row.account))).collect())
    }

    /// One application with its limits.
    ///
    /// # Errors
    /// When there is none of that name, or the store fails.
    pub async fn show_application(&self, partner: &str) -> Result<ShownCaller> {
        let row = self.row(partner).await?;
        let account = self.accounts().await?(row.account);
        let (set, limits) = self.limits(row.caller).await?;
        let overlaps = row.previous_key.is_some() && self.clock.unix_ms() < row.previous_until_ms;
        Ok(ShownCaller {
            listed: listed(&row, account),
            number: row.caller,
            previous_until_ms: overlaps.then_some(row.previous_until_ms),
            refuse_repeated_nonces: Some(row.refuse_repeated_nonce),
            set,
            limits,
        })
    }

    async fn row(&self, partner: &str) -> Result<Application> {
        let row = self.store.application_by_partner(partner).await?;
        row.ok_or_else(|| unknown("partner", partner))
    }
}

fn new_secure_key() -> Result<String> {
    Ok(secrets::hex(&secrets::random::<16>()?))
}

fn listed(row: &Application, account: Option<PayingAccount>) -> Listed {
    Listed {
        name: row.partner.clone(),
        prefix: String::new(),
        role: String::new(),
        account,
        enabled: row.enabled,
        created_ms: row.created_ms,
    }
}
