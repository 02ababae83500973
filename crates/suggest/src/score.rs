//! Scores: base-2 logarithms of weights, in whole numbers, so that orders are the same everywhere.

use std::sync::LazyLock;

use crate::candidate::Evidence;
use crate::weights::Weights;

/// Steps of a doubling.
const STEPS: f64 = 512.0;
/// The weight's logarithm that is stored as 0: nothing that was ever submitted is further down.
const LOWEST: f64 = -64.0;

/// A base-2 logarithm in steps of 1/512.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Score(i32);

impl Score {
    pub(crate) const MIN: Self = Self(i32::MIN / 2);

    pub(crate) fn of_weight(weight: f64) -> Self {
        let logarithm = if weight > 0.0 { weight.log2() } else { LOWEST };
        Self::stored(((logarithm - LOWEST) * STEPS).round().clamp(0.0, f64::from(u16::MAX)) as u16)
    }

    /// A score as a record holds it.
    pub(crate) fn stored(number: u16) -> Self {
        Self(i32::from(number))
    }

    /// As a record holds it.
    pub(crate) fn to_stored(self) -> u16 {
        self.0.clamp(0, i32::from(u16::MAX)) as u16
    }

    /// Lower by a loss.
    pub(crate) fn less(self, loss: Loss) -> Self {
        Self(self.0.saturating_sub(loss.0))
    }

    pub(crate) fn doublings(self) -> f64 {
        f64::from(self.0) / STEPS + LOWEST
    }

    /// The score of both weights added up.
    pub(crate) fn plus(self, other: Self) -> Self {
        let (high, low) = (self.0.max(other.0), self.0.min(other.0));
        let apart = usize::try_from(high.saturating_sub(low)).unwrap_or(usize::MAX);
        Self(high + GAINS.get(apart).map_or(0, |&gain| i32::from(gain)))
    }
}

/// What a weight adds to the score of a greater one, by the steps between both; further apart it adds nothing. A table,
/// because every hit of a request is added up.
static GAINS: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let gain =
        |apart: u32| ((-f64::from(apart) / STEPS).exp2().ln_1p() / std::f64::consts::LN_2 * STEPS).round();
    (0..).map(|apart| gain(apart) as u16).take_while(|&gain| gain > 0).collect()
});

/// What is taken from a score; in whole steps, so that it is reckoned once and taken off often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Loss(i32);

impl Loss {
    pub(crate) fn of_doublings(doublings: f64) -> Self {
        Self((doublings * STEPS).round() as i32)
    }

    /// In steps of a score.
    pub(crate) fn steps(self) -> i32 {
        self.0
    }
}

/// The two parts of an entry's score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Scores {
    /// What changes slowly; all entries lose as much in the same time, so their order by it stays.
    pub(crate) slow: Score,
    /// What is recent, where it matters.
    pub(crate) fast: Option<Score>,
}

/// The fast part matters if it makes this much of the slow one.
const FAST_MATTERS: f64 = 1.0 / 64.0;

impl Scores {
    /// The scores of an entry whose text has that many characters.
    pub(crate) fn of(evidence: &Evidence, characters: usize, weights: &Weights) -> Self {
        let slow = evidence.slow
            + evidence.documents as f64 * weights.document
            + evidence.entry as f64 * weights.entry;
        let fast = evidence.fast * weights.fast;
        let found = evidence.found.map_or(1.0, |found| {
            weights.nothing_found + (1.0 - weights.nothing_found) * f64::from(found.clamp(0.0, 1.0))
        });
        let length =
            f64::from(u32::try_from(characters).unwrap_or(u32::MAX).saturating_sub(weights.free_length));
        let factor = found * (-length * weights.length_penalty).exp2();
        let fast = (fast > slow * FAST_MATTERS).then(|| Score::of_weight(fast * factor));
        Self { slow: Score::of_weight(slow * factor), fast }
    }

    /// The decayed sums that the scores come from, as they are by now, beside the raw figures; what was found, which is
    /// not kept, taken for all.
    pub(crate) fn evidence(
        &self,
        raw: Evidence,
        decay: Decay,
        characters: usize,
        weights: &Weights,
    ) -> Evidence {
        let factor = length_factor(characters, weights);
        let weight = |score: Score| score.doublings().exp2() / factor;
        let lasting = raw.documents as f64 * weights.document + raw.entry as f64 * weights.entry;
        let slow = (weight(self.slow) - lasting).max(0.0);
        let fast = self.fast.map_or(0.0, |fast| weight(decay.of(fast)) / weights.fast);
        Evidence { slow, fast, ..raw }
    }

    /// The fast part as if it were the slow one.
    pub(crate) fn fast_alone(self) -> Self {
        Self { slow: self.fast.unwrap_or(Score::MIN), fast: None }
    }

    /// Both parts together, `since` seconds after the moment that they are told for.
    pub(crate) fn total(&self, decay: Decay) -> Score {
        match self.fast {
            Some(fast) => self.slow.plus(decay.of(fast)),
            None => self.slow,
        }
    }
}

fn length_factor(characters: usize, weights: &Weights) -> f64 {
    let length = u32::try_from(characters).unwrap_or(u32::MAX).saturating_sub(weights.free_length);
    (-f64::from(length) * weights.length_penalty).exp2()
}

/// How much less the fast part counts by now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Decay(Loss);

impl Decay {
    /// The decay from one moment to another. All entries lose their slow part alike, so it is left alone and the fast
    /// one loses the difference.
    pub(crate) fn between(at: i64, now: i64, weights: &Weights) -> Self {
        let seconds = now.saturating_sub(at).max(0) as f64;
        Self(Loss::of_doublings(seconds / weights.fast_half_life - seconds / weights.slow_half_life))
    }

    /// A decay that leaves nothing of any fast part.
    pub(crate) const WHOLE: Self = Self(Loss(i32::MAX / 4));

    pub(crate) fn of(self, fast: Score) -> Score {
        fast.less(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_logarithms() {
        assert_eq!(Score::of_weight(1.0).doublings(), 0.0);
        assert_eq!(Score::of_weight(8.0).doublings(), 3.0);
        assert_eq!(Score::of_weight(0.0).to_stored(), 0);
        assert_eq!(Score::of_weight(4.0).plus(Score::of_weight(4.0)).doublings(), 3.0);
        assert_eq!(Score::of_weight(1e6).plus(Score::of_weight(1e-6)), Score::of_weight(1e6));
        assert_eq!(Score::of_weight(8.0).less(Loss::of_doublings(2.0)).doublings(), 1.0);
    }

    #[test]
    fn recent_submissions_fade_and_the_others_stay() {
        let weights = Weights::DEFAULT;
        let now = 1_000_000 * 3600;
        let evidence = Evidence::of_hours([(999_999, 10)], now, &weights);
        let scores = Scores::of(&evidence, 3, &weights);
        let total = |hours: i64| scores.total(Decay::between(now, now + hours * 3600, &weights));
        assert!(total(0) > total(6) && total(6) > total(24));
        assert!((total(240).doublings() - scores.slow.doublings()).abs() < 0.01);
        let old = Evidence::of_hours([(999_000, 10)], now, &weights);
        assert_eq!(Scores::of(&old, 3, &weights).fast, None);
    }
}
