//! The routes from what was typed to entries, and how their hits become one list.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::ops::Range;

use crate::base::{Base, Route, Suggestion, Suggestions, View};
use crate::flags::{self, Shown};
use crate::permutation::{BestFirst, Frontier, Permutation, Place, Posting};
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
    frontiers: [Frontier; 3],
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
        SCRATCH.with_borrow_mut(|Scratch { frontiers, hits }| {
            let routes = [Route::Prefix, Route::Pinyin, Route::Initials];
            let ranges = routes.map(|route| (route, view.prefix_range(route, &typed)));
            view.merge(ranges, limit, |record| is_valid(record, now), frontiers, hits);
            Suggestions { items: hits.iter().map(|hit| view.suggestion(hit, &typed)).collect() }
        })
    }

    /// The texts of at most five entries whose *whole* pinyin or *whole* initials are the typed letters, best
    /// first. Entries that are valid only for a time are left out.
    pub fn by_sound(&self, typed: &str) -> Vec<&str> {
        let view = self.view();
        let typed = Typed::new(typed);
        SCRATCH.with_borrow_mut(|Scratch { frontiers, hits }| {
            let ranges =
                [Route::Pinyin, Route::Initials].map(|route| (route, view.whole_range(route, &typed)));
            view.merge(ranges, MAX_BY_SOUND, |record| !record.has_window(), frontiers, hits);
            hits.iter().map(|hit| view.record(hit.posting.entry()).details().surface).collect()
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

/// The hits of one route, best first.
struct Source<'a, 'f> {
    route: Route,
    postings: BestFirst<'a, 'f>,
    /// The best hit that was not taken yet.
    head: Option<Hit>,
}

impl<'a> Source<'a, '_> {
    /// Goes on to the next acceptable hit.
    fn advance(&mut self, view: &View<'a>, is_acceptable: &impl Fn(&Record<'a>) -> bool) {
        self.head = self.postings.find_map(|posting| {
            let record = view.record(posting.entry());
            let hit = || Hit { posting, route: self.route, weight: record.details().weight };
            is_acceptable(&record).then(hit)
        });
    }
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

    /// Fills `hits` with the best `limit` acceptable entries of all ranges, each entry once.
    ///
    /// Within a route the factor changes no order, so it is enough to compare the routes' best: an entry comes
    /// first by the route that ranks it highest.
    fn merge<const ROUTES: usize>(
        &self,
        ranges: [(Route, Range<usize>); ROUTES],
        limit: usize,
        is_acceptable: impl Fn(&Record<'a>) -> bool,
        frontiers: &mut [Frontier; 3],
        hits: &mut Vec<Hit>,
    ) {
        hits.clear();
        let mut frontiers = frontiers.iter_mut();
        let mut sources = ranges.map(|(route, range)| {
            let frontier = frontiers.next();
            let postings = frontier.map(|frontier| self.permutation(route).best_first(range, frontier));
            postings.map(|postings| {
                let mut source = Source { route, postings, head: None };
                source.advance(self, &is_acceptable);
                source
            })
        });
        while hits.len() < limit {
            let waiting = sources.iter_mut().flatten().filter(|source| source.head.is_some());
            let Some(best) = waiting.min_by_key(|source| source.head.as_ref().map(Hit::rank)) else { break };
            hits.extend(best.head.filter(|hit| !self.is_known(hit, hits)));
            best.advance(self, &is_acceptable);
        }
    }

    /// Whether the entry, or a twin of it, is among the better ones.
    fn is_known(&self, hit: &Hit, better: &[Hit]) -> bool {
        if better.iter().any(|other| other.posting.entry() == hit.posting.entry()) {
            return true;
        }
        let record = self.record(hit.posting.entry());
        record.has_twin()
            && better.iter().map(|other| self.record(other.posting.entry())).any(|other| {
                other.has_twin() && other.key == record.key && other.details().class == record.details().class
            })
    }

    fn suggestion(&self, hit: &Hit, typed: &Typed) -> Suggestion {
        let record = self.record(hit.posting.entry());
        let details = record.details();
        let shown =
            Shown { record, surface: details.surface, reading: hit.posting.reading(), units: self.units };
        Suggestion {
            text: details.surface.to_owned(),
            flags: flags::flags(hit.route, typed, &shown),
            placed: record.is_placed(),
            class: details.class,
            extra: details.extra.to_vec(),
            route: hit.route,
            weight: details.weight,
        }
    }
}
