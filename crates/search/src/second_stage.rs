//! The second stage: ranks the best candidates of recall by what the row table knows of them.
//!
//! It is the same code over every engine.

mod title;

use std::cmp::Ordering;

use crate::{
    Explanation, Feature, Spread,
    analysis::{BREAK, UNIT_BYTES, UnitId, unit_ids as ids},
    plan::{Plan, UNIT_LIMIT},
    rows::{RankingRow, Rows},
    spread::{self, Kin},
    weights as w,
};
use title::Masks;

/// A document that recall found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// 0 = every token of the keyword.
    pub(crate) tier: u8,
    /// The engine's score.
    pub(crate) score: f32,
    /// The row.
    pub(crate) ordinal: u32,
}

impl Candidate {
    /// The order of recall: better ones of a tier first, newer rows first among equals.
    pub(crate) fn by_recall(one: &Candidate, other: &Candidate) -> Ordering {
        best_first((one.tier, one.score, one.ordinal), (other.tier, other.score, other.ordinal))
    }
}

/// The order of tier, score and row.
fn best_first(one: (u8, f32, u32), other: (u8, f32, u32)) -> Ordering {
    one.0.cmp(&other.0).then(other.1.total_cmp(&one.1)).then(other.2.cmp(&one.2))
}

/// A candidate with its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) tier: u8,
    pub(crate) score: f32,
    pub(crate) group_id: i64,
    pub(crate) ordinal: u32,
}

impl Ranked {
    /// Better ones of a tier first, newer rows first among equals.
    fn by_rank(one: &Ranked, other: &Ranked) -> Ordering {
        best_first((one.tier, one.score, one.ordinal), (other.tier, other.score, other.ordinal))
    }
}

/// Ranked documents, best first. They are sorted a step at a time: most of a window is behind what anybody asks for.
struct InOrder {
    documents: Vec<Ranked>,
    given: usize,
    sorted: usize,
}

impl InOrder {
    /// A page, and a few that do not stand among ten.
    const STEP: usize = 24;

    fn of(documents: Vec<Ranked>) -> Self {
        Self { documents, given: 0, sorted: 0 }
    }
}

impl Iterator for InOrder {
    type Item = Ranked;

    fn next(&mut self) -> Option<Ranked> {
        let left = self.documents.get_mut(self.sorted..).filter(|_| self.given == self.sorted);
        if let Some(left) = left {
            let step = left.len().min(Self::STEP);
            if step < left.len() {
                left.select_nth_unstable_by(step, Ranked::by_rank);
            }
            left[..step].sort_unstable_by(Ranked::by_rank);
            self.sorted += step;
        }
        let next = self.documents.get(self.given).copied();
        self.given += usize::from(next.is_some());
        next
    }
}

/// What a document is worth, feature by feature as in [`w::FEATURES`], each between 0 and 1.
type Features = [f32; w::FEATURES.len()];

