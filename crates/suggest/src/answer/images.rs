//! The images of a snapshot, as one request sees them.

use crate::base::View;
use crate::lane::{Hit, Part};
use crate::record::Record;
use crate::score::{Decay, Score};
use crate::snapshot::Snapshot;
use crate::weights::Weights;

/// The images of a snapshot, as one request sees them.
pub(crate) struct Images<'a> {
    overlay: View<'a>,
    base: View<'a>,
    pub(super) hot: Option<View<'a>>,
    pub(super) decay: Decay,
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

    /// What no entry of a part stands above.
    pub(super) fn highest(&self, part: Part) -> Score {
        let slow = self.view(part).record(0).scores().slow;
        self.with_hot(part, slow, |hot| hot.record(0).scores().fast)
    }

    /// What no entry of a part stands above that has a word which begins so; `None` if there is none.
    pub(super) fn highest_with_word(&self, part: Part, first: char) -> Option<Score> {
        let best = |view: View<'a>| Some(view.record(view.best_with_word(first)?).scores());
        let slow = best(self.view(part))?.slow;
        Some(self.with_hot(part, slow, |hot| best(hot)?.fast))
    }

    /// That score and, for the base, the fast one of its recent entries.
    fn with_hot(&self, part: Part, slow: Score, fast: impl Fn(View<'a>) -> Option<Score>) -> Score {
        match self.hot.filter(|_| part == Part::Base).and_then(fast) {
            Some(fast) => slow.plus(self.decay.of(fast)),
            None => slow,
        }
    }
}
