//! Nonces that may be used once only, for applications that ask for it.
//!
//! A signature covers its parts without what separates them, so whoever saw one call could send it again with the same
//! characters cut elsewhere: as a registration whose nonce and `uuid` together are the search's nonce, or with timestamp
//! and nonce exchanged. So a signature, too, is good for one call, whatever parts came with it.
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

/// The parts of a signed call that are good for one call only.
#[derive(Clone, Copy)]
pub struct SignedParts<'a> {
    /// Unix seconds.
    pub timestamp: i64,
    /// Used once with its timestamp.
    pub nonce: &'a str,
    /// Hexadecimal digits in either case; used once with any timestamp.
    pub signature: &'a str,
}

/// What one application used.
#[derive(Default)]
struct Used {
    /// By timestamp and nonce the signature that came with them.
    by_timestamp: BTreeMap<i64, HashMap<u64, u64>>,
    /// The signatures of all of them, and so as many as there are nonces.
    signatures: HashSet<u64>,
    /// Nothing is known any more of timestamps up to this one.
    forgotten: Option<i64>,
}

/// A nonce that is taken, with the signature that it came with. Dropped without [`NonceTaken::keep`] both are given back:
/// a refused request uses nothing up.
#[must_use = "dropping it gives the nonce back"]
pub struct NonceTaken {
    used: Arc<Mutex<Used>>,
    timestamp: i64,
    nonce: u64,
    is_kept: bool,
}

impl Nonces {
    /// Keeps at most that many nonces of each application.
    pub fn keeping(most: usize) -> Nonces {
        Nonces { most, key: RandomState::new(), applications: RwLock::default() }
    }

    /// Takes the nonce and the signature of an application's call whose timestamp lies within `window` seconds of `now`
    /// (Unix seconds); `None` if one of the two was taken before.
    pub fn take(
        &self,
        application: u32,
        parts: SignedParts<'_>,
        now: i64,
        window: u32,
    ) -> Option<NonceTaken> {
        let used = self.of(application);
        let timestamp = parts.timestamp;
        let nonce = self.key.hash_one(parts.nonce);
        let signature = self.key.hash_one(parts.signature.to_ascii_lowercase());
        let is_new = {
            let mut used = used.lock();
            used.drop_before(now.saturating_sub(i64::from(window)));
            used.take(timestamp, (nonce, signature), self.most)
        };
        is_new.then(|| NonceTaken { used, timestamp, nonce, is_kept: false })
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

    fn take(&mut self, timestamp: i64, (nonce, signature): (u64, u64), most: usize) -> bool {
        let is_known = self.by_timestamp.get(&timestamp).is_some_and(|nonces| nonces.contains_key(&nonce));
        let is_known = is_known || self.signatures.contains(&signature);
        if is_known || self.forgotten.is_some_and(|forgotten| timestamp <= forgotten) {
            return false;
        }
        while self.signatures.len() >= most {
            // What is not later than everything that is kept has no place to be kept in.
            if self.by_timestamp.first_key_value().is_none_or(|(oldest, _)| *oldest >= timestamp) {
                return false;
            }
            self.forget_oldest();
        }
        self.by_timestamp.entry(timestamp).or_default().insert(nonce, signature);
        self.signatures.insert(signature);
        true
    }

    fn forget_oldest(&mut self) {
        if let Some((timestamp, nonces)) = self.by_timestamp.pop_first() {
            for signature in nonces.values() {
                self.signatures.remove(signature);
            }
            self.forgotten = self.forgotten.max(Some(timestamp));
        }
    }

    fn give_back(&mut self, timestamp: i64, nonce: u64) {
        let Some(nonces) = self.by_timestamp.get_mut(&timestamp) else { return };
        if let Some(signature) = nonces.remove(&nonce) {
            self.signatures.remove(&signature);
        }
        if nonces.is_empty() {
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
            self.used.lock().give_back(self.timestamp, self.nonce);
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

    /// A call of that application with a signature of its own.
    fn take(
        nonces: &Nonces,
        application: u32,
        (timestamp, nonce): (i64, &str),
        now: i64,
    ) -> Option<NonceTaken> {
        let signature = format!("{timestamp} {nonce}");
        nonces.take(application, SignedParts { timestamp, nonce, signature: &signature }, now, WINDOW)
    }

    /// Whether a call with that nonce is let through; an answered one keeps it.
    fn answered(nonces: &Nonces, timestamp: i64, nonce: &str, now: i64) -> bool {
        take(nonces, 1, (timestamp, nonce), now).map(NonceTaken::keep).is_some()
    }

    #[test]
    fn a_signature_is_used_once_whatever_came_with_it() {
        let nonces = Nonces::default();
        let take = |application, timestamp, nonce, signature| {
            nonces.take(application, SignedParts { timestamp, nonce, signature }, NOW, WINDOW)
        };
        let taken = take(1, NOW, "894038", "0ab").unwrap();
        assert!(take(1, NOW, "8", "0ab").is_none(), "not while the first one is in flight");
        drop(taken);
        take(1, NOW, "8", "0ab").unwrap().keep();
        assert!(take(1, NOW, "894038", "0ab").is_none());
        assert!(take(1, NOW, "894038", "0AB").is_none(), "in either case");
        assert!(take(1, NOW + 1, "894038", "0ab").is_none(), "with another timestamp");
        assert!(take(2, NOW, "894038", "0ab").is_some(), "another application's");
        assert!(take(1, NOW, "894038", "0ac").is_some());
        assert_eq!((count(&nonces), seconds(&nonces)), (1, 1), "a refused call leaves nothing");
    }

    #[test]
    fn a_nonce_is_used_once_for_its_application_and_timestamp() {
        let nonces = Nonces::default();
        assert!(answered(&nonces, NOW, "a", NOW));
        assert!(!answered(&nonces, NOW, "a", NOW));
        assert!(!answered(&nonces, NOW, "a", NOW + 3_600), "to the end of the window");
        assert!(answered(&nonces, NOW, "b", NOW) && answered(&nonces, NOW + 1, "a", NOW));
        assert!(take(&nonces, 2, (NOW, "a"), NOW).is_some(), "another application's");
    }

    #[test]
    fn what_a_refused_request_took_is_given_back() {
        let nonces = Nonces::default();
        let taken = take(&nonces, 1, (NOW, "a"), NOW).unwrap();
        assert!(take(&nonces, 1, (NOW, "a"), NOW).is_none(), "not while the first one is in flight");
        drop(taken);
        assert!(answered(&nonces, NOW, "a", NOW));
        assert!(!answered(&nonces, NOW, "a", NOW));
        drop(take(&nonces, 1, (NOW + 1, "b"), NOW));
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
        let taken = take(&nonces, 1, (NOW, "a"), NOW).unwrap();
        assert!(answered(&nonces, NOW + 1, "b", NOW));
        drop(taken);
        assert_eq!((count(&nonces), seconds(&nonces)), (1, 1));
        assert!(!answered(&nonces, NOW, "a", NOW));
        assert!(!answered(&nonces, NOW + 1, "b", NOW));
    }

    fn count(nonces: &Nonces) -> usize {
        nonces.of(1).lock().signatures.len()
    }

    fn seconds(nonces: &Nonces) -> usize {
        nonces.of(1).lock().by_timestamp.len()
    }
}
