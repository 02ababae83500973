//! The place of an entry that is wholly what was typed, however low its score is.

use crate::base::View;
use crate::lane::{Hit, Part, Stream};
use crate::repair::Corrections;

use super::{Answered, Found, Request, is_known};

impl<'a> Request<'a> {
    /// Sees to it that an entry that is wholly what was typed is in a list that is full without it: it takes the last
    /// place. Who typed a text to its end wants to see it there, however much more wanted its continuations are.
    pub(super) fn admit_whole(
        &self,
        answered: &mut Answered<'a>,
        accept: &mut impl FnMut(&Hit<'a>) -> bool,
        streams: impl Fn(Part, &'a View<'a>, &Corrections) -> Vec<Stream<'a>>,
    ) {
        if answered.found.len() < self.limit {
            return;
        }
        let mut best: Option<Found<'a>> = None;
        for part in [Part::Overlay, Part::Base] {
            for stream in streams(part, self.images.view(part), &answered.corrections) {
                let hit = self.first_accepted(stream, accept);
                // No other is asked for where there is one already.
                if hit.as_ref().is_some_and(|hit| is_known(&hit.hit, &answered.found)) {
                    return;
                }
                best = best.filter(|best| hit.as_ref().is_none_or(|hit| best.score >= hit.score)).or(hit);
            }
        }
        if let (Some(best), Some(last)) = (best, answered.found.last_mut()) {
            *last = best;
        }
    }

    /// The first hit of a walk that is accepted.
    fn first_accepted(
        &self,
        mut stream: Stream<'a>,
        accept: &mut impl FnMut(&Hit<'a>) -> bool,
    ) -> Option<Found<'a>> {
        loop {
            stream.advance(self.typed);
            let hit = stream.head()?;
            if accept(hit) {
                return Some(self.scored(*hit));
            }
        }
    }
}
