//! Every number that decides an order, in one place. `docs/SEARCH.md` tells how they were chosen.
//!
//! The weight of an entry is
//!
//! ```text
//! (slow + fast × FAST + documents × DOCUMENT + entry × ENTRY) × found × length
//! ```
//!
//! and its score is the weight's base-2 logarithm: what counts twice as much stands one *doubling* higher. A
//! route's penalty is told in doublings too, so penalties and weights can be compared.

/// What the parts of the evidence count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Seconds after which a submission counts half, in the order that the base is kept in.
    pub slow_half_life: f64,
    /// Seconds after which a submission counts half as something that is wanted just now.
    pub fast_half_life: f64,
    /// What a submission of this moment counts on top, against one in the slow sum.
    pub fast: f64,
    /// What a document counts in which the text stands as a phrase, against a submission of this moment.
    pub document: f64,
    /// What one of an operator's entry weight counts.
    pub entry: f64,
    /// The factor for a query that never found anything; one that always did has 1.
    pub nothing_found: f64,
    /// Characters up to which length costs nothing.
    pub free_length: u32,
    /// Doublings that every further character costs.
    pub length_penalty: f64,
}

impl Weights {
    /// The weights in force.
    pub const DEFAULT: Self = Self {
        slow_half_life: 14.0 * 86_400.0,
        fast_half_life: 6.0 * 3_600.0,
        fast: 500.0,
        document: 0.1,
        entry: 1.0,
        nothing_found: 0.25,
        free_length: 8,
        length_penalty: 0.1,
    };
}

impl Default for Weights {
    fn default() -> Self {
        Self::DEFAULT
    }
}
