//! Typed pinyin letters, cut into syllables.
//!
//! What is typed is small Latin letters, ü as `v`. White space and apostrophes between them force a border.
//!
//! Two syllables of the readings, *n* and *ng* (嗯), have no vowel. They count as syllables, but nothing is cut
//! into them: otherwise every *xian* were also *xia n*.

mod cuts;
mod table;

pub use cuts::cuts;

use std::ops::Range;
use table::Fit;

/// The most ways that [`cuts()`] gives, whatever was asked for.
pub const MAX_CUTS: usize = 64;

/// The most letters that [`cuts()`] cuts: twenty of the longest syllables.
pub const MAX_LETTERS: usize = 120;

/// How much of a syllable a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A whole syllable.
    Whole,
    /// The first letter, or zh, ch, sh, standing for a whole syllable.
    Initial,
    /// The beginning of a syllable that is no whole one, at the end of what was typed.
    Beginning,
}

/// A piece of what was typed: one syllable or what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes in what was typed.
    pub range: Range<usize>,
    /// How much of a syllable it is.
    pub part: Part,
}

/// Whether `letters` are one of the syllables of Mandarin, without tone and with ü as `v`.
///
/// Besides *lve* and *nve* it takes *lue* and *nue*, as most people type them.
pub fn is_syllable(letters: &str) -> bool {
    table::fit(letters.as_bytes()) == Fit::Whole
}

/// Whether a syllable begins with `letters`, whole syllables included. Not so for no letters.
pub fn is_beginning(letters: &str) -> bool {
    table::fit(letters.as_bytes()) != Fit::Nothing
}

/// Every syllable that a character has as a reading, ordered.
pub fn all() -> &'static [&'static str] {
    &table::SYLLABLES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_of_a_character_is_a_syllable() {
        let mut readings: Vec<&str> =
            ('\u{3400}'..='\u{9FFF}').flat_map(|c| crate::pinyin::character(c).iter().copied()).collect();
        readings.sort_unstable();
        readings.dedup();
        assert!(all().is_sorted());
        let unknown: Vec<_> = readings.iter().filter(|reading| !all().contains(reading)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn syllables_and_beginnings() {
        for syllable in all().iter().copied().chain(["lue", "nue"]) {
            assert!(is_syllable(syllable), "{syllable}");
            for end in 1..=syllable.len() {
                assert!(is_beginning(&syllable[..end]), "{syllable} {end}");
            }
        }
        for other in ["", "zh", "xio", "zhon", "i", "v", "Ma", "ma1", "mà", "lü", "lv ", "zhuangg"] {
            assert!(!is_syllable(other), "{other}");
        }
        for other in ["", "i", "u", "v", "zx", "mab", "M", "妈", "biang", "zhuangzhuang", "lv "] {
            assert!(!is_beginning(other), "{other}");
        }
    }
}
