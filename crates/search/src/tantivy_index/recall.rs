//! Recall: the candidates of a keyword, exact ones first, then tier by tier.
//!
//! The posting lists are walked here, block by block, rather than by tantivy's own queries: one walk gives the
//! score and the tier of a document, and each token is looked up once a segment.

use std::io;

use tantivy::{
    postings::{BlockSegmentPostings, TermInfo},
    schema::IndexRecordOption,
};

use super::{
    cursor::Cursor,
    snapshot::{Segment, Snapshot},
    top::Top,
};
use crate::{LIST_LIMIT, Result, plan::Plan, second_stage::Candidate, weights};

/// The last tier: any token that may stand alone.
const LAST_TIER: u8 = 3;

/// How many times the missing documents the rarest lists must hold before the last tier is content with them.
const LAST_TIER_RESERVE: usize = 4;

/// What the relaxed tiers of one search may still do, and what they did.
pub(super) struct Work {
    budget: u64,
    /// Documents of posting lists that were read; see [`weights::RELAXED_READS`].
    pub(super) reads: u64,
    /// How often posting lists were walked, all segments together counting once.
    pub(super) walks: u32,
}

impl Work {
    /// Nothing done yet, and at most `budget` reads to do.
    pub(super) fn within(budget: u64) -> Self {
        Self { budget, reads: 0, walks: 0 }
    }

    fn is_used_up(&self) -> bool {
        self.reads >= self.budget
    }
}

/// One walk over posting lists for relaxed documents.
struct Walk<'a> {
    tier: u8,
    /// Documents with at least one of these tokens are met.
    leading: &'a [usize],
    /// Tokens (a bit each) whose documents earlier walks have met already.
    walked: u64,
}

/// A plan, looked up in the segments of a snapshot.
pub(super) struct Recall<'a> {
    snapshot: &'a Snapshot,
    plan: &'a Plan,
    kinds: u8,
    /// Segment by segment, where every token's list is.
    terms: Vec<Option<TermInfo>>,
    /// Inverse document frequency of every token.
    pub(super) idf: Vec<f32>,
    /// Documents of every token, all segments together.
    frequencies: Vec<u64>,
    /// What every token counts for when tiers are decided.
    shares: Vec<f32>,
    strong: u64,
}

