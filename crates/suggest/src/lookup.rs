//! The routes from what was typed to entries, and how their hits become one list.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::ops::Range;

use crate::base::{Base, Route, Suggestion, Suggestions, View};
use crate::flags;
use crate::permutation::{Frontier, Permutation, Place, Posting};
use crate::record::Record;

/// The most texts that [`Base::by_sound`] gives.
const MAX_BY_SOUND: usize = 5;

/// An entry as one route found it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    posting: Posting,
    route: Route,
    weight: u64,
}

impl Hit {
    /// Sorts best first: weight × factor, then score order, then the better route.
    fn rank(&self) -> impl Ord + use<> {
        let score = u128::from(self.weight) * u128::from(self.route.factor());
        (Reverse(score), self.posting.entry(), self.route)
    }
}

/// What a request would otherwise allocate.
#[derive(Default)]
struct Scratch {
    frontier: Frontier,
    hits: Vec<Hit>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Base {
    /// The best `limit` entries for a keyword at the moment `now`, in the unit of the candidates' time windows.
    ///
    /// All routes are exact: weight × the route's factor orders them, an entry stands once, with its best route.
    pub fn suggest(&self, keyword: &str, limit: usize, now: i64) -> Suggestions {
        let view = self.view();
        let typed = Typed::new(keyword);
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.hits.clear();
            for route in [Route::Prefix, Route::Pinyin, Route::Initials] {
                let range = view.prefix_range(route, &typed);
                let found = scratch.hits.len();
                let is_valid = |record: &Record<'_>| is_valid(record, now);
                view.collect(route, range, limit, is_valid, scratch);
                debug_assert!(scratch.hits.len() - found <= limit);
            }
            let best = best_of(&mut scratch.hits, limit);
            Suggestions { items: best.iter().map(|hit| view.suggestion(hit, &typed)).collect() }
        })
    }

    /// The texts of at most five entries whose *whole* pinyin or *whole* initials are the typed letters, best
    /// first. Entries that are valid only for a time are left out.
    pub fn by_sound(&self, typed: &str) -> Vec<&str> {
        let view = self.view();
        let typed = Typed::new(typed);
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.hits.clear();
            for route in [Route::Pinyin, Route::Initials] {
                let range = view.whole_range(route, &typed);
                view.collect(route, range, MAX_BY_SOUND, |record| !record.has_window(), scratch);
            }
            let best = best_of(&mut scratch.hits, MAX_BY_SOUND);
            best.iter().map(|hit| view.record(hit.posting.entry()).details().surface).collect()
        })
    }
}

/// What was typed, as the routes compare it.
pub(crate) struct Typed {
    /// As [`text::normal::key`] gives it.
    pub(crate) key: String,
    /// Its letters and digits, if it can be pinyin at all; else empty.
    pub(crate) letters: String,
}

impl Typed {
    fn new(keyword: &str) -> Self {
        // Keys are compared by their first bytes filled up with NUL; nobody types that character.
        let key = Some(text::normal::key(keyword)).filter(|key| !key.contains('\0')).unwrap_or_default();
        let letters = letters(&key);
        Self { key, letters }
    }

    fn compared_by(&self, route: Route) -> &str {
        match route {
            Route::Prefix => &self.key,
            Route::Pinyin | Route::Initials => &self.letters,
        }
    }
}

/// The letters and digits of a key that has at least one letter and nothing that is not typed with pinyin: input
/// methods put spaces or apostrophes between syllables, and ü is written v or ü.
fn letters(key: &str) -> String {
    let is_separator = |c: char| c == ' ' || c == '\'' || c == '’';
    let is_letter = |c: char| c.is_ascii_lowercase() || c == 'ü';
    let is_pinyin = key.chars().any(is_letter)
        && key.chars().all(|c| is_letter(c) || is_separator(c) || c.is_ascii_digit());
    if !is_pinyin {
        return String::new();
    }
    key.chars().filter(|&c| !is_separator(c)).map(|c| if c == 'ü' { 'v' } else { c }).collect()
}

