//! One way from what was typed to entries: walks over them, best first, that pass over those they do not reach.

use crate::account::{Mode, account};
use crate::base::View;
use crate::conjunction::Conjunction;
use crate::permutation::{BestFirst, Posting};
use crate::phrase;
use crate::ready::Hits;
use crate::record::Record;
use crate::route::{Route, Settings};
use crate::score::{Decay, Loss, Score, Scores};
use crate::typed::Typed;

/// Entries that one walk may look at and pass over. It looks at the best first, so what the limit leaves out is far
/// down: it only bounds what a syllable of a thousand words and one rare character may cost.
const MAX_PASSED: usize = 1_000;

/// Postings that a walk which passes over entries takes at once.
const AHEAD: usize = 8;

/// Which image of a snapshot an entry is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// What changed since the base was built; the newest word on an entry.
    Overlay,
    /// The recent entries of the base, by the fast part of their score.
    Hot,
    /// The base.
    Base,
}

impl Part {
    pub(crate) const COUNT: usize = 3;
}

/// An entry as a route found it.
#[derive(Clone, Copy)]
pub(crate) struct Hit<'a> {
    pub(crate) part: Part,
    pub(crate) posting: Posting,
    pub(crate) route: Route,
    /// Which of the corrections of what was typed led here; only repairs have any.
    pub(crate) variant: u16,
    pub(crate) scores: Scores,
    /// The same for all records of one key and class.
    pub(crate) identity: u64,
    /// Read once: each look at it is a walk along its bytes.
    pub(crate) record: Record<'a>,
}

impl<'a> Hit<'a> {
    pub(crate) fn new(
        part: Part,
        view: &View<'a>,
        posting: Posting,
        route: Route,
        variant: u16,
        record: Record<'a>,
    ) -> Self {
        let (scores, identity) = (view.scores(&record), record.identity());
        Self { part, posting, route, variant, scores, identity, record }
    }
}

/// What a walk walks over.
pub(crate) enum Walk<'a> {
    Order(BestFirst<'a>),
    Lists(Conjunction<'a>),
    /// Hits of several routes, each with its own, in the order of what these settings leave of their scores.
    Ready(Hits<'a>, &'a Settings),
}

/// What an entry of the walk must stand up to.
#[derive(Clone, Copy)]
pub(crate) enum Check {
    /// Nothing: the walk holds only what is reached.
    None,
    /// What was typed accounts for its beginning, by the posting's reading.
    Reading(Mode),
    /// The same exactly, and it begins with the hanzi that were typed first.
    Mixed,
    /// The same by any reading: the walk is in the order of the texts, over those that begin with these hanzi.
    AnyReading,
    /// The words that were typed stand in it: at once ([`Route::WordBreak`]) or apart ([`Route::AnyOrder`]).
    Words {
        /// Whether hits of either kind are wanted.
        together: bool,
        apart: bool,
    },
}

/// A walk over one image.
pub(crate) struct Stream<'a> {
    part: Part,
    view: &'a View<'a>,
    walk: Walk<'a>,
    check: Check,
    route: Route,
    variant: u16,
    /// What the head is lowered by at least: lowered by that, it stands above all hits behind it.
    loss: Loss,
    passes_left: usize,
    /// The next postings of the walk, the last one first.
    ahead: Vec<Posting>,
    head: Option<Hit<'a>>,
}

impl<'a> Stream<'a> {
    /// A walk that stands before its first hit.
    pub(crate) fn new(part: Part, view: &'a View<'a>, walk: Walk<'a>, check: Check, route: Route) -> Self {
        let (variant, loss, passes_left) = (0, Loss::default(), MAX_PASSED);
        Self { part, view, walk, check, route, variant, loss, passes_left, ahead: Vec::new(), head: None }
    }

    /// The same where no hit is lowered by less than that.
    pub(crate) fn lowered(mut self, loss: Loss) -> Self {
        self.loss = loss;
        self
    }

    /// The same for a correction.
    pub(crate) fn with_variant(mut self, variant: usize) -> Self {
        self.variant = u16::try_from(variant).unwrap_or(u16::MAX);
        self
    }

