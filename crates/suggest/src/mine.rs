//! Phrases from titles: what many titles say in the same words is worth suggesting.
//!
//! A phrase is one to four neighbouring words. Phrases grow word by word, and only from phrases that are frequent
//! themselves (a phrase stands in no more titles than its parts do), so that memory follows the number of
//! frequent phrases, not of all.

mod private;
mod stop_words;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{Range, RangeInclusive};

/// The most words of a phrase.
const MAX_WORDS: usize = 4;
/// How many characters a phrase has.
const CHARACTERS: RangeInclusive<usize> = 2..=12;

/// No phrase, or no word: the border between two runs of words.
const NONE: u32 = u32::MAX;

/// Reads titles, then tells their frequent phrases.
#[derive(Debug, Default)]
pub struct Miner {
    words: Vocabulary,
    /// The words of all titles; [`NONE`] where a run of words ends.
    sequence: Vec<u32>,
    /// Where each title ends in `sequence`.
    ends: Vec<usize>,
    /// Hashes of the titles' keys: a title counts once.
    titles: HashSet<u64>,
}

impl Miner {
    /// A miner that has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a title. One with the same key as an earlier title adds nothing.
    pub fn add_title(&mut self, title: &str) {
        let mut hasher = DefaultHasher::new();
        text::normal::key(title).hash(&mut hasher);
        if !self.titles.insert(hasher.finish()) {
            return;
        }
        let normal = text::normal::normal_form(title);
        for piece in private::public_pieces(&normal) {
            for word in text::segment::words_with_guesses(piece) {
                self.add_word(word);
            }
            self.sequence.push(NONE);
        }
        self.ends.push(self.sequence.len());
    }

    /// The phrases that stand in at least `minimum` titles, with the number of titles, the most frequent first.
    ///
    /// They have 2 to 12 characters and at least one that is no digit, and neither begin nor end with a word that
    /// says nothing. A phrase that is cut into words in several ways counts for those that are frequent each.
    pub fn phrases(self, minimum: u32) -> Vec<(String, u64)> {
        let levels = self.levels(minimum.max(1));
        let (phrases, numbers) = self.texts(&levels);
        let mut counts = vec![Count::default(); phrases.len()];
        for (title, range) in self.title_ranges().enumerate() {
            for (level, numbers) in levels.iter().zip(&numbers) {
                for &gram in &level.at[range.clone()] {
                    let number = numbers.get(gram as usize).copied().unwrap_or(NONE);
                    if let Some(count) = counts.get_mut(number as usize) {
                        count.see(title);
                    }
                }
            }
        }
        let titles = counts.into_iter().map(|count| u64::from(count.titles));
        let mut counted: Vec<_> = phrases.into_iter().zip(titles).collect();
        counted.sort_unstable_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        counted
    }

    fn add_word(&mut self, word: &str) {
        if word.chars().all(char::is_whitespace) {
            return;
        }
        let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '.' | '+' | '#' | '%');
        let is_word = word.starts_with(char::is_alphanumeric) && word.chars().all(is_inner);
        self.sequence.push(if is_word { self.words.number(word) } else { NONE });
    }

    fn title_ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| start..end)
    }

    /// The frequent phrases of one word, two words, …
    fn levels(&self, minimum: u32) -> Vec<Level> {
        let single = |position: usize| {
            Some(u64::from(self.sequence[position])).filter(|&word| word != u64::from(NONE))
        };
        let mut levels = vec![self.level(minimum, single)];
        while levels.len() < MAX_WORDS {
            // A longer phrase is two overlapping shorter ones.
            let shorter = &levels[levels.len() - 1].at;
            let pair = |position: usize| match (
                shorter[position],
                shorter.get(position + 1).copied().unwrap_or(NONE),
            ) {
                (NONE, _) | (_, NONE) => None,
                (left, right) => Some(u64::from(left) << 32 | u64::from(right)),
            };
            levels.push(self.level(minimum, pair));
        }
        levels
    }

    /// Counts what `identity` tells for each position and numbers what is frequent.
    fn level(&self, minimum: u32, identity: impl Fn(usize) -> Option<u64>) -> Level {
        let mut counts: HashMap<u64, Count> = HashMap::new();
        for (title, range) in self.title_ranges().enumerate() {
            for gram in range.filter_map(&identity) {
                counts.entry(gram).or_default().see(title);
            }
        }
        counts.retain(|_, count| count.titles >= minimum);
        let mut level = Level { at: vec![NONE; self.sequence.len()], first: Vec::new() };
        let mut numbers: HashMap<u64, u32> = HashMap::with_capacity(counts.len());
        for position in 0..self.sequence.len() {
            let Some(gram) = identity(position).filter(|gram| counts.contains_key(gram)) else { continue };
            level.at[position] = *numbers.entry(gram).or_insert_with(|| {
                level.first.push(position);
                level.first.len() as u32 - 1
            });
        }
        level
    }

    /// The texts of all phrases that are fit to be shown, and for each level which phrase a gram is.
    fn texts(&self, levels: &[Level]) -> (Vec<String>, Vec<Vec<u32>>) {
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut number_of = |position: usize, words: usize| {
            let Some(phrase) = self.phrase(&self.sequence[position..position + words]) else { return NONE };
            let next = known.len() as u32;
            *known.entry(phrase).or_insert(next)
        };
        let numbers = levels
            .iter()
            .enumerate()
            .map(|(index, level)| {
                level.first.iter().map(|&position| number_of(position, index + 1)).collect()
            })
            .collect();
        let mut phrases: Vec<(String, u32)> = known.into_iter().collect();
        phrases.sort_unstable_by_key(|&(_, number)| number);
        (phrases.into_iter().map(|(phrase, _)| phrase).collect(), numbers)
    }

    /// The words as one text, if it is fit to be shown.
    fn phrase(&self, numbers: &[u32]) -> Option<String> {
        let words = || numbers.iter().map(|&number| self.words.word(number));
        let says_nothing = |word: Option<&str>| word.is_none_or(stop_words::contains);
        if says_nothing(words().next()) || says_nothing(words().next_back()) {
            return None;
        }
        let mut phrase = String::new();
        for word in words() {
            // Words that would run into each other had a space between them.
            let joins = |c: char| !text::script::is_ideographic(c);
            if phrase.ends_with(joins) && word.starts_with(joins) {
                phrase.push(' ');
            }
            phrase.push_str(word);
        }
        let is_fit = CHARACTERS.contains(&phrase.chars().count()) && phrase.chars().any(char::is_alphabetic);
        is_fit.then_some(phrase)
    }
}

/// Words and their numbers.
#[derive(Debug, Default)]
struct Vocabulary {
    numbers: HashMap<Box<str>, u32>,
    words: Vec<Box<str>>,
}

impl Vocabulary {
    fn number(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = self.words.len() as u32;
        self.words.push(word.into());
        self.numbers.insert(word.into(), number);
        number
    }

    fn word(&self, number: u32) -> &str {
        self.words.get(number as usize).map_or("", |word| word)
    }
}

/// In how many titles something stands.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    titles: u32,
    /// One more than the number of the title seen last.
    last: usize,
}

impl Count {
    fn see(&mut self, title: usize) {
        if self.last != title + 1 {
            self.last = title + 1;
            self.titles += 1;
        }
    }
}

/// The frequent phrases of one length in words.
struct Level {
    /// For each position of the sequence the number of the phrase that begins there.
    at: Vec<u32>,
    /// For each phrase a position where it begins.
    first: Vec<usize>,
}
