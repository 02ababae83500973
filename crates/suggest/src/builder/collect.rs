//! Candidates in as little memory as possible: a base of ten million entries is built from a few bytes each.

use std::collections::HashMap;

use crate::candidate::{Candidate, Evidence};
use crate::permutation::head;

use super::merge::Entry;

/// Found shares are kept in steps; this one says that nothing is known.
const FOUND_UNKNOWN: u8 = u8::MAX;
const FOUND_STEPS: f32 = 200.0;

/// What is kept of a candidate's evidence.
#[derive(Debug, Clone, Copy)]
struct Figures {
    slow: f32,
    fast: f32,
    queries: u32,
    documents: u32,
    found: u8,
}

/// What few candidates have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) class: u8,
    pub(super) entry: u64,
    pub(super) extra: Vec<u8>,
    pub(super) valid_from: Option<i64>,
    pub(super) valid_to: Option<i64>,
}

static NO_SIDE: Side = Side { class: 0, entry: 0, extra: Vec::new(), valid_from: None, valid_to: None };

/// Texts in one piece.
#[derive(Debug, Default)]
struct Arena {
    bytes: String,
    ends: Vec<usize>,
}

impl Arena {
    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }
}

/// The candidates.
#[derive(Debug, Default)]
pub(super) struct Collection {
    texts: Arena,
    /// The keys that differ from their texts; where they are not, the text is its own key.
    keys: Arena,
    /// For each candidate one more than its index in `keys`, or 0.
    key_of: Vec<u32>,
    figures: Vec<Figures>,
    sides: HashMap<u32, Side>,
}

impl Collection {
    pub(super) fn push(&mut self, candidate: &Candidate) {
        let key = text::normal::key(&candidate.text);
        if key.is_empty() || self.len() >= u32::MAX as usize {
            return;
        }
        let index = self.len() as u32;
        self.add_text(&candidate.text, &key);
        let Evidence { queries, documents, entry, slow, fast, found } = candidate.evidence;
        let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let found = found.map_or(FOUND_UNKNOWN, |found| (found.clamp(0.0, 1.0) * FOUND_STEPS) as u8);
        let (queries, documents) = (whole(queries), whole(documents));
        self.figures.push(Figures { slow: slow as f32, fast: fast as f32, queries, documents, found });
        let Candidate { class, valid_from, valid_to, .. } = *candidate;
        let side = Side { class, entry, extra: candidate.extra.clone(), valid_from, valid_to };
        if side != NO_SIDE {
            self.sides.insert(index, side);
        }
    }

    fn add_text(&mut self, text: &str, key: &str) {
        self.texts.push(text);
        if key == text {
            self.key_of.push(0);
        } else {
            self.keys.push(key);
            self.key_of.push(self.keys.ends.len() as u32);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.key_of.len()
    }

    pub(super) fn text(&self, index: u32) -> &str {
        self.texts.get(index as usize)
    }

    pub(super) fn key(&self, index: u32) -> &str {
        match self.key_of[index as usize] {
            0 => self.texts.get(index as usize),
            other => self.keys.get(other as usize - 1),
        }
    }

    /// The first bytes of a key as a number.
    pub(super) fn head(&self, index: u32) -> u64 {
        head(self.key(index).as_bytes(), 0)
    }

    pub(super) fn side(&self, index: u32) -> &Side {
        self.sides.get(&index).unwrap_or(&NO_SIDE)
    }

    pub(super) fn evidence(&self, index: u32) -> Evidence {
        let Figures { slow, fast, queries, documents, found } = self.figures[index as usize];
        Evidence {
            queries: u64::from(queries),
            documents: u64::from(documents),
            entry: self.side(index).entry,
            slow: f64::from(slow),
            fast: f64::from(fast),
            found: (found != FOUND_UNKNOWN).then(|| f32::from(found) / FOUND_STEPS),
        }
    }

    /// A collection of what these entries need, and the entries with the numbers that they have in it.
    pub(super) fn only(&self, mut entries: Vec<Entry>) -> (Vec<Entry>, Self) {
        let mut only = Self::default();
        for entry in &mut entries {
            let [surface, representative] = [entry.surface, entry.representative].map(|index| {
                let new = only.len() as u32;
                only.add_text(self.text(index), self.key(index));
                if let Some(side) = self.sides.get(&index) {
                    only.sides.insert(new, side.clone());
                }
                new
            });
            (entry.surface, entry.representative) = (surface, representative);
        }
        (entries, only)
    }

    /// Frees what only merging needs.
    pub(super) fn drop_figures(&mut self) {
        self.figures = Vec::new();
    }
}
