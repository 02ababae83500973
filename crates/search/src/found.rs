//! What recall found for a keyword, and the ranked list that is made of it: at once, or in two parts.
//!
//! Hardly anybody asks for a second page, and what holds all of the keyword stands before the rest in any case. So where
//! that fills the first page, only this is ranked; the rest is when a later page is asked for. What is in the list is
//! settled by recall, and recall reads one state of the index: what is written meanwhile changes neither part.

use std::{collections::HashSet, mem::size_of, sync::Arc};

use crate::{
    RankedList, Rest, Scored, Spread,
    plan::Plan,
    rows::{RowTable, Rows},
    second_stage::{Candidate, Ranked, Stage},
    weights as w,
};

/// The candidates of a keyword, exact ones first, and what ranks them.
pub(crate) struct Found {
    pub(crate) plan: Plan,
    /// Inverse document frequency of every token of the plan.
    pub(crate) idf: Vec<f32>,
    pub(crate) now: i64,
    pub(crate) spread: Spread,
    pub(crate) candidates: Vec<Candidate>,
}

impl Found {
    /// The list; at least its first `head` positions, and the rest for later where these are exact matches.
    pub(crate) fn ranked(self, head: usize, table: &RowTable) -> RankedList {
        let exact = self.candidates.iter().take_while(|candidate| candidate.tier == 0).count();
        let now = exact.min(w::WINDOW);
        if now < head || now == self.candidates.len() {
            let (ids, scores) = unzipped(&self.rank(self.candidates.len(), &table.rows()));
            return RankedList { ids, scores, tier_zero: exact, rest: None };
        }
        let (ids, scores) = unzipped(&self.rank(now, &table.rows()));
        let rest = self.rest(ids.clone(), table.rows_to_keep());
        RankedList { ids, scores, tier_zero: exact, rest: Some(rest) }
    }

    /// The first `count` candidates, ranked. A score does not depend on how many they are.
    fn rank<'rows>(&self, count: usize, rows: &'rows Rows) -> Vec<Ranked<'rows>> {
        let stage = Stage::new(&self.plan, &self.idf, self.now, &self.candidates);
        stage.rank(&self.candidates[..count], rows, self.spread)
    }

    /// Everything is ranked again then, since counters may have moved what stands in the head; that keeps its order.
    fn rest(self, head: Vec<i64>, rows: Arc<Rows>) -> Rest {
        let bytes = self.candidates.len() * size_of::<Candidate>()
            + head.len() * size_of::<i64>()
            + self.plan.bytes();
        Rest::new(bytes, move || {
            let listed: HashSet<i64> = head.into_iter().collect();
            let mut ranked = self.rank(self.candidates.len(), &rows);
            ranked.retain(|document| !listed.contains(&document.group_id));
            unzipped(&ranked)
        })
    }
}

fn unzipped(ranked: &[Ranked<'_>]) -> Scored {
    ranked.iter().map(|document| (document.group_id, document.score)).unzip()
}
