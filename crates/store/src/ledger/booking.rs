//! A transaction that writes ledger entries: they are collected, and get consecutive numbers when it ends.

use sqlx::{Any, AnyConnection, Transaction};

use super::EntryKind;
use crate::{
    Api, Error, Result, Store,
    bulk::{Bulk, pieces},
    sequence::add_to_counter,
};

/// No sum comes near the end of 64 bits: 10^13 yuan.
const MOST: i64 = 100_000_000_000_000_000;

static ADD_ENTRIES: Bulk = Bulk::rows(
    "INSERT INTO ledger (id, at_ms, kind, account, caller, api, day, minute, lease, calls, amount, held, reverses, \
     who, note) VALUES",
    15,
    "",
);

/// An entry that is to be written.
#[derive(Clone, Debug)]
pub(super) struct NewEntry {
    pub(super) kind: EntryKind,
    pub(super) account: Option<i64>,
    pub(super) caller: Option<i64>,
    pub(super) api: Option<Api>,
    pub(super) day: Option<i64>,
    pub(super) minute: Option<i64>,
    pub(super) lease: Option<i64>,
    pub(super) calls: i64,
    pub(super) amount: i64,
    pub(super) held: i64,
    pub(super) reverses: Option<i64>,
    pub(super) who: String,
    pub(super) note: String,
}

impl NewEntry {
    /// An entry about nobody and nothing yet.
    pub(super) fn new(kind: EntryKind) -> NewEntry {
        NewEntry {
            kind,
            account: None,
            caller: None,
            api: None,
            day: None,
            minute: None,
            lease: None,
            calls: 0,
            amount: 0,
            held: 0,
            reverses: None,
            who: String::new(),
            note: String::new(),
        }
    }
}

/// A transaction with the entries that it will write.
pub(super) struct Booking {
    transaction: Transaction<'static, Any>,
    pub(super) now_ms: i64,
    entries: Vec<NewEntry>,
}

impl Booking {
    pub(super) async fn begin(store: &Store, now_ms: i64) -> Result<Booking> {
        Ok(Booking { transaction: store.begin().await?, now_ms, entries: Vec::new() })
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Moves an entry's money in its account, and keeps the entry.
    pub(super) async fn enter(&mut self, entry: NewEntry) -> Result<()> {
        if let Some(account) = entry.account
            && (entry.amount != 0 || entry.held != 0)
        {
            let moved = sqlx::query(
                "UPDATE accounts SET balance = balance + $1, held = held + $2 WHERE id = $3 \
                 AND balance + $1 BETWEEN $4 AND $5",
            )
            .bind(entry.amount)
            .bind(entry.held)
            .bind(account)
            .bind(-MOST)
            .bind(MOST)
            .execute(self.connection())
            .await?;
            if moved.rows_affected() == 0 {
                return Err(Error::NotFound {
                    what: "account with room for this amount",
                    name: account.to_string(),
                });
            }
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the entries and commits; returns the number of the last.
    pub(super) async fn commit(mut self) -> Result<i64> {
        let last = self.write().await?;
        self.transaction.commit().await?;
        Ok(last)
    }

    /// Writes the entries that are not written yet; returns the number of the last, 0 if there is none.
    pub(super) async fn write(&mut self) -> Result<i64> {
        let entries = std::mem::take(&mut self.entries);
        let count = entries.len() as i64;
        if count == 0 {
            return Ok(0);
        }
        let last = add_to_counter(&mut self.transaction, "ledger", count).await?;
        let mut id = last - count;
        for piece in pieces(&entries) {
            let mut query = ADD_ENTRIES.query(piece.len());
            for entry in piece {
                id += 1;
                query = query
                    .bind(id)
                    .bind(self.now_ms)
                    .bind(entry.kind.name())
                    .bind(entry.account)
                    .bind(entry.caller)
                    .bind(entry.api.map(Api::number))
                    .bind(entry.day)
                    .bind(entry.minute)
                    .bind(entry.lease)
                    .bind(entry.calls)
                    .bind(entry.amount)
                    .bind(entry.held)
                    .bind(entry.reverses)
                    .bind(entry.who.clone())
                    .bind(entry.note.clone());
            }
            query.execute(&mut *self.transaction).await?;
        }
        Ok(last)
    }
}
