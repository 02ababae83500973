//! The phrases that are left, with the documents that support them.

use super::corpus::{Corpus, Count};
use super::fit;
use super::levels::Level;
use super::limits::Limits;
use super::statistics;
use std::collections::HashMap;

/// No phrase.
const NONE: u32 = u32::MAX;

/// The phrases within the limits that at least `minimum` documents support, the most supported first.
pub(super) fn phrases(
    corpus: &Corpus,
    levels: &[Level],
    minimum: u32,
    limits: &Limits,
) -> Vec<(String, u64)> {
    let selection = Selection::new(corpus, levels, limits);
    let support = selection.support(corpus);
    let mut is_kept: Vec<bool> = support.iter().map(|&documents| documents >= minimum).collect();
    selection.drop_pieces(levels, &support, limits, &mut is_kept);
    let mut phrases: Vec<(String, u64)> = selection
        .numbers
        .into_iter()
        .filter(|&(_, number)| is_kept[number as usize])
        .map(|(phrase, number)| (phrase, u64::from(support[number as usize])))
        .collect();
    phrases.sort_unstable_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    phrases
}

/// The phrases that pass the statistics, and the tags.
struct Selection {
    numbers: HashMap<String, u32>,
    /// For each level which phrase each gram is.
    phrase_of: Vec<Vec<u32>>,
    /// For each tag which phrase it is.
    phrase_of_tag: Vec<u32>,
}

impl Selection {
    fn new(corpus: &Corpus, levels: &[Level], limits: &Limits) -> Self {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut number = |phrase: String| {
            let next = numbers.len() as u32;
            *numbers.entry(phrase).or_insert(next)
        };
        let neighbours = corpus.neighbours();
        let phrase_of = (0..levels.len())
            .map(|index| {
                let pass = statistics::pass(corpus, &neighbours, levels, index, limits);
                let firsts = levels[index].first.iter().zip(pass);
                let phrases = firsts.map(|(&at, pass)| pass.then(|| text(corpus, at, index + 1)).flatten());
                phrases.map(|phrase| phrase.map_or(NONE, &mut number)).collect()
            })
            .collect();
        let phrase_of_tag = corpus.tags().iter().map(|tag| number(tag.to_string())).collect();
        Self { numbers, phrase_of, phrase_of_tag }
    }

    /// For each phrase the number of documents that support it.
    ///
    /// Counted anew over the texts: the same phrase may be cut in several ways, rare ones among them.
    fn support(&self, corpus: &Corpus) -> Vec<u32> {
        let mut counts = vec![Count::default(); self.numbers.len()];
        for (number, document) in corpus.documents().enumerate() {
            for at in document.words {
                fit::each_beginning(corpus.run(at), |_, phrase| {
                    if let Some(&phrase) = self.numbers.get(phrase) {
                        counts[phrase as usize].see(number as u32);
                    }
                });
            }
            for &tag in document.tags {
                counts[self.phrase_of_tag[tag as usize] as usize].see(number as u32);
            }
        }
        counts.into_iter().map(Count::documents).collect()
    }

    /// Drops phrases whose documents nearly all hold them inside one longer phrase that is kept.
    fn drop_pieces(&self, levels: &[Level], support: &[u32], limits: &Limits, is_kept: &mut [bool]) {
        for (index, gram) in self.longest_first() {
            let whole = self.phrase_of[index][gram] as usize;
            if !is_kept[whole] {
                continue;
            }
            let inside = f64::from(levels[index].titles[gram]);
            for piece in self.pieces(levels, index, gram) {
                if inside >= limits.inside * f64::from(support[piece]) {
                    is_kept[piece] = false;
                }
            }
        }
    }

    /// The grams of several words that are phrases, those of the longest texts first: a phrase is dropped before
    /// it could drop another.
    fn longest_first(&self) -> Vec<(usize, usize)> {
        let mut lengths = vec![0; self.numbers.len()];
        for (phrase, &number) in &self.numbers {
            lengths[number as usize] = phrase.len();
        }
        let grams = self.phrase_of.iter().enumerate().skip(1);
        let grams = grams.flat_map(|(index, phrases)| (0..phrases.len()).map(move |gram| (index, gram)));
        let length = |&(index, gram): &(usize, usize)| {
            lengths.get(self.phrase_of[index][gram] as usize).copied().unwrap_or(0)
        };
        let mut grams: Vec<_> = grams.filter(|gram| length(gram) > 0).collect();
        grams.sort_by_key(|gram| std::cmp::Reverse(length(gram)));
        grams
    }

    /// The phrases that a gram has inside it.
    fn pieces(&self, levels: &[Level], index: usize, gram: usize) -> impl Iterator<Item = usize> {
        let first = levels[index].first[gram];
        let shorter = levels.iter().zip(&self.phrase_of).take(index).enumerate();
        shorter.flat_map(move |(shorter, (level, phrases))| {
            let starts = first..=first + (index - shorter) as u32;
            starts.filter_map(move |at| {
                let piece = phrases[level.gram(at)? as usize];
                (piece != NONE).then_some(piece as usize)
            })
        })
    }
}

/// The text of the gram of so many words at a place, if it is fit to be shown.
fn text(corpus: &Corpus, at: u32, words: usize) -> Option<String> {
    let mut text = None;
    fit::each_beginning(corpus.run(at as usize).take(words), |length, phrase| {
        if length == words {
            text = Some(phrase.to_owned());
        }
    });
    text
}
