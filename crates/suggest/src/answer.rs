//! Putting the routes together: the best of all of them, exact ones before repairs, each entry once.

mod ends;
mod images;
mod whole;

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::View;
use crate::exact::{By, Exact};
use crate::lane::{Hit, Part, Stream, Walks};
use crate::permutation::Reach;
use crate::repair::{Corrections, Repair};
use crate::route::{Route, Settings};
use crate::score::{Loss, Score};
use crate::typed::Typed;

pub(crate) use images::Images;

/// Entries that a request may reach and refuse, because they are banned, gone or shown at other times. What stands behind
/// so many of them is not looked for: a ban of all that begins with one character must not make each request walk over
/// all of it.
const MAX_REFUSED: usize = 4_000;

/// Hits of an answer for which room is made at once.
const EXPECTED: usize = 32;

/// An entry that was reached, with what it is ordered by.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) hit: Hit<'a>,
    pub(crate) score: Score,
}

impl Found<'_> {
    /// Sorts best first: by score, then the newest word on an entry, then score order, then the better route.
    fn rank(&self) -> impl Ord + use<> {
        (Reverse(self.score), self.hit.part, self.hit.posting.entry(), self.hit.route, self.hit.posting)
    }
}

/// For the heap, whose top is its greatest.
#[derive(Clone, Copy)]
struct Waiting<'a>(Found<'a>);

impl PartialEq for Waiting<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting<'_> {}

impl PartialOrd for Waiting<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.rank().cmp(&self.0.rank())
    }
}

/// What a request found.
#[derive(Default)]
pub(crate) struct Answered<'a> {
    /// Exact hits, then repairs; each best first.
    pub(crate) found: Vec<Found<'a>>,
    /// How many of them are exact.
    pub(crate) exact: usize,
    pub(crate) corrections: Corrections,
    refused: usize,
}

/// One or two routes over one image.
struct Lane<'a> {
    /// The route, or [`Route::WordBreak`] for both routes by words: one walk serves both.
    route: Route,
    part: Part,
    /// The least that any hit of the lane is lowered.
    penalty: Loss,
    /// What no further hit of the lane stands above; `None` at its end.
    bound: Option<Score>,
    /// Whether the bound says no more than what holds for every entry.
    is_rough: bool,
    /// Found only when a hit of the lane may be among the best.
    walks: Option<Walks<'a>>,
}

/// One request over a snapshot's images.
pub(crate) struct Request<'a> {
    pub(crate) typed: &'a Typed,
    pub(crate) images: &'a Images<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) limit: usize,
    /// The entries of each part whose text begins as was typed.
    pub(crate) begun: [OnceCell<Reach<'a>>; Part::COUNT],
}

impl<'a> Request<'a> {
    /// The best entries that `accept` takes.
    pub(crate) fn answer(&self, mut accept: impl FnMut(&Hit<'a>) -> bool) -> Answered<'a> {
        let mut answered = Answered::default();
        if self.typed.is_empty() || self.limit == 0 {
            return answered;
        }
        self.merge(self.exact_lanes(), &mut answered, &mut accept);
        self.admit_ends(&mut answered, &mut accept);
        self.admit_whole(&mut answered, &mut accept, |part, view, _| {
            self.exact(part, view).whole(|route| self.is_on(route))
        });
        // A walk that gave up leaves its lane's bound too low: the order must hold all the same.
        answered.found.sort_by_key(Found::rank);
        answered.exact = answered.found.len();
        // The repairs that read what was typed as it sounds come first; slips are looked for if these find little.
        for (routes, below) in self.settings.repairs() {
            if answered.found.len() < self.limit.min(below) {
                self.merge(self.lanes(routes), &mut answered, &mut accept);
            }
        }
        if answered.found.len() > answered.exact {
            self.admit_whole(&mut answered, &mut accept, |part, view, corrections| {
                Repair { typed: self.typed, part, view }.whole(corrections)
            });
        }
        let repairs = &mut answered.found[answered.exact..];
        repairs.sort_by_key(Found::rank);
        answered
    }

    fn is_on(&self, route: Route) -> bool {
        self.settings.route(route).enabled
    }

    fn penalty(&self, route: Route) -> Loss {
        Loss::of_doublings(f64::from(self.settings.route(route).penalty))
    }

    fn exact_lanes(&self) -> Vec<Lane<'a>> {
        // Without a letter there is no pinyin.
        let by_sound: &[Route] = &[Route::Prefix, Route::Pinyin, Route::Initials, Route::Mixed];
        let mut lanes = self.lanes(if self.typed.has_letter { by_sound } else { &by_sound[..1] });
        let words = [Route::WordBreak, Route::AnyOrder].into_iter().filter(|&route| self.is_on(route));
        if let Some(penalty) = words.map(|route| self.penalty(route)).min() {
            self.add_lanes(&mut lanes, Route::WordBreak, penalty);
        }
        lanes
    }

    fn lanes(&self, routes: &[Route]) -> Vec<Lane<'a>> {
        let mut lanes = Vec::with_capacity(2 * routes.len());
        for &route in routes.iter().filter(|&&route| self.is_on(route)) {
            self.add_lanes(&mut lanes, route, self.penalty(route));
        }
        lanes
    }

