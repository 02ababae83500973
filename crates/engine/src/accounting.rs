//! Accounts and their money: used by the command line, on a stopped or a running server's directory, and by the
//! operators' API.

use std::collections::HashMap;

use store::{
    Amount, By, Store,
    ledger::{Account, Bucket, Entry, EntryKind, LedgerProblem, MoneyMove, Moved, Period, UsageOf, UsageSum},
};

use crate::{Clock, Engine, Error, Result, administration::check_name, secrets::Secrets};

/// The longest note, in bytes.
const NOTE_BYTES: usize = 500;
/// Entries read at once.
const PAGE: i64 = 1_000;

/// The accounts' service.
pub struct Accounting<'a> {
    /// The store that the ledger is in.
    pub store: &'a Store,
    /// The clock for the times of entries.
    pub clock: &'a Clock,
    /// Who acts, as the ledger and the audit log name them.
    pub who: &'a str,
}

/// An account with those who call at its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountShown {
    /// The account.
    pub account: Account,
    /// The names of its tokens.
    pub tokens: Vec<String>,
    /// The partners of its applications.
    pub applications: Vec<String>,
}

/// Money that is put into an account or taken out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money<'a> {
    /// How much.
    pub amount: Amount,
    /// What the statement says about it.
    pub note: &'a str,
    /// A key by which the same change, sent again within a day, is known and not made once more.
    pub key: Option<&'a str>,
}

impl Engine {
    /// The accounts' service over this engine's directory, on behalf of `who`.
    pub fn accounting<'a>(&'a self, who: &'a str) -> Accounting<'a> {
        Accounting { store: &self.store, clock: self.clock(), who }
    }
}

impl Accounting<'_> {
    /// Makes an account, with money in it where there is some.
    ///
    /// # Errors
    /// When the name is taken or cannot be used, the balance is below nothing, or the store fails.
    pub async fn create(&self, name: &str, balance: Amount) -> Result<Account> {
        check_account_name(name)?;
        if balance < Amount::ZERO {
            return Err(amount("the opening balance must not be below 0"));
        }
        let id = self.store.create_account(name, balance, &self.by()).await?;
        Ok(self.store.account(&id.to_string()).await?)
    }

    /// All accounts, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        Ok(self.store.accounts().await?)
    }

    /// The account of that number or name, with those who call at its cost.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn show(&self, account: &str) -> Result<AccountShown> {
        let account = self.store.account(account).await?;
        let tokens = self.store.api_tokens().await?;
        let tokens = tokens.into_iter().filter(|token| token.account == Some(account.id));
        let applications = self.store.applications().await?;
        let applications = applications.into_iter().filter(|row| row.account == Some(account.id));
        Ok(AccountShown {
            tokens: tokens.map(|token| token.name).collect(),
            applications: applications.map(|application| application.partner).collect(),
            account,
        })
    }

    /// Adds money.
    ///
    /// # Errors
    /// When there is no such account, the amount is not above nothing, the key came with something else, or the store
    /// fails.
    pub async fn top_up(&self, account: &str, money: &Money<'_>) -> Result<(i64, Moved)> {
        if money.amount <= Amount::ZERO {
            return Err(amount("a top-up must be above 0; a correction takes money out"));
        }
        self.move_money(account, EntryKind::TopUp, money).await
    }

    /// Puts a balance right, in either direction.
    ///
    /// # Errors
    /// When there is no such account, the amount is 0, the key came with something else, or the store fails.
    pub async fn correct(&self, account: &str, money: &Money<'_>) -> Result<(i64, Moved)> {
        if money.amount == Amount::ZERO {
            return Err(amount("a correction must not be 0"));
        }
        self.move_money(account, EntryKind::Correction, money).await
    }

    /// The account's number, and what was done.
    async fn move_money(&self, account: &str, kind: EntryKind, money: &Money<'_>) -> Result<(i64, Moved)> {
        let Money { amount, note, key } = *money;
        check_note(note)?;
        let id = self.store.account_number(account).await?;
        let asked = MoneyMove { kind, amount, note, key };
        Ok((id, self.store.move_money(id, &asked, &self.by()).await?))
    }

    /// Takes a top-up, a correction or a loss back; returns the new entry's number.
    ///
    /// # Errors
    /// When there is no such entry, it is of another kind or was taken back before, or the store fails.
    pub async fn reverse(&self, entry: i64, note: &str) -> Result<i64> {
        check_note(note)?;
        Ok(self.store.reverse_entry(entry, note, &self.by()).await?)
    }

    /// Sets the balance below which an alarm is raised; `None` follows the configuration.
    ///
    /// # Errors
    /// When there is no such account, or the store fails.
    pub async fn set_low_balance(&self, account: &str, threshold: Option<Amount>) -> Result<Account> {
        let id = self.store.account(account).await?.id;
        self.store.set_low_balance(id, threshold, &self.by()).await?;
        Ok(self.store.account(&id.to_string()).await?)
    }

    /// Calls `visit` with every entry of an account in a period, oldest first.
    ///
    /// # Errors
    /// When there is no such account, the store fails, or as `visit`.
    pub async fn statement<E: From<Error>>(
        &self,
        account: &str,
        period: Period,
        mut visit: impl FnMut(&Entry) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let account = self.store.account(account).await.map_err(Error::from)?.id;
        let mut after = 0;
        loop {
            let entries =
                self.store.ledger(Some(account), period, (after, PAGE)).await.map_err(Error::from)?;
            entries.iter().try_for_each(&mut visit)?;
            match entries.last() {
                Some(last) if entries.len() as i64 == PAGE => after = last.id,
                _ => return Ok(()),
            }
        }
    }

    /// Entries of an account in a period, oldest first: at most `limit` after the number `after`.
    ///
    /// # Errors
    /// When there is no such account, or the store fails.
    pub async fn statement_page(
        &self,
        account: &str,
        period: Period,
        (after, limit): (i64, i64),
    ) -> Result<Vec<Entry>> {
        let account = self.store.account_number(account).await?;
        Ok(self.store.ledger(Some(account), period, (after, limit)).await?)
    }

    /// What was called in the Unix minutes `from` up to, not including, `to`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage(&self, of: UsageOf, minutes: (i64, i64), bucket: Bucket) -> Result<Vec<UsageSum>> {
        Ok(self.store.usage(of, minutes, bucket).await?)
    }

    /// What callers are called, by number: `token NAME` or `app PARTNER`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn caller_names(&self) -> Result<HashMap<i64, String>> {
        let mut names = HashMap::new();
        for token in self.store.api_tokens().await? {
            names.insert(token.caller, format!("token {}", token.name));
        }
        for application in self.store.applications().await? {
            names.insert(application.caller, format!("app {}", application.partner));
        }
        Ok(names)
    }

    fn by(&self) -> By<'_> {
        By { who: self.who, now_ms: self.clock.unix_ms() }
    }
}

