//! Banned words, found through their disguises.
//!
//! Words and texts are compared as letters, digits and hanzi of the normal form: traditional characters, full
//! width, upper case, accents (`ś`, `sèx`) and letters in circles or squares do not hide a word, nor does what
//! stands between its characters, be it white space, punctuation, emoji, combining or zero-width characters.
//!
//! Where a word begins or ends with a Latin letter or digit, none may stand directly before or after it: *sex* is
//! in `s.e.x教育` and not in `essex`.

mod letters;
mod spelled;

use crate::normal::{normal_form, push_normal_form};
use daachorse::CharwiseDoubleArrayAhoCorasick;
use letters::{fold, is_latin};
use std::cell::RefCell;

/// A buffer that grew beyond this is not kept.
const MAX_KEPT_BUFFER: usize = 1 << 16;

thread_local! {
    static BUFFER: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Words that are looked for all at once.
pub struct Words {
    /// Finds the indices of `patterns`.
    automaton: CharwiseDoubleArrayAhoCorasick<usize>,
    patterns: Vec<Pattern>,
    /// The number of letters of the longest pattern.
    longest: usize,
}

/// A way to write a word.
struct Pattern {
    word: usize,
    /// The number of letters.
    length: usize,
    begins_latin: bool,
    ends_latin: bool,
    /// For a spelling in pinyin: the numbers of letters after which a space or an apostrophe may stand.
    borders: Option<Box<[usize]>>,
}

/// A place where a word was found, ordered as the first of several is chosen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    start: usize,
    end: usize,
    word: usize,
}

impl Words {
    /// The words in a form that is quick to look for.
    ///
    /// With `pinyin` a word is also found where it is spelled in full pinyin letters (*dubo* for 赌博), with
    /// spaces or apostrophes between its syllables only; words of one syllable are not, since a hundred harmless
    /// characters sound like them. Words without a letter, digit or hanzi are ignored, and keep their index.
    ///
    /// # Panics
    ///
    /// If all words together have more than 2^31 letters, which is more than a list of words has.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>, pinyin: bool) -> Self {
        let mut patterns = Vec::new();
        let mut letters = Vec::new();
        for (index, word) in words.into_iter().enumerate() {
            let normal = normal_form(word);
            let folded: String = normal.chars().filter_map(fold).collect();
            if !folded.is_empty() {
                patterns.push(Pattern::new(index, &folded, None));
                letters.push(folded);
            }
            if pinyin {
                for spelling in spelled::spellings(&normal) {
                    patterns.push(Pattern::new(index, &spelling.letters, Some(spelling.borders)));
                    letters.push(spelling.letters);
                }
            }
        }
        let automaton = CharwiseDoubleArrayAhoCorasick::new(&letters);
        let automaton = automaton.expect("all words together have fewer than 2^31 letters");
        let longest = patterns.iter().map(|pattern| pattern.length).max().unwrap_or(0);
        Self { automaton, patterns, longest }
    }

    /// Whether there is no word to look for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The index of the word that begins first in `text` as it is written, if there is one.
    ///
    /// Of several that begin at the same place, the one that ends first, then the one with the lowest index.
    pub fn find(&self, text: &str) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        BUFFER.with_borrow_mut(|buffer| {
            buffer.clear();
            push_normal_form(text, buffer);
            let found = self.find_in_normal(buffer);
            if buffer.capacity() > MAX_KEPT_BUFFER {
                *buffer = String::new();
            }
            found
        })
    }

    /// The same for a text that is in normal form already ([`crate::normal::normal_form`] or
    /// [`crate::normal::key`]).
    pub fn find_in_normal(&self, normal: &str) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        let mut stepper = self.automaton.find_overlapping_stepper();
        let mut first: Option<Found> = None;
        let mut left = self.longest;
        for (at, c) in normal.char_indices() {
            let Some(letter) = fold(c) else { continue };
            stepper.consume(letter);
            let mut matches = stepper.matches().peekable();
            if matches.peek().is_some() {
                let patterns = matches.filter_map(|found| self.patterns.get(found.value()));
                first = first.into_iter().chain(first_of(patterns, normal, at + c.len_utf8())).min();
            }
            if first.is_some() {
                // A longer word that begins before may still end.
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        first.map(|found| found.word)
    }
}

/// The first of the words that may end at byte `end`.
#[cold]
fn first_of<'a>(patterns: impl Iterator<Item = &'a Pattern>, normal: &str, end: usize) -> Option<Found> {
    let found = patterns.filter_map(|pattern| {
        let start = pattern.start_of(normal, end)?;
        Some(Found { start, end, word: pattern.word })
    });
    found.min()
}

