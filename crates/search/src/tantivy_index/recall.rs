//! Recall: the candidates of a keyword, exact ones first, then relaxed ones.
//!
//! The posting lists are walked here, block by block, rather than by tantivy's own queries: one walk gives the
//! score and the tier of a document, and each token is looked up once a segment.

use std::io;

use tantivy::postings::TermInfo;

use super::{
    cursor::Cursor,
    filter::Filter,
    relaxed::Union,
    snapshot::{Segment, Snapshot},
    top::Top,
};
use crate::{
    LIST_LIMIT, Query, Result,
    plan::{Plan, PlanToken},
    second_stage::Candidate,
    weights,
};

/// The tier of documents that do not hold all of the keyword. Tier 1 is of those that hold it in other words, see
/// [`crate::synonyms`].
pub(super) const RELAXED_TIER: u8 = 2;

/// What the relaxed tier of one search may still do, and what it did.
pub(super) struct Work {
    budget: u64,
    /// Documents of posting lists that were read; see [`weights::RELAXED_READS`].
    pub(super) reads: u64,
}

impl Work {
    /// Nothing done yet, and at most `budget` reads to do.
    pub(super) fn within(budget: u64) -> Self {
        Self { budget, reads: 0 }
    }

    /// All that a query may need; nothing where it asks for exact matches only.
    pub(super) fn of(query: &Query<'_>) -> Self {
        Self::within(if query.relaxed { weights::RELAXED_READS } else { 0 })
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.reads >= self.budget
    }
}

/// A plan, looked up in the segments of a snapshot.
pub(super) struct Recall<'a> {
    pub(super) snapshot: &'a Snapshot,
    plan: &'a Plan,
    kinds: u8,
    /// Segment by segment, where the list of every required token is.
    terms: Vec<Option<TermInfo>>,
    /// Inverse document frequency of every token.
    pub(super) idf: Vec<f32>,
    /// Documents of every required token, all segments together.
    pub(super) frequencies: Vec<u64>,
    /// Tokens that may bring a document in by themselves, a bit each.
    strong: u64,
    /// Tokens that are a character, a word or a number, a bit each.
    units: u64,
}