    /// The hit that it stands at.
    pub(crate) fn head(&self) -> Option<&Hit<'a>> {
        self.head.as_ref()
    }

    /// How many looks at lists and entries it took that gave nothing.
    fn work(&self) -> usize {
        let steps = if let Walk::Lists(entries) = &self.walk { entries.steps() } else { 0 };
        steps + MAX_PASSED - self.passes_left
    }

    /// Goes on to the next hit.
    pub(crate) fn advance(&mut self, typed: &Typed) {
        self.head = None;
        while let Some(posting) = self.next() {
            let record = self.view.record(posting.entry());
            if let Some((posting, route)) = self.accept(&record, posting, typed) {
                self.head = Some(Hit::new(self.part, self.view, posting, route, self.variant, record));
                return;
            }
            match self.passes_left.checked_sub(1) {
                Some(left) => self.passes_left = left,
                None => return,
            }
        }
    }

    /// The next posting of the walk.
    fn next(&mut self) -> Option<Posting> {
        match &mut self.walk {
            // Where one was passed over more will be: their records are waited for together.
            Walk::Order(postings) if self.passes_left < MAX_PASSED => {
                if self.ahead.is_empty() {
                    self.ahead.extend(postings.take(AHEAD));
                    self.ahead.reverse();
                    self.view.expect(self.ahead.iter().map(|posting| posting.entry()));
                }
                self.ahead.pop()
            }
            Walk::Order(postings) => postings.next(),
            Walk::Lists(entries) => entries.next().map(|entry| Posting::new(entry, 0)),
            Walk::Ready(hits, settings) => {
                let (posting, route) = hits.next()?;
                (self.route, self.loss) = (route, settings.loss(route));
                Some(posting)
            }
        }
    }

    /// The posting by the reading that reaches it, and the route.
    fn accept(&self, record: &Record<'a>, posting: Posting, typed: &Typed) -> Option<(Posting, Route)> {
        let by = |reading: usize, mode| {
            account(&typed.elements, record.units(reading, self.view.units), mode).is_some()
        };
        match self.check {
            Check::None => Some((posting, self.route)),
            Check::Reading(mode) => by(posting.reading(), mode).then_some((posting, self.route)),
            Check::Mixed => {
                let is_reached =
                    record.key.starts_with(typed.leading().as_bytes()) && by(posting.reading(), Mode::Exact);
                is_reached.then_some((posting, self.route))
            }
            Check::AnyReading => {
                let reading = (0..record.readings()).find(|&reading| by(reading, Mode::Exact))?;
                Some((Posting::new(posting.entry(), reading), self.route))
            }
            Check::Words { together, apart } => {
                let key = record.key;
                if phrase::find(key, &typed.key).is_some() {
                    return together.then_some((posting, Route::WordBreak));
                }
                let is_apart = apart && phrase::find_all(key, &typed.words().all).is_some();
                is_apart.then_some((posting, Route::AnyOrder))
            }
        }
    }
}

/// The walks of one route. Over the base there are walks by the slow part of the score and, among the recent entries,
/// walks by the fast part: an entry that none has reached yet is below the sum of the highest heads of both.
pub(crate) struct Walks<'a> {
    slow: Vec<Stream<'a>>,
    fast: Vec<Stream<'a>>,
}

impl<'a> Walks<'a> {
    /// The walks at their first hits.
    pub(crate) fn begin(mut slow: Vec<Stream<'a>>, mut fast: Vec<Stream<'a>>, typed: &Typed) -> Self {
        for stream in slow.iter_mut().chain(&mut fast) {
            stream.advance(typed);
        }
        Self { slow, fast }
    }

    /// What no further hit stands above; `None` at the end.
    pub(crate) fn bound(&self, decay: Decay) -> Option<Score> {
        let slow = highest(&self.slow, slow_part).map(|(score, _)| score);
        let fast = highest(&self.fast, |hit| fast_part(hit, decay)).map(|(score, _)| score);
        match (slow, fast) {
            (Some(slow), Some(fast)) => Some(slow.plus(fast)),
            (slow, fast) => slow.or(fast),
        }
    }

    /// Whether the walks by the slow part of the score are at their end, and whether those by the fast part are.
    pub(crate) fn are_at_end(&self) -> [bool; 2] {
        [&self.slow, &self.fast].map(|streams| streams.iter().all(|stream| stream.head.is_none()))
    }

    /// How many looks at lists and entries they took that gave nothing.
    pub(crate) fn work(&self) -> usize {
        self.slow.iter().chain(&self.fast).map(Stream::work).sum()
    }

    /// Takes the next hit.
    pub(crate) fn take(&mut self, typed: &Typed, decay: Decay) -> Option<Hit<'a>> {
        let slow = highest(&self.slow, slow_part);
        let fast = highest(&self.fast, |hit| fast_part(hit, decay));
        let stream = match (slow, fast) {
            (Some((slow, _)), Some((fast, index))) if fast > slow => self.fast.get_mut(index)?,
            (Some((_, index)), _) => self.slow.get_mut(index)?,
            (None, Some((_, index))) => self.fast.get_mut(index)?,
            (None, None) => return None,
        };
        let hit = stream.head.take();
        stream.advance(typed);
        hit
    }
}

// A recent entry is in the walks of both kinds, each time with both parts of its score.
fn slow_part(hit: &Hit<'_>) -> Score {
    hit.scores.slow
}

fn fast_part(hit: &Hit<'_>, decay: Decay) -> Score {
    decay.of(hit.scores.fast.unwrap_or(Score::MIN))
}

/// The highest head of these walks by that part of its score, lowered, the first of equal ones; and whose it is.
fn highest(streams: &[Stream<'_>], part: impl Fn(&Hit<'_>) -> Score) -> Option<(Score, usize)> {
    let mut best: Option<(Score, usize)> = None;
    for (index, stream) in streams.iter().enumerate() {
        let Some(hit) = &stream.head else { continue };
        let score = part(hit).less(stream.loss);
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, index));
        }
    }
    best
}
