//! Putting the routes together: the best of all of them, exact ones before repairs, each entry once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::View;
use crate::exact::{By, Exact};
use crate::lane::{Hit, Lane, Part, Stream};
use crate::record::Record;
use crate::repair::{Corrections, Repair};
use crate::route::{Route, Settings};
use crate::score::{Decay, Score};
use crate::snapshot::Snapshot;
use crate::typed::Typed;
use crate::weights::Weights;

/// The images of a snapshot, as one request sees them.
pub(crate) struct Images<'a> {
    overlay: View<'a>,
    base: View<'a>,
    hot: Option<View<'a>>,
    decay: Decay,
}

impl<'a> Images<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, now: i64) -> Self {
        Self {
            overlay: snapshot.overlay.view(),
            base: snapshot.base.view(),
            hot: snapshot.base.hot_view(),
            decay: Decay::between(snapshot.base.at(), now, &Weights::DEFAULT),
        }
    }

    pub(crate) fn view(&self, part: Part) -> View<'a> {
        match part {
            Part::Overlay => self.overlay,
            Part::Base => self.base,
            Part::Hot => self.hot.unwrap_or(self.base),
        }
    }

    pub(crate) fn record(&self, hit: &Hit) -> Record<'a> {
        self.view(hit.part).record(hit.posting.entry())
    }

    pub(crate) fn decay(&self) -> Decay {
        self.decay
    }
}

/// An entry that was reached, with what it is ordered by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) hit: Hit,
    pub(crate) score: Score,
}

impl Found {
    /// Sorts best first: by score, then the newest word on an entry, then score order, then the better route.
    fn rank(&self) -> impl Ord + use<> {
        (Reverse(self.score), self.hit.part, self.hit.posting.entry(), self.hit.route, self.hit.posting)
    }
}

/// For the heap, whose top is its greatest.
struct Waiting(Found);

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.rank().cmp(&self.0.rank())
    }
}

/// What a request found.
#[derive(Default)]
pub(crate) struct Answered {
    /// Exact hits, then repairs; each best first.
    pub(crate) found: Vec<Found>,
    /// How many of them are exact.
    pub(crate) exact: usize,
    pub(crate) corrections: Corrections,
}

/// One request over a snapshot's images.
pub(crate) struct Request<'r, 'a> {
    pub(crate) typed: &'r Typed,
    pub(crate) images: &'r Images<'a>,
    pub(crate) settings: &'r Settings,
    pub(crate) limit: usize,
}

