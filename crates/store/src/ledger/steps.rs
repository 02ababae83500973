//! What the steps of a lease do, each in its caller's transaction.

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{
    DAY_MINUTES, EntryKind, SHANGHAI_MINUTES,
    booking::{Booking, NewEntry},
    leases::{COLUMNS, Lease, LeaseOutcome, LeaseTerms, Shortage, read, unfit},
};
use crate::{Amount, Api, Result, sequence::add_to_counter};

pub(super) async fn grant(
    booking: &mut Booking,
    node: &str,
    lease: i64,
    terms: &LeaseTerms,
    wanted: i64,
    (slot, seal): (i64, i64),
) -> Result<LeaseOutcome> {
    let calls = match available(booking.connection(), terms).await? {
        Ok(available) => available.min(wanted),
        Err(shortage) => return Ok(LeaseOutcome::Short(shortage)),
    };
    let lease = match lease {
        0 => insert(booking, node, terms, calls, (slot, seal)).await?,
        running => {
            extend(booking.connection(), running, terms, calls).await?;
            running
        }
    };
    let held = calls * terms.price.0;
    hold(booking.connection(), (terms.caller, terms.api, terms.day), (0, calls), (0, held)).await?;
    let entry = NewEntry {
        account: terms.account,
        caller: Some(terms.caller),
        api: Some(terms.api),
        day: Some(terms.day),
        lease: Some(lease),
        calls,
        held,
        ..NewEntry::new(EntryKind::Lease)
    };
    booking.enter(entry).await?;
    Ok(LeaseOutcome::Granted { lease, calls })
}

/// How many calls may be leased now: at least one, or what there is none of.
async fn available(
    connection: &mut AnyConnection,
    terms: &LeaseTerms,
) -> Result<std::result::Result<i64, Shortage>> {
    let mut most = i64::MAX;
    if let Some(quota) = terms.quota {
        let (settled, held) = sums(
            sqlx::query("SELECT settled, held FROM day_use WHERE caller = $1 AND api = $2 AND day = $3")
                .bind(terms.caller)
                .bind(terms.api.number())
                .bind(terms.day)
                .fetch_optional(&mut *connection)
                .await?,
        )?;
        most = most.min(quota.saturating_sub(settled).saturating_sub(held));
        if most <= 0 {
            return Ok(Err(Shortage::Quota));
        }
    }
    if terms.price <= Amount::ZERO {
        return Ok(Ok(most));
    }
    if let Some(cap) = terms.cap {
        let (settled, held) = sums(
            sqlx::query("SELECT settled, held FROM spending WHERE caller = $1 AND api = $2")
                .bind(terms.caller)
                .bind(terms.api.number())
                .fetch_optional(&mut *connection)
                .await?,
        )?;
        most = most.min(cap.0.saturating_sub(settled).saturating_sub(held).div_euclid(terms.price.0));
        if most <= 0 {
            return Ok(Err(Shortage::Cap));
        }
    }
    let (balance, held) = sums(
        sqlx::query("SELECT balance, held FROM accounts WHERE id = $1")
            .bind(terms.account)
            .fetch_optional(connection)
            .await?,
    )?;
    most = most.min((balance - held).div_euclid(terms.price.0));
    Ok(if most <= 0 { Err(Shortage::Balance) } else { Ok(most) })
}

/// Two numbers of a row; zeros where there is none.
fn sums(row: Option<AnyRow>) -> Result<(i64, i64)> {
    row.map_or(Ok((0, 0)), |row| Ok((row.try_get(0)?, row.try_get(1)?)))
}

async fn insert(
    booking: &mut Booking,
    node: &str,
    terms: &LeaseTerms,
    calls: i64,
    (slot, seal): (i64, i64),
) -> Result<i64> {
    let id = add_to_counter(booking.connection(), "lease", 1).await?;
    sqlx::query(
        "INSERT INTO leases (id, node, caller, api, day, account, price, granted, settled, slot, seal, settled_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11)",
    )
    .bind(id)
    .bind(node.to_owned())
    .bind(terms.caller)
    .bind(terms.api.number())
    .bind(terms.day)
    .bind(terms.account)
    .bind(terms.price.0)
    .bind(calls)
    .bind(slot)
    .bind(seal)
    .bind(booking.now_ms)
    .execute(booking.connection())
    .await?;
    Ok(id)
}

async fn extend(connection: &mut AnyConnection, lease: i64, terms: &LeaseTerms, calls: i64) -> Result<()> {
    let extended = sqlx::query(
        "UPDATE leases SET granted = granted + $1 WHERE id = $2 AND caller = $3 AND api = $4 AND day = $5 AND price = $6",
    )
    .bind(calls)
    .bind(lease)
    .bind(terms.caller)
    .bind(terms.api.number())
    .bind(terms.day)
    .bind(terms.price.0)
    .execute(connection)
    .await?;
    if extended.rows_affected() == 0 { Err(unfit(lease, "it is extended on other terms")) } else { Ok(()) }
}

