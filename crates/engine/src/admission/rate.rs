//! Rates: the generic cell rate algorithm, with one number for each caller and API.
//!
//! The number is the moment at which everything that was let through would have been due, had it come evenly. A call
//! is let through while that moment is less than the burst away.

use std::sync::atomic::{AtomicU64, Ordering};

use store::Rate;

/// Nanoseconds of a millisecond.
const MILLISECOND: u64 = 1_000_000;
/// How old a reading of the clock may be that is still used, in nanoseconds.
const MOMENT: u64 = 1_000 * MILLISECOND;

/// How often calls are let through, worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Nanoseconds between two calls that come evenly.
    interval: u64,
    /// How far ahead of an even pace a caller may be, in nanoseconds.
    tolerance: u64,
}

impl Pace {
    /// The pace of a rate; without a burst as many calls may come at once as the rate allows in its period.
    pub(crate) fn of(rate: Rate, burst: Option<i64>) -> Pace {
        let calls = rate.calls.max(1) as u64;
        let interval = (rate.period_ms.max(1) as u64).saturating_mul(MILLISECOND).div_ceil(calls).max(1);
        let burst = burst.unwrap_or(rate.calls).max(1) as u64;
        Pace { interval, tolerance: interval.saturating_mul(burst) }
    }
}

/// The state of one caller's rate.
#[derive(Debug, Default)]
pub(crate) struct Pacer(AtomicU64);

impl Pacer {
    /// Lets a call through, or tells in how many nanoseconds one will be.
    pub(crate) fn take(&self, pace: Pace, now: u64) -> Result<(), u64> {
        // Further ahead than this pace allows: the rate was raised, and is in force at once. A clock that was read a
        // moment ago by somebody else is no reason.
        let most = now.saturating_add(pace.tolerance);
        let mut due = self.0.load(Ordering::Acquire);
        if due > most.saturating_add(MOMENT) {
            due = self.0.fetch_min(most, Ordering::AcqRel).min(most);
        }
        loop {
            let next = due.max(now).saturating_add(pace.interval);
            let earliest = next.saturating_sub(pace.tolerance);
            if earliest > now {
                return Err(earliest - now);
            }
            match self.0.compare_exchange_weak(due, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(()),
                Err(changed) => due = changed,
            }
        }
    }

    /// Gives a call back.
    pub(crate) fn give_back(&self, pace: Pace) {
        let back = |due: u64| Some(due.saturating_sub(pace.interval));
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn pace(calls: i64, period_ms: i64, burst: Option<i64>) -> Pace {
        Pace::of(Rate { calls, period_ms }, burst)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let (pacer, pace) = (Pacer::default(), pace(2, 60_000, Some(3)));
        for _ in 0..3 {
            assert_eq!(pacer.take(pace, 0), Ok(()));
        }
        assert_eq!(pacer.take(pace, 0), Err(30 * SECOND));
        assert_eq!(pacer.take(pace, 30 * SECOND - 1), Err(1));
        assert_eq!(pacer.take(pace, 30 * SECOND), Ok(()));
        assert_eq!(pacer.take(pace, 30 * SECOND), Err(30 * SECOND));
        // After a long silence the burst is whole again, and no more than that.
        for _ in 0..3 {
            assert_eq!(pacer.take(pace, 9_000 * SECOND), Ok(()));
        }
        assert!(pacer.take(pace, 9_000 * SECOND).is_err());
    }

    #[test]
    fn without_a_burst_a_period_may_come_at_once() {
        let (pacer, pace) = (Pacer::default(), pace(5, 1_000, None));
        assert!((0..5).all(|_| pacer.take(pace, 0).is_ok()));
        assert_eq!(pacer.take(pace, 0), Err(SECOND / 5));
    }

    #[test]
    fn a_rate_that_is_raised_is_in_force_at_once() {
        let (pacer, slow, fast) = (Pacer::default(), pace(10, 3_600_000, None), pace(100, 1_000, Some(1)));
        assert!((0..10).all(|_| pacer.take(slow, 0).is_ok()));
        assert_eq!(pacer.take(slow, 0), Err(360 * SECOND));
        assert_eq!(pacer.take(fast, 0), Err(SECOND / 100));
        assert_eq!(pacer.take(fast, SECOND / 100), Ok(()));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_but_never_more() {
        let (pacer, pace) = (Pacer::default(), pace(1, 1_000, Some(1)));
        assert!(pacer.take(pace, 0).is_ok());
        assert!(pacer.take(pace, 0).is_err());
        pacer.give_back(pace);
        assert!(pacer.take(pace, 0).is_ok());
        // Given back long after it was due: silence has given as much already.
        for _ in 0..5 {
            pacer.give_back(pace);
        }
        assert!(pacer.take(pace, 50 * SECOND).is_ok());
        assert!(pacer.take(pace, 50 * SECOND).is_err());
    }
}