impl<'a> Recall<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, plan: &'a Plan, kinds: u8) -> Result<Self> {
        let (required, implied) = plan.tokens.split_at(plan.required);
        let mut terms = Vec::with_capacity(required.len() * snapshot.segments.len());
        let mut frequencies = vec![0u64; required.len()];
        for segment in &snapshot.segments {
            for (token, frequency) in required.iter().zip(&mut frequencies) {
                let term = look_up(segment, token)?;
                *frequency += term.as_ref().map_or(0, |term| u64::from(term.doc_freq));
                terms.push(term);
            }
        }
        let mut idf: Vec<f32> =
            frequencies.iter().map(|frequency| idf(*frequency, snapshot.documents)).collect();
        for token in implied {
            idf.push(self::idf(snapshot.frequency(&token.text)?, snapshot.documents));
        }
        let strong = mask(plan, |token| token.strong);
        let units = mask(plan, |token| token.length == 1);
        Ok(Self { snapshot, plan, kinds, terms, idf, frequencies, strong, units })
    }

    /// At most [`LIST_LIMIT`] candidates, exact ones first, those of the second stage's window before the others; relaxed
    /// ones only as far as the window is not full and `work` is left.
    pub(super) fn candidates(&self, work: &mut Work) -> Result<Vec<Candidate>> {
        let mut found = self.exact_candidates()?;
        if self.is_relaxed(found.len()) {
            self.relax(&mut found, work)?;
        }
        Ok(found)
    }

    /// Whether others are looked for where there are so many exact ones.
    pub(super) fn is_relaxed(&self, exact: usize) -> bool {
        self.plan.required > 1 && exact < weights::WINDOW
    }

    /// The exact ones alone.
    pub(super) fn exact_candidates(&self) -> Result<Vec<Candidate>> {
        let mut found = Vec::new();
        if self.plan.required == 0 {
            return Ok(found);
        }
        let mut exact = Top::new(0, LIST_LIMIT);
        for (segment, terms) in self.snapshot.segments.iter().zip(self.terms.chunks(self.plan.required)) {
            let mut filter = Filter::open(segment, self.plan)?;
            self.exact((segment, terms), &mut filter, &mut exact).map_err(engine_error)?;
        }
        exact.append_to(&mut found);
        Ok(found)
    }

    /// The tier of the living document `document`, which stands in `segment`.
    pub(super) fn tier(&self, segment: usize, document: u32) -> Result<Option<u8>> {
        let mut mask = 0;
        for mut cursor in self.cursors(segment, self.plan.tokens.len())? {
            mask |= u64::from(cursor.seek(document) == document) << cursor.token;
        }
        let is_let_through =
            Filter::open(&self.snapshot.segments[segment], self.plan)?.lets_through(document);
        Ok(self.tier_of(mask).filter(|_| is_let_through))
    }

    /// Which tier a document with these tokens (a bit each) belongs to. A keyword of a single token is not relaxed.
    pub(super) fn tier_of(&self, mask: u64) -> Option<u8> {
        let required = self.plan.required_mask();
        if required == 0 {
            return None;
        }
        if mask & required == required {
            return Some(0);
        }
        let needed = self.units.count_ones().div_ceil(weights::UNITS_A_PART).max(2);
        let is_near = mask & self.strong != 0 || (mask & self.units).count_ones() >= needed;
        (self.plan.required > 1 && is_near).then_some(RELAXED_TIER)
    }

    /// Documents of a required token; 0 for an implied one.
    pub(super) fn frequency(&self, token: usize) -> u64 {
        self.frequencies.get(token).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn score(&self, token: usize, frequency: u32, norm: f32) -> f32 {
        let frequency = frequency as f32;
        self.idf[token] * (1.0 + weights::BM25_K1) * frequency / (frequency + norm)
    }

    #[inline]
    pub(super) fn take(
        &self,
        (segment, filter): (&Segment, &mut Filter),
        document: u32,
        score: f32,
        top: &mut Top,
    ) {
        if !top.accepts(score) || !segment.is_alive(document) {
            return;
        }
        let row = segment.row(document);
        if self.kinds >> row.kind() & 1 == 1 && filter.lets_through(document) {
            top.push(score, row.ordinal());
        }
    }

    /// Fills the window with documents that hold a part of the keyword. Its characters are looked for only where
    /// hardly anything holds all of it: their lists are long.
    pub(super) fn relax(&self, found: &mut Vec<Candidate>, work: &mut Work) -> Result<()> {
        let is_wide = found.len() < weights::ENOUGH;
        let tokens = if is_wide { self.plan.tokens.len() } else { self.plan.required };
        let missing = weights::WINDOW - found.len();
        let enough = (!is_wide).then_some((missing * weights::RESERVE) as u64);
        let mut top = Top::new(RELAXED_TIER, missing);
        let mut union = Union::new(self);
        for index in 0..self.snapshot.segments.len() {
            let cursors = self.cursors(index, tokens)?;
            let segment = &self.snapshot.segments[index];
            let mut filter = Filter::open(segment, self.plan)?;
            union.walk((segment, &mut filter), (cursors, enough), &mut top, work);
        }
        top.append_to(found);
        Ok(())
    }

    /// A cursor on each list of the first `tokens` tokens in a segment.
    fn cursors(&self, index: usize, tokens: usize) -> Result<Vec<Cursor>> {
        let segment = &self.snapshot.segments[index];
        let required = self.plan.required;
        let mut cursors = Vec::with_capacity(tokens);
        for token in 0..tokens {
            let implied = match self.plan.tokens.get(token) {
                Some(implied) if token >= required => look_up(segment, implied)?,
                _ => None,
            };
            let term = if token < required {
                self.terms[index * required + token].as_ref()
            } else {
                implied.as_ref()
            };
            if let Some(term) = term {
                cursors.push(Cursor::open(segment, term, token).map_err(engine_error)?);
            }
        }
        Ok(cursors)
    }
}