/// What does not change from candidate to candidate.
pub(crate) struct Stage<'a> {
    plan: &'a Plan,
    units: &'a [UnitId],
    /// Inverse document frequency of every token of the plan, as a share of that of all.
    shares: Vec<f32>,
    /// The same of its characters, words and numbers alone; 0 for bigrams.
    unit_shares: Vec<f32>,
    /// For every dictionary word of the plan that of its rarest token, as a share of that of all words.
    word_shares: Vec<f32>,
    now: i64,
    best_engine_score: f32,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(plan: &'a Plan, idf: &[f32], now: i64, candidates: &[Candidate]) -> Self {
        // Of the exact ones where there are any: their scores do not depend on what is relaxed, and when.
        let first = candidates.first().map_or(0, |candidate| candidate.tier);
        let best = candidates.iter().take(w::WINDOW).take_while(|candidate| candidate.tier == first);
        let best_engine_score = best.map(|candidate| candidate.score).fold(f32::MIN_POSITIVE, f32::max);
        let of_units =
            plan.tokens.iter().zip(idf).map(|(token, idf)| if token.length == 1 { *idf } else { 0.0 });
        let of_words = plan.words.iter().map(|word| {
            let tokens = idf.iter().enumerate().filter(|(token, _)| word.tokens >> token & 1 == 1);
            tokens.map(|(_, idf)| *idf).fold(0.0, f32::max)
        });
        Self {
            plan,
            units: &plan.units[..plan.units.len().min(UNIT_LIMIT)],
            shares: shares(idf.iter().copied()),
            unit_shares: shares(of_units),
            word_shares: shares(of_words),
            now,
            best_engine_score,
        }
    }

    /// Ranks candidates that come in the order of their tiers: the first [`w::WINDOW`] by the second stage,
    /// the others in the order of recall. Then their like is spread, for which only the first `head` positions are
    /// listed, or a few more. Tiers stay apart.
    pub(crate) fn rank(
        &self,
        candidates: &[Candidate],
        rows: &Rows,
        spread: Spread,
        head: usize,
    ) -> Vec<Ranked> {
        let (window, behind) = candidates.split_at(candidates.len().min(w::WINDOW));
        fetch(window, rows);
        let window = window.iter().filter_map(|candidate| self.place(candidate, rows)).collect();
        let mut behind = behind.to_vec();
        behind.sort_unstable_by(Candidate::by_recall);
        let behind = behind.iter().filter_map(|candidate| self.place_behind(candidate, rows));
        let mut ranked = InOrder::of(window).chain(behind).peekable();
        if spread == Spread::NONE {
            return ranked.collect();
        }
        // Asked of one document after the other, so that nothing is read of those behind the head.
        let with_kin = |document: Ranked| Some((document, Kin::of(&rows.ranking(document.ordinal)?)));
        let mut placed = Vec::with_capacity(head.min(w::WINDOW) * 2);
        while let Some(tier) = ranked.peek().map(|document| document.tier) {
            let of_tier = std::iter::from_fn(|| ranked.next_if(|document| document.tier == tier));
            spread::add_tier(of_tier.filter_map(with_kin), |(_, kin)| kin, (spread, head), &mut placed);
            // It takes all of a tier, or as many as the head needs.
            if ranked.peek().is_some_and(|document| document.tier == tier) {
                break;
            }
        }
        placed.into_iter().map(|(document, _)| document).collect()
    }

    fn place(&self, candidate: &Candidate, rows: &Rows) -> Option<Ranked> {
        let Candidate { tier, ordinal, .. } = *candidate;
        let row = rows.ranking(ordinal)?;
        let score = score(&self.features(candidate, &row)).clamp(0.0, 1.0);
        Some(Ranked { tier, score, group_id: row.fixed.group_id, ordinal })
    }

    fn place_behind(&self, candidate: &Candidate, rows: &Rows) -> Option<Ranked> {
        let Candidate { tier, ordinal, .. } = *candidate;
        let score = self.engine_score(candidate) * w::BEHIND_WINDOW;
        Some(Ranked { tier, score, group_id: rows.group_id(ordinal)?, ordinal })
    }

    /// Why each of the ranked documents has its score.
    pub(crate) fn explain(
        &self,
        ranked: &[Ranked],
        candidates: &[Candidate],
        rows: &Rows,
    ) -> Vec<Explanation> {
        let window = &candidates[..candidates.len().min(w::WINDOW)];
        let explained = ranked.iter().map(|document| {
            let candidate = window.iter().find(|candidate| candidate.ordinal == document.ordinal);
            let row = candidate.and_then(|candidate| Some((candidate, rows.ranking(candidate.ordinal)?)));
            let features = row.map(|(candidate, row)| self.features(candidate, &row));
            let named = features.iter().flat_map(|features| w::FEATURES.iter().zip(features));
            Explanation {
                group_id: document.group_id,
                tier: document.tier,
                score: document.score,
                features: named
                    .map(|((name, weight), value)| Feature { name, weight: *weight, value: *value })
                    .collect(),
            }
        });
        explained.collect()
    }

    fn features(&self, candidate: &Candidate, row: &RankingRow<'_>) -> Features {
        // In its place from the beginning: there is one for every row, and a return would copy it.
        let mut title = Masks::default();
        let [title_units, tags, author] = row.units();
        title.read(self.units, title_units);
        let [bm25, covered] = self.tokens_in(&title);
        let subsequence = title.longest_subsequence() as usize;
        let lengths = self.units.len() + title.length;
        let is_exact = subsequence == self.units.len() && title.length == subsequence;
        [
            bm25,
            self.words_in(&title),
            covered,
            2.0 * subsequence as f32 / lengths.max(1) as f32,
            title.first().map_or(0.0, |place| w::EARLY_HALF / (w::EARLY_HALF + place as f32)),
            self.engine_score(candidate),
            f32::from(u8::from(is_exact)),
            self.tag_match(tags),
            self.author_match(author),
            self.freshness(row.fixed.publish_time),
            popularity(row),
        ]
    }

    fn engine_score(&self, candidate: &Candidate) -> f32 {
        (candidate.score / self.best_engine_score).clamp(0.0, 1.0)
    }

    /// BM25 of the keyword's tokens over the title, and how much of the keyword stands in it.
    fn tokens_in(&self, title: &Masks) -> [f32; 2] {
        let norm = title.norm();
        let (mut bm25, mut covered) = (0.0, 0.0);
        let shares = self.shares.iter().zip(&self.unit_shares);
        for (token, (share, unit_share)) in self.plan.tokens.iter().zip(shares) {
            let count = title.count(token.first, token.length) as f32;
            if count > 0.0 {
                bm25 += share * count / (count + norm);
                covered += unit_share;
            }
        }
        [(bm25 * FULL_BM25).min(1.0), covered.min(1.0)]
    }

    /// BM25 of the keyword's dictionary words over the title; a word that stands in it counts once.
    fn words_in(&self, title: &Masks) -> f32 {
        let words = self.plan.words.iter().zip(&self.word_shares);
        let found = words.filter(|(word, _)| title.has_run(word.first, word.length));
        (found.map(|(_, share)| share).sum::<f32>() * FULL_BM25 / (1.0 + title.norm())).min(1.0)
    }

    /// 1 when a tag is the keyword, the tag's share of it when a tag stands in the keyword.
    fn tag_match(&self, tags: &[u8]) -> f32 {
        let mut best = 0.0f32;
        let mut rest = tags;
        while !rest.is_empty() {
            let length = ids(rest).position(|id| id == BREAK).unwrap_or(rest.len() / UNIT_BYTES);
            let (tag, behind) = rest.split_at(length * UNIT_BYTES);
            best = best.max(self.share_of_keyword(tag));
            rest = behind.get(UNIT_BYTES..).unwrap_or_default();
        }
        best
    }

    fn author_match(&self, author: &[u8]) -> f32 {
        self.share_of_keyword(author)
    }

    /// How much of the keyword a name accounts for that stands in it unbroken; 0 when it does not stand in it.
    fn share_of_keyword(&self, name: &[u8]) -> f32 {
        let length = name.len() / UNIT_BYTES;
        // One character in common says nothing about a longer keyword.
        if length == 0 || length > self.units.len() || (length == 1 && self.units.len() > 1) {
            return 0.0;
        }
        let stands = self.units.windows(length).any(|window| ids(name).eq(window.iter().copied()));
        if stands { length as f32 / self.units.len() as f32 } else { 0.0 }
    }

    fn freshness(&self, publish_time: i64) -> f32 {
        let age = self.now.saturating_sub(publish_time).max(0) as f32;
        (-age / w::FRESHNESS_HALF_LIFE).exp2()
    }
}

