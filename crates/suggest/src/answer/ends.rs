//! Places for entries that end with what was typed, however many better ones go on.

use crate::ends;
use crate::lane::{Hit, Part};
use crate::permutation::Posting;
use crate::phrase;
use crate::route::Route;

use super::{Answered, Found, Request, is_known};

impl<'a> Request<'a> {
    /// Sees to it that the best entries that end with what was typed are in a list that is full without them: a quarter of
    /// the places, the last ones, are theirs. Who types a text from a later word on wants one that ends there as
    /// often as one that goes on, but ends that many entries share are mostly those of entries far down.
    pub(super) fn admit_ends(&self, answered: &mut Answered<'a>, accept: &mut impl FnMut(&Hit<'a>) -> bool) {
        let key = self.typed.key.as_str();
        if answered.found.len() < self.limit || !self.is_on(Route::WordBreak) || ends::is_too_short(key) {
            return;
        }
        let ends = self.best_ends(key, accept);
        let missing = ends.iter().filter(|end| !is_known(&end.hit, &answered.found)).copied();
        let missing: Vec<Found<'a>> = missing.collect();
        for _ in &missing {
            // Those that are there already stay.
            let last = answered.found.iter().rposition(|found| !is_known(&found.hit, &ends));
            if let Some(last) = last {
                answered.found.remove(last);
            }
        }
        answered.found.extend(missing);
        answered.found.sort_by_key(Found::rank);
    }

    /// Whether entries of the base may end with what was typed.
    pub(crate) fn has_ends(&self) -> bool {
        let ends = self.images.view(Part::Base).ends();
        !ends::is_too_short(&self.typed.key) && ends.find(&self.typed.key).next().is_some()
    }

    /// The best entries that end so, as many as there are places for.
    fn best_ends(&self, key: &str, accept: &mut impl FnMut(&Hit<'a>) -> bool) -> Vec<Found<'a>> {
        let mut ends: Vec<Found<'a>> = Vec::with_capacity(2 * ends::KEPT);
        for part in [Part::Overlay, Part::Base] {
            if part == Part::Base && self.ready.is_some_and(|ready| !ready.has_ends()) {
                continue;
            }
            let view = self.images.view(part);
            for entry in view.ends().find(key) {
                let record = view.record(entry);
                if !phrase::ends(record.key, key) {
                    continue;
                }
                let hit = Hit::new(part, view, Posting::new(entry, 0), Route::WordBreak, 0, record);
                if !is_known(&hit, &ends) && accept(&hit) {
                    ends.push(self.scored(hit));
                }
            }
        }
        ends.sort_by_key(Found::rank);
        ends.truncate(ends::KEPT.min((self.limit + 1) / 4));
        ends
    }
}
