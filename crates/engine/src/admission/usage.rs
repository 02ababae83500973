//! Counting calls by code, in memory, until the keeper writes them down.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The codes of both APIs that a known caller can meet; the last place is for every other.
const CODES: [i64; 20] = [
    0, 1, 22, 301, 302, 303, 400, 500, 503, 600, 601, 602, 10_000, 10_001, 10_006, 10_007, 10_008, 10_009,
    10_010, 10_011,
];

/// Stands for every code that is not in the table.
const OTHER: i64 = -1;

/// How many calls ended with which code since they were written down last.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    counts: [AtomicU32; CODES.len() + 1],
    dirty: AtomicBool,
}

impl Usage {
    /// Counts a call; tells whether it is the first since [`Usage::drain`].
    pub(crate) fn count(&self, code: i64) -> bool {
        let place = CODES.iter().position(|known| *known == code).unwrap_or(CODES.len());
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        !self.dirty.load(Ordering::Relaxed) && !self.dirty.swap(true, Ordering::AcqRel)
    }

    /// Takes what was counted: the code and how often.
    pub(crate) fn drain(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        self.dirty.store(false, Ordering::Release);
        let codes = CODES.into_iter().chain([OTHER]);
        codes
            .zip(&self.counts)
            .map(|(code, count)| (code, count.swap(0, Ordering::AcqRel)))
            .filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_code_and_taken_once() {
        let usage = Usage::default();
        assert!(usage.count(0));
        assert!(!usage.count(0));
        assert!(!usage.count(10_011));
        assert!(!usage.count(777));
        assert_eq!(usage.drain().collect::<Vec<_>>(), [(0, 2), (10_011, 1), (OTHER, 1)]);
        assert_eq!(usage.drain().count(), 0);
        assert!(usage.count(1));
    }
}