    fn add_lanes(&self, lanes: &mut Vec<Lane<'a>>, route: Route, penalty: Loss) {
        for part in [Part::Overlay, Part::Base] {
            if self.images.view(part).len() > 0 {
                let bound = Some(self.images.highest(part).less(penalty));
                lanes.push(Lane { route, part, penalty, bound, is_rough: true, walks: None });
            }
        }
    }

    /// The walks of a lane: those over the base each with its walk over the recent entries.
    fn begin(&self, lane: &Lane<'a>, corrections: &mut Corrections) -> Walks<'a> {
        let slow = self.streams(lane.route, lane.part, self.images.view(lane.part), corrections);
        let fast = match self.images.hot {
            Some(ref hot) if lane.part == Part::Base => self.streams(lane.route, Part::Hot, hot, corrections),
            _ => Vec::new(),
        };
        Walks::begin(slow, fast, self.typed)
    }

    fn exact<'e>(&'e self, part: Part, view: &'a View<'a>) -> Exact<'e, 'a> {
        Exact { typed: self.typed, part, view, begun: &self.begun[part as usize] }
    }

    fn streams(
        &self,
        route: Route,
        part: Part,
        view: &'a View<'a>,
        corrections: &mut Corrections,
    ) -> Vec<Stream<'a>> {
        let exact = self.exact(part, view);
        let repair = Repair { typed: self.typed, part, view };
        match route {
            Route::Prefix => exact.prefix().into_iter().collect(),
            Route::Pinyin => exact.by_letters(By::Full, route).into_iter().collect(),
            Route::Initials => exact.by_letters(By::Initials, route).into_iter().collect(),
            Route::Mixed => exact.mixed(),
            Route::WordBreak | Route::AnyOrder => {
                let (together, apart) = (self.is_on(Route::WordBreak), self.is_on(Route::AnyOrder));
                exact.words(together, apart).into_iter().collect()
            }
            Route::Homophone => repair.homophones(),
            Route::Fuzzy => repair.fuzzy(self.settings.fuzzy),
            Route::Typo => repair.typos(corrections),
            Route::LookAlike => repair.look_alikes(corrections),
        }
    }

    /// Adds the best hits of the lanes until there are as many as were asked for.
    fn merge(
        &self,
        mut lanes: Vec<Lane<'a>>,
        answered: &mut Answered<'a>,
        accept: &mut impl FnMut(&Hit<'a>) -> bool,
    ) {
        let expected = self.limit.min(EXPECTED);
        answered.found.reserve(expected);
        let mut waiting: BinaryHeap<Waiting<'a>> = BinaryHeap::with_capacity(expected);
        while answered.found.len() < self.limit && answered.refused < MAX_REFUSED {
            // Of equal bounds the first lane's counts, so that equal scores stand in the order of the routes.
            let best_lane = lanes
                .iter_mut()
                .rev()
                .filter_map(|lane| Some((lane.bound?, lane)))
                .max_by_key(|&(bound, _)| bound);
            match (waiting.peek(), best_lane) {
                (None, None) => break,
                // Something may still come that stands above what waits.
                (top, Some((bound, lane))) if top.is_none_or(|Waiting(top)| top.score < bound) => {
                    self.advance(lane, &mut waiting, &mut answered.corrections);
                }
                (Some(&Waiting(top)), _) => {
                    waiting.pop();
                    if is_known(&top.hit, &answered.found) {
                        continue;
                    }
                    if accept(&top.hit) {
                        answered.found.push(top);
                    } else {
                        answered.refused += 1;
                    }
                }
                (None, Some(_)) => break,
            }
        }
    }

    /// A hit with its score by now.
    fn scored(&self, hit: Hit<'a>) -> Found<'a> {
        Found { hit, score: hit.scores.total(self.images.decay).less(self.penalty(hit.route)) }
    }

    /// Begins a lane, or takes its next hit. To begin with words is dear: first their bound is looked at more closely.
    fn advance(
        &self,
        lane: &mut Lane<'a>,
        waiting: &mut BinaryHeap<Waiting<'a>>,
        corrections: &mut Corrections,
    ) {
        if std::mem::take(&mut lane.is_rough) && lane.route == Route::WordBreak {
            let first = self.typed.key.chars().next().filter(|first| first.is_alphanumeric());
            if let Some(first) = first {
                let highest = self.images.highest_with_word(lane.part, first);
                lane.bound = highest.map(|highest| highest.less(lane.penalty));
                return;
            }
        }
        let decay = self.images.decay;
        let walks = match &mut lane.walks {
            Some(walks) => {
                if let Some(hit) = walks.take(self.typed, decay) {
                    waiting.push(Waiting(self.scored(hit)));
                }
                walks
            }
            None => {
                let begun = self.begin(lane, corrections);
                lane.walks.insert(begun)
            }
        };
        lane.bound = walks.bound(decay).map(|highest| highest.less(lane.penalty));
    }
}

/// Whether the entry, or a twin of it, is among the better ones.
fn is_known(hit: &Hit<'_>, better: &[Found<'_>]) -> bool {
    better.iter().any(|other| other.hit.identity == hit.identity)
}
