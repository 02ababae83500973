//! The same questions answered by looking at every entry, and random sets of entries to ask about.

use proptest::prelude::*;
use suggest::{Candidate, Route};

use crate::support::submitted;

/// An entry as it is shown at some moment.
pub(crate) struct Entry {
    key: String,
    words: Vec<String>,
    readings: Vec<Vec<text::pinyin::Unit>>,
}

/// Each key that is shown at that moment, once.
pub(crate) fn entries(candidates: &[Candidate], now: i64) -> Vec<Entry> {
    let is_valid = |candidate: &&Candidate| {
        candidate.valid_from.is_none_or(|from| from <= now) && candidate.valid_to.is_none_or(|to| now < to)
    };
    let keys: std::collections::BTreeSet<String> =
        candidates.iter().filter(is_valid).map(|candidate| text::normal::key(&candidate.text)).collect();
    let entry = |key: String| Entry { words: words(&key), readings: text::pinyin::readings(&key), key };
    keys.into_iter().filter(|key| !key.is_empty()).map(entry).collect()
}

fn words(normal: &str) -> Vec<String> {
    let words = text::segment::words(normal).into_iter();
    words.filter(|word| word.starts_with(char::is_alphanumeric)).map(str::to_owned).collect()
}

/// The letters and digits of a keyword that holds nothing else, and a letter.
fn letters(keyword: &str) -> Option<String> {
    let key = text::normal::key(keyword);
    let is_pinyin = key.chars().any(|c| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '\'');
    is_pinyin.then(|| key.chars().filter(char::is_ascii_alphanumeric).collect())
}

/// Whether an index finds all that a scan does: letters alone can be cut in more ways than it tries.
pub(crate) fn is_whole(keyword: &str, route: Route) -> bool {
    route != Route::Mixed || letters(keyword).is_none()
}

/// The keys that a route leads to.
pub(crate) fn reached(entries: &[Entry], keyword: &str, route: Route) -> Vec<String> {
    let is_reached = |entry: &&Entry| match route {
        Route::Prefix => {
            let key = text::normal::key(keyword);
            !key.is_empty() && entry.key.starts_with(&key)
        }
        Route::WordBreak => {
            has_words(entry, keyword) && begins_somewhere(&entry.key, &text::normal::key(keyword))
        }
        Route::AnyOrder => {
            has_words(entry, keyword)
                && typed_words(keyword).len() > 1
                && is_words(keyword)
                && !begins_somewhere(&entry.key, &text::normal::key(keyword))
                && placed(&entry.key, &typed_words(keyword))
        }
        Route::Pinyin => by_letters(entry, keyword, text::pinyin::full),
        Route::Initials => by_letters(entry, keyword, text::pinyin::initials),
        _ => mixed(entry, keyword),
    };
    entries.iter().filter(is_reached).map(|entry| entry.key.clone()).collect()
}

fn by_letters(entry: &Entry, keyword: &str, spell: impl Fn(&[text::pinyin::Unit]) -> String) -> bool {
    let Some(letters) = letters(keyword) else { return false };
    entry.readings.iter().any(|units| spell(units).starts_with(&letters))
}

fn typed_words(keyword: &str) -> Vec<String> {
    text::normal::normal_form(keyword).split_whitespace().flat_map(words).collect()
}

/// Whether nothing was typed beside words and spaces.
fn is_words(keyword: &str) -> bool {
    let normal = text::normal::normal_form(keyword);
    typed_words(keyword).concat() == normal.split_whitespace().collect::<String>()
}

/// Whether all typed words but the last are words of the entry, and the last begins one.
fn has_words(entry: &Entry, keyword: &str) -> bool {
    let typed = typed_words(keyword);
    let Some((last, whole)) = typed.split_last() else { return false };
    whole.iter().all(|word| entry.words.contains(word))
        && entry.words.iter().any(|word| word.starts_with(last.as_str()))
}

fn breaks_no_run(before: &str, found: &str) -> bool {
    let class = |c: char| (c.is_ascii_digit(), c.is_alphabetic() && !text::script::is_ideographic(c));
    match (before.chars().next_back(), found.chars().next()) {
        (Some(one), Some(two)) => class(one) == (false, false) || class(one) != class(two),
        _ => true,
    }
}

