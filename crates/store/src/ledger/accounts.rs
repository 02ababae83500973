//! Accounts: who pays.

use serde_json::json;
use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{
    EntryKind,
    booking::{Booking, NewEntry},
    money_keys::{self, Moved},
    statement::{Entry, entry},
};
use crate::{
    Amount, By, Error, Result, Store, Subject,
    audit::{self, AuditRecord},
    error::exists,
    sequence::{add_to_counter, announce},
};

/// Somebody who pays for callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: i64,
    /// Its name; unique.
    pub name: String,
    /// What came in less what was spent: the sum of its entries.
    pub balance: Amount,
    /// How much of the balance nodes hold, to spend it without asking.
    pub held: Amount,
    /// Below this balance an alarm is raised; `None`: as the configuration says.
    pub low_balance: Option<Amount>,
    /// When it was made.
    pub created_ms: i64,
}

/// A change of an account's money that an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyMove<'a> {
    /// A top-up, or a correction of either sign.
    pub kind: EntryKind,
    /// How much.
    pub amount: Amount,
    /// What the operator says about it.
    pub note: &'a str,
    /// What it is known by for a day: the same change under the same key is made once.
    pub key: Option<&'a str>,
}

const COLUMNS: &str = "SELECT id, name, balance, held, low_balance, created_ms FROM accounts";

impl Store {
    /// Makes an account, with money in it where `balance` is above nothing, and returns its number.
    ///
    /// # Errors
    /// [`Error::Exists`] if the name is taken; when the database fails.
    pub async fn create_account(&self, name: &str, balance: Amount, by: &By<'_>) -> Result<i64> {
        let mut booking = Booking::begin(self, by.now_ms).await?;
        let id = add_to_counter(booking.connection(), "account", 1).await?;
        sqlx::query(
            "INSERT INTO accounts (id, name, balance, held, low_balance, alarmed, created_ms) \
             VALUES ($1, $2, 0, 0, NULL, 0, $3)",
        )
        .bind(id)
        .bind(name)
        .bind(by.now_ms)
        .execute(booking.connection())
        .await
        .map_err(|error| exists(error, "account", name))?;
        if balance > Amount::ZERO {
            let entry = NewEntry {
                account: Some(id),
                amount: balance.0,
                who: by.who.to_owned(),
                note: "opening balance".to_owned(),
                ..NewEntry::new(EntryKind::TopUp)
            };
            booking.enter(entry).await?;
        }
        changed(&mut booking, by, "create", id, None).await?;
        booking.commit().await?;
        Ok(id)
    }

    /// Every account, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY id")))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The accounts of which more is held than they have, because an operator took money out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn overdrawn_accounts(&self) -> Result<Vec<i64>> {
        let rows = sqlx::query("SELECT id FROM accounts WHERE held > 0 AND balance < held")
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The account of that number or name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn account(&self, number_or_name: &str) -> Result<Account> {
        // A number is meant before a name that looks like one; no account has the number 0.
        let number = number_or_name.parse::<i64>().unwrap_or(0);
        let either = "WHERE id = $1 OR name = $2 ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1";
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} {either}")))
            .bind(number)
            .bind(number_or_name)
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(read).transpose()?.ok_or_else(|| missing(number_or_name))
    }

    /// Adds money to an account, or takes some out: a top-up, or a correction of either sign. Returns the entry's
    /// number.
    ///
    /// # Errors
    /// As [`Store::move_money`].
    pub async fn add_money(
        &self,
        account: i64,
        (kind, amount): (EntryKind, Amount),
        note: &str,
        by: &By<'_>,
    ) -> Result<i64> {
        let asked = MoneyMove { kind, amount, note, key: None };
        Ok(self.move_money(account, &asked, by).await?.entry)
    }

    /// Adds money to an account, or takes some out. What was done before under the same key is told again and not
    /// done.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such account, or its sum would become absurd; [`Error::KeyReused`] if the key
    /// came with another change; when the database fails.
    pub async fn move_money(&self, account: i64, asked: &MoneyMove<'_>, by: &By<'_>) -> Result<Moved> {
        let mut booking = Booking::begin(self, by.now_ms).await?;
        let before = describe(booking.connection(), account).await?;
        let entry = NewEntry {
            account: Some(account),
            amount: asked.amount.0,
            who: by.who.to_owned(),
            note: asked.note.to_owned(),
            ..NewEntry::new(asked.kind)
        };
        // It locks the account's row, so that of two with the same key the second one sees the first.
        booking.enter(entry).await?;
        if let Some(key) = asked.key {
            money_keys::forget(booking.connection(), by.now_ms).await?;
            if let Some(known) = money_keys::known(booking.connection(), account, asked, key).await? {
                // Nothing of this transaction is kept.
                return Ok(known);
            }
        }
        changed(&mut booking, by, asked.kind.name(), account, before).await?;
        let moved = Moved {
            entry: booking.write().await?,
            balance: find(booking.connection(), account).await?.balance,
        };
        if let Some(key) = asked.key {
            money_keys::remember(booking.connection(), account, key, (moved, by.now_ms)).await?;
        }
        booking.commit().await?;
        Ok(moved)
    }

    /// Sets the balance below which an alarm is raised.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such account; when the database fails.
    pub async fn set_low_balance(&self, account: i64, threshold: Option<Amount>, by: &By<'_>) -> Result<()> {
        let mut booking = Booking::begin(self, by.now_ms).await?;
        let before = describe(booking.connection(), account).await?;
        sqlx::query("UPDATE accounts SET low_balance = $1 WHERE id = $2")
            .bind(threshold.map(|amount| amount.0))
            .bind(account)
            .execute(booking.connection())
            .await?;
        changed(&mut booking, by, "update", account, before).await?;
        booking.commit().await.map(drop)
    }

    /// Takes an entry back: a top-up, a correction, or calls that counted as spent because nobody could know. Returns
    /// the new entry's number.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such entry or it is of another kind; [`Error::Exists`] if it was taken back
    /// before; when the database fails.
    pub async fn reverse_entry(&self, id: i64, note: &str, by: &By<'_>) -> Result<i64> {
        let mut booking = Booking::begin(self, by.now_ms).await?;
        let reversed = entry(booking.connection(), id).await?;
        let can_be = [EntryKind::TopUp, EntryKind::Correction, EntryKind::Loss];
        let Some(reversed) = reversed.filter(|entry| can_be.contains(&entry.kind)) else {
            let what = "top-up, correction or loss among the ledger entries with the number";
            return Err(Error::NotFound { what, name: id.to_string() });
        };
        if already_reversed(booking.connection(), id).await? {
            return Err(Error::Exists { what: "reversal of entry", name: id.to_string() });
        }
        let before = match reversed.account {
            Some(account) => describe(booking.connection(), account).await?,
            None => None,
        };
        give_back(booking.connection(), &reversed).await?;
        let back = NewEntry {
            account: reversed.account,
            caller: reversed.caller,
            api: reversed.api,
            day: reversed.day,
            minute: reversed.minute,
            lease: reversed.lease,
            calls: -reversed.calls,
            amount: -reversed.amount.0,
            held: 0,
            reverses: Some(id),
            who: by.who.to_owned(),
            note: note.to_owned(),
            kind: EntryKind::Reversal,
        };
        booking.enter(back).await?;
        let subject = match reversed.account {
            Some(account) => format!("entry {id} of account {account}"),
            None => format!("entry {id}"),
        };
        changed_as(&mut booking, by, ("reversal", &subject), reversed.account, before).await?;
        booking.commit().await
    }
}

