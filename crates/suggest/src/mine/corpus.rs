//! What was read: the words of all titles as numbers, and the tags of their documents.

use super::{fit, reading};
use crate::vocabulary::Vocabulary;
use std::ops::Range;

/// No word: the border of a run of words.
pub(super) const NONE: u32 = u32::MAX;

/// Any number, as a neighbour of other words.
const NUMBER: u32 = NONE - 1;

/// The documents that were read.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    words: Vocabulary,
    /// The words of all titles; [`NONE`] where a run of words ends.
    sequence: Vec<u32>,
    tags: Vocabulary,
    /// The tags of all documents.
    tagged: Vec<u32>,
    /// Where each document ends in `sequence` and in `tagged`.
    ends: Vec<(usize, usize)>,
}

/// One document: where its words stand, and its tags.
pub(super) struct Document<'a> {
    pub(super) words: Range<usize>,
    pub(super) tags: &'a [u32],
}

impl Corpus {
    pub(super) fn add(&mut self, title: &str, tags: &[&str]) {
        let normal = text::normal::normal_form(title);
        for run in reading::runs(&normal) {
            self.sequence.extend(run.into_iter().map(|word| self.words.number(word)));
            self.sequence.push(NONE);
        }
        let tags = tags.iter().filter_map(|tag| fit::tag(tag));
        self.tagged.extend(tags.map(|tag| self.tags.number(&tag)));
        self.ends.push((self.sequence.len(), self.tagged.len()));
    }

    pub(super) fn documents(&self) -> impl Iterator<Item = Document<'_>> {
        let starts = std::iter::once((0, 0)).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| Document { words: start.0..end.0, tags: &self.tagged[start.1..end.1] })
    }

    /// All words in order, with [`NONE`] after each run.
    pub(super) fn sequence(&self) -> &[u32] {
        &self.sequence
    }

    /// All words as neighbours of others: each as itself, but every number as the same one.
    pub(super) fn neighbours(&self) -> Vec<u32> {
        let is_number = |text: &str| text.chars().all(|c| c.is_numeric() || matches!(c, '.' | '%'));
        let of_word: Vec<u32> = (0..)
            .zip(self.words.texts())
            .map(|(word, text)| if is_number(text) { NUMBER } else { word })
            .collect();
        self.sequence.iter().map(|&word| of_word.get(word as usize).copied().unwrap_or(NONE)).collect()
    }

    /// The words from a place to the end of its run.
    pub(super) fn run(&self, start: usize) -> impl Iterator<Item = &str> {
        self.sequence[start..].iter().take_while(|&&word| word != NONE).map(|&word| self.words.text(word))
    }

    /// The distinct tags, by number.
    pub(super) fn tags(&self) -> &[Box<str>] {
        self.tags.texts()
    }
}

/// In how many documents something stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    documents: u32,
    /// One more than the number of the document seen last.
    last: u32,
}

impl Count {
    /// Sees it in a document; the numbers of documents never fall.
    pub(super) fn see(&mut self, document: u32) {
        if self.last != document + 1 {
            self.last = document + 1;
            self.documents += 1;
        }
    }

    pub(super) fn documents(self) -> u32 {
        self.documents
    }
}