impl<'a> Request<'_, 'a> {
    /// The best entries that `accept` takes.
    pub(crate) fn answer(&self, mut accept: impl FnMut(&Hit, &Record<'a>) -> bool) -> Answered {
        let mut answered = Answered::default();
        if self.typed.is_empty() || self.limit == 0 {
            return answered;
        }
        let mut lanes = self.exact_lanes();
        self.merge(&mut lanes, &mut answered.found, &mut accept);
        answered.exact = answered.found.len();
        if answered.exact < self.limit.min(self.settings.repairs_below) {
            let mut lanes = self.repair_lanes(&mut answered.corrections);
            self.merge(&mut lanes, &mut answered.found, &mut accept);
        }
        answered
    }

    fn is_on(&self, route: Route) -> bool {
        self.settings.route(route).enabled
    }

    fn penalty(&self, route: Route) -> f64 {
        f64::from(self.settings.route(route).penalty)
    }

    fn exact_lanes(&self) -> Vec<Lane<'a>> {
        let mut lanes = Vec::with_capacity(8);
        let exact = |part, view| Exact { typed: self.typed, part, view };
        for route in [Route::Prefix, Route::Pinyin, Route::Initials, Route::Mixed] {
            if !self.is_on(route) {
                continue;
            }
            self.add_lanes(&mut lanes, self.penalty(route), |part, view| {
                let exact = exact(part, view);
                match route {
                    Route::Prefix => exact.prefix().into_iter().collect(),
                    Route::Pinyin => exact.by_letters(By::Full, route).into_iter().collect(),
                    Route::Initials => exact.by_letters(By::Initials, route).into_iter().collect(),
                    _ => exact.mixed(),
                }
            });
        }
        // One walk serves both routes by words.
        let (together, apart) = (self.is_on(Route::WordBreak), self.is_on(Route::AnyOrder));
        let penalty = match (together, apart) {
            (true, true) => self.penalty(Route::WordBreak).min(self.penalty(Route::AnyOrder)),
            (true, false) => self.penalty(Route::WordBreak),
            (false, true) => self.penalty(Route::AnyOrder),
            (false, false) => return lanes,
        };
        self.add_lanes(&mut lanes, penalty, |part, view| {
            exact(part, view).words(together, apart).into_iter().collect()
        });
        lanes
    }

    fn repair_lanes(&self, corrections: &mut Corrections) -> Vec<Lane<'a>> {
        let mut lanes = Vec::new();
        for route in [Route::Homophone, Route::Fuzzy, Route::Typo, Route::LookAlike] {
            if !self.is_on(route) {
                continue;
            }
            self.add_lanes(&mut lanes, self.penalty(route), |part, view| {
                let repair = Repair { typed: self.typed, part, view };
                match route {
                    Route::Homophone => repair.homophones(),
                    Route::Fuzzy => repair.fuzzy(self.settings.fuzzy),
                    Route::Typo => repair.typos(corrections),
                    _ => repair.look_alikes(corrections),
                }
            });
        }
        lanes
    }

    /// Adds the walks of a route over the overlay, and those over the base each with its walk over the recent entries.
    fn add_lanes(
        &self,
        lanes: &mut Vec<Lane<'a>>,
        penalty: f64,
        mut streams: impl FnMut(Part, View<'a>) -> Vec<Stream<'a>>,
    ) {
        for part in [Part::Overlay, Part::Base] {
            let view = self.images.view(part);
            if view.len() == 0 {
                continue;
            }
            let slow = streams(part, view);
            if slow.is_empty() {
                continue;
            }
            let fast = match self.images.hot {
                Some(hot) if part == Part::Base => streams(Part::Hot, hot),
                _ => Vec::new(),
            };
            lanes.push(Lane::new(slow, fast, penalty, self.typed));
        }
    }

    /// Adds the best hits of the lanes until there are as many as were asked for.
    fn merge(
        &self,
        lanes: &mut [Lane<'a>],
        found: &mut Vec<Found>,
        accept: &mut impl FnMut(&Hit, &Record<'a>) -> bool,
    ) {
        let decay = self.images.decay();
        let mut waiting: BinaryHeap<Waiting> = BinaryHeap::new();
        while found.len() < self.limit {
            // Of equal bounds the first lane's counts, so that equal scores stand in the order of the routes.
            let best_lane = lanes
                .iter_mut()
                .rev()
                .filter_map(|lane| Some((lane.bound(decay)?, lane)))
                .max_by_key(|&(bound, _)| bound);
            match (waiting.peek(), best_lane) {
                (None, None) => break,
                // Nothing that may still come stands above what waits.
                (Some(Waiting(top)), best_lane) if best_lane.as_ref().is_none_or(|(bound, _)| top.score >= *bound) => {
                    let top = *top;
                    waiting.pop();
                    let record = self.images.record(&top.hit);
                    if !self.is_known(&top.hit, &record, found) && accept(&top.hit, &record) {
                        found.push(top);
                    }
                }
                (_, Some((_, lane))) => {
                    if let Some(hit) = lane.take(self.typed, decay) {
                        let score = hit.scores.total(decay).lowered(self.penalty(hit.route));
                        waiting.push(Waiting(Found { hit, score }));
                    }
                }
                (Some(_), None) => break,
            }
        }
    }

    /// Whether the entry, or a twin of it, is among the better ones.
    fn is_known(&self, hit: &Hit, record: &Record<'a>, better: &[Found]) -> bool {
        let several = record.has_twin() || self.images.overlay.len() > 0 || self.images.hot.is_some();
        better.iter().any(|other| {
            if other.hit.part == hit.part && other.hit.posting.entry() == hit.posting.entry() {
                return true;
            }
            several && {
                let known = self.images.record(&other.hit);
                known.key == record.key && known.details().class == record.details().class
            }
        })
    }
}
