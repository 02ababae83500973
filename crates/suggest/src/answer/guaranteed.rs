//! Entries that have a place in a full list however low their scores are.

use crate::base::View;
use crate::lane::{Hit, Part, Stream};
use crate::record::Record;

use super::{Found, Request, is_known};

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
                let hit = self.first_accepted(stream, accept);
                // No other is asked for where there is one already.
                if hit.is_some_and(|hit| is_known(&hit.hit, found)) {
                    return hit;
                }
                best = best.filter(|best| hit.is_none_or(|hit| best.score >= hit.score)).or(hit);
            }
        }
        best
    }

    /// The first hit of a walk that is accepted.
    fn first_accepted(
        &self,
        mut stream: Stream<'a>,
        accept: &mut impl FnMut(&Hit, &Record<'a>) -> bool,
    ) -> Option<Found> {
        loop {
            stream.advance(self.typed);
            let hit = stream.head()?;
            if accept(&hit, &self.images.record(&hit)) {
                return Some(self.scored(hit));
            }
        }
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
