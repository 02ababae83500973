//! The same questions answered by looking at every entry, and random sets of entries to ask about.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use proptest::prelude::*;
use suggest::{Candidate, Route};

/// What was found, without how it is drawn.
pub(crate) type Found = (String, u64, Route);

/// An entry as it is shown at some moment.
struct Entry {
    key: String,
    surface: String,
    weight: u64,
    has_window: bool,
}

/// How the typed letters relate to a reading's letters.
type Relation = fn(&str, &str) -> bool;

/// The letters of a keyword that can be pinyin.
fn letters(key: &str) -> Option<String> {
    let is_pinyin = key.chars().any(|c| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '\'');
    is_pinyin.then(|| key.chars().filter(char::is_ascii_alphanumeric).collect())
}

/// The ways by sound in which an entry is reached.
fn by_letters(letters: &str, entry: &Entry, relation: Relation) -> Vec<Route> {
    let readings = text::pinyin::readings(&entry.key);
    let mut routes = Vec::new();
    if readings.iter().any(|units| relation(&text::pinyin::full(units), letters)) {
        routes.push(Route::Pinyin);
    }
    if readings.iter().any(|units| relation(&text::pinyin::initials(units), letters)) {
        routes.push(Route::Initials);
    }
    routes
}

/// The best entries of a set, found by looking at each.
pub(crate) fn suggest(candidates: &[Candidate], keyword: &str, limit: usize, now: i64) -> Vec<Found> {
    let key = text::normal::key(keyword);
    let letters = letters(&key);
    let routes = |entry: &Entry| {
        let is_prefix = !key.is_empty() && entry.key.starts_with(&key);
        let by_sound =
            letters.as_ref().map(|letters| by_letters(letters, entry, |own, typed| own.starts_with(typed)));
        let prefix = is_prefix.then_some(Route::Prefix);
        prefix.into_iter().chain(by_sound.into_iter().flatten()).min()
    };
    best(entries(candidates, now), limit, routes)
}

/// The texts that sound wholly like the typed letters, found by looking at each.
pub(crate) fn by_sound(candidates: &[Candidate], typed: &str) -> Vec<String> {
    let Some(letters) = letters(&text::normal::key(typed)) else { return Vec::new() };
    let lasting: Vec<_> =
        candidates.iter().filter(|candidate| window(candidate) == (None, None)).cloned().collect();
    let routes = |entry: &Entry| by_letters(&letters, entry, |own, typed| own == typed).into_iter().min();
    best(entries(&lasting, 0), 5, routes).into_iter().map(|(text, ..)| text).collect()
}

fn best(entries: Vec<Entry>, limit: usize, route: impl Fn(&Entry) -> Option<Route>) -> Vec<Found> {
    let mut found: Vec<(Entry, Route)> =
        entries.into_iter().filter_map(|entry| route(&entry).map(|route| (entry, route))).collect();
    // Of equal scores the heavier entry stands first, of equal weights the one with the smaller key.
    found.sort_by_key(|(entry, route)| {
        (Reverse(entry.weight * route.factor()), Reverse(entry.weight), entry.key.clone())
    });
    found.truncate(limit);
    found.into_iter().map(|(entry, route)| (entry.surface, entry.weight, route)).collect()
}

fn window(candidate: &Candidate) -> (Option<i64>, Option<i64>) {
    (candidate.valid_from, candidate.valid_to)
}

/// What is shown for each key now: of several entries with different windows the heaviest, and of equally heavy
/// ones the one with a window.
fn entries(candidates: &[Candidate], now: i64) -> Vec<Entry> {
    let mut groups: BTreeMap<_, Vec<&Candidate>> = BTreeMap::new();
    for candidate in candidates {
        let key = text::normal::key(&candidate.text);
        groups.entry((key, Reverse(window(candidate)))).or_default().push(candidate);
    }
    let lasting_weight = |key: &str| {
        let lasting = groups.get(&(key.to_owned(), Reverse((None, None))));
        lasting.map_or(0, |group| group.iter().map(|candidate| candidate.weight).sum())
    };
    let mut shown: BTreeMap<String, Entry> = BTreeMap::new();
    for ((key, Reverse((from, to))), group) in &groups {
        let is_valid = from.is_none_or(|from| from <= now) && to.is_none_or(|to| now < to);
        if key.is_empty() || !is_valid {
            continue;
        }
        let has_window = (*from, *to) != (None, None);
        let own: u64 = group.iter().map(|candidate| candidate.weight).sum();
        let weight = own + if has_window { lasting_weight(key) } else { 0 };
        let entry = Entry { key: key.clone(), surface: surface(group), weight, has_window };
        match shown.get(key) {
            Some(other) if (other.weight, other.has_window) >= (entry.weight, entry.has_window) => {}
            _ => drop(shown.insert(key.clone(), entry)),
        }
    }
    shown.into_values().collect()
}

fn surface(group: &[&Candidate]) -> String {
    let mut surfaces: BTreeMap<&str, u64> = BTreeMap::new();
    for candidate in group {
        *surfaces.entry(candidate.text.as_str()).or_default() += candidate.weight;
    }
    let most_frequent = surfaces.iter().max_by_key(|&(text, &weight)| (weight, Reverse(*text)));
    most_frequent.map(|(text, _)| text.trim().to_owned()).unwrap_or_default()
}

/// Sets of entries over few characters, so that prefixes, twins and second readings are common.
pub(crate) fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let border = || prop_oneof![3 => Just(None), 1 => (0..12i64).prop_map(Some)];
    let text = "[连衣裙行长西安先重庆 aAx1！]{0,5}";
    prop::collection::vec((text, 0..40u64, border(), border()), 0..200).prop_map(|entries| {
        let candidate = |(text, weight, valid_from, valid_to): (String, u64, Option<i64>, Option<i64>)| {
            Candidate { valid_from, valid_to, ..Candidate::mined(text, weight) }
        };
        entries.into_iter().map(candidate).collect()
    })
}

/// Things to type over the same characters.
pub(crate) fn keyword() -> impl Strategy<Value = String> {
    prop_oneof![
        "[连衣裙行长西安先重庆 aAx1！]{0,3}",
        "[lyqxahcz]{1,4}",
        "(lian|yi|qun|xing|hang|chang|zhang|xi|an|xian|zhong|chong|qing){1,2}[lyqxahcz]?",
        "(lian|xi|xian)[ '](yi|a|an)",
    ]
}
