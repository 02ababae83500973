//! Why a suggestion stands where it does, and why another does not stand there.

use crate::candidate::Evidence;
use crate::route::Route;
use crate::snapshot::Suggestion;

/// Where an entry was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the base: its place there, counted from 0 for the best of all.
    Base(u32),
    /// Among the recent entries of the base: its place there.
    Recent(u32),
    /// In the overlay: it came or changed since the base was built.
    Overlay,
    /// Nowhere: an operator's rule put it there.
    Rule,
}

/// One suggestion and why it stands where it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The suggestion as it is answered.
    pub suggestion: Suggestion,
    /// The text in the form that it is compared by.
    pub key: String,
    /// Where it was found.
    pub source: Source,
    /// What speaks for it: raw counts, and both decayed sums, found back from the scores: within the rounding of these,
    /// and lower for a query that did not always find something. An entry of the overlay has the fast sum in the slow
    /// one, times its weight.
    pub evidence: Evidence,
    /// Doublings of the slow part of its weight, at the time the base was built.
    pub slow_score: f64,
    /// Doublings of the fast part as it is now; `None` for an entry without recent submissions.
    pub fast_score: Option<f64>,
    /// Doublings that its route costs.
    pub penalty: f64,
    /// What it was ordered by within its group (exact or repair): both scores as one sum, less the penalty.
    pub score: f64,
    /// The rule that placed it.
    pub rule: Option<i64>,
}

/// An answer with its reasons.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explanation {
    /// What was typed, as it is compared.
    pub key: String,
    /// The typed letters without separators, where it may be pinyin.
    pub letters: String,
    /// The rule that bans what was typed: then there is no item.
    pub banned_by: Option<i64>,
    /// The suggestions, best first.
    pub items: Vec<Explained>,
    /// Texts that were reached and left out, with the rule that bans each; as far as they were met.
    pub banned: Vec<(String, i64)>,
}

/// The first thing that keeps a text out of an answer, in the order in which they are looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum WhyNot {
    /// It is in the answer, at this position counted from 1.
    Shown {
        /// The position.
        position: usize,
    },
    /// Nothing is left of the text, or of what was typed, in the form that is compared.
    Empty,
    /// It looks like personal data.
    Private,
    /// No entry of this text is in the base or the overlay.
    NoEntry,
    /// It was taken out since the base was built: nothing supports it any more.
    Hidden,
    /// A rule bans the text.
    Banned {
        /// The rule.
        rule: i64,
    },
    /// A rule bans what was typed.
    TypedBanned {
        /// The rule.
        rule: i64,
    },
    /// It is shown at other times only.
    OutsideItsTime {
        /// The first moment at which it is shown.
        valid_from: Option<i64>,
        /// The first moment at which it is no longer shown.
        valid_to: Option<i64>,
    },
    /// No route leads from what was typed to it.
    NoRoute,
    /// A route leads to it that is switched off.
    RouteDisabled {
        /// The route.
        route: Route,
    },
    /// Only a repair leads to it, and there was enough without.
    RepairNotNeeded {
        /// The route.
        route: Route,
        /// How many suggestions there were before it would have been tried.
        found: usize,
    },
    /// It is reached, but stands behind those that are shown.
    Rank {
        /// The route.
        route: Route,
        /// Its place, counted from 1; `None` if it is further behind than was looked.
        place: Option<usize>,
        /// Its score less the penalty.
        score: f64,
        /// The same of the last one shown.
        last_score: f64,
    },
}
