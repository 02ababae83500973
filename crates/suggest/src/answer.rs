//! Putting the routes together: the best of all of them, exact ones before repairs, each entry once.

mod ends;
mod images;
mod lanes;
mod whole;

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use smallvec::SmallVec;

use crate::base::View;
use crate::lane::{Hit, Part, Stream};
use crate::permutation::Reach;
use crate::ready::ReadyAnswer;
use crate::repair::{Corrections, Repair};
use crate::route::{Route, Settings};
use crate::score::Score;
use crate::typed::Typed;

pub(crate) use images::Images;
use lanes::Lane;

/// Entries that a request may reach and refuse, because they are banned, gone or shown at other times. What stands behind
/// so many of them is not looked for: a ban of all that begins with one character must not make each request walk over
/// all of it.
const MAX_REFUSED: usize = 4_000;

/// Hits of an answer that need no memory of their own: a full list, and one that is put in its order.
const EXPECTED: usize = 16;

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
    pub(crate) found: SmallVec<[Found<'a>; EXPECTED]>,
    /// How many of them are exact.
    pub(crate) exact: usize,
    pub(crate) corrections: Corrections,
    refused: usize,
}

/// One request over a snapshot's images.
pub(crate) struct Request<'a> {
    typed: &'a Typed,
    images: &'a Images<'a>,
    settings: &'a Settings,
    limit: usize,
    /// The entries of each part whose text begins as was typed.
    begun: [OnceCell<Reach<'a>>; Part::COUNT],
    /// What the base keeps ready of what was typed.
    ready: Option<ReadyAnswer<'a>>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(
        typed: &'a Typed,
        images: &'a Images<'a>,
        settings: &'a Settings,
        limit: usize,
    ) -> Self {
        let base = images.view(Part::Base);
        let ready = base.ready().find(typed, settings, base);
        Self { typed, images, settings, limit, begun: Default::default(), ready }
    }

    /// The best entries that `accept` takes.
    pub(crate) fn answer(&self, mut accept: impl FnMut(&Hit<'a>) -> bool) -> Answered<'a> {
        let mut answered = Answered::default();
        if self.typed.is_empty() || self.limit == 0 {
            return answered;
        }
        self.merge(&mut self.exact_lanes(), &mut answered, &mut accept);
        self.admit_ends(&mut answered, &mut accept);
        if !self.has_text_of(&answered) {
            self.admit_whole(&mut answered, &mut accept, |part, view, _| self.whole_entries(part, view));
        }
        // A walk that gave up leaves its lane's bound too low: the order must hold all the same.
        answered.found.sort_by_key(Found::rank);
        answered.exact = answered.found.len();
        // The repairs that read what was typed as it sounds come first; slips are looked for if these find little.
        for (routes, below) in self.settings.repairs() {
            if answered.found.len() < self.limit.min(below) {
                self.merge(&mut self.repair_lanes(routes), &mut answered, &mut accept);
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

    /// The best exact hits, whoever may see them, in the order in which the routes give them, and what it took to find
    /// them: see [`Lane::work`].
    pub(crate) fn exact_hits(&self) -> (Vec<Hit<'a>>, usize) {
        let (mut answered, mut lanes) = (Answered::default(), Vec::new());
        if !self.typed.is_empty() {
            lanes = self.exact_lanes();
            self.merge(&mut lanes, &mut answered, &mut |_| true);
        }
        let hits = answered.found.into_iter().map(|found| found.hit).collect();
        (hits, lanes.iter().map(Lane::work).sum())
    }

    /// Whether an entry of the base is wholly what was typed.
    pub(crate) fn has_whole_entry(&self) -> bool {
        !self.whole_entries(Part::Base, self.images.view(Part::Base)).is_empty()
    }

    /// Whether the very text that was typed is among what was found.
    fn has_text_of(&self, answered: &Answered<'a>) -> bool {
        let typed = self.typed.key.as_bytes();
        answered.found.iter().any(|found| found.hit.record.key == typed)
    }

    /// The entries of a part that are wholly what was typed.
    fn whole_entries(&self, part: Part, view: &'a View<'a>) -> Vec<Stream<'a>> {
        if part == Part::Base && self.ready.is_some_and(|ready| !ready.has_whole_entry()) {
            return Vec::new();
        }
        self.exact(part, view).whole(|route| self.is_on(route))
    }

    fn is_on(&self, route: Route) -> bool {
        self.settings.route(route).enabled
    }

    /// Adds the best hits of the lanes until there are as many as were asked for.
    fn merge(
        &self,
        lanes: &mut Vec<Lane<'a>>,
        answered: &mut Answered<'a>,
        accept: &mut impl FnMut(&Hit<'a>) -> bool,
    ) {
        let mut waiting: BinaryHeap<Waiting<'a>> = BinaryHeap::new();
        while answered.found.len() < self.limit && answered.refused < MAX_REFUSED {
            let next = match (waiting.peek(), best_lane(lanes)) {
                // Something may still come that stands above what waits.
                (top, Some((bound, index))) if top.is_none_or(|Waiting(top)| top.score < bound) => {
                    let hit = self.advance(&mut lanes[index], &mut answered.corrections);
                    if lanes[index].is_cut_short() {
                        lanes.remove(index);
                        self.add_exact_lanes(Part::Base, lanes);
                    }
                    let Some(found) = hit.map(|hit| self.scored(hit)) else { continue };
                    // Mostly it is the next one.
                    let is_behind = best_lane(lanes).is_some_and(|(bound, _)| found.score < bound);
                    if is_behind || !waiting.is_empty() {
                        waiting.push(Waiting(found));
                        continue;
                    }
                    found
                }
                _ => match waiting.pop() {
                    Some(Waiting(top)) => top,
                    None => break,
                },
            };
            if is_known(&next.hit, &answered.found) {
                continue;
            }
            if accept(&next.hit) {
                answered.found.push(next);
            } else {
                answered.refused += 1;
            }
        }
    }

    /// A hit with its score by now.
    fn scored(&self, hit: Hit<'a>) -> Found<'a> {
        Found { hit, score: hit.scores.total(self.images.decay).less(self.settings.loss(hit.route)) }
    }
}

/// The highest bound and whose it is. Of equal ones the first lane's counts, so that equal scores stand in the order of the
/// routes.
fn best_lane(lanes: &[Lane<'_>]) -> Option<(Score, usize)> {
    let bounds = lanes.iter().enumerate().rev().filter_map(|(index, lane)| Some((lane.bound?, index)));
    bounds.max_by_key(|&(bound, _)| bound)
}

/// Whether the entry, or a twin of it, is among the better ones.
fn is_known(hit: &Hit<'_>, better: &[Found<'_>]) -> bool {
    better.iter().any(|other| other.hit.identity == hit.identity)
}
