//! The frequent runs of one word, of two words, …

use super::corpus::{Corpus, Count, NONE};
use super::fit::MAX_WORDS;
use std::collections::HashMap;

/// The frequent runs ("grams") of one length in words, numbered.
#[derive(Default)]
pub(super) struct Level {
    /// Where each gram begins in the sequence, and its number, by place.
    pub(super) places: Vec<Place>,
    /// For each gram the number of titles.
    pub(super) titles: Vec<u32>,
    /// For each gram the first place.
    pub(super) first: Vec<u32>,
}

/// A frequent gram begins here.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) at: u32,
    pub(super) gram: u32,
}

impl Level {
    /// The gram that begins at a place, if it is frequent.
    pub(super) fn gram(&self, at: u32) -> Option<u32> {
        let index = self.places.binary_search_by_key(&at, |place| place.at).ok()?;
        Some(self.places[index].gram)
    }
}

/// All levels that have grams in at least `minimum` titles: the first of one word, the next of two words, …
pub(super) fn levels(corpus: &Corpus, minimum: u32) -> Vec<Level> {
    let words = || {
        let places = corpus.sequence().iter().enumerate().filter(|&(_, &word)| word != NONE);
        places.map(|(at, &word)| (at as u32, u64::from(word)))
    };
    let mut levels = vec![level(corpus, minimum, words)];
    while levels.len() < MAX_WORDS {
        // A longer gram is two overlapping shorter ones.
        let shorter = &levels[levels.len() - 1].places;
        let pairs = || {
            let neighbours = shorter.windows(2).filter(|pair| pair[0].at + 1 == pair[1].at);
            neighbours.map(|pair| (pair[0].at, u64::from(pair[0].gram) << 32 | u64::from(pair[1].gram)))
        };
        levels.push(level(corpus, minimum, pairs));
    }
    levels
}

/// Numbers what is frequent among `grams`, which tells the identity of what begins at each place, by place.
fn level<I: Iterator<Item = (u32, u64)>>(corpus: &Corpus, minimum: u32, grams: impl Fn() -> I) -> Level {
    let mut counts: HashMap<u64, Count> = HashMap::new();
    let mut grams_left = grams().peekable();
    for (number, document) in corpus.documents().enumerate() {
        while let Some((_, gram)) = grams_left.next_if(|&(at, _)| (at as usize) < document.words.end) {
            counts.entry(gram).or_default().see(number as u32);
        }
    }
    counts.retain(|_, count| count.documents() >= minimum);
    let mut level = Level::default();
    let mut numbers: HashMap<u64, u32> = HashMap::with_capacity(counts.len());
    for (at, identity) in grams() {
        let Some(count) = counts.get(&identity) else { continue };
        let gram = *numbers.entry(identity).or_insert_with(|| {
            level.first.push(at);
            level.titles.push(count.documents());
            level.first.len() as u32 - 1
        });
        level.places.push(Place { at, gram });
    }
    level
}
