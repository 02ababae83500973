//! Entries that have a place in a full list however low their scores are.

use crate::base::View;
use crate::exact::Exact;
use crate::lane::{Hit, Part, Stream};
use crate::record::Record;
use crate::route::Route;

use super::{Found, Request, is_known};

/// Places of a full list that belong to the best entries that end with what was typed.
const ENDINGS: usize = 4;
/// A shorter list than this one is wholly the best's.
const LEAST_FOR_ENDINGS: usize = 15;

impl<'a> Request<'_, 'a> {
    /// The best entry that is wholly what was typed, as these walks find it: who typed a text to its end wants to see it,
    /// however much more wanted its continuations are.
    pub(super) fn whole(
        &self,
        found: &[Found],
        accept: &mut impl FnMut(&Hit, &Record<'a>) -> bool,
        streams: impl Fn(Part, View<'a>) -> Vec<Stream<'a>>,
    ) -> Option<Found> {
        let mut best: Option<Found> = None;
        for part in [Part::Overlay, Part::Base] {
            for stream in streams(part, self.images.view(part)) {
                let hit = self.first_accepted(stream, 1, accept).pop();
                // No other is asked for where there is one already.
                if hit.is_some_and(|hit| is_known(&hit.hit, found)) {
                    return hit;
                }
                best = best.filter(|best| hit.is_none_or(|hit| best.score >= hit.score)).or(hit);
            }
        }
        best
    }

    /// The best entries that end with what was typed: whoever types the end of a text cannot type on to find it.
    pub(super) fn endings(&self, accept: &mut impl FnMut(&Hit, &Record<'a>) -> bool) -> Vec<Found> {
        if self.limit < LEAST_FOR_ENDINGS || !self.is_on(Route::WordBreak) {
            return Vec::new();
        }
        let mut found: Vec<Found> = [Part::Overlay, Part::Base]
            .into_iter()
            .filter_map(|part| Exact { typed: self.typed, part, view: self.images.view(part) }.ending())
            .flat_map(|stream| self.first_accepted(stream, ENDINGS, accept))
            .collect();
        found.sort_by_key(Found::rank);
        found.truncate(ENDINGS);
        found
    }

    /// The first hits of a walk that are accepted.
    fn first_accepted(
        &self,
        mut stream: Stream<'a>,
        count: usize,
        accept: &mut impl FnMut(&Hit, &Record<'a>) -> bool,
    ) -> Vec<Found> {
        let mut found = Vec::new();
        while found.len() < count {
            stream.advance(self.typed);
            let Some(hit) = stream.head() else { break };
            if accept(&hit, &self.images.record(&hit)) {
                found.push(self.scored(hit));
            }
        }
        found
    }
}

/// Gives each of these a place in the list, at the cost of the last that are none of them.
pub(super) fn admit(found: &mut Vec<Found>, wanted: &[Found]) {
    let missing: Vec<Found> = wanted.iter().filter(|one| !is_known(&one.hit, found)).copied().collect();
    for _ in &missing {
        if let Some(last) = found.iter().rposition(|other| !is_known(&other.hit, wanted)) {
            found.remove(last);
        }
    }
    found.extend(missing);
}
