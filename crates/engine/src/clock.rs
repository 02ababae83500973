//! Where the time comes from, so that midnight, expiry and paging can be tested without waiting.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// A source of the current time in Unix milliseconds: the system's clock, or a hand-set one in tests.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Clock {
        Clock(None)
    }

    /// A clock that stands at `unix_ms` until [`Clock::set`] moves it; clones move together.
    pub fn fixed(unix_ms: i64) -> Clock {
        Clock(Some(Arc::new(AtomicI64::new(unix_ms))))
    }

    /// Moves a fixed clock; a system clock stays what it is.
    pub fn set(&self, unix_ms: i64) {
        if let Some(fixed) = &self.0 {
            fixed.store(unix_ms, Ordering::SeqCst);
        }
    }

    /// Unix milliseconds. A system clock set before 1970 counts as 0.
    pub fn unix_ms(&self) -> i64 {
        match &self.0 {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64),
        }
    }

    /// Unix seconds.
    pub fn unix_seconds(&self) -> i64 {
        self.unix_ms().div_euclid(1000)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Clock::fixed" } else { "Clock::system" })
    }
}