fn begins_somewhere(key: &str, typed: &str) -> bool {
    let starts = key.char_indices().map(|(start, _)| start);
    !typed.is_empty()
        && starts
            .into_iter()
            .any(|start| key[start..].starts_with(typed) && breaks_no_run(&key[..start], typed))
}

/// Whether the words find places that do not overlap, the longest first and each in the first that is free.
fn placed(key: &str, words: &[String]) -> bool {
    let mut order: Vec<&String> = words.iter().collect();
    order.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut free = vec![true; key.len()];
    order.into_iter().all(|word| {
        let start = key.char_indices().map(|(start, _)| start).find(|&start| {
            key[start..].starts_with(word.as_str())
                && breaks_no_run(&key[..start], word)
                && free[start..start + word.len()].iter().all(|&free| free)
        });
        start.inspect(|&start| free[start..start + word.len()].fill(false)).is_some()
    })
}

/// Whether hanzi and letters, each for a character, tell the beginning of the entry. Letters alone count only if an
/// initial stands for a syllable, but that is for the index to say.
fn mixed(entry: &Entry, keyword: &str) -> bool {
    let key = text::normal::key(keyword);
    let typed: Vec<char> = key.chars().filter(|c| !c.is_whitespace() && *c != '\'').collect();
    let is_told = |&c: &char| c.is_ascii_alphanumeric() || !text::pinyin::character(c).is_empty();
    if !typed.iter().any(char::is_ascii_lowercase) || !typed.iter().all(is_told) {
        return false;
    }
    let leading: String = typed.iter().take_while(|c| !c.is_ascii()).collect();
    if !entry.key.starts_with(&leading) {
        return false;
    }
    let characters: Vec<char> = entry.key.chars().collect();
    entry.readings.iter().any(|units| tells(&typed, units, &characters))
}

fn tells(typed: &[char], units: &[text::pinyin::Unit], characters: &[char]) -> bool {
    let Some(&first) = typed.first() else { return true };
    let Some((unit, rest)) = units.split_first() else { return false };
    if first == characters[unit.source] && tells(&typed[1..], rest, characters) {
        return true;
    }
    let letters: Vec<char> = unit.text.chars().collect();
    unit.is_syllable
        && (1..=letters.len().min(typed.len())).any(|length| {
            let is_initial = length == 1 || (length == 2 && letters[1] == 'h' && "zcs".contains(letters[0]));
            let is_allowed = is_initial || length == letters.len() || length == typed.len();
            is_allowed && typed[..length] == letters[..length] && tells(&typed[length..], rest, characters)
        })
}

/// Sets of entries over few characters, so that prefixes, twins and second readings are common.
pub(crate) fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let border = || prop_oneof![3 => Just(None), 1 => (0..12i64).prop_map(Some)];
    let text = "[连衣裙行长西安先重庆 aAx1！]{0,5}";
    prop::collection::vec((text, 0..40u64, 0..9u32, border(), border()), 0..200).prop_map(|entries| {
        let candidate =
            |(text, count, recent, valid_from, valid_to): (String, u64, u32, Option<i64>, Option<i64>)| {
                let mut candidate = Candidate { valid_from, valid_to, ..submitted(&text, count) };
                // Every third was asked just now.
                if recent % 3 == 0 {
                    candidate.evidence.fast = f64::from(recent) / 20.0;
                }
                candidate
            };
        entries.into_iter().map(candidate).collect()
    })
}

/// Things to type over the same characters.
pub(crate) fn keyword() -> impl Strategy<Value = String> {
    prop_oneof![
        "[连衣裙行长西安先重庆 aAx1！]{0,3}",
        "[lyqxahcz]{1,4}",
        "[连衣裙行长西安](lian|yi|y|x|xi|xing|hang|zh|c|a)[衣裙安]?",
        "(lian|yi|qun|xing|hang|chang|zhang|xi|an|xian|zhong|chong|qing){1,2}[lyqxahcz]?",
        "(lian|xi|xian)[ '](yi|a|an)",
    ]
}
