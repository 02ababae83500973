//! Admission: may they, how often, can they pay. Before any work, for both dialects.
//!
//! A call asks its caller's [`Gate`], which is a few atomic numbers: no lock is held across callers, and no statement is
//! run. What a gate may let through without asking is a lease that the [`keeper`] took from the store; where it runs out,
//! the call waits for the keeper, and where nothing can be had, the gate remembers that until something changes.

mod asking;
mod gate;
mod keeper;
mod lease_file;
mod limits;
mod nonces;
mod permit;
mod rate;
mod recovery;
mod settling;
#[cfg(test)]
mod tests;
mod usage;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use store::{
    Api,
    ledger::{LeaseTerms, Shortage, day_of_minute, first_minute_of_day},
};
use tokio::sync::{mpsc, oneshot};

pub use asking::{Settled, settle_directory};
pub use gate::Gate;
pub use limits::{Caller, Limits};
pub use nonces::{NonceTaken, Nonces, SignedParts};
pub use permit::Permit;

pub(crate) use asking::answer_request;
pub(crate) use keeper::{Keeper as LeaseKeeper, LeaseKeeping};

use crate::{Clock, Error, Result};
use rate::Pace;

/// How long a call waits for the keeper of leases.
const PATIENCE: Duration = Duration::from_secs(2);
/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;
/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

/// Whoever knows the callers in force.
pub trait Callers: Send + Sync {
    /// The caller of that number, as of now.
    fn caller(&self, number: i64) -> Option<Arc<Caller>>;
}

/// Why a call is not let in. Nothing of it was consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Too many calls at once.
    Rate {
        /// Whole seconds after which a call passes.
        retry_after: u64,
    },
    /// The day's quota is used up.
    Quota {
        /// Whole seconds to midnight in Asia/Shanghai.
        retry_after: u64,
    },
    /// The caller's own spending cap is reached.
    Cap,
    /// The account has no money left, or there is none that pays.
    Balance,
    /// The store does not answer.
    Unavailable,
}

/// What the keeper of leases is asked.
pub(crate) enum Ask {
    /// A lease, or more of one.
    Lease(Arc<Gate>),
    /// Write down what is counted here.
    Used(Arc<Gate>),
    /// Write everything down now, or what one account pays for.
    Settle(Option<i64>, oneshot::Sender<Result<()>>),
    /// Limits or money changed.
    Changed,
}

/// What calls and the keeper share.
pub(crate) struct Shared {
    clock: Clock,
    /// Grows with everything that may end a shortage.
    epoch: AtomicU64,
    asks: mpsc::UnboundedSender<Ask>,
}

impl Shared {
    /// Whoever was short may ask again.
    pub(crate) fn something_changed(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn epoch(&self) -> u64 {
        // The gates keep fewer bits of it.
        self.epoch.load(Ordering::Acquire) & (u64::MAX >> 22)
    }

    fn count(&self, gate: &Arc<Gate>, code: i64) {
        if gate.usage().count(code) {
            self.ask(Ask::Used(Arc::clone(gate)));
        }
    }

    /// The keeper is gone once the server stops: then nobody needs an answer.
    fn ask(&self, ask: Ask) -> bool {
        self.asks.send(ask).is_ok()
    }

    fn minute(&self) -> i64 {
        self.clock.unix_ms().div_euclid(MINUTE_MS)
    }
}

/// Lets calls in.
#[derive(Clone)]
pub struct Admission(Arc<Shared>);

impl Admission {
    /// Admission, and what its keeper of leases listens to.
    pub(crate) fn new(clock: Clock) -> (Admission, mpsc::UnboundedReceiver<Ask>) {
        let (asks, asked) = mpsc::unbounded_channel();
        (Admission(Arc::new(Shared { clock, epoch: AtomicU64::new(0), asks })), asked)
    }

    /// Lets a call in that has the permission, or says why not: rate, quota, cap, balance, in this order. It waits only
    /// where a lease has to be taken from the store first.
    ///
    /// # Errors
    /// The first limit that the call does not pass.
    pub async fn admit(
        &self,
        callers: &dyn Callers,
        caller: &Arc<Caller>,
        api: Api,
    ) -> std::result::Result<Permit, Refused> {
        let permit = self.paced(caller, api)?;
        if !caller.limits(api).are_leased() {
            return Ok(permit);
        }
        match self.try_lease(caller, api) {
            Tried::Taken(lease) => Ok(permit.with(lease)),
            Tried::Short(shortage) => Err(self.refused(shortage)),
            Tried::Empty => {
                let lease = self.wait_for_lease(callers, caller.number, api).await?;
                // Limits may have been lifted meanwhile.
                Ok(match lease {
                    Some(lease) => permit.with(lease),
                    None => permit,
                })
            }
        }
    }

    /// Counts a call of a known caller that did not succeed.
    pub fn count(&self, caller: &Caller, api: Api, code: i64) {
        self.0.count(&caller.gates[api as usize], code);
    }