/// Brings the rows of the window near. They lie all over the table, so reading one is waiting for memory: touched in a short
/// loop of its own, many are on their way at once.
fn fetch(window: &[Candidate], rows: &Rows) {
    std::hint::black_box(window.iter().fold(0, |all, candidate| all | rows.touch(candidate.ordinal)));
}

/// A title of one hit of everything and no length at all would reach 1.
const FULL_BM25: f32 = 1.0 + w::BM25_K1 * (1.0 - w::BM25_B);

/// The weighted sum of features, between 0 and 1.
fn score(features: &Features) -> f32 {
    let sum: f32 = features.iter().zip(w::FEATURES).map(|(feature, (_, weight))| feature * weight).sum();
    sum / w::TOTAL
}

/// Each part as a share of all.
fn shares(parts: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut shares: Vec<f32> = parts.collect();
    let sum = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

fn popularity(row: &RankingRow<'_>) -> f32 {
    let counters = &row.fixed.counters;
    let seen = counters.read.max(0) as f32 + counters.watch.max(0) as f32;
    let acted = counters.comment.max(0) as f32 * w::COMMENT_EVENTS
        + counters.share.max(0) as f32 * w::SHARE_EVENTS
        + counters.digg.max(0) as f32 * w::DIGG_EVENTS;
    ((1.0 + seen + acted).log2() / w::POPULARITY_FULL).min(1.0)
}
