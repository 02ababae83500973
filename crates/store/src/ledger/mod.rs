//! Money and calls: accounts, the append-only ledger, and the leases that nodes spend from.
//!
//! Everything that moves money or counts calls writes a ledger entry in the transaction that moves it. An account's
//! `balance` and `held` are sums of its entries and are kept only so that nobody has to add them up;
//! [`Store::check_ledger`](crate::Store::check_ledger) adds them up.

mod accounts;
mod alarming;
mod booking;
mod check;
mod leases;
mod money_keys;
mod statement;
mod steps;
mod usage;
mod usage_read;

pub use accounts::{Account, MoneyMove};
pub use alarming::AlarmRules;
pub use check::LedgerProblem;
pub use leases::{Lease, LeaseOutcome, LeaseStep, LeaseTerms, Shortage};
pub use money_keys::Moved;
pub use statement::{Entry, Period};
pub use usage::UsageRow;
pub use usage_read::{Bucket, UsageOf, UsageSum};

/// Minutes from the beginning of a Unix day to that of a day in Asia/Shanghai, which has had no summer time since 1991.
const SHANGHAI_MINUTES: i64 = 8 * 60;
/// Minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;

/// What a ledger entry stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Money came in.
    TopUp,
    /// An operator put something right.
    Correction,
    /// A node took calls, and what they cost, to spend.
    Lease,
    /// A node spent calls of its lease.
    Settlement,
    /// A node gave calls of its lease back.
    Return,
    /// Calls of a lease whose spending cannot be known count as spent.
    Loss,
    /// An operator took another entry back.
    Reversal,
}

impl EntryKind {
    const ALL: [EntryKind; 7] = [
        EntryKind::TopUp,
        EntryKind::Correction,
        EntryKind::Lease,
        EntryKind::Settlement,
        EntryKind::Return,
        EntryKind::Loss,
        EntryKind::Reversal,
    ];

    /// Its name, in the database too.
    pub fn name(self) -> &'static str {
        match self {
            EntryKind::TopUp => "top-up",
            EntryKind::Correction => "correction",
            EntryKind::Lease => "lease",
            EntryKind::Settlement => "settlement",
            EntryKind::Return => "return",
            EntryKind::Loss => "loss",
            EntryKind::Reversal => "reversal",
        }
    }

    fn parse(name: &str) -> Option<EntryKind> {
        EntryKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The day in Asia/Shanghai, counted from 1970, of a Unix minute.
pub fn day_of_minute(minute: i64) -> i64 {
    (minute + SHANGHAI_MINUTES).div_euclid(DAY_MINUTES)
}

/// The first Unix minute of a day in Asia/Shanghai.
pub fn first_minute_of_day(day: i64) -> i64 {
    day * DAY_MINUTES - SHANGHAI_MINUTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_shanghai() {
        // 2026-11-27 16:00 UTC is midnight of the 28th in Shanghai.
        let midnight = 1_795_795_200 / 60;
        assert_eq!(day_of_minute(midnight) - day_of_minute(midnight - 1), 1);
        assert_eq!(first_minute_of_day(day_of_minute(midnight)), midnight);
        assert_eq!(first_minute_of_day(day_of_minute(midnight - 1)), midnight - DAY_MINUTES);
    }

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(EntryKind::parse("gift"), None);
    }
}
