//! Twins become one entry; entries are put in score order.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::candidate::Evidence;
use crate::score::{Score, Scores};
use crate::weights::Weights;

use super::collect::Collection;

/// Candidates that became one entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) scores: Scores,
    pub(super) queries: u32,
    pub(super) documents: u32,
    pub(super) entry_weight: u32,
    /// The candidate whose text is shown.
    pub(super) surface: u32,
    /// The candidate whose other properties count: an operator's before others, then the heaviest.
    pub(super) representative: u32,
}

impl Entry {
    pub(super) fn is_hot(&self) -> bool {
        self.scores.fast.is_some()
    }

    fn new(candidates: &Collection, weights: &Weights, group: &Group) -> Self {
        let characters = candidates.key(group.surface).chars().count();
        let Group { surface, representative, evidence, .. } = *group;
        let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            scores: Scores::of(&evidence, characters, weights),
            queries: whole(evidence.queries),
            documents: whole(evidence.documents),
            entry_weight: whole(evidence.entry),
            surface,
            representative,
        }
    }
}

/// Candidates of one key, class and time window.
struct Group {
    evidence: Evidence,
    surface: u32,
    representative: u32,
    is_lasting: bool,
}

/// Puts twins together; the entries come in the order of their keys, those without a time window last.
pub(super) fn entries(mut candidates: Collection, weights: &Weights) -> (Vec<Entry>, Collection) {
    let order = order(&candidates);
    let mut entries = Vec::with_capacity(order.len());
    let mut groups: Vec<Group> = Vec::new();
    let identity = |index: u32| (candidates.key(index), candidates.side(index).class);
    for twins in order.chunk_by(|&one, &two| identity(one) == identity(two)) {
        groups.clear();
        groups.extend(
            twins
                .chunk_by(|&one, &two| window(&candidates, one) == window(&candidates, two))
                .map(|same| group(&candidates, same)),
        );
        settle_twins(&mut groups);
        entries.extend(groups.iter().map(|group| Entry::new(&candidates, weights, group)));
    }
    candidates.drop_figures();
    (entries, candidates)
}

/// The candidates by key, class, window (none last), text, number.
fn order(candidates: &Collection) -> Vec<u32> {
    // The head beside the index settles most comparisons without a look at the keys.
    let mut sorted: Vec<(u64, u32)> =
        (0..candidates.len() as u32).map(|index| (candidates.head(index), index)).collect();
    sorted.par_sort_unstable_by(|&(left_head, left), &(right_head, right)| {
        let identity = |index: u32| (candidates.key(index), candidates.side(index).class);
        left_head
            .cmp(&right_head)
            .then_with(|| identity(left).cmp(&identity(right)))
            .then_with(|| window(candidates, right).cmp(&window(candidates, left)))
            .then_with(|| candidates.text(left).cmp(candidates.text(right)))
            .then(left.cmp(&right))
    });
    sorted.into_iter().map(|(_, index)| index).collect()
}

fn window(candidates: &Collection, index: u32) -> (Option<i64>, Option<i64>) {
    let side = candidates.side(index);
    (side.valid_from, side.valid_to)
}

/// One group of candidates with the same key, class and window; equal texts stand together.
fn group(candidates: &Collection, same: &[u32]) -> Group {
    let sum = |part: &[u32]| {
        part.iter().fold(Evidence::default(), |sum, &index| sum.with(candidates.evidence(index)))
    };
    let is_entry = |index: u32| candidates.side(index).entry > 0;
    // What an operator wrote is shown as it was written; else the most frequent way of writing is.
    let frequency = |part: &[u32]| {
        let Evidence { queries, documents, entry, .. } = sum(part);
        (entry, queries, documents)
    };
    let surfaces = same.chunk_by(|&one, &two| candidates.text(one) == candidates.text(two));
    let surface =
        surfaces.max_by_key(|part| (frequency(part), Reverse(part[0]))).map_or(same[0], |part| part[0]);
    let rank = |&&index: &&u32| (is_entry(index), candidates.evidence(index).queries, Reverse(index));
    let representative = same.iter().max_by_key(rank).copied().unwrap_or(surface);
    let is_lasting = window(candidates, same[0]) == (None, None);
    Group { evidence: sum(same), surface, representative, is_lasting }
}

/// An entry with a time window has the evidence of its twin without one added, so that it stands above it.
fn settle_twins(twins: &mut [Group]) {
    if twins.len() < 2 {
        return;
    }
    let lasting =
        twins.iter().find(|group| group.is_lasting).map_or_else(Evidence::default, |group| group.evidence);
    for group in twins {
        if !group.is_lasting {
            group.evidence = group.evidence.with(lasting);
        }
    }
}

/// Best first by one part of the score; equal ones in the order of their keys, twins with a time window before the
/// lasting one.
pub(super) fn sort(entries: &mut [Entry], by_fast: bool) {
    let score = |entry: &Entry| {
        let score = if by_fast { entry.scores.fast } else { Some(entry.scores.slow) };
        // As a record holds it: what is equal there is equal here.
        Reverse(score.unwrap_or(Score::MIN).to_stored())
    };
    entries.par_sort_by_key(score);
}