impl Pattern {
    fn new(word: usize, letters: &str, borders: Option<Box<[usize]>>) -> Self {
        Self {
            word,
            length: letters.chars().count(),
            begins_latin: letters.starts_with(is_latin),
            ends_latin: letters.ends_with(is_latin),
            borders,
        }
    }

    /// Where the letters that end at byte `end` begin, if they are the word and not a part of another one.
    fn start_of(&self, normal: &str, end: usize) -> Option<usize> {
        if self.ends_latin && normal[end..].starts_with(is_latin) {
            return None;
        }
        let mut letters = normal[..end].char_indices().rev().filter(|&(_, c)| fold(c).is_some());
        let (start, _) = letters.nth(self.length - 1)?;
        if self.begins_latin && normal[..start].ends_with(is_latin) {
            return None;
        }
        let is_written_so =
            self.borders.as_ref().is_none_or(|borders| spelled::is_spelled(&normal[start..end], borders));
        is_written_so.then_some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_with(words: &[&str], pinyin: bool, text: &str, expected: Option<usize>) {
        let words = Words::new(words.iter().copied(), pinyin);
        assert_eq!(words.find(text), expected, "{text}");
        assert_eq!(words.find_in_normal(&normal_form(text)), expected, "{text}");
    }

    #[track_caller]
    fn check(word: &str, found_in: &[&str], not_in: &[&str]) {
        for text in found_in {
            check_with(&[word], false, text, Some(0));
        }
        for text in not_in {
            check_with(&[word], false, text, None);
        }
    }

    #[test]
    fn disguises_do_not_hide() {
        let disguised =
            ["赌博", "在线賭博网", "赌 博", "赌。博", "赌🙂博", "赌\u{200B}博", "赌\u{20DD}博", "赌*-*博"];
        check("赌博", &disguised, &["赌徒博客", "博赌", "赌", ""]);
        check("賭 博", &["赌博"], &[]);
        check(
            "AV片",
            &["av片", "ＡＶ片", "A.V.片", "ⒶⓋ片", "🅰🅥片", "àv片", "a\u{336}v片"],
            &["mav片", "a片"],
        );
        check("六合彩", &["香港六 合，彩开奖"], &["六合"]);
        check("毒品", &["a毒品b"], &[]);
    }

    #[test]
    fn latin_words_have_borders() {
        let found =
            ["sex", "SEX", "s.e.x教育", "看sex片", "s e x", "essex sex", "es.sex!", "śéx", "s\u{336}ex"];
        check("sex", &found, &["essex", "sexy", "sex2", "2sex", "s-exy", "ésex"]);
        check("18禁", &["18禁", "看18禁片", "1 8 禁"], &["2018禁", "a18禁"]);
        check("x片", &["看x片"], &["3x片"]);
    }

    #[test]
    fn the_leftmost_word_is_found() {
        check_with(&["bc", "abcd", "cd"], false, "x abcd", Some(1));
        check_with(&["乙丙", "甲乙丙丁", "丙丁"], false, "甲乙丙丁", Some(1));
        check_with(&["乙丙", "甲乙丙丁", "丙丁"], false, "甲乙丙", Some(0));
        check_with(&["甲乙丙", "甲乙", "甲乙"], false, "甲乙丙", Some(1));
        check_with(&["", "，", "甲"], false, "乙甲", Some(2));
        check_with(&["乙丙", "甲乙x", "丙丁"], false, "甲乙丙", Some(0));
        assert!(Words::new(["", "！"], true).is_empty());
        assert_eq!(Words::new([], true).find("甲"), None);
    }

    #[test]
    fn pinyin_spellings() {
        for text in ["dubo", "DuBo", "在线dubo网", "du bo", "du'bo", "du’bo", "ｄｕｂｏ", "dǔbó", "赌博"]
        {
            check_with(&["赌博"], true, text, Some(0));
        }
        for text in ["dubob", "adubo", "d ubo", "du.bo", "dub o", "du1bo"] {
            check_with(&["赌博"], true, text, None);
        }
        check_with(&["赌博"], false, "dubo", None);
        check_with(&["毒"], true, "du", None);
        check_with(&["K粉"], true, "k fen", Some(0));
        check_with(&["侵略"], true, "qinlue", Some(0));
        check_with(&["侵略"], true, "qin lve", Some(0));
    }
}
