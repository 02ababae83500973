//! The second stage: ranks the best candidates of recall by what the row table knows of them.
//!
//! It is the same code over every engine. The title is compared with the keyword by bit masks: one word a unit
//! of the keyword, one bit a place of the title.

use std::cmp::Ordering;

use crate::{
    Explanation, Feature, Spread,
    analysis::BREAK,
    plan::{Plan, UNIT_LIMIT},
    rows::{RankingRow, Rows},
    spread::{self, Kin},
    weights as w,
};

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
        one.tier
            .cmp(&other.tier)
            .then(other.score.total_cmp(&one.score))
            .then(other.ordinal.cmp(&one.ordinal))
    }
}

/// A candidate with its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) tier: u8,
    pub(crate) score: f32,
    pub(crate) group_id: i64,
    pub(crate) ordinal: u32,
}

/// What a document is worth, feature by feature as in [`w::FEATURES`], each between 0 and 1.
type Features = [f32; w::FEATURES.len()];

/// What does not change from candidate to candidate.
pub(crate) struct Stage<'a> {
    plan: &'a Plan,
    units: &'a [u32],
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
        let mut ranked = Vec::with_capacity(candidates.len());
        fetch(window, rows);
        ranked.extend(window.iter().filter_map(|candidate| self.place(candidate, rows)));
        ranked.sort_unstable_by(|a, b| {
            a.tier.cmp(&b.tier).then(b.score.total_cmp(&a.score)).then(b.ordinal.cmp(&a.ordinal))
        });
        let mut behind = behind.to_vec();
        behind.sort_unstable_by(Candidate::by_recall);
        ranked.extend(behind.iter().filter_map(|candidate| self.place_behind(candidate, rows)));
        if spread == Spread::NONE {
            return ranked;
        }
        // Asked of one document after the other, so that nothing is read of those behind the head.
        let with_kin = |document: &Ranked| Some((*document, Kin::of(&rows.ranking(document.ordinal)?)));
        let mut placed = Vec::with_capacity(ranked.len().min(w::WINDOW));
        for tier in ranked.chunk_by(|a, b| a.tier == b.tier) {
            spread::add_tier(tier.iter().filter_map(with_kin), |(_, kin)| *kin, (spread, head), &mut placed);
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
        title.read(self.units, row.title);
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
            self.tag_match(row.tags),
            self.author_match(row.author),
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
            let length = ids(rest).position(|id| id == BREAK).unwrap_or(rest.len() / 4);
            best = best.max(self.share_of_keyword(&rest[..length * 4]));
            rest = rest.get(length * 4 + 4..).unwrap_or_default();
        }
        best
    }

    fn author_match(&self, author: &[u8]) -> f32 {
        self.share_of_keyword(author)
    }

    /// How much of the keyword a name accounts for that stands in it unbroken; 0 when it does not stand in it.
    fn share_of_keyword(&self, name: &[u8]) -> f32 {
        let length = name.len() / 4;
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

/// Brings the rows of the window near. They lie all over the table, so reading one is waiting for memory: touched in short
/// loops of their own, many are on their way at once.
fn fetch(window: &[Candidate], rows: &Rows) {
    for touch in [Rows::touch, Rows::touch_units] {
        std::hint::black_box(window.iter().fold(0, |all, candidate| all | touch(rows, candidate.ordinal)));
    }
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

fn ids(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks_exact(4).map(|chunk| u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]))
}

/// So many places of a title are compared at once.
const EIGHT: usize = 8;

/// A bit for every place of a title where a unit stands. First all are compared, which the compiler does several at once,
/// and then the bits are gathered.
fn places_of(unit: u32, title: &[[u32; EIGHT]]) -> u64 {
    let mut stands = [[0u8; EIGHT]; 64 / EIGHT];
    for (stands, ids) in stands.iter_mut().zip(title) {
        for (stands, id) in stands.iter_mut().zip(ids) {
            *stands = u8::from(*id == unit);
        }
    }
    stands.iter().rev().fold(0, |bits, eight| bits << EIGHT | gathered(*eight))
}

