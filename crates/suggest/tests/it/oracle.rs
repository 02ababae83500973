//! The same questions answered by looking at every entry, and random sets of entries to ask about.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use proptest::prelude::*;
use suggest::{Candidate, Route};

/// What was found, without how it is drawn.
pub(crate) type Found = (String, u64, Route);

/// Every way in which an entry is reached, and with which weight it then counts.
fn routes(keyword: &str, text: &str) -> Vec<Route> {
    let (key, own) = (text::normal::key(keyword), text::normal::key(text));
    let mut routes = Vec::new();
    if !key.is_empty() && own.starts_with(&key) {
        routes.push(Route::Prefix);
    }
    let is_pinyin = key.chars().any(|c| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '\'');
    let letters: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let readings = text::pinyin::readings(&own);
    if is_pinyin && readings.iter().any(|units| text::pinyin::full(units).starts_with(&letters)) {
        routes.push(Route::Pinyin);
    }
    if is_pinyin && readings.iter().any(|units| text::pinyin::initials(units).starts_with(&letters)) {
        routes.push(Route::Initials);
    }
    routes
}

/// The best entries of a set, found by looking at each.
pub(crate) fn suggest(candidates: &[Candidate], keyword: &str, limit: usize, now: i64) -> Vec<Found> {
    let mut entries: Vec<(String, String, u64)> = Vec::new();
    for (key, twins) in twins(candidates, now) {
        let mut surfaces: BTreeMap<&str, u64> = BTreeMap::new();
        for twin in &twins {
            *surfaces.entry(twin.text.as_str()).or_default() += twin.weight;
        }
        let best = surfaces.iter().max_by_key(|&(text, &weight)| (weight, Reverse(*text)));
        if let Some((surface, _)) = best {
            let weight = twins.iter().map(|twin| twin.weight).sum();
            entries.push((key, (*surface).trim().to_owned(), weight));
        }
    }
    entries.sort_by_key(|(key, _, weight)| (Reverse(*weight), key.clone()));
    let mut found: Vec<(u64, usize, Route)> = Vec::new();
    for (number, (_, text, weight)) in entries.iter().enumerate() {
        if let Some(&route) = routes(keyword, text).iter().min() {
            found.push((weight * route.factor(), number, route));
        }
    }
    found.sort_by_key(|&(score, number, route)| (Reverse(score), number, route));
    found.truncate(limit);
    found
        .into_iter()
        .map(|(_, number, route)| (entries[number].1.clone(), entries[number].2, route))
        .collect()
}

/// Candidates by key that are valid now. (The sets below give no key both a lasting and a passing candidate.)
fn twins(candidates: &[Candidate], now: i64) -> BTreeMap<String, Vec<&Candidate>> {
    let mut twins: BTreeMap<String, Vec<&Candidate>> = BTreeMap::new();
    let is_valid = |candidate: &&Candidate| {
        candidate.valid_from.is_none_or(|from| from <= now) && candidate.valid_to.is_none_or(|to| now < to)
    };
    for candidate in candidates.iter().filter(is_valid) {
        let key = text::normal::key(&candidate.text);
        if !key.is_empty() {
            twins.entry(key).or_default().push(candidate);
        }
    }
    twins
}

/// Sets of entries over few characters, so that prefixes, twins and second readings are common.
pub(crate) fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec(("[连衣裙行长西安先重庆 aAx1！]{0,5}", 0..40u64), 0..200).prop_map(|entries| {
        let candidate = |(text, weight): (String, u64)| {
            // The window hangs on the key, so that twins have the same one.
            let key = text::normal::key(&text);
            let window = (key.chars().count() == 4).then_some(key.len() as i64);
            Candidate {
                valid_from: window,
                valid_to: window.map(|from| from + 3),
                ..Candidate::mined(text, weight)
            }
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