pub(super) async fn settle(booking: &mut Booking, lease: i64, calls: i64, minute: i64) -> Result<Lease> {
    let now_ms = booking.now_ms;
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE leases SET settled = settled + $1, settled_ms = $2 WHERE id = $3 AND settled + $1 <= granted \
         RETURNING {COLUMNS}"
    )))
    .bind(calls)
    .bind(now_ms)
    .bind(lease)
    .fetch_optional(booking.connection())
    .await?;
    let lease =
        row.as_ref().map(read).transpose()?.ok_or_else(|| unfit(lease, "more is settled than granted"))?;
    let minute = minute.clamp(
        lease.day * DAY_MINUTES - SHANGHAI_MINUTES,
        (lease.day + 1) * DAY_MINUTES - SHANGHAI_MINUTES - 1,
    );
    let cost = calls * lease.price.0;
    spend(booking, &lease, EntryKind::Settlement, (calls, minute), "").await?;
    add_usage(booking.connection(), &lease, minute, (calls, cost)).await?;
    Ok(lease)
}

pub(super) async fn lose(booking: &mut Booking, lease: i64, reason: &str) -> Result<Lease> {
    let statement = format!("SELECT {COLUMNS} FROM leases WHERE id = $1");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(statement)).bind(lease).fetch_optional(booking.connection()).await?;
    let lease =
        row.as_ref().map(read).transpose()?.ok_or_else(|| unfit(lease, "it is lost but not there"))?;
    let calls = lease.granted - lease.settled;
    if calls == 0 {
        return Ok(lease);
    }
    sqlx::query("UPDATE leases SET settled = granted WHERE id = $1")
        .bind(lease.id)
        .execute(booking.connection())
        .await?;
    let minute = lease.settled_ms.div_euclid(60_000);
    spend(booking, &lease, EntryKind::Loss, (calls, minute), reason).await?;
    Ok(lease)
}

/// Moves calls and what they cost from held to spent, with the entry for it.
async fn spend(
    booking: &mut Booking,
    lease: &Lease,
    kind: EntryKind,
    (calls, minute): (i64, i64),
    note: &str,
) -> Result<()> {
    let cost = calls * lease.price.0;
    let whose = (lease.caller, lease.api, lease.day);
    hold(booking.connection(), whose, (calls, -calls), (cost, -cost)).await?;
    let entry = NewEntry {
        account: lease.account,
        caller: Some(lease.caller),
        api: Some(lease.api),
        day: Some(lease.day),
        minute: Some(minute),
        lease: Some(lease.id),
        calls,
        amount: -cost,
        held: -cost,
        note: note.to_owned(),
        ..NewEntry::new(kind)
    };
    booking.enter(entry).await
}

pub(super) async fn give_back(booking: &mut Booking, lease: i64, calls: i64) -> Result<LeaseOutcome> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE leases SET granted = granted - $1 WHERE id = $2 AND granted - $1 >= settled RETURNING {COLUMNS}"
    )))
    .bind(calls)
    .bind(lease)
    .fetch_optional(booking.connection())
    .await?;
    let lease =
        row.as_ref().map(read).transpose()?.ok_or_else(|| unfit(lease, "more is given back than is left"))?;
    let held = calls * lease.price.0;
    hold(booking.connection(), (lease.caller, lease.api, lease.day), (0, -calls), (0, -held)).await?;
    let entry = NewEntry {
        account: lease.account,
        caller: Some(lease.caller),
        api: Some(lease.api),
        day: Some(lease.day),
        lease: Some(lease.id),
        calls,
        held: -held,
        ..NewEntry::new(EntryKind::Return)
    };
    booking.enter(entry).await?;
    Ok(LeaseOutcome::Done)
}

pub(super) async fn close(booking: &mut Booking, lease: i64) -> Result<LeaseOutcome> {
    let closed = sqlx::query("DELETE FROM leases WHERE id = $1 AND granted = settled")
        .bind(lease)
        .execute(booking.connection())
        .await?;
    if closed.rows_affected() == 0 {
        return Err(unfit(lease, "it ends with calls left"));
    }
    Ok(LeaseOutcome::Done)
}

/// Adds to what a caller's calls of the day, and its money, are: (spent, held) of each.
async fn hold(
    connection: &mut AnyConnection,
    (caller, api, day): (i64, Api, i64),
    (calls_settled, calls_held): (i64, i64),
    (money_settled, money_held): (i64, i64),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO day_use (caller, api, day, settled, held, alarmed) VALUES ($1, $2, $3, $4, $5, 0) \
         ON CONFLICT (caller, api, day) DO UPDATE SET settled = day_use.settled + excluded.settled, \
         held = day_use.held + excluded.held",
    )
    .bind(caller)
    .bind(api.number())
    .bind(day)
    .bind(calls_settled)
    .bind(calls_held)
    .execute(&mut *connection)
    .await?;
    if money_settled == 0 && money_held == 0 {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO spending (caller, api, settled, held) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (caller, api) DO UPDATE SET settled = spending.settled + excluded.settled, \
         held = spending.held + excluded.held",
    )
    .bind(caller)
    .bind(api.number())
    .bind(money_settled)
    .bind(money_held)
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts calls that were answered in the usage of their minute.
async fn add_usage(
    connection: &mut AnyConnection,
    lease: &Lease,
    minute: i64,
    (calls, amount): (i64, i64),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO usage_minutes (caller, api, minute, code, calls, amount) VALUES ($1, $2, $3, 0, $4, $5) \
         ON CONFLICT (caller, api, minute, code) DO UPDATE SET calls = usage_minutes.calls + excluded.calls, \
         amount = usage_minutes.amount + excluded.amount",
    )
    .bind(lease.caller)
    .bind(lease.api.number())
    .bind(minute)
    .bind(calls)
    .bind(amount)
    .execute(connection)
    .await?;
    Ok(())
}