    /// Writes everything that was spent and counted into the store; of money, that of one account where one is given.
    ///
    /// # Errors
    /// When the store fails, or the server stops.
    pub async fn settle(&self, account: Option<i64>) -> Result<()> {
        let stopped = || Error::JobStopped { job: "keeper of leases", reason: "the server stops".to_owned() };
        let (done, settled) = oneshot::channel();
        if !self.0.ask(Ask::Settle(account, done)) {
            return Err(stopped());
        }
        settled.await.map_err(|_| stopped())?
    }

    /// Limits, accounts or money changed: what was short may not be any longer, and leases on other terms end.
    pub(crate) fn changed(&self) {
        self.0.something_changed();
        self.0.ask(Ask::Changed);
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }

    /// The rate alone.
    fn paced(&self, caller: &Arc<Caller>, api: Api) -> std::result::Result<Permit, Refused> {
        let gate = &caller.gates[api as usize];
        let limits = caller.limits(api);
        let pace = limits.rate.map(|rate| Pace::of(rate, limits.burst));
        if let Some(pace) = pace {
            let wait = gate.pacer.take(pace, self.0.clock.elapsed_ns());
            wait.map_err(|wait| Refused::Rate { retry_after: wait.div_ceil(SECOND_NS) })?;
        }
        Ok(Permit::new(Arc::clone(gate), pace, Arc::clone(&self.0)))
    }

    fn try_lease(&self, caller: &Caller, api: Api) -> Tried {
        let gate = &caller.gates[api as usize];
        let minute = self.0.minute();
        let day = day_of_minute(minute);
        let lease = gate.lease.load();
        if let Some(lease) = lease.as_ref().filter(|lease| lease.terms == terms(caller, api, day))
            && let Some(low) = lease.take(minute)
        {
            if low && gate.short(self.0.epoch(), day).is_none() {
                self.ask_for_lease(gate);
            }
            return Tried::Taken(Arc::clone(lease));
        }
        match gate.short(self.0.epoch(), day) {
            Some(shortage) => Tried::Short(shortage),
            None => Tried::Empty,
        }
    }

    async fn wait_for_lease(
        &self,
        callers: &dyn Callers,
        caller: i64,
        api: Api,
    ) -> std::result::Result<Option<Arc<gate::RunningLease>>, Refused> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut rounds = None;
        loop {
            // Its limits may change while it waits.
            let caller = callers.caller(caller).ok_or(Refused::Unavailable)?;
            if !caller.limits(api).are_leased() {
                return Ok(None);
            }
            let gate = &caller.gates[api as usize];
            let answered = gate.answered.notified();
            tokio::pin!(answered);
            answered.as_mut().enable();
            match self.try_lease(&caller, api) {
                Tried::Taken(lease) => return Ok(Some(lease)),
                Tried::Short(shortage) => return Err(self.refused(shortage)),
                Tried::Empty => {}
            }
            let rounds = *rounds.get_or_insert_with(|| gate.rounds());
            if let Some(shortage) = gate.short_since(rounds, day_of_minute(self.0.minute())) {
                return Err(self.refused(shortage));
            }
            if !self.ask_for_lease(gate) || tokio::time::timeout_at(deadline, answered).await.is_err() {
                return Err(Refused::Unavailable);
            }
        }
    }

    /// Asks the keeper for more, unless it is asked already; false when there is no keeper.
    fn ask_for_lease(&self, gate: &Arc<Gate>) -> bool {
        !self.0.asks.is_closed()
            && (gate.asked.swap(true, Ordering::AcqRel) || self.0.ask(Ask::Lease(Arc::clone(gate))))
    }

    fn refused(&self, shortage: Shortage) -> Refused {
        match shortage {
            Shortage::Quota => Refused::Quota { retry_after: seconds_to_midnight(self.0.clock.unix_ms()) },
            Shortage::Cap => Refused::Cap,
            Shortage::Balance => Refused::Balance,
        }
    }
}

/// What came of a look at a gate.
enum Tried {
    Taken(Arc<gate::RunningLease>),
    Short(Shortage),
    /// The keeper has to be asked.
    Empty,
}

/// What a caller's lease of a day is for.
fn terms(caller: &Caller, api: Api, day: i64) -> LeaseTerms {
    let limits = caller.limits(api);
    LeaseTerms {
        caller: caller.number,
        api,
        day,
        account: caller.account,
        price: limits.price,
        quota: limits.quota,
        cap: limits.cap,
    }
}

/// Whole seconds to the next midnight in Asia/Shanghai.
fn seconds_to_midnight(now_ms: i64) -> u64 {
    let minute = now_ms.div_euclid(MINUTE_MS);
    let midnight_ms = first_minute_of_day(day_of_minute(minute) + 1) * MINUTE_MS;
    (midnight_ms - now_ms).unsigned_abs().div_ceil(1000)
}
