//! The tables of readings, built once from the embedded files.

use pinyin::ToPinyin;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A character and its plausible readings with their shares, where it has several or the base is wrong.
const CHARACTERS: &str = include_str!("../../data/readings.txt");

/// A word, then its readings where they are not the usual ones of its characters.
const WORDS: &str = include_str!("../../data/words.txt");

/// The dense part of the character table: extension A and the basic block.
const FIRST: u32 = 0x3400;
const DENSE: usize = 0x9FFF - 0x3400 + 1;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::build);

/// The plausible readings of one character.
pub(super) struct Character {
    syllables: Vec<&'static str>,
    shares: Vec<f32>,
}

impl Character {
    /// The readings, the most frequent first.
    pub(super) fn syllables(&self) -> &[&'static str] {
        &self.syllables
    }

    /// The parts of the character's use that fall on each reading.
    pub(super) fn shares(&self) -> &[f32] {
        &self.shares
    }

    fn single(syllable: &'static str) -> Self {
        Self { syllables: vec![syllable], shares: vec![1.0] }
    }
}

/// The readings of a word, the usual first. Empty: the usual readings of its characters.
pub(super) type WordReadings = Vec<Vec<&'static str>>;

/// Characters and words with their readings.
pub(super) struct Lexicon {
    characters: Vec<Character>,
    /// By code point from [`FIRST`]: index in `characters` plus one, zero for none.
    dense: Vec<u16>,
    words: HashMap<&'static str, WordReadings>,
    longest_word: usize,
}

impl Lexicon {
    pub(super) fn get() -> &'static Self {
        &LEXICON
    }

    fn build() -> Self {
        let mut lexicon =
            Self { characters: Vec::new(), dense: vec![0; DENSE], words: HashMap::new(), longest_word: 0 };
        lexicon.add_base();
        for line in CHARACTERS.lines() {
            lexicon.add_character(line);
        }
        for line in WORDS.lines() {
            let mut fields = line.split('\t');
            let Some(word) = fields.next() else { continue };
            lexicon.longest_word = lexicon.longest_word.max(word.chars().count());
            lexicon.words.insert(word, fields.map(|field| field.split(' ').collect()).collect());
        }
        lexicon
    }

    /// The first reading of every character that the base knows; characters of one sound share an entry.
    fn add_base(&mut self) {
        let mut by_syllable: HashMap<&'static str, usize> = HashMap::new();
        for code in FIRST..FIRST + DENSE as u32 {
            let Some(syllable) = char::from_u32(code).and_then(|c| c.to_pinyin()).map(pinyin::Pinyin::plain)
            else {
                continue;
            };
            let index = *by_syllable.entry(syllable).or_insert_with(|| {
                self.characters.push(Character::single(plain_letters(syllable)));
                self.characters.len() - 1
            });
            self.point(code, index);
        }
    }

    fn add_character(&mut self, line: &'static str) {
        let mut fields = line.split('\t');
        let Some(c) = fields.next().and_then(|field| field.chars().next()) else { return };
        let readings = fields.filter_map(|field| {
            let (syllable, percent) = field.split_once(' ')?;
            Some((syllable, percent.parse::<f32>().ok()? / 100.0))
        });
        let (syllables, shares) = readings.unzip();
        self.characters.push(Character { syllables, shares });
        self.point(u32::from(c), self.characters.len() - 1);
    }

    fn point(&mut self, code: u32, index: usize) {
        let place = code.checked_sub(FIRST).and_then(|offset| self.dense.get_mut(offset as usize));
        if let (Some(place), Ok(number)) = (place, u16::try_from(index + 1)) {
            *place = number;
        }
    }

    /// The readings of `c`, if it is a hanzi of the basic block or extension A that has one.
    pub(super) fn character(&self, c: char) -> Option<&Character> {
        let offset = u32::from(c).checked_sub(FIRST)?;
        let number = *self.dense.get(offset as usize)?;
        self.characters.get(usize::from(number).checked_sub(1)?)
    }

    /// The entry of a word that holds a character with several readings.
    pub(super) fn word(&self, word: &str) -> Option<&WordReadings> {
        self.words.get(word)
    }

    /// The number of characters of the longest listed word.
    pub(super) fn longest_word(&self) -> usize {
        self.longest_word
    }
}

/// The base writes ü and ê; we write what a keyboard has.
fn plain_letters(syllable: &'static str) -> &'static str {
    match syllable {
        "lü" => "lv",
        "nü" => "nv",
        "lüe" => "lve",
        "nüe" => "nve",
        "ê" => "ei",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_syllable_is_written_in_small_letters() {
        let lexicon = Lexicon::get();
        let words = lexicon.words.values().flatten().flatten();
        for syllable in lexicon.characters.iter().flat_map(|entry| &entry.syllables).chain(words) {
            assert!(syllable.bytes().all(|byte| byte.is_ascii_lowercase()), "{syllable}");
        }
    }

    #[test]
    fn every_reading_of_a_word_has_one_syllable_a_character() {
        for (word, readings) in &Lexicon::get().words {
            for reading in readings {
                assert_eq!(reading.len(), word.chars().count(), "{word}");
            }
        }
    }

    #[test]
    fn every_listed_word_is_a_word_of_the_dictionary() {
        let unknown: Vec<_> =
            Lexicon::get().words.keys().filter(|word| !crate::segment::is_word(word)).collect();
        assert!(unknown.is_empty(), "add to data/user_words.txt: {unknown:?}");
    }

    #[test]
    fn shares_and_readings_go_together() {
        for entry in &Lexicon::get().characters {
            assert_eq!(entry.syllables.len(), entry.shares.len());
            assert!(entry.shares.is_sorted_by(|a, b| a >= b), "{:?}", entry.syllables);
        }
    }
}
