//! The images of a snapshot, as one request sees them.

use crate::base::View;
use crate::lane::Part;
use crate::score::{Decay, Score};
use crate::snapshot::Snapshot;
use crate::weights::Weights;

/// The images of a snapshot, as one request sees them.
pub(crate) struct Images<'a> {
    overlay: View<'a>,
    base: View<'a>,
    pub(super) hot: Option<View<'a>>,
    pub(super) decay: Decay,
    /// What no entry of the overlay stands above, and none of the base.
    highest: [Score; 2],
}

impl<'a> Images<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, now: i64) -> Self {
        let (base, hot) = (snapshot.base.view(), snapshot.base.hot_view());
        Self::of(
            snapshot.overlay.view(),
            base,
            hot,
            Decay::between(snapshot.base.at(), now, &Weights::DEFAULT),
        )
    }

    /// Those of a base alone, whose entries count by the slow part of their scores.
    pub(crate) fn slow(base: View<'a>) -> Self {
        Self::of(View::default(), base, None, Decay::WHOLE)
    }

    fn of(overlay: View<'a>, base: View<'a>, hot: Option<View<'a>>, decay: Decay) -> Self {
        let mut images = Self { overlay, base, hot, decay, highest: Default::default() };
        images.highest = [Part::Overlay, Part::Base].map(|part| {
            let slow = images.view(part).scores(&images.view(part).record(0)).slow;
            images.with_hot(part, slow, |hot| hot.record(0).scores().fast)
        });
        images
    }

    pub(crate) fn view(&self, part: Part) -> &View<'a> {
        match part {
            Part::Overlay => &self.overlay,
            Part::Base => &self.base,
            Part::Hot => self.hot.as_ref().unwrap_or(&self.base),
        }
    }

    pub(crate) fn decay(&self) -> Decay {
        self.decay
    }

    /// What no entry of a part stands above.
    pub(super) fn highest(&self, part: Part) -> Score {
        self.highest[usize::from(part != Part::Overlay)]
    }

    /// What no entry of a part stands above that has a word which begins so; `None` if there is none.
    pub(super) fn highest_with_word(&self, part: Part, first: char) -> Option<Score> {
        let best = |view: &View<'a>| Some(view.scores(&view.record(view.best_with_word(first)?)));
        let slow = best(self.view(part))?.slow;
        Some(self.with_hot(part, slow, |hot| best(hot)?.fast))
    }

    /// That score and, for the base, the fast one of its recent entries.
    fn with_hot(&self, part: Part, slow: Score, fast: impl Fn(&View<'a>) -> Option<Score>) -> Score {
        match self.hot.as_ref().filter(|_| part == Part::Base).and_then(fast) {
            Some(fast) => slow.plus(self.decay.of(fast)),
            None => slow,
        }
    }
}
