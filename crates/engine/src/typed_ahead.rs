//! Queries that were only a beginning on the way to the next one.
//!
//! Whoever types with type-ahead leaves a trail: 美, 美食, 美食街. Only the last of it was wanted. A query that a
//! user's next one continues, within a few seconds, is no candidate.

use std::collections::HashMap;

/// Seconds within which the next query takes the one before back.
const SECONDS: i64 = 10;

/// Tells of each query whether the same user's query before it was only a beginning of it.
///
/// ```
/// let mut typed = engine::TypedAhead::new(1_000);
/// assert!(!typed.follow(7, "美食", 100));
/// assert!(typed.follow(7, "美食街", 104), "the first was on the way to the second");
/// assert!(!typed.follow(7, "咖啡", 105));
/// ```
#[derive(Debug)]
pub struct TypedAhead(Trails<()>);

impl TypedAhead {
    /// Remembers the last query of at most `capacity` users; those who were seen longest ago are forgotten.
    pub fn new(capacity: usize) -> TypedAhead {
        TypedAhead(Trails::new(capacity))
    }

    /// Takes up a query by its key (see [`crate::query_key`]). True: the query of `user` before this one was only
    /// a beginning of it and is to be taken back.
    pub fn follow(&mut self, user: u64, key: &str, unix_seconds: i64) -> bool {
        self.0.follow(user, key, unix_seconds, ()).is_some()
    }
}

/// The last query of each user, with something that belongs to it.
#[derive(Debug)]
pub(crate) struct Trails<T> {
    /// Users seen lately. Full, it becomes `older`, and what was `older` is forgotten: so nothing is sorted and
    /// nothing searched, and never more than the capacity remembered.
    newer: HashMap<u64, Last<T>>,
    older: HashMap<u64, Last<T>>,
    half: usize,
}

#[derive(Debug)]
struct Last<T> {
    key: Box<str>,
    unix_seconds: i64,
    note: T,
}

impl<T> Trails<T> {
    pub(crate) fn new(capacity: usize) -> Trails<T> {
        Trails { newer: HashMap::new(), older: HashMap::new(), half: (capacity / 2).max(1) }
    }

    /// Takes up a query; what belongs to the same user's query before it, where that was only a beginning of it.
    pub(crate) fn follow(&mut self, user: u64, key: &str, unix_seconds: i64, note: T) -> Option<T> {
        if self.newer.len() >= self.half && !self.newer.contains_key(&user) {
            self.older = std::mem::take(&mut self.newer);
        }
        let moved = self.older.remove(&user);
        let before = self.newer.insert(user, Last { key: key.into(), unix_seconds, note }).or(moved)?;
        let waited = unix_seconds.checked_sub(before.unix_seconds)?;
        let continued = key.len() > before.key.len() && key.starts_with(&*before.key);
        (continued && (0..=SECONDS).contains(&waited)).then_some(before.note)
    }

    /// What belongs to the last query of a user, if that is remembered.
    pub(crate) fn last_mut(&mut self, user: u64) -> Option<&mut T> {
        let last = self.newer.get_mut(&user).or_else(|| self.older.get_mut(&user))?;
        Some(&mut last.note)
    }

    /// Forgets the last query of a user.
    pub(crate) fn forget(&mut self, user: u64) {
        self.newer.remove(&user);
        self.older.remove(&user);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.newer.len() + self.older.len()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn taken_back(queries: &[(u64, &str, i64)]) -> Vec<bool> {
        let mut typed = TypedAhead::new(100);
        queries.iter().map(|(user, key, at)| typed.follow(*user, key, *at)).collect()
    }

    #[test]
    fn a_trail_is_taken_back_step_by_step() {
        assert_eq!(taken_back(&[(1, "美", 0), (1, "美食", 3), (1, "美食街", 13)]), [false, true, true]);
    }

    #[test]
    fn only_a_proper_beginning_is() {
        assert_eq!(
            taken_back(&[(1, "美食", 0), (1, "美食", 1)]),
            [false, false],
            "the same again is wanted again"
        );
        assert_eq!(
            taken_back(&[(1, "美食街", 0), (1, "美食", 1)]),
            [false, false],
            "shorter is another wish"
        );
        assert_eq!(taken_back(&[(1, "街", 0), (1, "美食街", 1)]), [false, false]);
    }

    #[test]
    fn only_within_ten_seconds_and_forwards() {
        assert_eq!(taken_back(&[(1, "美", 0), (1, "美食", 11)]), [false, false]);
        assert_eq!(taken_back(&[(1, "美", 9), (1, "美食", 8)]), [false, false]);
        assert_eq!(taken_back(&[(1, "美", i64::MIN), (1, "美食", i64::MAX)]), [false, false]);
    }

    #[test]
    fn users_are_told_apart() {
        assert_eq!(taken_back(&[(1, "美", 0), (2, "美食", 1), (1, "美食", 2)]), [false, false, true]);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_are_forgotten() {
        let mut trails = Trails::new(10);
        for user in 0..1_000 {
            trails.follow(user, "美", 0, user);
            assert!(trails.len() <= 10);
        }
        assert_eq!(trails.follow(999, "美食", 1, 0), Some(999));
        assert_eq!(trails.follow(0, "美食", 1, 0), None);
    }

    #[test]
    fn a_trail_can_be_changed_and_forgotten() {
        let mut trails = Trails::new(2);
        for user in 0..2 {
            trails.follow(user, "美", 0, user);
        }
        for user in 0..2 {
            *trails.last_mut(user).unwrap() += 10;
        }
        assert_eq!(trails.last_mut(2), None);
        trails.forget(1);
        assert_eq!(trails.follow(0, "美食", 1, 0), Some(10));
        assert_eq!(trails.follow(1, "美食", 1, 1), None);
    }
}