impl<'a> Recall<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, plan: &'a Plan, kinds: u8) -> Result<Self> {
        let count = plan.tokens.len();
        let mut terms = Vec::with_capacity(count * snapshot.segments.len());
        let mut frequencies = vec![0u64; count];
        for segment in &snapshot.segments {
            for (token, frequency) in plan.tokens.iter().zip(&mut frequencies) {
                let term = segment.text.terms().get(token.text.as_bytes()).map_err(engine_error)?;
                *frequency += term.as_ref().map_or(0, |term| u64::from(term.doc_freq));
                terms.push(term);
            }
        }
        let idf: Vec<f32> = frequencies.iter().map(|frequency| idf(*frequency, snapshot.documents)).collect();
        let (shares, strong) = shares(plan, &idf);
        Ok(Self { snapshot, plan, kinds, terms, idf, frequencies, shares, strong })
    }

    /// At most [`LIST_LIMIT`] candidates, tier by tier, best first; relaxed ones only as far as the second
    /// stage's window is not full and `work` is left.
    pub(super) fn candidates(&self, work: &mut Work) -> Result<Vec<Candidate>> {
        let mut found = Vec::new();
        if self.plan.tokens.is_empty() {
            return Ok(found);
        }
        let mut exact = Top::new(LIST_LIMIT);
        let mut partial = self.tier_of_rarer().map(|tier| (tier, Top::new(weights::WINDOW)));
        self.each_segment(|segment, terms| self.exact(segment, terms, &mut exact, partial.as_mut()))?;
        exact.append_to(&mut found);
        if self.plan.tokens.len() == 1 {
            return Ok(found);
        }
        let mut next_tier = 1;
        if let Some((_, top)) = partial
            && found.len() < weights::WINDOW
        {
            top.append_to(&mut found);
            found.truncate(weights::WINDOW);
            next_tier = LAST_TIER;
        }
        for tier in next_tier..=LAST_TIER {
            if found.len() >= weights::WINDOW || work.is_used_up() {
                break;
            }
            self.relax(tier, &mut found, work)?;
        }
        Ok(found)
    }

    /// The tier of the living document `document`, which stands in `segment`.
    pub(super) fn tier(&self, segment: usize, document: u32) -> Result<Option<u8>> {
        let mut mask = 0;
        let reader = &self.snapshot.segments[segment];
        for (token, term) in self.terms_of(segment).iter().enumerate() {
            let Some(term) = term else { continue };
            let mut cursor = Cursor::open(reader, term, token).map_err(engine_error)?;
            mask |= u64::from(cursor.seek(document) == document) << token;
        }
        Ok(self.tier_of(mask))
    }

    fn terms_of(&self, segment: usize) -> &[Option<TermInfo>] {
        let count = self.plan.tokens.len();
        &self.terms[segment * count..(segment + 1) * count]
    }

    fn each_segment(
        &self,
        mut visit: impl FnMut(&Segment, &[Option<TermInfo>]) -> io::Result<()>,
    ) -> Result<()> {
        for (index, segment) in self.snapshot.segments.iter().enumerate() {
            visit(segment, self.terms_of(index)).map_err(engine_error)?;
        }
        Ok(())
    }

    /// Which tier a document with these tokens (a bit each) belongs to.
    fn tier_of(&self, mask: u64) -> Option<u8> {
        let count = self.shares.len();
        if count == 0 {
            return None;
        }
        if mask == u64::MAX >> (64 - count) {
            return Some(0);
        }
        if mask & self.strong == 0 {
            return None;
        }
        let matched = self.shares.iter().enumerate().filter(|(token, _)| mask >> token & 1 == 1);
        let share: f32 = matched.map(|(_, share)| share).sum();
        let tier = weights::TIER_SHARES.iter().position(|needed| share >= *needed);
        Some(tier.map_or(LAST_TIER, |tier| tier as u8 + 1))
    }

    #[inline]
    fn score(&self, token: usize, frequency: u32, norm: f32) -> f32 {
        let frequency = frequency as f32;
        self.idf[token] * (1.0 + weights::BM25_K1) * frequency / (frequency + norm)
    }

    #[inline]
    fn take(&self, segment: &Segment, document: u32, tier: u8, score: f32, top: &mut Top) {
        if !top.accepts(score) || !segment.is_alive(document) {
            return;
        }
        let (ordinal, kind) = segment.row(document);
        if self.kinds >> kind & 1 == 1 {
            top.push(Candidate { tier, score, ordinal });
        }
    }

    /// A keyword of two tokens is the usual case. When its rarer token alone makes tier 1 or 2 and the other does
    /// not, the walk for tier 0 meets all of that tier too: its number, if that is so.
    fn tier_of_rarer(&self) -> Option<u8> {
        if self.plan.tokens.len() != 2 {
            return None;
        }
        let rarer = u32::from(self.frequencies[1] < self.frequencies[0]);
        let (alone, other) = (self.tier_of(1 << rarer)?, self.tier_of(2 >> rarer));
        (alone < LAST_TIER && other.is_none_or(|tier| tier == LAST_TIER)).then_some(alone)
    }

    /// Documents with every token: the rarest list is walked, the others are asked. With `partial`, documents of
    /// the rarest list that lack the other token are collected under that tier.
    fn exact(
        &self,
        segment: &Segment,
        terms: &[Option<TermInfo>],
        top: &mut Top,
        mut partial: Option<&mut (u8, Top)>,
    ) -> io::Result<()> {
        let mut tokens: Vec<usize> = (0..terms.len()).collect();
        tokens.sort_by_key(|token| self.frequencies[*token]);
        let lists: Vec<(usize, &TermInfo)> =
            tokens.iter().filter_map(|token| Some((*token, terms[*token].as_ref()?))).collect();
        let leads = lists.first().is_some_and(|(token, _)| *token == tokens[0]);
        if !leads || (lists.len() < tokens.len() && partial.is_none()) {
            return Ok(());
        }
        let complete = lists.len() == tokens.len();
        let Some(((leader_token, leader_term), others)) = lists.split_first() else { return Ok(()) };
        let mut leader = open(segment, leader_term)?;
        let mut cursors = others
            .iter()
            .map(|(token, term)| Cursor::open(segment, term, *token))
            .collect::<io::Result<Vec<_>>>()?;
        while !leader.docs().is_empty() {
            for (document, frequency) in leader.docs().iter().zip(leader.freqs()) {
                let all = complete && cursors.iter_mut().all(|cursor| cursor.seek(*document) == *document);
                // Nobody needs relaxed documents once the window is full.
                if !all && (partial.is_none() || top.len() >= weights::WINDOW) {
                    continue;
                }
                let norm = self.snapshot.norms[segment.fieldnorm(*document)];
                let mut score = self.score(*leader_token, *frequency, norm);
                if let (false, Some((tier, top))) = (all, partial.as_deref_mut()) {
                    self.take(segment, *document, *tier, score, top);
                    continue;
                }
                for cursor in &cursors {
                    score += self.score(cursor.token, cursor.frequency(), norm);
                }
                self.take(segment, *document, 0, score, top);
            }
            if partial.is_none() && cursors.iter().any(Cursor::is_at_end) {
                break;
            }
            leader.advance();
        }
        Ok(())
    }

    /// Fills the window with documents of one tier.
    fn relax(&self, tier: u8, found: &mut Vec<Candidate>, work: &mut Work) -> Result<()> {
        let missing = weights::WINDOW - found.len();
        let mut rarest_first: Vec<usize> =
            (0..self.shares.len()).filter(|token| self.strong >> token & 1 == 1).collect();
        rarest_first.sort_by(|a, b| self.shares[*b].total_cmp(&self.shares[*a]));
        let mut end = match weights::TIER_SHARES.get(usize::from(tier) - 1) {
            Some(needed) => self.indispensable(&rarest_first, *needed),
            None => self.enough(&rarest_first, missing),
        };
        let mut top = Top::new(missing);
        let mut walk = Walk { tier, leading: &rarest_first[..end], walked: 0 };
        loop {
            work.walks += 1;
            self.each_segment(|segment, terms| self.relaxed(segment, terms, &walk, &mut top, work))?;
            let is_enough = tier < LAST_TIER || top.len() >= missing;
            if is_enough || end == rarest_first.len() || work.is_used_up() {
                top.append_to(found);
                return Ok(());
            }
            // Few of the documents could be taken. Twice as many tokens each time: every walk asks all other
            // lists too, so there must be few walks; none leads with a token twice.
            walk.walked |= walk.leading.iter().fold(0, |mask, token| mask | 1 << token);
            let next = (end * 2).min(rarest_first.len());
            walk.leading = &rarest_first[end..next];
            end = next;
        }
    }

    /// How many of the rarest tokens must be walked so that no document with `needed` of the weight is missed:
    /// the tokens that are left over cannot reach it by themselves.
    fn indispensable(&self, rarest_first: &[usize], needed: f32) -> usize {
        let mut left: f32 = self.shares.iter().sum();
        for (count, token) in rarest_first.iter().enumerate() {
            // The margin is for sums that are rounded in another order.
            if left < needed - 1e-4 {
                return count;
            }
            left -= self.shares[*token];
        }
        rarest_first.len()
    }

    /// How many of the rarest tokens hold enough documents for the last tier.
    fn enough(&self, rarest_first: &[usize], missing: usize) -> usize {
        let wanted = (missing * LAST_TIER_RESERVE) as u64;
        let mut documents = 0;
        for (index, token) in rarest_first.iter().enumerate() {
            documents += self.frequencies[*token];
            if documents >= wanted {
                return index + 1;
            }
        }
        rarest_first.len()
    }

    /// Documents of one tier that a walk meets and earlier ones did not; stops when the work is used up.
    fn relaxed(
        &self,
        segment: &Segment,
        terms: &[Option<TermInfo>],
        walk: &Walk<'_>,
        top: &mut Top,
        work: &mut Work,
    ) -> io::Result<()> {
        let mut leading = self.cursors(segment, terms, |token| walk.leading.contains(&token))?;
        if leading.is_empty() {
            return Ok(());
        }
        let mut asked = self.cursors(segment, terms, |token| !walk.leading.contains(&token))?;
        let asked_share: f32 = asked.iter().map(|cursor| self.shares[cursor.token]).sum();
        let needed = weights::TIER_SHARES.get(usize::from(walk.tier) - 1).copied().unwrap_or(0.0) - 1e-4;
        while !work.is_used_up() {
            let document = leading.iter().map(Cursor::document).min().unwrap_or(Cursor::END);
            if document == Cursor::END {
                return Ok(());
            }
            work.reads += leading.len() as u64;
            let norm = self.snapshot.norms[segment.fieldnorm(document)];
            let (mut mask, mut score, mut share) = (0u64, 0.0, 0.0);
            for cursor in &mut leading {
                if cursor.document() == document {
                    mask |= 1 << cursor.token;
                    share += self.shares[cursor.token];
                    score += self.score(cursor.token, cursor.frequency(), norm);
                    cursor.advance();
                }
            }
            if share + asked_share < needed {
                continue;
            }
            work.reads += asked.len() as u64;
            for cursor in &mut asked {
                if cursor.seek(document) == document {
                    mask |= 1 << cursor.token;
                    score += self.score(cursor.token, cursor.frequency(), norm);
                }
            }
            if mask & walk.walked == 0 && self.tier_of(mask) == Some(walk.tier) {
                self.take(segment, document, walk.tier, score, top);
            }
        }
        Ok(())
    }

    fn cursors(
        &self,
        segment: &Segment,
        terms: &[Option<TermInfo>],
        choose: impl Fn(usize) -> bool,
    ) -> io::Result<Vec<Cursor>> {
        let chosen = terms.iter().enumerate().filter(|(token, _)| choose(*token));
        chosen.filter_map(|(token, term)| Some(Cursor::open(segment, term.as_ref()?, token))).collect()
    }
}

