//! What may be suggested: queries, phrases of titles and tags, operators' entries, each with what speaks for it.

use store::{EntryRecord, QueryTotal};
use suggest::{Candidate, Evidence, Weights};

/// Characters that a suggestion may have: a longer one could never be searched for.
const LONGEST: usize = 64;

/// A query as it was asked: the most frequent way of typing it, and when.
#[derive(Debug)]
pub(super) struct Asked {
    surface: Box<str>,
    /// Hours since 1970, and how often it was asked in each.
    hours: Box<[(i64, i64)]>,
    found: Option<f32>,
}

impl Asked {
    /// What the store adds up; `None` for a query that may not be suggested.
    pub(super) fn of(total: QueryTotal) -> Option<Asked> {
        may_be_suggested(&total.surface, &total.key).then(|| Asked {
            found: found(&total),
            surface: total.surface.into(),
            hours: total.hours.into(),
        })
    }

    /// What speaks for it at the moment `at` (Unix seconds).
    pub(super) fn evidence(&self, at: i64) -> Evidence {
        let evidence = Evidence::of_hours(self.hours.iter().copied(), at, &Weights::DEFAULT);
        Evidence { found: self.found, ..evidence }
    }

    pub(super) fn candidate(&self, at: i64) -> Candidate {
        Candidate::new(&*self.surface, self.evidence(at))
    }
}

/// The part of the submissions here that found something: what an import says of results is not the same.
fn found(total: &QueryTotal) -> Option<f32> {
    (total.live_count > 0)
        .then(|| (total.live_results as f64 / total.live_count as f64).clamp(0.0, 1.0) as f32)
}

/// A phrase that stands in so many documents, if it may be suggested.
pub(super) fn of_phrase(text: String, documents: u64) -> Option<Candidate> {
    let key = text::normal::key(&text);
    may_be_suggested(&text, &key).then(|| Candidate::new(text, Evidence::of_documents(documents)))
}

/// An operator's entry, if it may be suggested.
pub(super) fn of_entry(row: EntryRecord) -> Option<Candidate> {
    may_be_suggested(&row.text, &row.key).then(|| Candidate {
        evidence: Evidence::of_entry(row.weight.max(1).unsigned_abs()),
        text: row.text,
        class: row.class,
        extra: row.extra,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
    })
}

/// Whether a text may become a suggestion at all: there is something of it to compare, it can be searched for, and
/// it does not look like personal data.
pub(super) fn may_be_suggested(surface: &str, key: &str) -> bool {
    !key.is_empty() && surface.chars().nth(LONGEST).is_none() && !text::private::is_private(surface)
}
