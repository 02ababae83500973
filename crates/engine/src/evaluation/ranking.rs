//! Ranked lists of judged titles as figures.

use super::judged::JudgedQuery;

/// Places that count for the mean reciprocal rank and for the gain.
const FIRST_PLACES: usize = 10;
/// Places among which relevant titles count as found.
pub const PLACES: usize = 100;

/// The figures of ranked lists, summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RankingFigures {
    queries: usize,
    reciprocal: f64,
    gain: f64,
    found: f64,
}

impl RankingFigures {
    /// Counts one query and its list of titles, best first. `relevant` is the grade from which on a title is.
    pub fn add(&mut self, query: &JudgedQuery, list: &[usize], relevant: u8) {
        let grade = |title: &usize| query.grades.get(title).copied().unwrap_or(0);
        let is_relevant = |title: &usize| grade(title) >= relevant;
        let first = list.iter().take(FIRST_PLACES);
        self.queries += 1;
        self.reciprocal += first.clone().position(is_relevant).map_or(0.0, |place| 1.0 / (place + 1) as f64);
        let best = discounted(query.gains().into_iter());
        if best > 0.0 {
            self.gain += discounted(first.map(|title| gain(grade(title)))) / best;
        }
        let all = query.grades.values().filter(|grade| **grade >= relevant).count();
        let found = list.iter().take(PLACES).filter(|title| is_relevant(title)).count();
        self.found += found as f64 / all.max(1) as f64;
    }

    /// How many queries were counted.
    pub fn queries(&self) -> usize {
        self.queries
    }

    /// The mean over the queries of 1 ÷ the place of the first relevant title, 0 where none is among ten.
    pub fn mean_reciprocal_rank(&self) -> f64 {
        self.mean(self.reciprocal)
    }

    /// The mean normalised discounted cumulative gain of the first ten places, with gains of 2^grade − 1.
    pub fn discounted_gain(&self) -> f64 {
        self.mean(self.gain)
    }

    /// The mean part of a query's relevant titles that is among the first hundred.
    pub fn recall(&self) -> f64 {
        self.mean(self.found)
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / self.queries.max(1) as f64
    }
}

/// What a title of a grade is worth.
pub(super) fn gain(grade: u8) -> f64 {
    f64::from(grade).exp2() - 1.0
}

fn discounted(gains: impl Iterator<Item = f64>) -> f64 {
    gains.take(FIRST_PLACES).zip(2u32..).map(|(gain, place)| gain / f64::from(place).log2()).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn figures_by_hand() {
        let query = JudgedQuery { text: String::new(), grades: HashMap::from([(3, 2), (7, 1), (8, 0)]) };
        let mut figures = RankingFigures::default();
        assert_eq!(figures.recall(), 0.0);
        figures.add(&query, &[8, 7, 3], 1);
        let close =
            |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value} {expected}");
        close(figures.mean_reciprocal_rank(), 0.5);
        let best = 3.0 + 1.0 / 3f64.log2();
        close(figures.discounted_gain(), (1.0 / 3f64.log2() + 3.0 / 2.0) / best);
        close(figures.recall(), 1.0);
        let mut far: Vec<usize> = (100..300).collect();
        far[10] = 3;
        far[100] = 7;
        figures.add(&query, &far, 1);
        assert_eq!(figures.queries(), 2);
        close(figures.mean_reciprocal_rank(), 0.25);
        close(figures.recall(), (1.0 + 0.5) / 2.0);
    }

    #[test]
    fn only_titles_of_the_grade_are_relevant() {
        let query = JudgedQuery { text: String::new(), grades: HashMap::from([(3, 2), (7, 1)]) };
        let mut figures = RankingFigures::default();
        figures.add(&query, &[7, 3], 2);
        assert_eq!((figures.mean_reciprocal_rank(), figures.recall()), (0.5, 1.0));
    }
}
