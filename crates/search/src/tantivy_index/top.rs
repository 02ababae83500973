//! The best candidates of recall.

use crate::{second_stage::Candidate, weights};

/// Keeps the best `limit` candidates of a tier by score, newer rows first among equals.
///
/// A candidate is one number while it waits, so that choosing and sorting compare integers: the bits of its score, which
/// order what is not negative as the scores themselves, then its row.
pub(super) struct Top {
    tier: u8,
    limit: usize,
    kept: Vec<u64>,
    /// Candidates that do not score as high cannot get in any more.
    threshold: f32,
}

/// Candidates for which room is made at once.
const USUAL: usize = 512;

impl Top {
    /// Nothing yet of that tier.
    pub(super) fn new(tier: u8, limit: usize) -> Self {
        Self { tier, limit, kept: Vec::with_capacity(limit.min(USUAL)), threshold: f32::NEG_INFINITY }
    }

    #[inline]
    pub(super) fn accepts(&self, score: f32) -> bool {
        score >= self.threshold
    }

    /// Takes up a row and its score, which is not negative.
    #[inline]
    pub(super) fn push(&mut self, score: f32, ordinal: u32) {
        debug_assert!(score.is_sign_positive(), "{score} is not in the order of its bits");
        if self.limit == 0 {
            return;
        }
        self.kept.push(u64::from(score.to_bits()) << 32 | u64::from(ordinal));
        // Room for twice as many, so that cutting costs a constant time a candidate.
        if self.kept.len() >= self.limit * 2 {
            self.cut(self.limit);
            self.threshold = score_of(self.kept[self.limit - 1]);
        }
    }

    fn cut(&mut self, limit: usize) {
        self.split(limit);
        self.kept.truncate(limit);
    }

    /// Brings the best `count` to the front, in any order; the last of them is the worst.
    fn split(&mut self, count: usize) {
        if 0 < count && count < self.kept.len() {
            self.kept.select_nth_unstable_by(count - 1, |one, other| other.cmp(one));
        }
    }

    /// Appends the best to `list`: those of the second stage's window before the others, both in any order: the window is
    /// ranked anew, and what is behind it hardly anybody asks for.
    pub(super) fn append_to(mut self, list: &mut Vec<Candidate>) {
        self.cut(self.limit);
        self.split(weights::WINDOW);
        let tier = self.tier;
        list.extend(self.kept.iter().map(|key| Candidate {
            tier,
            score: score_of(*key),
            ordinal: *key as u32,
        }));
    }
}

/// The score that a candidate waits with.
fn score_of(key: u64) -> f32 {
    f32::from_bits((key >> 32) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_and_those_of_the_window_come_first() {
        let limit = weights::WINDOW * 2;
        let mut top = Top::new(1, limit);
        // Every score twice, in an order without one.
        let count = limit as u32 * 5;
        for number in (0..count).map(|number| number * 7919 % count) {
            let score = (number / 2) as f32;
            if top.accepts(score) {
                top.push(score, number);
            }
        }
        let mut list = Vec::new();
        top.append_to(&mut list);
        let ordinals = |list: &[Candidate]| list.iter().map(|one| one.ordinal).collect::<Vec<_>>();
        let best: Vec<u32> = (0..count).rev().take(limit).collect();
        list[..weights::WINDOW].sort_unstable_by(Candidate::by_recall);
        assert_eq!(ordinals(&list[..weights::WINDOW]), best[..weights::WINDOW]);
        list.sort_unstable_by(Candidate::by_recall);
        assert_eq!(ordinals(&list), best);
        assert!(list.iter().all(|one| one.tier == 1 && one.score == (one.ordinal / 2) as f32));
    }

    #[test]
    fn no_room_takes_nothing() {
        let mut top = Top::new(0, 0);
        top.push(1.0, 1);
        let mut list = Vec::new();
        top.append_to(&mut list);
        assert!(list.is_empty());
    }
}