/// The lowest bits of eight bytes side by side: the product brings each of them to its place in the highest byte.
fn gathered(bytes: [u8; EIGHT]) -> u64 {
    u64::from_le_bytes(bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// For every unit of the keyword the places of the title where it stands.
#[derive(Default)]
struct Masks {
    places: [u64; UNIT_LIMIT],
    units: usize,
    /// Units of the title, breaks not counted.
    length: usize,
}

impl Masks {
    /// Of that keyword and that title; before, nothing stands anywhere.
    fn read(&mut self, units: &[u32], title: &[u8]) {
        let mut buffer = [[BREAK; EIGHT]; 64 / EIGHT];
        for (place, id) in buffer.as_flattened_mut().iter_mut().zip(ids(title)) {
            *place = id;
        }
        let title = &buffer[..(title.len() / 4).div_ceil(EIGHT).min(buffer.len())];
        for (mask, unit) in self.places.iter_mut().zip(units) {
            *mask = places_of(*unit, title);
        }
        self.units = units.len();
        self.length = title.len() * EIGHT - places_of(BREAK, title).count_ones() as usize;
    }

    /// How often the `length` units from `first` on stand in the title, side by side.
    fn count(&self, first: usize, length: usize) -> u32 {
        match (self.places.get(first), length) {
            (Some(places), 1) => places.count_ones(),
            (Some(places), _) => {
                (places & self.places.get(first + 1).copied().unwrap_or(0) >> 1).count_ones()
            }
            (None, _) => 0,
        }
    }

    /// Whether the `length` units from `first` on stand in the title side by side.
    fn has_run(&self, first: usize, length: usize) -> bool {
        let Some(run) = self.places.get(first..first + length) else { return false };
        run.iter().enumerate().fold(u64::MAX, |starts, (step, places)| starts & places >> step) != 0
    }

    /// The first place of the title at which anything of the keyword stands.
    fn first(&self) -> Option<u32> {
        let any = self.places[..self.units].iter().fold(0, |all, places| all | places);
        (any != 0).then(|| any.trailing_zeros())
    }

    /// BM25's length part.
    fn norm(&self) -> f32 {
        w::BM25_K1 * (1.0 - w::BM25_B + w::BM25_B * self.length as f32 / w::USUAL_TITLE)
    }

    /// The length of the longest common subsequence of keyword and title, by Hyyrö's bit-parallel algorithm: one
    /// addition a unit of the keyword.
    fn longest_subsequence(&self) -> u32 {
        let open = self.places[..self.units].iter().fold(u64::MAX, |open, places| {
            let matched = open & places;
            open.wrapping_add(matched) | (open - matched)
        });
        open.count_zeros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(keyword: &[u32], title: &[u32]) -> Masks {
        let bytes: Vec<u8> = title.iter().flat_map(|id| id.to_le_bytes()).collect();
        let mut masks = Masks::default();
        masks.read(keyword, &bytes);
        masks
    }

    #[test]
    fn every_place_of_a_title_of_any_length_has_its_bit() {
        for length in 0..70 {
            let title: Vec<u32> = (0..length).map(|place| place * 7 % 5 % 3).collect();
            let masks = masks(&[1, 2, 9], &title);
            for (mask, unit) in masks.places.iter().zip([1, 2, 9]) {
                let places = title.iter().take(64).enumerate().filter(|(_, id)| **id == unit);
                assert_eq!(*mask, places.fold(0, |bits, (place, _)| bits | 1 << place), "{length}");
            }
            assert_eq!(masks.length, title.iter().take(64).filter(|id| **id != BREAK).count());
        }
    }

    #[test]
    fn runs_stop_at_breaks() {
        let runs = |title: &[u32]| {
            let masks = masks(&[1, 2, 3], title);
            [masks.has_run(0, 3), masks.has_run(0, 2), masks.has_run(1, 2)]
        };
        assert_eq!(runs(&[9, 1, 2, 3]), [true, true, true]);
        assert_eq!(runs(&[1, 2, BREAK, 3]), [false, true, false]);
        assert_eq!(runs(&[2, 3, 1]), [false, false, true]);
        assert_eq!(runs(&[4]), [false; 3]);
    }

    #[test]
    fn subsequences() {
        assert_eq!(masks(&[1, 2, 3], &[1, 9, 2, BREAK, 3]).longest_subsequence(), 3);
        assert_eq!(masks(&[1, 2, 3], &[3, 2, 1]).longest_subsequence(), 1);
        assert_eq!(masks(&[1, 2, 1], &[2, 1, 1]).longest_subsequence(), 2);
        assert_eq!(masks(&[1, 2], &[4, 4]).longest_subsequence(), 0);
        assert_eq!(masks(&[7; 3], &[7; 64]).longest_subsequence(), 3);
        assert_eq!(masks(&[1, 2], &[4, 4, 2]).first(), Some(2));
    }

    #[test]
    fn pairs_are_counted_side_by_side() {
        let title = masks(&[1, 2], &[1, 2, 1, BREAK, 2, 1, 2]);
        assert_eq!(title.count(0, 2), 2);
        assert_eq!(title.count(0, 1), 3);
        assert_eq!(title.length, 6);
    }

    #[test]
    fn a_title_as_long_as_a_row_holds_is_compared_to_its_end() {
        let mut long = [7; 64];
        long[63] = 1;
        assert_eq!(masks(&[1], &long).count(0, 1), 1);
    }
}
