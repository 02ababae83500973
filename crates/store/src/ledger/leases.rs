//! Leases: calls, and the money for them, that a node may spend without asking.
//!
//! A lease belongs to one caller, API, day and price. What it holds is taken from the day's quota, from the caller's
//! cap and from the account's balance when it is granted, so the sum of what was spent and what is held never exceeds
//! any of the three, whatever happens to the node.

use sqlx::{Row as _, any::AnyRow};

use super::{
    AlarmRules, alarming,
    booking::Booking,
    steps::{close, give_back, grant, lose, settle},
};
use crate::{Amount, Api, Error, Result, Store};

/// What a lease is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTerms {
    /// The caller's number.
    pub caller: i64,
    /// The API.
    pub api: Api,
    /// The day in Asia/Shanghai, counted from 1970.
    pub day: i64,
    /// Who pays; without an account nothing that has a price is leased.
    pub account: Option<i64>,
    /// What a call costs.
    pub price: Amount,
    /// Calls of the day.
    pub quota: Option<i64>,
    /// What the caller may ever spend.
    pub cap: Option<Amount>,
}

/// A lease as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its number.
    pub id: i64,
    /// The caller's number.
    pub caller: i64,
    /// The API.
    pub api: Api,
    /// The day that its calls belong to.
    pub day: i64,
    /// Who pays.
    pub account: Option<i64>,
    /// What a call costs.
    pub price: Amount,
    /// Calls granted so far.
    pub granted: i64,
    /// Those of them that are in the ledger.
    pub settled: i64,
    /// Where its spends stand in the node's lease file.
    pub slot: i64,
    /// What the slot must carry besides.
    pub seal: i64,
    /// When calls were settled last, Unix milliseconds.
    pub settled_ms: i64,
}

/// One thing that is done to a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseStep {
    /// Takes up to `wanted` calls, for a new lease (`lease` 0) or a running one.
    Grant {
        /// The lease's number, or 0 for a new one.
        lease: i64,
        /// What it is for.
        terms: LeaseTerms,
        /// How many calls at most.
        wanted: i64,
        /// Where the spends of a new lease will stand.
        slot: i64,
        /// What that slot carries besides.
        seal: i64,
    },
    /// Puts calls that were spent into the ledger.
    Settle {
        /// The lease's number.
        lease: i64,
        /// How many calls.
        calls: i64,
        /// The Unix minute that they were made in.
        minute: i64,
        /// The day's quota, for the alarm about it.
        quota: Option<i64>,
    },
    /// Gives calls back that were not spent.
    Return {
        /// The lease's number.
        lease: i64,
        /// How many calls.
        calls: i64,
    },
    /// Counts everything that is neither settled nor given back as spent, because nobody can know.
    Lose {
        /// The lease's number.
        lease: i64,
        /// What happened.
        reason: String,
    },
    /// Ends a lease of which nothing is left.
    Close {
        /// The lease's number.
        lease: i64,
    },
}

/// Why no call could be leased: the first of the three, in the order in which callers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// The day's quota is used up.
    Quota,
    /// The caller has spent all that it may.
    Cap,
    /// The account has no money left, or there is no account.
    Balance,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// So many calls were leased.
    Granted {
        /// The lease's number.
        lease: i64,
        /// How many calls.
        calls: i64,
    },
    /// None could be.
    Short(Shortage),
    /// Done.
    Done,
}

pub(super) const COLUMNS: &str =
    "id, caller, api, day, account, price, granted, settled, slot, seal, settled_ms";

impl Store {
    /// Does all steps in one transaction, in their order; tells what came of each.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a step does not fit its lease; when the database fails. Then nothing was done.
    pub async fn run_leases(
        &self,
        node: &str,
        steps: &[LeaseStep],
        (rules, now_ms): (&AlarmRules, i64),
    ) -> Result<Vec<LeaseOutcome>> {
        let mut booking = Booking::begin(self, now_ms).await?;
        let mut outcomes = Vec::with_capacity(steps.len());
        for step in steps {
            let outcome = match step {
                LeaseStep::Grant { lease, terms, wanted, slot, seal } => {
                    grant(&mut booking, node, *lease, terms, *wanted, (*slot, *seal)).await?
                }
                LeaseStep::Settle { lease, calls, minute, quota } => {
                    let lease = settle(&mut booking, *lease, *calls, *minute).await?;
                    alarming::look(booking.connection(), &lease, *quota, (rules, now_ms)).await?;
                    LeaseOutcome::Done
                }
                LeaseStep::Return { lease, calls } => give_back(&mut booking, *lease, *calls).await?,
                LeaseStep::Lose { lease, reason } => {
                    let lease = lose(&mut booking, *lease, reason).await?;
                    alarming::look(booking.connection(), &lease, None, (rules, now_ms)).await?;
                    LeaseOutcome::Done
                }
                LeaseStep::Close { lease } => close(&mut booking, *lease).await?,
            };
            outcomes.push(outcome);
        }
        booking.commit().await?;
        Ok(outcomes)
    }

    /// The leases of a node, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leases(&self, node: &str) -> Result<Vec<Lease>> {
        let statement = format!("SELECT {COLUMNS} FROM leases WHERE node = $1 ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(node).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }

    /// Counts the leases of other nodes as spent whose day ended before `before_day`: those nodes do not come back.
    /// Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_leases_of_others(&self, node: &str, before_day: i64, now_ms: i64) -> Result<usize> {
        let rows = sqlx::query("SELECT id FROM leases WHERE node <> $1 AND day < $2 ORDER BY id")
            .bind(node)
            .bind(before_day)
            .fetch_all(self.readers())
            .await?;
        let mut steps = Vec::new();
        for row in &rows {
            let lease = row.try_get(0)?;
            steps.push(LeaseStep::Lose { lease, reason: "its node did not come back".to_owned() });
            steps.push(LeaseStep::Close { lease });
        }
        if !steps.is_empty() {
            self.run_leases(node, &steps, (&AlarmRules::default(), now_ms)).await?;
        }
        Ok(rows.len())
    }
}

pub(super) fn unfit(lease: i64, what: &str) -> Error {
    Error::Damaged { what: format!("lease {lease}: {what}") }
}

pub(super) fn read(row: &AnyRow) -> Result<Lease> {
    let api: i64 = row.try_get(2)?;
    let id: i64 = row.try_get(0)?;
    Ok(Lease {
        id,
        caller: row.try_get(1)?,
        api: Api::from_number(api).ok_or_else(|| unfit(id, "its API is unknown"))?,
        day: row.try_get(3)?,
        account: row.try_get(4)?,
        price: Amount(row.try_get(5)?),
        granted: row.try_get(6)?,
        settled: row.try_get(7)?,
        slot: row.try_get(8)?,
        seal: row.try_get(9)?,
        settled_ms: row.try_get(10)?,
    })
}