/// What every token counts for, all together 1, and which may stand alone (a bit each).
fn shares(plan: &Plan, idf: &[f32]) -> (Vec<f32>, u64) {
    let mut strong = 0;
    let mut shares = Vec::with_capacity(idf.len());
    for (index, (token, idf)) in plan.tokens.iter().zip(idf).enumerate() {
        strong |= u64::from(token.strong) << index;
        shares.push(if token.strong { *idf } else { *idf * weights::LONE_CHARACTER });
    }
    let sum = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    shares.iter_mut().for_each(|share| *share /= sum);
    (shares, strong)
}

fn idf(frequency: u64, documents: u64) -> f32 {
    let frequency = frequency as f32;
    (1.0 + (documents as f32 - frequency + 0.5).max(0.5) / (frequency + 0.5)).ln()
}

fn open(segment: &Segment, term: &TermInfo) -> io::Result<BlockSegmentPostings> {
    segment.text.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)
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
        assert_eq!(plan.tokens.len(), 63);
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
    fn a_long_keyword_of_common_tokens_walks_few_times() {
        let folder = tempfile::tempdir().unwrap();
        let index = crafted(folder.path());
        let (found, work) = search(&index, 1 << 1, u64::MAX);
        let of_kind = (0..EXACT + PARTIAL).filter(|id| id % 50 == 0).count();
        assert_eq!(found.len(), of_kind, "nothing is missed");
        assert_eq!(found.iter().filter(|candidate| candidate.tier == 0).count(), 1);
        // Tiers 1 and 2 once each; the last with 8 tokens at first, then 8, 16 and 31 more.
        assert_eq!(work.walks, 6);
        assert!(
            work.reads <= u64::from(work.walks) * 63 * (EXACT + PARTIAL).cast_unsigned(),
            "{}",
            work.reads
        );
    }

    #[test]
    fn used_up_work_ends_relaxed_recall_only() {
        let folder = tempfile::tempdir().unwrap();
        let index = crafted(folder.path());
        for budget in [0, 1, 1000, 20_000, 60_000] {
            let (found, work) = search(&index, 7, budget);
            assert_eq!(found.iter().filter(|candidate| candidate.tier == 0).count() as i64, EXACT);
            assert!(work.reads < budget + 63, "{} reads of {budget}", work.reads);
            assert!(budget > 0 || found.len() as i64 == EXACT);
        }
        let (found, _) = search(&index, 7, weights::RELAXED_READS);
        assert_eq!(found.len(), weights::WINDOW);
    }
}
