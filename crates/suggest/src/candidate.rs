//! What goes into a base: a text, and what speaks for suggesting it.

use crate::weights::Weights;

/// Seconds in an hour, the grain of a query log.
const HOUR: i64 = 3600;

/// Why a text is worth suggesting: raw counts, and the counts with their age taken into account.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evidence {
    /// How often it was submitted as a query, whenever that was.
    pub queries: u64,
    /// In how many documents it stands as a phrase.
    pub documents: u64,
    /// The weight that an operator gave it as an entry.
    pub entry: u64,
    /// Submissions, each halved with every slow half-life of its age.
    pub slow: f64,
    /// Submissions, each halved with every fast half-life of its age.
    pub fast: f64,
    /// The part of the submissions that found something, where that is known.
    pub found: Option<f32>,
}

impl Evidence {
    /// A number of submissions made just now; for tests and demonstrations.
    pub fn submitted(count: u64) -> Self {
        Self { queries: count, slow: count as f64, ..Self::default() }
    }

    /// A phrase of so many documents.
    pub fn of_documents(documents: u64) -> Self {
        Self { documents, ..Self::default() }
    }

    /// An operator's entry of that weight.
    pub fn of_entry(weight: u64) -> Self {
        Self { entry: weight, ..Self::default() }
    }

    /// Submissions by the hour (hours since 1970, count), as old as they are at `now` (Unix seconds).
    ///
    /// An hour counts as its middle, a submission of the future as one of now.
    pub fn of_hours(hours: impl IntoIterator<Item = (i64, i64)>, now: i64, weights: &Weights) -> Self {
        let mut evidence = Self::default();
        for (hour, count) in hours {
            let count = count.max(0);
            let age = now.saturating_sub(hour.saturating_mul(HOUR).saturating_add(HOUR / 2)).max(0) as f64;
            evidence.queries = evidence.queries.saturating_add(count.unsigned_abs());
            evidence.slow += count as f64 * (-age / weights.slow_half_life).exp2();
            evidence.fast += count as f64 * (-age / weights.fast_half_life).exp2();
        }
        evidence
    }

    /// Both together, for texts that are one wish.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let found = match (self.found, other.found) {
            (Some(one), Some(two)) => {
                let (left, right) = (self.queries as f32, other.queries as f32);
                Some((one * left + two * right) / (left + right).max(1.0))
            }
            (one, two) => one.or(two),
        };
        Self {
            queries: self.queries.saturating_add(other.queries),
            documents: self.documents.saturating_add(other.documents),
            entry: self.entry.saturating_add(other.entry),
            slow: self.slow + other.slow,
            fast: self.fast + other.fast,
            found,
        }
    }
}

/// A text that may be suggested.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The text as people shall see it.
    pub text: String,
    /// What speaks for it.
    pub evidence: Evidence,
    /// What kind of thing it leads to: 0 notes, 1 goods.
    pub class: u8,
    /// Bytes handed back with the suggestion, of no meaning here.
    pub extra: Vec<u8>,
    /// The first moment (Unix seconds) at which it may be shown.
    pub valid_from: Option<i64>,
    /// The first moment at which it may no longer be shown.
    pub valid_to: Option<i64>,
}

impl Candidate {
    /// A candidate from a query log or a title: notes, always valid, nothing attached.
    pub fn new(text: impl Into<String>, evidence: Evidence) -> Self {
        Self { text: text.into(), evidence, class: 0, extra: Vec::new(), valid_from: None, valid_to: None }
    }
}