/// The account of that number.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
async fn find(connection: &mut AnyConnection, account: i64) -> Result<Account> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
        .bind(account)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()?.ok_or_else(|| missing(&account.to_string()))
}

/// An account as the audit log shows it.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
async fn describe(connection: &mut AnyConnection, account: i64) -> Result<Option<String>> {
    let account = find(connection, account).await?;
    let mut fields = json!({ "name": account.name, "balance": account.balance.to_string() });
    if let Some(threshold) = account.low_balance {
        fields["low_balance"] = json!(threshold.to_string());
    }
    Ok(Some(fields.to_string()))
}

/// Writes the change of an account into the audit log, and announces it.
async fn changed(
    booking: &mut Booking,
    by: &By<'_>,
    action: &str,
    account: i64,
    before: Option<String>,
) -> Result<()> {
    changed_as(booking, by, (action, &format!("account {account}")), Some(account), before).await
}

/// The same with what the audit log calls its subject. Without an account nobody paid; that is announced as number 0,
/// since a quota may have room again.
async fn changed_as(
    booking: &mut Booking,
    by: &By<'_>,
    (action, subject): (&str, &str),
    account: Option<i64>,
    before: Option<String>,
) -> Result<()> {
    let after = match account {
        Some(account) => describe(booking.connection(), account).await?,
        None => None,
    };
    let record = AuditRecord::new(by, action, subject, before, after);
    audit::note(booking.connection(), &record, by.now_ms).await?;
    announce(booking.connection(), Subject::Account, &[account.unwrap_or(0)]).await?;
    Ok(())
}

fn missing(name: &str) -> Error {
    Error::NotFound { what: "account", name: name.to_owned() }
}

async fn already_reversed(connection: &mut AnyConnection, id: i64) -> Result<bool> {
    let row =
        sqlx::query("SELECT id FROM ledger WHERE reverses = $1").bind(id).fetch_optional(connection).await?;
    Ok(row.is_some())
}

/// Gives the calls of a loss back to the day's quota and the money to the cap.
async fn give_back(connection: &mut AnyConnection, lost: &Entry) -> Result<()> {
    let (Some(caller), Some(api), Some(day)) = (lost.caller, lost.api, lost.day) else { return Ok(()) };
    sqlx::query("UPDATE day_use SET settled = settled - $1 WHERE caller = $2 AND api = $3 AND day = $4")
        .bind(lost.calls)
        .bind(caller)
        .bind(api.number())
        .bind(day)
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE spending SET settled = settled + $1 WHERE caller = $2 AND api = $3")
        .bind(lost.amount.0)
        .bind(caller)
        .bind(api.number())
        .execute(connection)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Account> {
    Ok(Account {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        balance: Amount(row.try_get(2)?),
        held: Amount(row.try_get(3)?),
        low_balance: row.try_get::<Option<i64>, _>(4)?.map(Amount),
        created_ms: row.try_get(5)?,
    })
}
