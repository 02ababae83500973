//! Writing down: what leases spent goes into the ledger, what was counted into the usage, what is not needed back.

use std::{
    collections::{HashMap, VecDeque},
    sync::atomic::Ordering,
};

use super::{
    Ask, SECOND_NS,
    gate::Key,
    keeper::{Keeper, Kept, NODE, Waiting, tell},
};
use crate::{Error, Result};
use store::{
    UsageRow,
    ledger::{LeaseStep, day_of_minute},
};

/// Leases that are written down in one transaction.
const AT_ONCE: usize = 64;
/// Rows of usage that are written in one transaction.
const USAGE_AT_ONCE: usize = 1_000;
/// How often what was counted is written down, in nanoseconds.
const USAGE_EVERY_NS: u64 = 5 * SECOND_NS;

impl Keeper {
    /// A piece of what there is to write down. At the turn of a minute that is everything, and what nobody used goes
    /// back.
    pub(super) async fn write_a_piece(&mut self) -> Result<()> {
        let minute = self.keeping.shared.minute();
        if minute != self.minute {
            let before = std::mem::replace(&mut self.minute, minute);
            self.drain_used(before);
            self.put_due(None, before);
            let day = day_of_minute(minute);
            self.end_idle(day);
            self.keeping.store.end_leases_of_others(NODE, day - 1, self.now_ms()).await?;
            self.show_low().await?;
        }
        self.settle_piece().await?;
        let returned = self.wind_up_piece().await?;
        self.is_behind = !self.due.is_empty() || (returned && !self.ending.is_empty());
        self.write_usage_piece().await?;
        self.answer_waiting().await
    }

    /// Everything that was answered, or all that an account pays for, is to be written down now; tells how many have to
    /// be taken from those that are due until that is done.
    pub(super) fn all_due(&mut self, account: Option<i64>) -> u64 {
        self.put_due(account, self.keeping.shared.minute());
        self.taken_due + self.due.len() as u64
    }

    fn put_due(&mut self, account: Option<i64>, minute: i64) {
        for (key, kept) in &mut self.running {
            let asked = account.is_none() || kept.lease.terms.account == account;
            if asked && !kept.is_due && kept.settle_step(minute).is_some() {
                kept.is_due = true;
                self.due.push_back((*key, minute));
            }
        }
    }

    /// Tells those who wait for what is written down by now.
    async fn answer_waiting(&mut self) -> Result<()> {
        let (taken_due, written, ending) = (self.taken_due, self.usage_written, &self.ending);
        let is_written = |waiting: &Waiting| {
            let asked =
                |kept: &&Kept| waiting.account.is_none() || kept.lease.terms.account == waiting.account;
            waiting.after <= taken_due
                && waiting.usage <= written
                && !ending.iter().filter(asked).any(|kept| kept.settle_step(0).is_some())
        };
        let (ready, others): (Vec<Waiting>, Vec<Waiting>) =
            std::mem::take(&mut self.waiting).into_iter().partition(is_written);
        self.waiting = others;
        // They are not to wait for a tick.
        self.is_behind |= !self.waiting.is_empty();
        if ready.is_empty() {
            return Ok(());
        }
        let shown = self.show_low().await;
        let failed = shown.as_ref().err().map(ToString::to_string);
        ready.into_iter().for_each(|waiting| tell(waiting.done, failed.as_deref()));
        shown
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
        while let Ok(ask) = self.asks.try_recv() {
            match ask {
                Ask::Used(gate) => self.used.push(gate),
                Ask::Settle(account, done) => {
                    self.waiting.push(Waiting { account, after: 0, usage: 0, done });
                }
                // Nobody is let in any more.
                Ask::Lease(_) | Ask::Changed => {}
            }
        }
        let keys: Vec<Key> = self.running.keys().copied().collect();
        keys.into_iter().for_each(|key| self.end(key));
        self.wind_up_those(|_| true).await?;
        self.drain_used(self.keeping.shared.minute());
        while !self.usage.is_empty() {
            self.write_usage_piece().await?;
        }
        self.waiting.drain(..).for_each(|waiting| tell(waiting.done, None));
        Ok(())
    }

