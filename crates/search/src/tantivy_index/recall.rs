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
    /// stage's window is not full.
    pub(super) fn candidates(&self) -> Result<Vec<Candidate>> {
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
            if found.len() >= weights::WINDOW {
                break;
            }
            self.relax(tier, &mut found)?;
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
    fn relax(&self, tier: u8, found: &mut Vec<Candidate>) -> Result<()> {
        let missing = weights::WINDOW - found.len();
        let mut rarest_first: Vec<usize> =
            (0..self.shares.len()).filter(|token| self.strong >> token & 1 == 1).collect();
        rarest_first.sort_by(|a, b| self.shares[*b].total_cmp(&self.shares[*a]));
        let mut leading = match weights::TIER_SHARES.get(usize::from(tier) - 1) {
            Some(needed) => self.indispensable(&rarest_first, *needed),
            None => self.enough(&rarest_first, 0, missing),
        };
        loop {
            let mut top = Top::new(missing);
            self.each_segment(|segment, terms| {
                self.relaxed(segment, terms, &rarest_first[..leading], tier, &mut top)
            })?;
            if tier < LAST_TIER || top.len() >= missing || leading == rarest_first.len() {
                top.append_to(found);
                return Ok(());
            }
            leading = self.enough(&rarest_first, leading, missing);
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

    /// How many of the rarest tokens hold enough documents for the last tier; more than `walked` of them.
    fn enough(&self, rarest_first: &[usize], walked: usize, missing: usize) -> usize {
        let wanted = (missing * LAST_TIER_RESERVE) as u64;
        let mut documents = 0;
        for (index, token) in rarest_first.iter().enumerate() {
            documents += self.frequencies[*token];
            if index >= walked && documents >= wanted {
                return index + 1;
            }
        }
        rarest_first.len()
    }

    /// Documents of one tier with at least one of the `leading` tokens.
    fn relaxed(
        &self,
        segment: &Segment,
        terms: &[Option<TermInfo>],
        leading: &[usize],
        tier: u8,
        top: &mut Top,
    ) -> io::Result<()> {
        let mut walked = self.cursors(segment, terms, |token| leading.contains(&token))?;
        if walked.is_empty() {
            return Ok(());
        }
        let mut asked = self.cursors(segment, terms, |token| !leading.contains(&token))?;
        let asked_share: f32 = asked.iter().map(|cursor| self.shares[cursor.token]).sum();
        let needed = weights::TIER_SHARES.get(usize::from(tier) - 1).copied().unwrap_or(0.0) - 1e-4;
        loop {
            let document = walked.iter().map(Cursor::document).min().unwrap_or(Cursor::END);
            if document == Cursor::END {
                return Ok(());
            }
            let norm = self.snapshot.norms[segment.fieldnorm(document)];
            let (mut mask, mut score, mut share) = (0u64, 0.0, 0.0);
            for cursor in &mut walked {
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
            for cursor in &mut asked {
                if cursor.seek(document) == document {
                    mask |= 1 << cursor.token;
                    score += self.score(cursor.token, cursor.frequency(), norm);
                }
            }
            if self.tier_of(mask) == Some(tier) {
                self.take(segment, document, tier, score, top);
            }
        }
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
