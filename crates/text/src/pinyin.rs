//! Readings: syllables without tones, ü written v (女 is `nv`).
//!
//! A character alone has one to a few plausible readings, those with at least a tenth of its use. In a word the
//! word decides: `data/words.txt` lists every dictionary word that holds a character with several readings,
//! with its reading where that is not the usual one. It is matched on whole words only, never across their
//! borders, so 校长调查 stays *xiao zhang diao cha* although 长调 has a reading of its own.

mod lexicon;
mod plan;

use lexicon::Lexicon;
use std::borrow::Cow;

/// The most readings that [`readings`] gives of one text.
pub const MAX_READINGS: usize = 4;

/// What one character of a text sounds like, or the character itself where it has no reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The syllable, or the character.
    pub text: Cow<'static, str>,
    /// The index of the character in the normal form, counted in characters.
    pub source: usize,
    /// Whether `text` is a syllable.
    pub is_syllable: bool,
}

/// The plausible readings of a simplified character, the most frequent first; none if it is no hanzi we know.
pub fn character(c: char) -> &'static [&'static str] {
    Lexicon::get().character(c).map_or(&[], lexicon::Character::syllables)
}

/// The reading of a text in normal form: one unit for every letter, digit and hanzi.
pub fn reading(normal: &str) -> Vec<Unit> {
    plan::plan(normal).best()
}

/// The plausible readings of a text in normal form, the best first, at most [`MAX_READINGS`] and at least one.
pub fn readings(normal: &str) -> Vec<Vec<Unit>> {
    plan::plan(normal).best_few(MAX_READINGS)
}

/// The first letters of `units`.
pub fn initials(units: &[Unit]) -> String {
    units.iter().filter_map(|unit| unit.text.chars().next()).collect()
}

/// The whole text of `units` without spaces.
pub fn full(units: &[Unit]) -> String {
    units.iter().map(|unit| &*unit.text).collect()
}

/// Builds the tables (and the dictionary of [`crate::segment`]) now instead of at the first text.
pub fn warm() {
    crate::segment::warm();
    Lexicon::get();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spaced(units: &[Unit]) -> String {
        units.iter().map(|unit| &*unit.text).collect::<Vec<_>>().join(" ")
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(spaced(&reading(text)), expected, "{text}");
    }

    #[test]
    fn words_decide_the_reading() {
        check("重庆火锅", "chong qing huo guo");
        check("银行贷款利率", "yin hang dai kuan li lv");
        check("音乐节快乐", "yin yue jie kuai le");
        check("长沙臭豆腐", "chang sha chou dou fu");
        check("成长", "cheng zhang");
        check("厦门大厦", "xia men da sha");
        check("会计开会", "kuai ji kai hui");
        check("校长调查调整", "xiao zhang diao cha tiao zheng");
        check("曾国藩", "zeng guo fan");
        check("朝阳区朝阳", "chao yang qu chao yang");
        check("女生绿色", "nv sheng lv se");
        check("干隆着名干净", "qian long zhu ming gan jing");
    }

    #[test]
    fn other_characters_are_kept() {
        check("rtx 50，显卡か", "r t x 5 0 xian ka か");
        let units = reading("a，好");
        assert_eq!((units[1].source, units[1].is_syllable, units[0].is_syllable), (2, true, false));
        assert_eq!((full(&units), initials(&units)), ("ahao".into(), "ah".into()));
    }

    #[test]
    fn plausible_readings_come_best_first() {
        let all: Vec<String> = readings("朝阳").iter().map(|units| full(units)).collect();
        assert_eq!(all, ["chaoyang", "zhaoyang"]);
        assert_eq!(readings("重庆火锅").len(), 1);
        assert_eq!(readings("快乐").len(), 1);
        assert_eq!(readings(""), [vec![]]);
        assert_eq!(readings("长 行 重 乐 薄").len(), MAX_READINGS);
        assert_eq!(readings("乐")[0][0].text, character('乐')[0]);
    }

    #[test]
    fn characters() {
        assert_eq!(character('乐'), ["le", "yue"]);
        assert_eq!(character('女'), ["nv"]);
        assert_eq!(character('好'), ["hao"]);
        assert!(character('a').is_empty() && character('か').is_empty());
    }
}
