//! A keyword that is asked for, and the ranked list that is made of what recall finds: at once, or in two parts.
//!
//! Hardly anybody asks for a second page, and what holds all of the keyword stands before the rest in any case. So where
//! that fills the first page, only this is found and ranked; the rest is when a later page is asked for. What is in the
//! rest is settled all the same: it is looked for in the state of the index that the first page was made from, whatever
//! was written meanwhile (see [`super::waiting`]).

use std::{collections::HashSet, mem::size_of, sync::Arc};

use super::{
    recall::{Recall, Work},
    snapshot::Snapshot,
    waiting::Deferred,
};
use crate::{
    RankedList, Rest, Result, Scored, Spread,
    plan::Plan,
    rows::{RowTable, Rows},
    second_stage::{Candidate, Ranked, Stage},
    weights as w,
};

/// What is asked.
pub(super) struct Asked {
    pub(super) plan: Plan,
    pub(super) kinds: u8,
    pub(super) now: i64,
    pub(super) spread: Spread,
}

/// What recall found for it.
pub(super) struct Found {
    /// Inverse document frequency of every token of the plan.
    idf: Vec<f32>,
    /// Exact ones first.
    candidates: Vec<Candidate>,
}

impl Asked {
    /// The list; at least its first `head` positions, and the rest for later where these are exact matches.
    pub(super) fn ranked(
        self,
        (snapshot, table): (&Arc<Snapshot>, &RowTable),
        head: usize,
        work: &mut Work,
    ) -> Result<RankedList> {
        let recall = Recall::new(snapshot, &self.plan, self.kinds)?;
        let mut candidates = recall.exact_candidates()?;
        let exact = candidates.len();
        let is_relaxed = !work.is_used_up() && recall.is_relaxed(exact);
        if exact.min(w::WINDOW) < head || (exact == head && !is_relaxed) {
            if is_relaxed {
                recall.relax(&mut candidates, work)?;
            }
            let found = Found { idf: recall.idf, candidates };
            let ranked = self.rank(&found, &table.rows(), usize::MAX);
            // A row that cannot be read is left out.
            let tier_zero = ranked.iter().filter(|document| document.tier == 0).count();
            let (ids, scores) = unzipped(&ranked);
            return Ok(RankedList { ids, scores, tier_zero, rest: None });
        }
        let found = Found { idf: recall.idf, candidates };
        let (ids, scores) = unzipped(&self.rank(&found, &table.rows(), head));
        let listed = ids.clone();
        let rest = if is_relaxed { self.deferred(snapshot) } else { Arc::new(Deferred::found(self, found)) };
        let rest = Self::rest(rest, listed, table.rows_to_keep());
        Ok(RankedList { ids, scores, tier_zero: exact, rest: Some(rest) })
    }

    /// Everything that recall finds in a snapshot.
    pub(super) fn found(&self, snapshot: &Snapshot) -> Result<Found> {
        let recall = Recall::new(snapshot, &self.plan, self.kinds)?;
        let candidates = recall.candidates(&mut Work::within(w::RELAXED_READS))?;
        Ok(Found { idf: recall.idf, candidates })
    }

    /// What was found, ranked: the first `head` positions at least. A score does not depend on how many they are.
    pub(super) fn rank(&self, found: &Found, rows: &Rows, head: usize) -> Vec<Ranked> {
        let Found { idf, candidates } = found;
        // The window holds the head: nothing behind it can get before it.
        let count = if head <= w::WINDOW { candidates.len().min(w::WINDOW) } else { candidates.len() };
        let stage = Stage::new(&self.plan, idf, self.now, candidates);
        stage.rank(&candidates[..count], rows, self.spread, head)
    }

    fn deferred(self, snapshot: &Arc<Snapshot>) -> Arc<Deferred> {
        let deferred = Arc::new(Deferred::waiting(self, Arc::clone(snapshot)));
        snapshot.waiting.add(&deferred);
        deferred
    }

    /// Everything is ranked again then, since counters may have moved what stands in the head; that keeps its order.
    fn rest(deferred: Arc<Deferred>, head: Vec<i64>, rows: Arc<Rows>) -> Rest {
        let bytes = deferred.bytes() + head.len() * size_of::<i64>();
        Rest::new(bytes, move || {
            let listed: HashSet<i64> = head.into_iter().collect();
            deferred.rank(&rows, |ranked| {
                ranked.retain(|document| !listed.contains(&document.group_id));
                unzipped(ranked)
            })
        })
    }
}

impl Found {
    /// What it takes up.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.candidates) + size_of_val(&*self.idf)
    }
}

fn unzipped(ranked: &[Ranked]) -> Scored {
    ranked.iter().map(|document| (document.group_id, document.score)).unzip()
}
