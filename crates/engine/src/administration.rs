//! Creating and changing credentials: rows in the store, which a running server picks up by itself.

mod applications;
mod operators;
mod tokens;

use store::{Api, AuditRow, By, CallerChange, CallerLimits, LimitChange, Store};

use crate::{Clock, Engine, Error, Limits, Result, secrets::Secrets};

/// How many characters of a secret are kept in the clear, so that its owner can recognise it.
const VISIBLE_CHARACTERS: usize = 10;
/// The longest name of an application, token or operator, in bytes.
const NAME_BYTES: usize = 64;

/// The credentials' service: used by the command line, on a stopped or a running server's directory.
pub struct Administration<'a> {
    /// The store that the credentials live in.
    pub store: &'a Store,
    /// The keys of the data directory.
    pub secrets: &'a Secrets,
    /// The clock for the times of creation.
    pub clock: &'a Clock,
    /// The limits of callers for whom none are set.
    pub defaults: &'a [Limits; Api::ALL.len()],
    /// Who asks, as the audit log names them.
    pub who: &'a str,
}

/// A credential as a list shows it: never its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// A partner, a token's name, an operator's name.
    pub name: String,
    /// The beginning of the secret, to recognise it by; empty for applications.
    pub prefix: String,
    /// An operator's role; empty otherwise.
    pub role: String,
    /// The account that pays.
    pub account: Option<PayingAccount>,
    /// Whether it is in force.
    pub enabled: bool,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
}

/// The account that pays for a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayingAccount {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
}

/// A token or an application with everything that is known of it, its secret aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCaller {
    /// What a list shows.
    pub listed: Listed,
    /// Its number among the callers.
    pub number: i64,
    /// Until when the secret before the present one is good too, Unix milliseconds; `None` where it is not.
    pub previous_until_ms: Option<i64>,
    /// Whether an application's repeated nonces are refused; `None` for a token, which has none.
    pub refuse_repeated_nonces: Option<bool>,
    /// What an operator set, by API.
    pub set: CallerLimits,
    /// What is in force, by API.
    pub limits: [Limits; Api::ALL.len()],
}

/// What is changed of a token or an application; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerUpdate {
    /// The account that pays, by number or name; `Some(None)` takes it away.
    pub account: Option<Option<String>>,
    /// Whether it may call.
    pub enabled: Option<bool>,
    /// What it may do with an API.
    pub limits: Vec<(Api, LimitChange)>,
}

/// A credential just made; the secret is shown once and kept nowhere in the clear.
pub struct Created {
    /// The credential's identity: a partner, a token's id, an operator's name.
    pub id: String,
    /// The secret itself.
    pub secret: String,
}

/// A secret that takes the place of another one. It is shown once.
pub struct Rotated {
    /// The new secret.
    pub secret: String,
    /// Until when the old one is good too, Unix milliseconds; `None`: it is dead.
    pub previous_until_ms: Option<i64>,
}

impl Engine {
    /// The credentials' service over this engine's directory, on behalf of `who`.
    pub fn administration<'a>(&'a self, who: &'a str) -> Administration<'a> {
        Administration {
            store: &self.store,
            secrets: &self.secrets,
            clock: self.clock(),
            defaults: &self.options.limits,
            who,
        }
    }
}

impl Administration<'_> {
    /// The newest `limit` changes of the audit log, or those before the row `before_id`; newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit(&self, before_id: Option<i64>, limit: i64) -> Result<Vec<AuditRow>> {
        Ok(self.store.audit(before_id, limit).await?)
    }

    /// Ends every access token that there is, of all applications.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke_all(&self) -> Result<()> {
        self.store.revoke_all(&self.by()).await?;
        Ok(())
    }

    fn by(&self) -> By<'_> {
        By { who: self.who, now_ms: self.clock.unix_ms() }
    }

    /// The moment at which an overlap from now ends, and what is told of it.
    fn overlap(&self, by: &By<'_>, overlap_ms: i64) -> (i64, Option<i64>) {
        let until_ms = by.now_ms.saturating_add(overlap_ms.max(0));
        (until_ms, (until_ms > by.now_ms).then_some(until_ms))
    }

    /// The change with the account's number in place of what the operator called it.
    async fn change(&self, update: &CallerUpdate) -> Result<CallerChange> {
        let account = match &update.account {
            Some(Some(account)) => Some(Some(self.store.account_number(account).await?)),
            Some(None) => Some(None),
            None => None,
        };
        Ok(CallerChange { account, enabled: update.enabled, limits: update.limits.clone() })
    }

    /// What is set for a caller, and what follows from it.
    async fn limits(&self, caller: i64) -> Result<(CallerLimits, [Limits; Api::ALL.len()])> {
        let mut set = CallerLimits::default();
        for (_, api, record) in self.store.limits_of(&[caller]).await? {
            set[api as usize] = record;
        }
        Ok((set, Api::ALL.map(|api| self.defaults[api as usize].with(&set[api as usize]))))
    }

    /// The names of accounts, to show them beside their numbers.
    async fn accounts(&self) -> Result<impl Fn(Option<i64>) -> Option<PayingAccount>> {
        let names = self.store.account_names().await?;
        Ok(move |number: Option<i64>| {
            let number = number?;
            Some(PayingAccount { number, name: names.get(&number).cloned().unwrap_or_default() })
        })
    }
}

fn unknown(what: &'static str, name: &str) -> Error {
    Error::Unknown { what, name: name.to_owned() }
}

/// Whether somebody or something may be called so.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<()> {
    let reason = if name.trim().is_empty() {
        "it is empty"
    } else if name.len() > NAME_BYTES {
        "it is longer than 64 bytes"
    } else if name.chars().any(char::is_control) {
        "a control character stands in it"
    } else {
        return Ok(());
    };
    Err(Error::Name { what, name: name.to_owned(), reason })
}
