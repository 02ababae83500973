//! What changed since the base was built: a small base of its own, made anew with every change.

use std::collections::HashSet;

use crate::base::{Base, View};
use crate::builder::{BuildOptions, Builder};
use crate::candidate::{Candidate, Evidence};
use crate::weights::Weights;

/// New and changed entries, and entries of the base that are gone.
#[derive(Debug, Default)]
pub struct Overlay {
    entries: Base,
    /// The identities of the entries: the base's of the same key and class are replaced.
    replaced: HashSet<u64>,
    hidden: HashSet<String>,
}

impl Overlay {
    /// Makes an overlay.
    ///
    /// `candidates` come with their *complete* evidence, as old as it is at `now`: an entry here takes the place of all
    /// of the base's with its key and class. `hidden` are keys of the base that nothing supports any more. `base_at` is the moment that the base's
    /// scores are told for, see [`Base::at`].
    pub fn new(
        candidates: &[Candidate],
        hidden: impl IntoIterator<Item = String>,
        base_at: i64,
        now: i64,
        weights: &Weights,
    ) -> Self {
        let options = BuildOptions { at: base_at, weights: *weights, ready: None, ..BuildOptions::default() };
        let mut builder = Builder::new(options);
        for candidate in candidates {
            let evidence = as_of_base(candidate.evidence, base_at, now, weights);
            builder.push(&Candidate { evidence, ..candidate.clone() });
        }
        let entries = builder.build();
        let view = entries.view();
        let replaced = (0..view.len() as u32).map(|entry| view.record(entry).identity()).collect();
        Self { entries, replaced, hidden: hidden.into_iter().collect() }
    }

    /// The number of new and changed entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the base stands alone.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.hidden.is_empty()
    }

    /// The number of entries of the base that are gone.
    pub fn hidden_len(&self) -> usize {
        self.hidden.len()
    }

    /// Whether an entry of the base of that identity has another in its place.
    pub(crate) fn replaces(&self, identity: u64) -> bool {
        self.replaced.contains(&identity)
    }

    pub(crate) fn hides(&self, key: &str) -> bool {
        self.hidden.contains(key)
    }

    pub(crate) fn view(&self) -> View<'_> {
        self.entries.view()
    }
}

/// Evidence of now, told so that it compares with the base's: those have lost nothing since the base was built, so what
/// is told for now is raised by what they would have lost. Both sums become one, since an overlay is young when it is
/// asked.
fn as_of_base(evidence: Evidence, base_at: i64, now: i64, weights: &Weights) -> Evidence {
    let since = now.saturating_sub(base_at).max(0) as f64;
    let raised = (since / weights.slow_half_life).exp2();
    Evidence { slow: (evidence.slow + evidence.fast * weights.fast) * raised, fast: 0.0, ..evidence }
}
