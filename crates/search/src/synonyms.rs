//! Other words for what was typed: the operators' synonyms and the words of other regions.
//!
//! A keyword is reworded before it is looked for, so that a change of the synonyms needs no new index, and what is
//! found by other words can be kept behind what holds the typed ones.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use daachorse::CharwiseDoubleArrayAhoCorasick;
use text::{
    normal::{key, normal_form},
    regional,
    script::is_hanzi,
    segment,
};

use crate::syntax::{self, Clause};

/// The most rewordings of one keyword: each is a search of its own.
pub const LIMIT: usize = 6;

/// The keyword in other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewording {
    /// What is looked for in place of the keyword.
    pub keyword: String,
    /// Whether no operator asked for it: only words of other regions were put in.
    pub is_regional: bool,
}

/// What may be said in place of a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Other {
    is_regional: bool,
    word: String,
}

/// Words and what may be said in their place, in a form that is quick to look for.
pub struct Synonyms {
    /// Finds the indices of `others`; none where there is nothing to find.
    automaton: Option<CharwiseDoubleArrayAhoCorasick<usize>>,
    others: Vec<Vec<Other>>,
}

/// A word of the keyword that has others, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Occurrence {
    start: usize,
    end: usize,
    index: usize,
}

impl Synonyms {
    /// Synonyms from pairs of operators (a word, and what may be said in its place), beside those of the regions.
    /// Script, case and width do not count; pairs with nothing to compare, or of the same word, mean nothing.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut found: BTreeMap<String, Vec<Other>> = BTreeMap::new();
        let mut add = |word: String, other: String, is_regional| {
            // What holds the word is found by the word.
            if !word.is_empty() && !other.is_empty() && !stands_in(&word, &other) {
                found.entry(word).or_default().push(Other { is_regional, word: other });
            }
        };
        for (word, other) in pairs {
            let other = single_spaced(&normal_form(other));
            // With its spaces and without those beside hanzi: both are typed.
            for word in BTreeSet::from([key(word), single_spaced(&normal_form(word))]) {
                add(word, other.clone(), false);
            }
        }
        for (mainland, taiwan) in regional::pairs() {
            add(mainland.to_owned(), taiwan.to_owned(), true);
            add(taiwan.to_owned(), mainland.to_owned(), true);
        }
        for others in found.values_mut() {
            // An operator's pair goes before the same one of the table.
            others.sort_by(|a, b| a.word.cmp(&b.word).then(a.is_regional.cmp(&b.is_regional)));
            others.dedup_by(|a, b| a.word == b.word);
            others.sort_by_key(|other| other.is_regional);
        }
        let automaton = CharwiseDoubleArrayAhoCorasick::new(found.keys()).ok();
        Self { automaton, others: found.into_values().collect() }
    }

    /// The keyword in other words: first those that put one word in the place of another, then those that put
    /// several; at most [`LIMIT`]. What stands in quotes was meant as it stands, and what is excluded stays so.
    pub fn rewordings(&self, keyword: &str) -> Vec<Rewording> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let normal = single_spaced(&normal_form(keyword));
        if automaton.find_iter(&normal).next().is_none() {
            return Vec::new();
        }
        let found = automaton.find_overlapping_iter(&normal).map(|found| Occurrence {
            start: found.start(),
            end: found.end(),
            index: found.value(),
        });
        let fixed = fixed_spans(&normal);
        let borders = Borders::of(&normal);
        let mut occurrences: Vec<Occurrence> = found
            .filter(|found| fixed.iter().all(|fixed| found.end <= fixed.0 || found.start >= fixed.1))
            .filter(|found| {
                let inside = self.is_found_inside(found, &normal);
                [found.start, found.end].iter().all(|at| borders.let_stand(&normal, *at, inside))
            })
            .collect();
        keep_the_longest(&mut occurrences);
        self.reworded(&normal, &occurrences)
    }

    /// Whether a word may stand inside of a longer one of the dictionary: an operator's may, who wants 土豆丝 to find
    /// 马铃薯丝 too, unless it is a single character.
    fn is_found_inside(&self, found: &Occurrence, normal: &str) -> bool {
        self.others[found.index].iter().any(|other| !other.is_regional)
            && normal[found.start..found.end].chars().nth(1).is_some()
    }

    /// One choice for each occurrence, 0 to leave it: those that change the fewest come first.
    fn reworded(&self, normal: &str, occurrences: &[Occurrence]) -> Vec<Rewording> {
        let mut choices: Vec<Vec<usize>> = vec![Vec::new()];
        for occurrence in occurrences {
            let count = self.others[occurrence.index].len();
            let with = |chosen: &Vec<usize>, next| [chosen.as_slice(), &[next]].concat();
            choices = choices.iter().flat_map(|chosen| (0..=count).map(|next| with(chosen, next))).collect();
            choices.sort_by_key(|chosen| chosen.iter().filter(|choice| **choice > 0).count());
            choices.truncate(LIMIT + 1);
        }
        choices.iter().skip(1).map(|chosen| self.with(normal, occurrences, chosen)).collect()
    }

    fn with(&self, normal: &str, occurrences: &[Occurrence], chosen: &[usize]) -> Rewording {
        let mut rewording = Rewording { keyword: String::new(), is_regional: true };
        let mut end = 0;
        for (occurrence, choice) in occurrences.iter().zip(chosen) {
            let other = choice.checked_sub(1).and_then(|at| self.others[occurrence.index].get(at));
            let Some(other) = other else { continue };
            // Spaces, since nobody typed what now stands side by side: 肯德基 for KFC in KFC套餐 need not be
            // followed by 套餐.
            rewording.keyword.extend([normal[end..occurrence.start].trim_end(), " ", &other.word, " "]);
            rewording.is_regional &= other.is_regional;
            // A minus in between means nothing as it was typed; behind a space it would exclude.
            let minus = normal[occurrence.end..].starts_with(['-', '\u{2212}']);
            let minus = normal[occurrence.end..].chars().next().filter(|_| minus);
            end = occurrence.end + minus.map_or(0, char::len_utf8);
        }
        rewording.keyword.push_str(normal[end..].trim_start());
        rewording.keyword.truncate(rewording.keyword.trim_end().len());
        let leading = rewording.keyword.len() - rewording.keyword.trim_start().len();
        rewording.keyword.drain(..leading);
        rewording
    }
}

