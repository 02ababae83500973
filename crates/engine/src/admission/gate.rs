//! What one caller used up of one API: its rate, its running lease, what it was refused.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use store::{
    Api,
    ledger::{LeaseTerms, Shortage},
};
use tokio::sync::Notify;

use super::{lease_file::Slot, rate::Pacer, usage::Usage};

/// Calls that this node may make without asking. What is left is counted in memory, what was spent in the lease file.
pub(crate) struct RunningLease {
    /// Its number in the store.
    pub(crate) id: i64,
    /// What it is for.
    pub(crate) terms: LeaseTerms,
    /// Where its spends stand.
    pub(crate) slot: Slot,
    /// Calls that may still be made.
    pub(crate) left: AtomicU32,
    /// Calls that were made and answered.
    pub(crate) done: AtomicU32,
    /// Where less than this is left, more is asked for.
    pub(crate) low: AtomicU32,
}

impl RunningLease {
    /// Takes one call; tells whether more should be asked for. `None` when nothing is left.
    pub(crate) fn take(&self, minute: i64) -> Option<bool> {
        let one_less = |left: u32| left.checked_sub(1);
        let before = self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less).ok()?;
        // In this order: a process that dies in between has a call less to make, never one more.
        self.slot.spend(minute);
        Some(before <= self.low.load(Ordering::Relaxed))
    }

    /// Gives one call back that was taken.
    pub(crate) fn give_back(&self) {
        self.slot.unspend();
        self.left.fetch_add(1, Ordering::AcqRel);
    }

    /// The answer to a call that was taken is made.
    pub(crate) fn answered(&self) {
        self.done.fetch_add(1, Ordering::AcqRel);
    }
}

/// What one caller used up of one API, in memory.
pub struct Gate {
    /// The caller's number.
    pub caller: i64,
    /// The API.
    pub api: Api,
    pub(crate) pacer: Pacer,
    pub(crate) lease: ArcSwapOption<RunningLease>,
    /// Whether the keeper of leases was asked and has not answered.
    pub(crate) asked: AtomicBool,
    /// Told when it has.
    pub(crate) answered: Notify,
    /// The keeper's rounds for this gate: begun, and ended.
    begun: AtomicU64,
    ended: AtomicU64,
    short: AtomicU64,
    usage: OnceLock<Box<Usage>>,
}

/// Bits of a remembered shortage: which it is, and the day; the rest is the epoch.
const SHORTAGE_BITS: u32 = 2;
const DAY_BITS: u32 = 20;

impl Gate {
    /// The gate of a caller that has not called yet.
    pub fn new(caller: i64, api: Api) -> Gate {
        Gate {
            caller,
            api,
            pacer: Pacer::default(),
            lease: ArcSwapOption::empty(),
            asked: AtomicBool::new(false),
            answered: Notify::new(),
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            short: AtomicU64::new(0),
            usage: OnceLock::new(),
        }
    }

    /// What was short when the keeper of leases was asked last, if nothing changed since: not the epoch, not the day.
    pub(crate) fn short(&self, epoch: u64, day: i64) -> Option<Shortage> {
        let word = self.short.load(Ordering::Acquire);
        let shortage = match word & ((1 << SHORTAGE_BITS) - 1) {
            1 => Shortage::Quota,
            2 => Shortage::Cap,
            3 => Shortage::Balance,
            _ => return None,
        };
        (word == pack(shortage, epoch, day)).then_some(shortage)
    }

    /// What was short in a round of the keeper that began after `rounds` were begun: whoever waited for it is not told
    /// to wait again because something changed meanwhile.
    pub(crate) fn short_since(&self, rounds: u64, day: i64) -> Option<Shortage> {
        if self.ended.load(Ordering::Acquire) <= rounds {
            return None;
        }
        let epoch = self.short.load(Ordering::Acquire) >> (SHORTAGE_BITS + DAY_BITS);
        self.short(epoch, day)
    }

    /// How many rounds of the keeper were begun.
    pub(crate) fn rounds(&self) -> u64 {
        self.begun.load(Ordering::Acquire)
    }

    /// Begins a round of the keeper.
    pub(crate) fn begin(&self) {
        self.begun.fetch_add(1, Ordering::AcqRel);
    }

    /// Remembers what was short; `None` forgets it.
    pub(crate) fn set_short(&self, shortage: Option<Shortage>, epoch: u64, day: i64) {
        self.short.store(shortage.map_or(0, |shortage| pack(shortage, epoch, day)), Ordering::Release);
    }

    /// Ends a round of the keeper: whoever waits looks again.
    pub(crate) fn answer(&self) {
        self.ended.store(self.begun.load(Ordering::Acquire), Ordering::Release);
        self.asked.store(false, Ordering::Release);
        self.answered.notify_waiters();
    }

    /// Calls that its running lease has left.
    pub(crate) fn left(&self) -> u32 {
        self.lease.load().as_ref().map_or(0, |lease| lease.left.load(Ordering::Acquire))
    }

    /// What was counted here.
    pub(crate) fn usage(&self) -> &Usage {
        self.usage.get_or_init(Box::default)
    }
}

fn pack(shortage: Shortage, epoch: u64, day: i64) -> u64 {
    let which = match shortage {
        Shortage::Quota => 1,
        Shortage::Cap => 2,
        Shortage::Balance => 3,
    };
    let day = day as u64 & ((1 << DAY_BITS) - 1);
    epoch << (SHORTAGE_BITS + DAY_BITS) | day << SHORTAGE_BITS | which
}

impl fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Gate({} {})", self.caller, self.api.name())
    }
}

/// A gate with the API that it is for; two are the same if they are in memory.
pub(crate) type Key = (i64, Api);

impl Gate {
    pub(crate) fn key(&self) -> Key {
        (self.caller, self.api)
    }

    /// Sets the running lease.
    pub(crate) fn lease(&self, lease: Option<Arc<RunningLease>>) {
        self.lease.store(lease);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_remembered_until_something_changes() {
        let gate = Gate::new(1, Api::Suggest);
        assert_eq!(gate.short(0, 0), None);
        for shortage in [Shortage::Quota, Shortage::Cap, Shortage::Balance] {
            gate.set_short(Some(shortage), 5, 20_785);
            assert_eq!(gate.short(5, 20_785), Some(shortage));
            assert_eq!(gate.short(6, 20_785), None);
            assert_eq!(gate.short(5, 20_786), None);
            assert_eq!(gate.short(5, 20_784), None);
        }
        gate.set_short(None, 5, 20_785);
        assert_eq!(gate.short(5, 20_785), None);
    }
}