fn is_valid(record: &Record<'_>, now: i64) -> bool {
    if !record.has_window() {
        return true;
    }
    let details = record.details();
    details.valid_from.is_none_or(|from| from <= now) && details.valid_to.is_none_or(|to| now < to)
}

/// Sorts the hits of all routes and keeps the best `limit`, each entry once.
fn best_of(hits: &mut Vec<Hit>, limit: usize) -> &[Hit] {
    hits.sort_unstable_by_key(Hit::rank);
    let mut kept = 0;
    for index in 0..hits.len() {
        if kept == limit {
            break;
        }
        let hit = hits[index];
        if hits[..kept].iter().all(|earlier| earlier.posting.entry() != hit.posting.entry()) {
            hits[kept] = hit;
            kept += 1;
        }
    }
    &hits[..kept]
}

impl<'a> View<'a> {
    fn permutation(&self, route: Route) -> &Permutation<'a> {
        match route {
            Route::Prefix => &self.normal,
            Route::Pinyin => &self.full,
            Route::Initials => &self.initials,
        }
    }

    fn prefix_range(&self, route: Route, typed: &Typed) -> Range<usize> {
        let compared = typed.compared_by(route).as_bytes();
        if compared.is_empty() {
            return 0..0;
        }
        self.permutation(route).prefix_range(compared, |posting| self.place(route, posting, compared))
    }

    fn whole_range(&self, route: Route, typed: &Typed) -> Range<usize> {
        let range = self.prefix_range(route, typed);
        let compared = typed.compared_by(route).as_bytes();
        self.permutation(route).whole_range(range, |posting| self.place(route, posting, compared))
    }

    fn place(&self, route: Route, posting: Posting, typed: &[u8]) -> Place {
        let record = self.record(posting.entry());
        match route {
            Route::Prefix => Place::of(std::iter::once(record.key), typed),
            Route::Pinyin => {
                Place::of(record.units(posting.reading(), self.units).map(|unit| unit.text), typed)
            }
            Route::Initials => {
                Place::of(record.units(posting.reading(), self.units).map(|unit| unit.initial()), typed)
            }
        }
    }

    /// Adds the best `limit` acceptable entries of a range to the hits. No more of one route can be among the
    /// best `limit` of all, because within a route the factor changes no order.
    fn collect(
        &self,
        route: Route,
        range: Range<usize>,
        limit: usize,
        is_acceptable: impl Fn(&Record<'a>) -> bool,
        scratch: &mut Scratch,
    ) {
        let start = scratch.hits.len();
        if limit == 0 || range.is_empty() {
            return;
        }
        for posting in self.permutation(route).best_first(range, &mut scratch.frontier) {
            let found = &scratch.hits[start..];
            // The readings of one entry come one after the other.
            if found.last().is_some_and(|hit| hit.posting.entry() == posting.entry()) {
                continue;
            }
            let record = self.record(posting.entry());
            if is_acceptable(&record) && !self.has_twin_among(&record, found) {
                scratch.hits.push(Hit { posting, route, weight: record.details().weight });
                if scratch.hits.len() - start == limit {
                    break;
                }
            }
        }
    }

    /// Whether a twin of the entry was found already: a better one, since the best come first.
    fn has_twin_among(&self, record: &Record<'a>, found: &[Hit]) -> bool {
        record.has_twin()
            && found.iter().any(|hit| {
                let other = self.record(hit.posting.entry());
                other.has_twin() && other.key == record.key && other.details().class == record.details().class
            })
    }

    fn suggestion(&self, hit: &Hit, typed: &Typed) -> Suggestion {
        let record = self.record(hit.posting.entry());
        let details = record.details();
        Suggestion {
            text: details.surface.to_owned(),
            flags: flags::flags(hit.route, typed, &record, hit.posting.reading(), self.units),
            placed: record.is_placed(),
            class: details.class,
            extra: details.extra.to_vec(),
            route: hit.route,
            weight: details.weight,
        }
    }
}