    /// Puts what the next of the leases that are due spent into the ledger.
    async fn settle_piece(&mut self) -> Result<()> {
        let (mut steps, mut settled) = (Vec::new(), Vec::new());
        while steps.len() < AT_ONCE
            && let Some((key, minute)) = self.due.pop_front()
        {
            self.taken_due += 1;
            let Some(kept) = self.running.get_mut(&key) else { continue };
            // One that ended and was leased anew may be due twice.
            if std::mem::replace(&mut kept.is_due, false)
                && let Some((step, calls)) = kept.settle_step(minute)
            {
                steps.push(step);
                settled.push((key, calls));
            }
        }
        if !steps.is_empty() {
            self.run_steps(&steps).await?;
            self.note_settled(&settled);
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

    /// Winds up the next of the leases that end; tells whether anything came back.
    async fn wind_up_piece(&mut self) -> Result<bool> {
        let count = self.ending.len().min(AT_ONCE);
        let piece = self.ending.drain(..count).collect();
        self.wind_up(piece).await
    }

    /// Winds up all those of the leases that end which somebody waits for; tells whether anything came back.
    pub(super) async fn wind_up_those(&mut self, which: impl Fn(&Kept) -> bool) -> Result<bool> {
        let mut returned = false;
        let (mut those, others): (VecDeque<Kept>, VecDeque<Kept>) =
            std::mem::take(&mut self.ending).into_iter().partition(which);
        self.ending = others;
        while !those.is_empty() {
            let piece = those.drain(..those.len().min(AT_ONCE)).collect();
            match self.wind_up(piece).await {
                Ok(any) => returned |= any,
                Err(error) => {
                    self.ending.append(&mut those);
                    return Err(error);
                }
            }
        }
        Ok(returned)
    }

    /// Writes leases down that end, gives back what is left of them, and closes those whose last call is answered; tells
    /// whether anything came back. The others go on ending.
    async fn wind_up(&mut self, mut piece: Vec<Kept>) -> Result<bool> {
        let minute = self.keeping.shared.minute();
        let steps: Vec<LeaseStep> = piece.iter_mut().flat_map(|kept| kept.last_steps(minute)).collect();
        let done = if steps.is_empty() { Ok(Vec::new()) } else { self.run_steps(&steps).await };
        if let Err(error) = done {
            // What became of them is read again.
            self.ending.extend(piece);
            return Err(error);
        }
        let mut returned = false;
        for mut kept in piece {
            returned |= kept.aside > 0 || kept.closing;
            kept.granted -= std::mem::take(&mut kept.aside);
            kept.settled = kept.settled.max(kept.settling);
            if kept.closing {
                self.file.release(&kept.lease.slot);
            } else {
                self.ending.push_back(kept);
            }
        }
        if returned {
            // What they held may be what somebody else is short of.
            self.keeping.shared.something_changed();
        }
        Ok(returned)
    }

    /// Takes what gates counted, as of `minute`.
    fn drain_used(&mut self, minute: i64) {
        for gate in std::mem::take(&mut self.used) {
            for (code, calls) in gate.usage().drain() {
                *self.usage.entry((gate.key(), minute, code)).or_default() += i64::from(calls);
            }
        }
        self.usage_drained += 1;
        self.usage_drained_ns = self.keeping.shared.clock.elapsed_ns();
    }

    /// Writes down a piece of what was counted; what is counted is taken every few seconds, and when somebody waits.
    async fn write_usage_piece(&mut self) -> Result<()> {
        if self.usage.is_empty() {
            let age = self.keeping.shared.clock.elapsed_ns().saturating_sub(self.usage_drained_ns);
            if age >= USAGE_EVERY_NS || !self.waiting.is_empty() {
                self.drain_used(self.keeping.shared.minute());
            }
        }
        let rows: Vec<UsageRow> = self.usage.iter().take(USAGE_AT_ONCE).map(row).collect();
        self.keeping.store.add_usage(&rows).await?;
        for UsageRow { caller, api, minute, code, .. } in rows {
            self.usage.remove(&((caller, api), minute, code));
        }
        if self.usage.is_empty() {
            self.usage_written = self.usage_drained;
        }
        self.is_behind |= !self.usage.is_empty();
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
        self.keeping.shared.something_changed();
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
