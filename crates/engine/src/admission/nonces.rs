//! Nonces that may be used once only, for applications that ask for it.
//!
//! Kept are 64-bit hashes under a key of this process, by the second of their timestamp, as long as that timestamp
//! is inside the window: outside of it a request is refused anyway. The memory of an application is bounded. Where
//! the bound is reached the oldest second is forgotten, and from then on everything of that second or before it is
//! refused as repeated, so that no request is ever let through twice.

use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::RandomState},
    hash::BuildHasher as _,
    sync::Arc,
};

use parking_lot::{Mutex, RwLock};

/// How many nonces of one application are kept where nobody says otherwise: 27 calls a second in the widest window.
const KEPT: usize = 200_000;

/// The nonces that were used, by application.
pub struct Nonces {
    most: usize,
    key: RandomState,
    applications: RwLock<HashMap<u32, Arc<Mutex<Used>>>>,
}

impl Default for Nonces {
    fn default() -> Nonces {
        Nonces::keeping(KEPT)
    }
}

/// What one application used.
#[derive(Default)]
struct Used {
    by_timestamp: BTreeMap<i64, HashSet<u64>>,
    count: usize,
    /// Nothing is known any more of timestamps up to this one.
    forgotten: Option<i64>,
}

/// A nonce that is taken. Dropped without [`NonceTaken::keep`] it is given back: a refused request uses nothing up.
#[must_use = "dropping it gives the nonce back"]
pub struct NonceTaken {
    used: Arc<Mutex<Used>>,
    timestamp: i64,
    hash: u64,
    is_kept: bool,
}

impl Nonces {
    /// Keeps at most that many nonces of each application.
    pub fn keeping(most: usize) -> Nonces {
        Nonces { most, key: RandomState::new(), applications: RwLock::default() }
    }

    /// Takes an application's nonce for a timestamp that lies within `window` seconds of `now` (both Unix seconds);
    /// `None` if it was taken before.
    pub fn take(
        &self,
        application: u32,
        (timestamp, nonce): (i64, &str),
        now: i64,
        window: u32,
    ) -> Option<NonceTaken> {
        let used = self.of(application);
        let hash = self.key.hash_one(nonce);
        let is_new = {
            let mut used = used.lock();
            used.drop_before(now.saturating_sub(i64::from(window)));
            used.take(timestamp, hash, self.most)
        };
        is_new.then(|| NonceTaken { used, timestamp, hash, is_kept: false })
    }

    /// Only an application that exists and signed its request comes here, so there are no more than those.
    fn of(&self, application: u32) -> Arc<Mutex<Used>> {
        if let Some(used) = self.applications.read().get(&application) {
            return Arc::clone(used);
        }
        Arc::clone(self.applications.write().entry(application).or_default())
    }
}

impl Used {
    /// Forgets what lies outside of the window. Should the clock be set back after that, it stays forgotten.
    fn drop_before(&mut self, first: i64) {
        while self.by_timestamp.first_key_value().is_some_and(|(oldest, _)| *oldest < first) {
            self.forget_oldest();
        }
    }

    fn take(&mut self, timestamp: i64, hash: u64, most: usize) -> bool {
        let is_known = self.by_timestamp.get(&timestamp).is_some_and(|hashes| hashes.contains(&hash));
        if is_known || self.forgotten.is_some_and(|forgotten| timestamp <= forgotten) {
            return false;
        }
        while self.count >= most {
            // What is not later than everything that is kept has no place to be kept in.
            if self.by_timestamp.first_key_value().is_none_or(|(oldest, _)| *oldest >= timestamp) {
                return false;
            }
            self.forget_oldest();
        }
        self.by_timestamp.entry(timestamp).or_default().insert(hash);
        self.count += 1;
        true
    }

    fn forget_oldest(&mut self) {
        if let Some((timestamp, hashes)) = self.by_timestamp.pop_first() {
            self.count -= hashes.len();
            self.forgotten = self.forgotten.max(Some(timestamp));
        }
    }

    fn give_back(&mut self, timestamp: i64, hash: u64) {
        let Some(hashes) = self.by_timestamp.get_mut(&timestamp) else { return };
        if hashes.remove(&hash) {
            self.count -= 1;
        }
        if hashes.is_empty() {
            self.by_timestamp.remove(&timestamp);
        }
    }
}

