//! The second stage: ranks the best candidates of recall by what the row table knows of them.
//!
//! It is the same code over every engine. The title is compared with the keyword by bit masks: one word a unit
//! of the keyword, one bit a place of the title.

use crate::{
    analysis::BREAK,
    plan::{Plan, UNIT_LIMIT},
    rows::{RankingRow, Rows},
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

/// A candidate with its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) tier: u8,
    pub(crate) score: f32,
    pub(crate) group_id: i64,
    ordinal: u32,
}

/// What does not change from candidate to candidate.
pub(crate) struct Stage<'a> {
    plan: &'a Plan,
    units: &'a [u32],
    /// Inverse document frequency of every token of the plan.
    idf: &'a [f32],
    idf_sum: f32,
    now: i64,
    best_engine_score: f32,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(plan: &'a Plan, idf: &'a [f32], now: i64, candidates: &[Candidate]) -> Self {
        let best_engine_score = candidates.iter().map(|c| c.score).fold(f32::MIN_POSITIVE, f32::max);
        let idf_sum = idf.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        let units = &plan.units[..plan.units.len().min(UNIT_LIMIT)];
        Self { plan, units, idf, idf_sum, now, best_engine_score }
    }

    /// Ranks candidates that come in the order of their tiers: the first [`w::WINDOW`] by the second stage,
    /// the others stay as recall ordered them. Tiers stay apart.
    pub(crate) fn rank(&self, candidates: &[Candidate], rows: &Rows) -> Vec<Ranked> {
        let (window, behind) = candidates.split_at(candidates.len().min(w::WINDOW));
        let mut ranked = Vec::with_capacity(candidates.len());
        ranked.extend(self.fetch(window, rows).iter().map(|(candidate, row)| self.place(candidate, row)));
        ranked.sort_unstable_by(|a, b| {
            a.tier.cmp(&b.tier).then(b.score.total_cmp(&a.score)).then(b.ordinal.cmp(&a.ordinal))
        });
        ranked.extend(behind.iter().filter_map(|candidate| self.place_behind(candidate, rows)));
        ranked
    }

    /// The rows of the window. They lie all over the table, so reading one is waiting for memory: read in short
    /// loops of their own, many are on their way at once.
    fn fetch<'rows, 'c>(
        &self,
        window: &'c [Candidate],
        rows: &'rows Rows,
    ) -> Vec<(&'c Candidate, RankingRow<'rows>)> {
        std::hint::black_box(window.iter().fold(0, |all, c| all | rows.touch(c.ordinal)));
        let mut fetched = Vec::with_capacity(window.len());
        fetched.extend(window.iter().filter_map(|c| Some((c, rows.ranking(c.ordinal)?))));
        std::hint::black_box(fetched.iter().fold(0, |all, (_, row)| all | touch(row.title)));
        fetched
    }

    fn place(&self, candidate: &Candidate, row: &RankingRow<'_>) -> Ranked {
        ranked(candidate, row.fixed.group_id, self.score(candidate, row) / w::TOTAL)
    }

    fn place_behind(&self, candidate: &Candidate, rows: &Rows) -> Option<Ranked> {
        let group_id = rows.group_id(candidate.ordinal)?;
        Some(ranked(candidate, group_id, self.engine_score(candidate) * w::BEHIND_WINDOW))
    }

    fn score(&self, candidate: &Candidate, row: &RankingRow<'_>) -> f32 {
        let title = Masks::of(self.units, row.title);
        let mut score = w::ENGINE * self.engine_score(candidate);
        score += w::TITLE * self.title_bm25(&title);
        let length = self.units.len() as f32;
        let run = title.longest_run();
        score += w::ADJACENT * run as f32 / length;
        score += w::TITLE_SHARE * title.matched() as f32 / (title.length.max(1) as f32);
        if run == self.units.len() && title.length == run {
            score += w::EXACT_TITLE;
        }
        score += w::TAG * self.tag_match(row.tags);
        score += w::AUTHOR * self.author_match(row.author);
        score += w::FRESHNESS * self.freshness(row.fixed.publish_time);
        score + w::POPULARITY * popularity(row)
    }

    fn engine_score(&self, candidate: &Candidate) -> f32 {
        (candidate.score / self.best_engine_score).clamp(0.0, 1.0)
    }

    fn title_bm25(&self, title: &Masks) -> f32 {
        let norm = w::BM25_K1 * (1.0 - w::BM25_B + w::BM25_B * title.length as f32 / w::USUAL_TITLE);
        let mut sum = 0.0;
        for (token, idf) in self.plan.tokens.iter().zip(self.idf) {
            let count = title.count(token.first, token.length) as f32;
            sum += idf * count / (count + norm);
        }
        // A title of one hit of everything and no length at all would reach 1.
        (sum / self.idf_sum * (1.0 + w::BM25_K1 * (1.0 - w::BM25_B))).min(1.0)
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

/// Reads a byte of every cache line that a title may lie in.
fn touch(title: &[u8]) -> u8 {
    title.iter().step_by(64).chain(title.last()).fold(0, |all, byte| all | byte)
}

fn ranked(candidate: &Candidate, group_id: i64, score: f32) -> Ranked {
    Ranked { tier: candidate.tier, score: score.clamp(0.0, 1.0), group_id, ordinal: candidate.ordinal }
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

/// For every unit of the keyword the places of the title where it stands.
struct Masks {
    places: [u64; UNIT_LIMIT],
    units: usize,
    /// Units of the title, breaks not counted.
    length: usize,
}

impl Masks {
    fn of(units: &[u32], title: &[u8]) -> Self {
        let mut buffer = [BREAK; 64];
        let mut end = 0;
        for (place, id) in buffer.iter_mut().zip(ids(title)) {
            *place = id;
            end += 1;
        }
        let title = &buffer[..end];
        let mut places = [0u64; UNIT_LIMIT];
        for (mask, unit) in places.iter_mut().zip(units) {
            // From the end, so that every place costs one shift by one.
            *mask = title.iter().rev().fold(0, |bits, id| bits << 1 | u64::from(id == unit));
        }
        let length = title.iter().filter(|id| **id != BREAK).count();
        Self { places, units: units.len(), length }
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

    /// How many places of the title the keyword accounts for.
    fn matched(&self) -> u32 {
        self.places[..self.units].iter().fold(0, |all, places| all | places).count_ones()
    }

    /// The longest run of the keyword that stands unbroken in the title.
    fn longest_run(&self) -> usize {
        let mut runs = self.places;
        let mut longest = 0;
        while longest < self.units && runs[..self.units - longest].iter().any(|places| *places != 0) {
            longest += 1;
            for (run, next) in runs.iter_mut().zip(&self.places[longest..self.units]) {
                *run &= next >> longest;
            }
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(keyword: &[u32], title: &[u32]) -> Masks {
        let bytes: Vec<u8> = title.iter().flat_map(|id| id.to_le_bytes()).collect();
        Masks::of(keyword, &bytes)
    }

    #[test]
    fn runs_stop_at_breaks() {
        assert_eq!(masks(&[1, 2, 3], &[9, 1, 2, 3]).longest_run(), 3);
        assert_eq!(masks(&[1, 2, 3], &[1, 2, BREAK, 3]).longest_run(), 2);
        assert_eq!(masks(&[1, 2, 3], &[2, 3, 1]).longest_run(), 2);
        assert_eq!(masks(&[1, 2, 3], &[4]).longest_run(), 0);
        assert_eq!(masks(&[1], &[1, 1]).longest_run(), 1);
    }

    #[test]
    fn pairs_are_counted_side_by_side() {
        let title = masks(&[1, 2], &[1, 2, 1, BREAK, 2, 1, 2]);
        assert_eq!(title.count(0, 2), 2);
        assert_eq!(title.count(0, 1), 3);
        assert_eq!(title.length, 6);
        assert_eq!(title.matched(), 6);
    }

    #[test]
    fn a_title_as_long_as_a_row_holds_is_compared_to_its_end() {
        let mut long = [7; 64];
        long[63] = 1;
        assert_eq!(masks(&[1], &long).count(0, 1), 1);
    }
}