/// One thing that `qiusuo doctor` looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// What is wrong with it; nothing if it is sound.
    pub problems: Vec<String>,
}

/// Looks whether a directory's store is sound: the database, the sums of the ledger, the keys.
///
/// # Errors
/// When the store cannot be read at all.
pub async fn examine(store: &Store, secrets: &Secrets) -> Result<Vec<Check>> {
    let database = Check { name: "database", problems: store.check_database().await? };
    let ledger = store.check_ledger().await?;
    let ledger = Check { name: "ledger", problems: ledger.iter().map(describe).collect() };
    let mut unreadable = Vec::new();
    for application in store.applications().await? {
        if secrets.unseal(&application.partner, &application.secure_key).is_err() {
            unreadable.push(format!(
                "the secure_key of {} does not open with this master key; rotate it, or bring the right master.key back",
                application.partner
            ));
        }
    }
    Ok(vec![database, ledger, Check { name: "keys", problems: unreadable }])
}

fn describe(problem: &LedgerProblem) -> String {
    let LedgerProblem { what, expected, found } = problem;
    format!("{what}: the entries add up to {expected}, {found} stands there")
}

fn check_account_name(name: &str) -> Result<()> {
    check_name("account", name)?;
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        let reason = "it would be taken for an account's number; put a letter in";
        return Err(Error::Name { what: "account", name: name.to_owned(), reason });
    }
    Ok(())
}

fn check_note(note: &str) -> Result<()> {
    if note.len() > NOTE_BYTES || note.chars().any(char::is_control) {
        return Err(Error::Value {
            what: "note",
            reason: "it must have at most 500 bytes and no control characters",
        });
    }
    Ok(())
}

fn amount(reason: &'static str) -> Error {
    Error::Value { what: "amount", reason }
}
