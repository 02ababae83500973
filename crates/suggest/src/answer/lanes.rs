//! The lanes of a request: which there are, how one begins and goes on.

use crate::base::View;
use crate::exact::{By, Exact};
use crate::lane::{Check, Hit, Part, Stream, Walk, Walks};
use crate::ready::{Hits, ReadyAnswer};
use crate::repair::{Corrections, Repair};
use crate::route::Route;
use crate::score::{Loss, Score};

use super::Request;

/// What it takes to begin a lane, in looks at lists and entries: measured in time, see docs/PERFORMANCE.md.
const LOOKS_TO_BEGIN: usize = 50;

/// Ways to entries of one image, in the order of their bound.
pub(super) struct Lane<'a> {
    ways: Ways<'a>,
    part: Part,
    /// What no further hit of the lane stands above; `None` at its end.
    pub(super) bound: Option<Score>,
    /// Whether the bound says no more than what holds for every entry.
    is_rough: bool,
    /// Found only when a hit of the lane may be among the best.
    walks: Option<Walks<'a>>,
}

#[derive(Clone, Copy)]
enum Ways<'a> {
    /// A route, or [`Route::WordBreak`] for both routes by words: one walk serves both.
    One(Route),
    /// All exact routes, by what is kept of them.
    Ready(ReadyAnswer<'a>),
}

impl Lane<'_> {
    /// What it took to walk so far, in looks at lists and entries.
    pub(super) fn work(&self) -> usize {
        self.walks.as_ref().map_or(0, |walks| LOOKS_TO_BEGIN + walks.work())
    }

    /// Whether what was kept is used up and there is more.
    pub(super) fn is_cut_short(&self) -> bool {
        let (Ways::Ready(answer), Some(walks)) = (self.ways, &self.walks) else { return false };
        walks
            .are_at_end()
            .into_iter()
            .zip(answer.are_whole())
            .any(|(is_at_end, is_whole)| is_at_end && !is_whole)
    }
}

impl<'a> Request<'a> {
    /// The lanes of the exact routes: of the base the one over what is kept ready, if that is kept.
    pub(super) fn exact_lanes(&self) -> Vec<Lane<'a>> {
        let mut lanes = Vec::with_capacity(8);
        self.add_exact_lanes(Part::Overlay, &mut lanes);
        match self.ready {
            Some(answer) => self.add(Ways::Ready(answer), Part::Base, &mut lanes),
            None => self.add_exact_lanes(Part::Base, &mut lanes),
        }
        lanes
    }

    /// The lanes of the exact routes over one image, each by its own way.
    pub(super) fn add_exact_lanes(&self, part: Part, lanes: &mut Vec<Lane<'a>>) {
        self.exact_routes().for_each(|route| self.add(Ways::One(route), part, lanes));
    }

    /// The lanes of repairs.
    pub(super) fn repair_lanes(&self, routes: &[Route]) -> Vec<Lane<'a>> {
        let mut lanes = Vec::with_capacity(2 * routes.len());
        for &route in routes.iter().filter(|&&route| self.is_on(route)) {
            for part in [Part::Overlay, Part::Base] {
                self.add(Ways::One(route), part, &mut lanes);
            }
        }
        lanes
    }

    /// The exact routes that are on and may lead anywhere; both routes by words as one.
    fn exact_routes(&self) -> impl Iterator<Item = Route> {
        // Without a letter there is no pinyin.
        let by_sound: &[Route] = &[Route::Prefix, Route::Pinyin, Route::Initials, Route::Mixed];
        let by_sound = if self.typed.has_letter { by_sound } else { &by_sound[..1] };
        let by_words = [Route::WordBreak, Route::AnyOrder].into_iter().any(|route| self.is_on(route));
        let by_sound = by_sound.iter().copied().filter(|&route| self.is_on(route));
        by_sound.chain(by_words.then_some(Route::WordBreak))
    }

    fn add(&self, ways: Ways<'a>, part: Part, lanes: &mut Vec<Lane<'a>>) {
        if self.images.view(part).len() > 0 {
            let least = match ways {
                Ways::One(route) => self.least_loss(route),
                Ways::Ready(_) => Loss::default(),
            };
            let bound = Some(self.images.highest(part).less(least));
            lanes.push(Lane { ways, part, bound, is_rough: true, walks: None });
        }
    }

    /// The least that any hit of a route is lowered, or of either by words.
    fn least_loss(&self, route: Route) -> Loss {
        let loss = |route| self.settings.loss(route);
        match route {
            Route::WordBreak => {
                let by_words = [Route::WordBreak, Route::AnyOrder].into_iter();
                by_words.filter(|&route| self.is_on(route)).map(loss).min().unwrap_or_default()
            }
            _ => loss(route),
        }
    }

    /// Begins a lane, or takes its next hit. To begin with words is dear: first their bound is looked at more closely.
    pub(super) fn advance(&self, lane: &mut Lane<'a>, corrections: &mut Corrections) -> Option<Hit<'a>> {
        if std::mem::take(&mut lane.is_rough) && matches!(lane.ways, Ways::One(Route::WordBreak)) {
            let first = self.typed.key.chars().next().filter(|first| first.is_alphanumeric());
            if let Some(first) = first {
                let highest = self.images.highest_with_word(lane.part, first);
                lane.bound = highest.map(|highest| highest.less(self.least_loss(Route::WordBreak)));
                return None;
            }
        }
        let decay = self.images.decay;
        let (walks, hit) = match &mut lane.walks {
            Some(walks) => {
                let hit = walks.take(self.typed, decay);
                (walks, hit)
            }
            None => {
                let begun = self.begin(lane.ways, lane.part, corrections);
                (lane.walks.insert(begun), None)
            }
        };
        lane.bound = walks.bound(decay);
        hit
    }

    /// The walks of a lane: those over the base each with its walk over the recent entries.
    fn begin(&self, ways: Ways<'a>, part: Part, corrections: &mut Corrections) -> Walks<'a> {
        let view = self.images.view(part);
        let hot = self.images.hot.as_ref().filter(|_| part == Part::Base);
        let (slow, fast) = match ways {
            Ways::One(route) => {
                let slow = self.streams(route, part, view, corrections);
                (slow, hot.map(|hot| self.streams(route, Part::Hot, hot, corrections)).unwrap_or_default())
            }
            Ways::Ready(answer) => {
                let recent = hot.zip(answer.recent_hits());
                let fast = recent.map(|(hot, hits)| self.ready(hits, Part::Hot, hot));
                (vec![self.ready(answer.hits(), part, view)], fast.into_iter().collect())
            }
        };
        Walks::begin(slow, fast, self.typed)
    }

    /// The walk over what is kept ready.
    fn ready(&self, hits: Hits<'a>, part: Part, view: &'a View<'a>) -> Stream<'a> {
        view.expect(hits.clone().take(self.limit).map(|(posting, _)| posting.entry()));
        Stream::new(part, view, Walk::Ready(hits, self.settings), Check::None, Route::Prefix)
    }

    pub(super) fn exact<'e>(&'e self, part: Part, view: &'a View<'a>) -> Exact<'e, 'a> {
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
        let streams = match route {
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
        };
        let loss = self.least_loss(route);
        streams.into_iter().map(|stream: Stream<'a>| stream.lowered(loss)).collect()
    }
}