fn single_spaced(normal: &str) -> String {
    normal.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a search for `word` finds what holds `other`: a part of a Latin word or of a number does not.
fn stands_in(word: &str, other: &str) -> bool {
    other.match_indices(word).any(|(at, _)| !tears(other, at) && !tears(other, at + word.len()))
}

/// Whether letters, or digits, stand on both sides of a place.
fn tears(normal: &str, at: usize) -> bool {
    let (before, behind) = (normal[..at].chars().next_back(), normal[at..].chars().next());
    let both = |is: fn(char) -> bool| before.is_some_and(is) && behind.is_some_and(is);
    both(|c| c.is_alphabetic() && !is_hanzi(c)) || both(char::is_numeric)
}

/// The bytes that may not be reworded: what stands in quotes or is excluded.
fn fixed_spans(normal: &str) -> Vec<(usize, usize)> {
    let span = |part: &str| {
        let start = part.as_ptr() as usize - normal.as_ptr() as usize;
        (start, start + part.len())
    };
    let clauses = syntax::clauses(normal).into_iter();
    clauses
        .filter_map(|clause| match clause {
            Clause::Plain(_) => None,
            Clause::Phrase(part) | Clause::Excluded(part) => Some(span(part)),
        })
        .collect()
}

/// Of occurrences that overlap the one that begins first, of those the longest.
fn keep_the_longest(occurrences: &mut Vec<Occurrence>) {
    occurrences.sort_by_key(|found| (found.start, Reverse(found.end)));
    let mut end = 0;
    occurrences.retain(|found| {
        let is_free = found.start >= end;
        if is_free {
            end = found.end;
        }
        is_free
    });
}

/// Where a word of a text may begin or end.
struct Borders {
    /// The bytes at which the dictionary's words begin.
    words: Vec<usize>,
}

impl Borders {
    fn of(normal: &str) -> Self {
        let words = segment::words(normal).into_iter();
        Self { words: words.map(|word| word.as_ptr() as usize - normal.as_ptr() as usize).collect() }
    }

    /// Between two hanzi the dictionary has to part them (的士 does not stand in 目的士兵) unless words stand `inside`
    /// of others, and letters or digits are not torn apart.
    fn let_stand(&self, normal: &str, at: usize, inside: bool) -> bool {
        let (before, behind) = (normal[..at].chars().next_back(), normal[at..].chars().next());
        if before.is_some_and(is_hanzi) && behind.is_some_and(is_hanzi) {
            return inside || self.words.binary_search(&at).is_ok();
        }
        !tears(normal, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [&str; 0] = [];

    fn reworded(synonyms: &Synonyms, keyword: &str) -> Vec<String> {
        synonyms.rewordings(keyword).into_iter().map(|rewording| rewording.keyword).collect()
    }

    #[test]
    fn operators_words_cross_scripts() {
        let both = [("肯德基", "KFC"), ("KFC", "肯德基"), ("KFC", "Kentucky Fried Chicken")];
        let synonyms = Synonyms::new(both.into_iter().chain([("Kentucky fried  chicken", "肯德基")]));
        assert_eq!(reworded(&synonyms, "肯德基"), ["kfc"]);
        assert_eq!(reworded(&synonyms, "ＫＦＣ套餐"), ["kentucky fried chicken 套餐", "肯德基 套餐"]);
        assert_eq!(reworded(&synonyms, "吃 kentucky fried chicken"), ["吃 肯德基"]);
        assert_eq!(reworded(&synonyms, "\"KFC\" 套餐 -肯德基"), NOTHING);
        assert_eq!(reworded(&synonyms, "kfcs 5kfc"), ["kfcs 5 kentucky fried chicken", "kfcs 5 肯德基"]);
    }

    #[test]
    fn a_minus_inside_of_a_keyword_excludes_nothing() {
        let synonyms = Synonyms::new([("KFC", "肯德基")]);
        assert_eq!(reworded(&synonyms, "kfc-套餐"), ["肯德基 套餐"]);
        assert_eq!(reworded(&synonyms, "套餐-kfc"), ["套餐- 肯德基"]);
        assert_eq!(reworded(&synonyms, "kfc -套餐"), ["肯德基 -套餐"]);
    }

    #[test]
    fn parts_of_latin_words_have_synonyms_and_spaces_do_not_matter() {
        let pairs = [("net", "internet"), ("5", "15"), ("KFC 套餐", "全家桶"), ("小米", "小米手机")];
        let synonyms = Synonyms::new(pairs);
        assert_eq!(reworded(&synonyms, "net"), ["internet"]);
        assert_eq!(reworded(&synonyms, "5"), ["15"]);
        assert_eq!(reworded(&synonyms, "kfc  套餐"), ["全家桶"]);
        assert_eq!(reworded(&synonyms, "kfc套餐"), ["全家桶"]);
        assert_eq!(reworded(&synonyms, "小米"), NOTHING, "小米手机 holds it");
    }

    #[test]
    fn one_way_is_one_way() {
        let synonyms = Synonyms::new([("土豆", "马铃薯")]);
        assert_eq!(reworded(&synonyms, "土豆丝"), ["马铃薯 丝"]);
        assert_eq!(reworded(&synonyms, "炒土豆"), ["炒 马铃薯"]);
        assert_eq!(reworded(&synonyms, "馬鈴薯"), NOTHING);
    }

    #[test]
    fn regions_say_other_words() {
        let synonyms = Synonyms::new([]);
        assert_eq!(reworded(&synonyms, "免費軟體"), ["免费 软件"]);
        assert_eq!(reworded(&synonyms, "软件"), ["软体"]);
        assert_eq!(
            reworded(&synonyms, "目的士兵"),
            NOTHING,
            "计程车 is said for 的士, which does not stand here"
        );
        assert!(synonyms.rewordings("软件").iter().all(|rewording| rewording.is_regional));
        let asked_for = Synonyms::new([("软件", "软体")]);
        assert!(asked_for.rewordings("软件").iter().all(|rewording| !rewording.is_regional));
    }

    #[test]
    fn the_fewest_changes_come_first_and_there_is_an_end() {
        let synonyms = Synonyms::new([("甲一", "甲二"), ("乙一", "乙二"), ("丙一", "丙二")]);
        let found = reworded(&synonyms, "甲一 乙一 丙一");
        assert_eq!(found.len(), LIMIT);
        assert_eq!(found[..3], ["甲一 乙一 丙二", "甲一 乙二 丙一", "甲二 乙一 丙一"]);
    }
}
