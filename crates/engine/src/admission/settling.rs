//! Writing down: what leases spent goes into the ledger, what was counted into the usage, what is not needed back.

use std::{collections::HashMap, sync::atomic::Ordering, time::Duration};

use store::{
    UsageRow,
    ledger::{LeaseStep, day_of_minute},
};
use tokio::time::Instant;

use super::{
    SECOND_NS,
    gate::Key,
    keeper::{Keeper, Kept, NODE},
    recovery::recover,
};
use crate::{Directory, Error, Holder, Result, lock::Attempt, secrets};

/// Leases that are written down in one transaction.
const AT_ONCE: usize = 64;
/// How often what was counted is written down, in nanoseconds.
const USAGE_EVERY_NS: u64 = 5 * SECOND_NS;
/// Where a command asks a running server to write everything down, and where the server answers.
pub(crate) const REQUEST: &str = "settle.request";
const ANSWER: &str = "settle.answer";
/// How long a server may take for that.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often a waiting command looks.
const POLL: Duration = Duration::from_millis(20);

impl Keeper {
    /// What the time asks for: at the turn of a minute everything is written down, and what nobody used goes back.
    pub(super) async fn tick(&mut self) -> Result<()> {
        let minute = self.keeping.shared.minute();
        if minute != self.minute {
            let before = self.minute;
            self.sweep(before).await?;
            self.end_idle(day_of_minute(minute));
            self.minute = minute;
            let day = day_of_minute(minute);
            self.keeping.store.end_leases_of_others(NODE, day - 1, self.now_ms()).await?;
            self.show_low().await?;
        }
        if !self.ending.is_empty() {
            self.wind_up().await?;
        }
        if self.keeping.shared.clock.elapsed_ns().saturating_sub(self.usage_written_ns) >= USAGE_EVERY_NS {
            self.write_usage().await?;
        }
        Ok(())
    }

    /// Writes everything down now.
    pub(super) async fn settle(&mut self) -> Result<()> {
        let minute = self.keeping.shared.minute();
        self.sweep(minute).await?;
        self.wind_up().await?;
        self.write_usage().await?;
        self.show_low().await
    }

    /// Tells how many accounts and quotas are low.
    pub(super) async fn show_low(&self) -> Result<()> {
        let day = day_of_minute(self.keeping.shared.minute());
        let (accounts, quotas) = self.keeping.store.count_low(day).await?;
        metrics::gauge!("qiusuo_accounts_low").set(accounts as f64);
        metrics::gauge!("qiusuo_quotas_low").set(quotas as f64);
        Ok(())
    }

    /// Writes everything down and gives every lease back, for a server that stops.
    pub(super) async fn leave(mut self) -> Result<()> {
        self.be_sure().await?;
        let keys: Vec<Key> = self.running.keys().copied().collect();
        keys.into_iter().for_each(|key| self.end(key));
        self.settle().await
    }

    /// Puts what was answered into the ledger, as of `minute`.
    async fn sweep(&mut self, minute: i64) -> Result<()> {
        let (mut steps, mut settled) = (Vec::new(), Vec::new());
        for (key, kept) in &self.running {
            if let Some((step, calls)) = kept.settle_step(minute) {
                steps.push(step);
                settled.push((*key, calls));
            }
        }
        for (steps, settled) in steps.chunks(AT_ONCE).zip(settled.chunks(AT_ONCE)) {
            self.run_steps(steps).await?;
            self.note_settled(settled);
        }
        Ok(())
    }

    /// Ends the leases of another day, and those that nobody spent from since the minute turned last.
    fn end_idle(&mut self, today: i64) {
        let mut idle = Vec::new();
        for (key, kept) in &mut self.running {
            let taken = kept.granted.saturating_sub(kept.lease.left.load(Ordering::Acquire));
            if kept.lease.terms.day != today || taken == kept.taken_before {
                idle.push(*key);
            }
            kept.taken_before = taken;
        }
        idle.into_iter().for_each(|key| self.end(key));
    }

    /// Writes down the leases that end, gives back what is left of them, and closes those whose last call is answered.
    pub(super) async fn wind_up(&mut self) -> Result<()> {
        let minute = self.keeping.shared.minute();
        for from in (0..self.ending.len()).step_by(AT_ONCE) {
            let to = self.ending.len().min(from + AT_ONCE);
            let mut steps = Vec::new();
            for kept in &mut self.ending[from..to] {
                steps.extend(kept.last_steps(minute));
            }
            if steps.is_empty() {
                continue;
            }
            self.run_steps(&steps).await?;
            for kept in &mut self.ending[from..to] {
                kept.granted -= std::mem::take(&mut kept.aside);
                kept.settled = kept.settled.max(kept.settling);
            }
        }
        let (closed, open): (Vec<Kept>, Vec<Kept>) =
            std::mem::take(&mut self.ending).into_iter().partition(|kept| kept.closing);
        closed.iter().for_each(|kept| self.file.release(&kept.lease.slot));
        self.ending = open;
        if !closed.is_empty() {
            // What they held may be what somebody else is short of.
            self.keeping.shared.something_changed();
        }
        Ok(())
    }

    /// Writes down what was counted.
    async fn write_usage(&mut self) -> Result<()> {
        let minute = self.keeping.shared.minute();
        for gate in std::mem::take(&mut self.used) {
            for (code, calls) in gate.usage().drain() {
                *self.usage.entry((gate.key(), minute, code)).or_default() += i64::from(calls);
            }
        }
        let rows: Vec<UsageRow> = self.usage.iter().map(row).collect();
        self.keeping.store.add_usage(&rows).await?;
        self.usage.clear();
        self.usage_written_ns = self.keeping.shared.clock.elapsed_ns();
        Ok(())
    }

