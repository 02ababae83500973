//! Where the time comes from, so that midnight, expiry and paging can be tested without waiting.

use std::{
    fmt,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// A source of the current time: the system's clocks, or hand-set ones in tests.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<Hands>>);

/// The hands of a clock that is set by hand.
struct Hands {
    unix_ms: AtomicI64,
    elapsed_ns: AtomicU64,
}

impl Clock {
    /// The system's clocks.
    pub fn system() -> Clock {
        Clock(None)
    }

    /// A clock that stands at `unix_ms` until it is moved; clones move together.
    pub fn fixed(unix_ms: i64) -> Clock {
        let hands = Hands { unix_ms: AtomicI64::new(unix_ms), elapsed_ns: AtomicU64::new(0) };
        Clock(Some(Arc::new(hands)))
    }

    /// Sets a fixed clock to another time of day, as somebody does who puts a clock right: no time passes. A system
    /// clock stays what it is.
    pub fn set(&self, unix_ms: i64) {
        if let Some(hands) = &self.0 {
            hands.unix_ms.store(unix_ms, Ordering::SeqCst);
        }
    }

    /// Lets time pass on a fixed clock.
    pub fn advance(&self, milliseconds: u32) {
        if let Some(hands) = &self.0 {
            hands.unix_ms.fetch_add(i64::from(milliseconds), Ordering::SeqCst);
            hands.elapsed_ns.fetch_add(u64::from(milliseconds) * 1_000_000, Ordering::SeqCst);
        }
    }

    /// Unix milliseconds. A system clock set before 1970 counts as 0.
    pub fn unix_ms(&self) -> i64 {
        match &self.0 {
            Some(hands) => hands.unix_ms.load(Ordering::SeqCst),
            None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64),
        }
    }

    /// Unix seconds.
    pub fn unix_seconds(&self) -> i64 {
        self.unix_ms().div_euclid(1000)
    }

    /// Nanoseconds since some moment of this process: it never goes back, whatever is done to the time of day.
    pub fn elapsed_ns(&self) -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        match &self.0 {
            Some(hands) => hands.elapsed_ns.load(Ordering::SeqCst),
            None => START.elapsed().as_nanos() as u64,
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Clock::fixed" } else { "Clock::system" })
    }
}