fn look_up(segment: &Segment, token: &PlanToken) -> Result<Option<TermInfo>> {
    Ok(segment.text.terms().get(token.text.as_bytes()).map_err(engine_error)?)
}

fn mask(plan: &Plan, choose: impl Fn(&PlanToken) -> bool) -> u64 {
    plan.tokens.iter().rev().fold(0, |mask, token| mask << 1 | u64::from(choose(token)))
}

fn idf(frequency: u64, documents: u64) -> f32 {
    let frequency = frequency as f32;
    (1.0 + (documents as f32 - frequency + 0.5).max(0.5) / (frequency + 0.5)).ln()
}

fn engine_error(error: io::Error) -> tantivy::TantivyError {
    error.into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{Change, ContentIndex, Document, Options, TantivyIndex};

    const EXACT: i64 = 3;
    const PARTIAL: i64 = 500;

    /// 64 different ideographs: 63 bigrams.
    fn keyword() -> Vec<char> {
        ('\u{4e00}'..).step_by(7).take(64).collect()
    }

    /// A few items with the whole keyword, and many with a fifth of its bigrams each; every 50th is of kind 1.
    fn crafted(folder: &std::path::Path) -> TantivyIndex {
        let keyword = keyword();
        let index = TantivyIndex::create(folder, &Options::default()).unwrap();
        let partial = |item: i64| -> String {
            let chosen = keyword.windows(2).enumerate().filter(|(place, _)| (item + *place as i64) % 5 == 0);
            chosen.map(|(_, pair)| format!("{}{}。", pair[0], pair[1])).collect()
        };
        let whole: String = keyword.iter().collect();
        let titles = (0..EXACT).map(|_| whole.clone()).chain((0..PARTIAL).map(partial));
        for (group_id, title) in (0..).zip(titles) {
            let kind = u8::from(group_id % 50 == 0);
            let document = Document { group_id, kind, title, ..Document::default() };
            index.apply(&[Change::Put(Box::new(document))]).unwrap();
        }
        index.commit(1).unwrap();
        index
    }

    fn search(index: &TantivyIndex, kinds: u8, budget: u64) -> (Vec<Candidate>, Work) {
        let plan = Plan::new(&keyword().into_iter().collect::<String>());
        assert_eq!((plan.required, plan.tokens.len()), (63, 64));
        let snapshot = index.snapshot.load();
        let recall = Recall::new(&snapshot, &plan, kinds).unwrap();
        let mut work = Work::within(budget);
        let found = recall.candidates(&mut work).unwrap();
        let different: HashSet<u32> = found.iter().map(|candidate| candidate.ordinal).collect();
        assert_eq!(different.len(), found.len());
        assert!(found.is_sorted_by_key(|candidate| candidate.tier));
        (found, work)
    }

    #[test]
    fn a_long_keyword_of_common_tokens_misses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let index = crafted(folder.path());
        let (found, _) = search(&index, 1 << 1, u64::MAX);
        let of_kind = (0..EXACT + PARTIAL).filter(|id| id % 50 == 0).count();
        assert_eq!(found.len(), of_kind);
        assert_eq!(found.iter().filter(|candidate| candidate.tier == 0).count(), 1);
    }

    #[test]
    fn used_up_work_ends_relaxed_recall_only() {
        let folder = tempfile::tempdir().unwrap();
        let index = crafted(folder.path());
        for budget in [0, 1, 1000, 20_000] {
            let (found, work) = search(&index, 7, budget);
            assert_eq!(found.iter().filter(|candidate| candidate.tier == 0).count() as i64, EXACT);
            // The work is looked at between spans of documents, and all of these lie in one.
            assert!(work.reads <= budget.max(1) * 64 * (EXACT + PARTIAL).cast_unsigned());
            assert!(budget > 0 || found.len() as i64 == EXACT);
        }
        let (found, _) = search(&index, 7, weights::RELAXED_READS);
        assert_eq!(found.len(), weights::WINDOW);
    }
}
