//! Places for entries that end with what was typed, however many better ones go on.

use crate::ends;
use crate::lane::{Hit, Part};
use crate::permutation::Posting;
use crate::phrase;
use crate::record::Record;
use crate::route::Route;

use super::{Answered, Found, Request, is_known};

impl<'a> Request<'_, 'a> {
    /// Sees to it that the best entries that end with what was typed are in a list that is full without them: a quarter of
    /// the places, the last ones, are theirs. Who types a text from a later word on wants one that ends there as
    /// often as one that goes on, but ends that many entries share are mostly those of entries far down.
    pub(super) fn admit_ends(
        &self,
        answered: &mut Answered,
        accept: &mut impl FnMut(&Hit, &Record<'a>) -> bool,
    ) {
        let key = self.typed.key.as_str();
        if answered.found.len() < self.limit || !self.is_on(Route::WordBreak) || ends::is_too_short(key) {
            return;
        }
        let ends = self.best_ends(key, accept);
        let missing = ends.iter().filter(|end| !is_known(&end.hit, &answered.found)).copied();
        let missing: Vec<Found> = missing.collect();
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

    /// The best entries that end so, as many as there are places for.
    fn best_ends(&self, key: &str, accept: &mut impl FnMut(&Hit, &Record<'a>) -> bool) -> Vec<Found> {
        let mut ends: Vec<Found> = Vec::with_capacity(2 * ends::KEPT);
        for part in [Part::Overlay, Part::Base] {
            let view = self.images.view(part);
            for entry in view.ends.find(key) {
                let record = view.record(entry);
                let (posting, route) = (Posting::new(entry, 0), Route::WordBreak);
                let (scores, identity) = (record.scores(), record.identity());
                let hit = Hit { part, posting, route, variant: 0, scores, identity };
                if phrase::ends(record.key_text(), key) && !is_known(&hit, &ends) && accept(&hit, &record) {
                    ends.push(self.scored(hit));
                }
            }
        }
        ends.sort_by_key(Found::rank);
        ends.truncate(ends::KEPT.min((self.limit + 1) / 4));
        ends
    }
}
