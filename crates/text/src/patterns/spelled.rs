//! Words spelled in pinyin.

use super::letters::fold;
use crate::pinyin::{self, Unit};
use crate::script::is_hanzi;

/// A word in pinyin letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// The letters without spaces.
    pub(super) letters: String,
    /// The numbers of letters after which a syllable ends, without the last one.
    pub(super) borders: Box<[usize]>,
}

/// The spellings of a word in normal form: those of its plausible readings, if it has two syllables or more.
pub(super) fn spellings(word: &str) -> Vec<Spelling> {
    if !word.contains(is_hanzi) {
        return Vec::new();
    }
    let mut spellings = Vec::new();
    for units in pinyin::readings(word) {
        if units.len() < 2 || !units.iter().any(|unit| unit.is_syllable) {
            continue;
        }
        let written = spelling(&units, |unit| &unit.text);
        let typed = spelling(&units, |unit| match &*unit.text {
            "lve" => "lue",
            "nve" => "nue",
            other => other,
        });
        for spelling in [written, typed] {
            if !spelling.letters.is_empty() && !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
    }
    spellings
}

fn spelling<'a>(units: &'a [Unit], text: impl Fn(&'a Unit) -> &'a str) -> Spelling {
    let mut letters = String::new();
    let mut borders = Vec::with_capacity(units.len());
    let mut count = 0;
    for unit in units {
        if count > 0 {
            borders.push(count);
        }
        for letter in text(unit).chars().filter_map(fold) {
            letters.push(letter);
            count += 1;
        }
    }
    Spelling { letters, borders: borders.into() }
}

/// Whether between the letters of `text` stand only spaces and apostrophes, and those only at `borders`.
pub(super) fn is_spelled(text: &str, borders: &[usize]) -> bool {
    let mut count = 0;
    text.chars().all(|c| {
        if fold(c).is_some() {
            count += 1;
            return true;
        }
        (c.is_whitespace() || matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`')) && borders.contains(&count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: &[&str]) {
        let shown: Vec<String> = spellings(word).into_iter().map(|spelling| spelling.letters).collect();
        assert_eq!(shown, expected, "{word}");
    }

    #[test]
    fn words_in_pinyin() {
        check("赌博", &["dubo"]);
        check("朝阳", &["chaoyang", "zhaoyang"]);
        check("侵略", &["qinlve", "qinlue"]);
        check("k粉", &["kfen"]);
        check("毒", &[]);
        check("sex", &[]);
        check("", &[]);
        assert_eq!(*spellings("k粉男")[0].borders, [1, 4]);
    }

    #[test]
    fn spaces_stand_at_borders() {
        assert!(is_spelled("du bo", &[2]) && is_spelled("dubo", &[2]) && is_spelled("du' bo", &[2]));
        assert!(!is_spelled("d ubo", &[2]) && !is_spelled("du-bo", &[2]));
    }
}