    /// Reads anew what the store has, if it failed: whether its last transaction was committed is not known then.
    pub(super) async fn be_sure(&mut self) -> Result<()> {
        if !self.unsure {
            return Ok(());
        }
        let rows = self.keeping.store.leases(NODE).await?;
        let mut rows: HashMap<i64, store::ledger::Lease> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        let ids: Vec<Key> = self.running.keys().copied().collect();
        for key in ids {
            let Some(kept) = self.running.get_mut(&key) else { continue };
            match rows.remove(&kept.lease.id) {
                Some(row) => kept.take_over(&row),
                None => self.end(key),
            }
        }
        self.ending.retain_mut(|kept| match rows.remove(&kept.lease.id) {
            Some(row) => {
                kept.take_over(&row);
                true
            }
            // It was closed.
            None => false,
        });
        // What was granted and nobody knew of: nothing of it was spent.
        let mut steps = Vec::new();
        for row in rows.values() {
            let calls = row.granted - row.settled;
            steps.push(LeaseStep::Return { lease: row.id, calls });
            steps.push(LeaseStep::Close { lease: row.id });
        }
        if !steps.is_empty() {
            self.run_steps(&steps).await?;
        }
        let kept = self.running.values().chain(&self.ending);
        let used: Vec<i64> = kept.map(|kept| kept.lease.slot.number).collect();
        self.file.free_all_but(&used);
        self.unsure = false;
        Ok(())
    }

    fn now_ms(&self) -> i64 {
        self.keeping.shared.clock.unix_ms()
    }

    pub(super) fn file_error(&self, error: std::io::Error) -> Error {
        Error::io("use the lease file", &self.keeping.path, error)
    }
}

impl Kept {
    /// The steps that end a lease as far as it can be ended now.
    fn last_steps(&mut self, minute: i64) -> Vec<LeaseStep> {
        let lease = self.lease.id;
        self.aside += self.lease.left.swap(0, Ordering::AcqRel);
        let settle = self.settle_step(minute);
        self.settling = self.settled + settle.as_ref().map_or(0, |(_, calls)| *calls);
        let mut steps: Vec<LeaseStep> = settle.into_iter().map(|(step, _)| step).collect();
        if self.aside > 0 {
            steps.push(LeaseStep::Return { lease, calls: i64::from(self.aside) });
        }
        // What is neither given back nor answered is under way.
        self.closing = self.granted - self.aside == self.settling;
        if self.closing {
            steps.push(LeaseStep::Close { lease });
        }
        steps
    }

    /// Takes over what the store has: calls that it granted beyond what is known here may be made, those that were to be
    /// given back and were not, too.
    fn take_over(&mut self, row: &store::ledger::Lease) {
        let granted = u32::try_from(row.granted).unwrap_or(u32::MAX);
        let back = (self.aside + granted).saturating_sub(self.granted);
        self.lease.left.fetch_add(back, Ordering::AcqRel);
        self.aside = 0;
        self.granted = granted;
        self.settled = u32::try_from(row.settled).unwrap_or(u32::MAX);
        self.closing = false;
    }
}

fn row((((caller, api), minute, code), calls): (&(Key, i64, i64), &i64)) -> UsageRow {
    UsageRow { caller: *caller, api: *api, minute: *minute, code: *code, calls: *calls }
}

/// What became of a wish to have everything written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// No server runs: what the last one left was taken up.
    Here,
    /// The running server did it.
    ByServer,
}

/// Has everything that was spent and counted written into the store of a directory: by the server that runs there, or
/// from what a killed one left.
///
/// # Errors
/// When another command holds the directory, the server does not answer, or the store fails.
pub async fn settle_directory(directory: &Directory, command: &str) -> Result<Settled> {
    let deadline = Instant::now() + ANSWER_WITHIN;
    let token = secrets::hex(&secrets::random::<8>()?);
    let mut asked = false;
    loop {
        match directory.try_lock(&Holder::this_process(command, ""))? {
            Attempt::Taken(lock) => {
                recover(&directory.store, &directory.options).await?;
                drop(lock);
                return Ok(Settled::Here);
            }
            Attempt::Held(holder) if Instant::now() >= deadline => {
                let unknown = Holder { pid: 0, command: "?".to_owned(), address: String::new() };
                let directory = directory.options.directory.clone();
                return Err(Error::InUse { directory, holder: holder.unwrap_or(unknown) });
            }
            Attempt::Held(_) => {}
        }
        if !asked {
            directory.store.set_meta(REQUEST, &token).await?;
            asked = true;
        }
        tokio::time::sleep(POLL).await;
        if directory.store.meta(ANSWER).await?.is_some_and(|answered| answered == token) {
            return Ok(Settled::ByServer);
        }
    }
}

/// Answers a command that asked for everything to be written down.
pub(crate) async fn answer_request(store: &store::Store, admission: &super::Admission) -> Result<()> {
    let request = store.meta(REQUEST).await?.unwrap_or_default();
    if request.is_empty() || store.meta(ANSWER).await?.is_some_and(|answered| answered == request) {
        return Ok(());
    }
    admission.settle().await?;
    Ok(store.set_meta(ANSWER, &request).await?)
}
