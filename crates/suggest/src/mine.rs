//! Phrases from titles and tags: what many documents say in the same words is worth suggesting.
//!
//! A phrase is one to six neighbouring words of a title, or a whole tag. Three steps find the good ones:
//!
//! 1. `levels`: phrases grow word by word, and only from phrases that are frequent themselves (a phrase stands in
//!    no more titles than its parts do), so that memory follows the number of frequent phrases, not of all.
//! 2. `statistics`: words that are only neighbours by chance, and pieces that always go on in the same way, are
//!    left out.
//! 3. `select`: the documents that support what is left are counted exactly, and what stands almost only inside one
//!    longer phrase is left out. Tags skip the second step: somebody wrote them as phrases.
//!
//! `reading` tells what the words of a title are and `fit` which of their runs may be shown at all; both are all
//! that [`phrases_of`] needs. `limits` holds every threshold.

mod corpus;
mod fit;
mod levels;
mod limits;
mod reading;
mod select;
mod statistics;
mod stop_words;

use corpus::Corpus;
use limits::Limits;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Reads documents, then tells the phrases that many of them support.
#[derive(Debug, Default)]
pub struct Miner {
    corpus: Corpus,
    /// Hashes of the titles' keys: a title counts once.
    titles: HashSet<u64>,
}

impl Miner {
    /// A miner that has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a document. One whose title has the key of an earlier title adds nothing.
    pub fn add(&mut self, title: &str, tags: &[&str]) {
        let key = text::normal::key(title);
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        if key.is_empty() || self.titles.insert(hasher.finish()) {
            self.corpus.add(title, tags);
        }
    }

    /// Reads a document without tags.
    pub fn add_title(&mut self, title: &str) {
        self.add(title, &[]);
    }

    /// The phrases that at least `minimum` documents support, with the number of documents, the most supported
    /// first.
    ///
    /// The number is exact: that of the read documents whose [`phrases_of`] hold the phrase. A phrase of titles is
    /// found if one way to cut it into words is frequent by itself.
    pub fn phrases(self, minimum: u32) -> Vec<(String, u64)> {
        self.phrases_within(minimum, &Limits::CHOSEN)
    }

    fn phrases_within(&self, minimum: u32, limits: &Limits) -> Vec<(String, u64)> {
        let minimum = minimum.max(1);
        let levels = levels::levels(&self.corpus, minimum);
        select::phrases(&self.corpus, &levels, minimum, limits)
    }
}

/// Every phrase that a document could support, written as [`Miner::phrases`] writes it, in order and each once.
///
/// No statistics are asked, so this is what a takedown of the document has to look at.
pub fn phrases_of(title: &str, tags: &[&str]) -> Vec<String> {
    let normal = text::normal::normal_form(title);
    let mut phrases: Vec<String> = tags.iter().filter_map(|tag| fit::tag(tag)).collect();
    for run in reading::runs(&normal) {
        for start in 0..run.len() {
            fit::each_beginning(run[start..].iter().copied(), |_, phrase| phrases.push(phrase.to_owned()));
        }
    }
    phrases.sort_unstable();
    phrases.dedup();
    phrases
}
