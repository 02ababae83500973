//! From a text to its readings: first what each piece of it may be, then the best combinations.

use super::Unit;
use super::lexicon::{Character, Lexicon, WordReadings};
use crate::script::is_hanzi;
use crate::segment;
use std::borrow::Cow;

/// How much less likely each further listed reading of a word is than the one before.
const NEXT_WORD_READING: f32 = 0.5;

/// The pieces of a text in order.
pub(super) struct Plan {
    pieces: Vec<Piece>,
}

/// A character or word at a place of the normal form.
struct Piece {
    source: usize,
    sound: Sound,
}

enum Sound {
    /// No reading: itself.
    Itself(char),
    /// A character whose word says that its usual reading holds.
    Usual(&'static Character),
    /// A character on its own.
    Any(&'static Character),
    /// A word with readings of its own.
    Word(&'static WordReadings),
}

/// Plans the readings of a text in normal form.
pub(super) fn plan(normal: &str) -> Plan {
    let mut plan = Plan { pieces: Vec::with_capacity(normal.len() / 3) };
    if normal.contains(is_hanzi) {
        let mut source = 0;
        for word in segment::words(normal) {
            source += plan.add_word(word, source);
        }
    } else {
        plan.add_characters(normal.chars(), 0);
    }
    plan
}

impl Plan {
    /// Adds the word that begins at `source`; returns the number of its characters.
    fn add_word(&mut self, word: &str, source: usize) -> usize {
        let lexicon = Lexicon::get();
        if let Some(readings) = lexicon.word(word) {
            return self.add_listed(readings, word, source);
        }
        let count = word.chars().count();
        let several = |c| lexicon.character(c).is_some_and(|entry| entry.syllables().len() > 1);
        if count <= 2 || !word.contains(several) {
            self.add_characters(word.chars(), source);
        } else {
            self.add_parts(word, source);
        }
        count
    }

    /// Adds a word that is not listed itself but may hold listed ones (长沙市), from the left, the longest first.
    fn add_parts(&mut self, word: &str, mut source: usize) {
        let lexicon = Lexicon::get();
        let mut rest = word;
        while let Some(c) = rest.chars().next() {
            let ends =
                rest.char_indices().map(|(at, c)| at + c.len_utf8()).take(lexicon.longest_word()).skip(1);
            let listed = ends.filter_map(|end| Some((end, lexicon.word(&rest[..end])?))).last();
            if let Some((end, readings)) = listed {
                source += self.add_listed(readings, &rest[..end], source);
                rest = &rest[end..];
            } else {
                self.add_characters(std::iter::once(c), source);
                source += 1;
                rest = &rest[c.len_utf8()..];
            }
        }
    }

    fn add_listed(&mut self, readings: &'static WordReadings, word: &str, source: usize) -> usize {
        if !readings.is_empty() {
            self.pieces.push(Piece { source, sound: Sound::Word(readings) });
            return word.chars().count();
        }
        let lexicon = Lexicon::get();
        let mut count = 0;
        for c in word.chars() {
            let sound = lexicon.character(c).map_or(Sound::Itself(c), Sound::Usual);
            self.pieces.push(Piece { source: source + count, sound });
            count += 1;
        }
        count
    }

    fn add_characters(&mut self, characters: impl Iterator<Item = char>, source: usize) {
        let lexicon = Lexicon::get();
        for (offset, c) in characters.enumerate() {
            let sound = match lexicon.character(c) {
                Some(entry) => Sound::Any(entry),
                None if c.is_alphanumeric() => Sound::Itself(c),
                None => continue,
            };
            self.pieces.push(Piece { source: source + offset, sound });
        }
    }

    /// The best reading.
    pub(super) fn best(&self) -> Vec<Unit> {
        self.spell(&[])
    }

    /// The best `limit` readings, the best first.
    pub(super) fn best_few(&self, limit: usize) -> Vec<Vec<Unit>> {
        // One way per reading so far: its weight and the choice at each piece that leaves one.
        let mut ways = vec![(1.0_f32, Vec::new())];
        for piece in &self.pieces {
            let weights = piece.sound.weights();
            if weights.len() > 1 {
                ways = extend(&ways, &weights, limit);
            }
        }
        ways.iter().map(|(_, choices)| self.spell(choices)).collect()
    }

    /// Spells the reading with the given choices; where they run out, the first reading is taken.
    fn spell(&self, choices: &[usize]) -> Vec<Unit> {
        let mut choices = choices.iter().copied();
        let mut units = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let choice = if piece.sound.choices() > 1 { choices.next().unwrap_or(0) } else { 0 };
            piece.spell(choice, &mut units);
        }
        units
    }
}

/// Every way with every choice, cut to the best `limit`. Equal weights keep their order.
fn extend(ways: &[(f32, Vec<usize>)], weights: &[f32], limit: usize) -> Vec<(f32, Vec<usize>)> {
    let mut extended = Vec::with_capacity(ways.len() * weights.len());
    for (weight, choices) in ways {
        for (choice, factor) in weights.iter().enumerate() {
            let mut choices = choices.clone();
            choices.push(choice);
            extended.push((weight * factor, choices));
        }
    }
    extended.sort_by(|a, b| b.0.total_cmp(&a.0));
    extended.truncate(limit);
    // Only ratios count; without this a long text would run into zero.
    let best = extended.first().map_or(1.0, |way| way.0);
    for way in &mut extended {
        way.0 /= best;
    }
    extended
}

impl Sound {
    fn choices(&self) -> usize {
        match self {
            Self::Itself(_) | Self::Usual(_) => 1,
            Self::Any(character) => character.syllables().len(),
            Self::Word(readings) => readings.len(),
        }
    }

    fn weights(&self) -> Cow<'static, [f32]> {
        match self {
            Self::Itself(_) | Self::Usual(_) => Cow::Borrowed(&[1.0]),
            Self::Any(character) => Cow::Borrowed(character.shares()),
            Self::Word(readings) => {
                let weights = std::iter::successors(Some(1.0), |weight| Some(weight * NEXT_WORD_READING));
                Cow::Owned(weights.take(readings.len()).collect())
            }
        }
    }
}

impl Piece {
    fn spell(&self, choice: usize, units: &mut Vec<Unit>) {
        let mut add = |text, source, is_syllable| units.push(Unit { text, source, is_syllable });
        match self.sound {
            Sound::Itself(c) => add(itself(c), self.source, false),
            Sound::Usual(character) | Sound::Any(character) => {
                if let Some(&syllable) = character.syllables().get(choice) {
                    add(Cow::Borrowed(syllable), self.source, true);
                }
            }
            Sound::Word(readings) => {
                for (offset, &syllable) in readings.get(choice).into_iter().flatten().enumerate() {
                    add(Cow::Borrowed(syllable), self.source + offset, true);
                }
            }
        }
    }
}

/// A character as text; letters and digits without a copy.
fn itself(c: char) -> Cow<'static, str> {
    const PLAIN: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
    match PLAIN.find(c) {
        Some(at) => Cow::Borrowed(&PLAIN[at..=at]),
        None => Cow::Owned(c.to_string()),
    }
}