impl NonceTaken {
    /// The request was answered: its nonce is used up.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for NonceTaken {
    fn drop(&mut self) {
        if !self.is_kept {
            self.used.lock().give_back(self.timestamp, self.hash);
        }
    }
}

impl std::fmt::Debug for NonceTaken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "NonceTaken(at {})", self.timestamp)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const WINDOW: u32 = 3_600;
    const NOW: i64 = 1_790_000_000;

    /// Whether a call with that nonce is let through; an answered one keeps it.
    fn answered(nonces: &Nonces, timestamp: i64, nonce: &str, now: i64) -> bool {
        nonces.take(1, (timestamp, nonce), now, WINDOW).map(NonceTaken::keep).is_some()
    }

    #[test]
    fn a_nonce_is_used_once_for_its_application_and_timestamp() {
        let nonces = Nonces::default();
        assert!(answered(&nonces, NOW, "a", NOW));
        assert!(!answered(&nonces, NOW, "a", NOW));
        assert!(!answered(&nonces, NOW, "a", NOW + 3_600), "to the end of the window");
        assert!(answered(&nonces, NOW, "b", NOW) && answered(&nonces, NOW + 1, "a", NOW));
        assert!(nonces.take(2, (NOW, "a"), NOW, WINDOW).is_some(), "another application's");
    }

    #[test]
    fn what_a_refused_request_took_is_given_back() {
        let nonces = Nonces::default();
        let taken = nonces.take(1, (NOW, "a"), NOW, WINDOW).unwrap();
        assert!(nonces.take(1, (NOW, "a"), NOW, WINDOW).is_none(), "not while the first one is in flight");
        drop(taken);
        assert!(answered(&nonces, NOW, "a", NOW));
        assert!(!answered(&nonces, NOW, "a", NOW));
        drop(nonces.take(1, (NOW + 1, "b"), NOW, WINDOW));
        assert_eq!((count(&nonces), seconds(&nonces)), (1, 1), "nothing of it is left");
    }

    #[test]
    fn memory_is_bounded_and_no_replay_passes() {
        let nonces = Nonces::keeping(100);
        for call in 0..1_000 {
            assert!(answered(&nonces, NOW + call / 10, &call.to_string(), NOW));
            assert!(count(&nonces) <= 100);
        }
        for call in 0..1_000 {
            assert!(!answered(&nonces, NOW + call / 10, &call.to_string(), NOW), "{call}");
        }
        assert!(!answered(&nonces, NOW, "new", NOW), "of a second that was forgotten nothing passes");
        assert!(answered(&nonces, NOW + 100, "new", NOW));
    }

    #[test]
    fn a_second_that_is_too_full_is_closed() {
        let nonces = Nonces::keeping(3);
        let taken: Vec<bool> = (0..5).map(|call| answered(&nonces, NOW, &call.to_string(), NOW)).collect();
        assert_eq!(taken, [true, true, true, false, false]);
        assert!(answered(&nonces, NOW + 1, "0", NOW));
    }

    #[test]
    fn what_left_the_window_is_dropped_and_stays_refused_when_the_clock_is_set_back() {
        let nonces = Nonces::default();
        assert!(answered(&nonces, NOW, "a", NOW));
        assert!(answered(&nonces, NOW + 86_400, "b", NOW + 86_400));
        assert_eq!((count(&nonces), seconds(&nonces)), (1, 1));
        assert!(!answered(&nonces, NOW, "a", NOW));
        assert!(answered(&nonces, NOW + 1, "a", NOW + 1), "later calls pass");
    }

    #[test]
    fn nothing_is_given_back_that_was_forgotten() {
        let nonces = Nonces::keeping(1);
        let taken = nonces.take(1, (NOW, "a"), NOW, WINDOW).unwrap();
        assert!(answered(&nonces, NOW + 1, "b", NOW));
        drop(taken);
        assert_eq!((count(&nonces), seconds(&nonces)), (1, 1));
        assert!(!answered(&nonces, NOW, "a", NOW));
        assert!(!answered(&nonces, NOW + 1, "b", NOW));
    }

    fn count(nonces: &Nonces) -> usize {
        nonces.of(1).lock().count
    }

    fn seconds(nonces: &Nonces) -> usize {
        nonces.of(1).lock().by_timestamp.len()
    }
}
