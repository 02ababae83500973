//! What is in force at one moment, and asking it.

mod verdict;

use std::sync::Arc;

use crate::answer::{Answered, Found, Images, Request};
use crate::base::Base;
use crate::builder::evidence_of;
use crate::candidate::Evidence;
use crate::exact::By;
use crate::explain::{Explained, Explanation, Source, WhyNot};
use crate::flags::{self, Flags};
use crate::lane::{Hit, Part};
use crate::moment::Moment;
use crate::overlay::Overlay;
use crate::record::Record;
use crate::route::{Route, Settings};
use crate::rules::{Pin, Rules};
use crate::typed::Typed;
use crate::weights::Weights;

/// Suggestions, and characters of one, for which room is made at once.
const EXPECTED: usize = 16;
/// The most texts that [`Snapshot::by_sound`] gives.
const MAX_BY_SOUND: usize = 5;

/// One suggested text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The text as people shall see it.
    pub text: String,
    /// One flag for each character of `text`: does what was typed account for it?
    pub flags: Vec<bool>,
    /// Whether an operator's rule placed it.
    pub placed: bool,
    /// What kind of thing it leads to: 0 notes, 1 goods.
    pub class: u8,
    /// The candidate's own bytes.
    pub extra: Vec<u8>,
    /// How it was reached: the route that ranks it highest.
    pub route: Route,
}

/// A suggested text that is not kept, see [`Snapshot::suggest_each`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuggestionView<'a> {
    /// The text as people shall see it, UTF-8.
    pub text: &'a [u8],
    /// One flag for each character of `text`: does what was typed account for it?
    pub flags: &'a [bool],
    /// Whether an operator's rule placed it.
    pub placed: bool,
    /// What kind of thing it leads to: 0 notes, 1 goods.
    pub class: u8,
    /// The candidate's own bytes.
    pub extra: &'a [u8],
    /// How it was reached: the route that ranks it highest.
    pub route: Route,
}

impl SuggestionView<'_> {
    fn to_suggestion(self) -> Suggestion {
        let Self { text, flags, placed, class, extra, route } = self;
        Suggestion {
            text: String::from_utf8_lossy(text).into_owned(),
            flags: flags.to_vec(),
            placed,
            class,
            extra: extra.to_vec(),
            route,
        }
    }
}

impl Suggestion {
    /// The same, borrowed.
    pub fn view(&self) -> SuggestionView<'_> {
        let Self { text, flags, placed, class, extra, route } = self;
        let text = text.as_bytes();
        SuggestionView { text, flags, placed: *placed, class: *class, extra, route: *route }
    }
}

/// The answer to one keyword, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestions {
    /// The suggested texts, best first, each at most once.
    pub items: Vec<Suggestion>,
    /// The first moment (Unix seconds) at which another entry or pin may come or go by itself: asked before, the same
    /// snapshot gives the same texts, but for the decay of what was asked lately. The end of time where nothing does.
    pub until: i64,
}

impl Default for Suggestions {
    fn default() -> Suggestions {
        Suggestions { items: Vec::new(), until: i64::MAX }
    }
}

/// The base, what changed since, the rules and the settings: everything an answer is made from. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The base.
    pub base: Arc<Base>,
    /// What changed since the base was built.
    pub overlay: Arc<Overlay>,
    /// The operators' rules.
    pub rules: Arc<Rules>,
    /// Routes and penalties.
    pub settings: Arc<Settings>,
}

impl Snapshot {
    /// A snapshot of a base alone.
    pub fn of_base(base: Base) -> Self {
        Self { base: Arc::new(base), ..Self::default() }
    }

    /// The best `limit` suggestions for a keyword at the moment `now` (Unix seconds).
    ///
    /// Exact hits come before repairs. Within each, entries are ordered by their score less the penalty of the route
    /// that ranks them highest. A keyword that is banned itself has no suggestions.
    pub fn suggest(&self, keyword: &str, limit: usize, now: i64) -> Suggestions {
        let mut items = Vec::with_capacity(limit.min(EXPECTED));
        let until = self.suggest_each(keyword, limit, now, |view| items.push(view.to_suggestion()));
        Suggestions { items, until }
    }

    /// Calls `visit` with each of those suggestions, best first, and tells until when they stay as they are, see
    /// [`Suggestions::until`]. For whoever writes them out at once: nothing is copied.
    pub fn suggest_each(
        &self,
        keyword: &str,
        limit: usize,
        now: i64,
        mut visit: impl FnMut(SuggestionView<'_>),
    ) -> i64 {
        let typed = Typed::new(keyword);
        if self.rules.ban_of(keyword, &typed.key).is_some() {
            return i64::MAX;
        }
        let (images, moment) = (Images::new(self, now), Moment::new(now));
        let answered = self.request(&typed, &images, limit).answer(|hit| self.accepts(hit, &moment));
        let mut flags = Flags::new();
        let mut found = answered.found.iter().map(|found| &found.hit);
        if self.rules.pins(&typed.key, &moment).next().is_none() {
            found.for_each(|hit| visit(self.view(hit, &typed, &images, &answered, &mut flags)));
        } else {
            let mut view = |hit| self.view(hit, &typed, &images, &answered, &mut flags).to_suggestion();
            let mut items: Vec<Suggestion> = found.by_ref().map(&mut view).collect();
            self.place_pins(&typed, &images, limit, &moment, &mut items, |suggestion, _, _| suggestion);
            items.iter().for_each(|suggestion| visit(suggestion.view()));
        }
        moment.until()
    }

    /// The same with the reasons.
    pub fn explain(&self, keyword: &str, limit: usize, now: i64) -> Explanation {
        let typed = Typed::new(keyword);
        let mut explanation = Explanation {
            key: typed.key.clone(),
            letters: typed.letters.clone(),
            banned_by: self.rules.ban_of(keyword, &typed.key),
            ..Explanation::default()
        };
        if explanation.banned_by.is_some() {
            return explanation;
        }
        let (images, moment) = (Images::new(self, now), Moment::new(now));
        let mut banned = Vec::new();
        let answered = self.request(&typed, &images, limit).answer(|hit| {
            if let Some(rule) = self.banned(&hit.record) {
                let text = hit.record.details().surface_text().to_owned();
                if !banned.contains(&(text.clone(), rule)) {
                    banned.push((text, rule));
                }
            }
            self.accepts(hit, &moment)
        });
        explanation.items =
            answered.found.iter().map(|found| self.explained(found, &typed, &images, &answered)).collect();
        explanation.banned = banned;
        let mut items = std::mem::take(&mut explanation.items);
        self.place_pins(&typed, &images, limit, &moment, &mut items, explained_pin);
        explanation.items = items;
        explanation
    }

    /// The first thing that keeps `text` out of that answer.
    pub fn why_not(&self, keyword: &str, text: &str, limit: usize, now: i64) -> WhyNot {
        verdict::why_not(self, keyword, text, limit, now)
    }

    /// The texts of at most five entries whose *whole* pinyin or *whole* initials are the typed letters, best
    /// first. Entries that are valid only for a time, hidden and banned ones are left out.
    pub fn by_sound(&self, typed: &str) -> Vec<String> {
        let letters = Typed::new(typed).letters;
        let mut found: Vec<String> = Vec::new();
        if letters.is_empty() {
            return found;
        }
        let mut walks = Vec::with_capacity(4);
        let views = [(Part::Overlay, self.overlay.view()), (Part::Base, self.base.view())];
        for (part, view) in &views {
            for by in [By::Full, By::Initials] {
                let range = view.by_whole_reading(by, &letters);
                walks.push((part, view, view.order(by).best_first(range).peekable()));
            }
        }
        while found.len() < MAX_BY_SOUND {
            let heads = walks.iter_mut().enumerate().filter_map(|(index, (_, view, walk))| {
                Some((view.record(walk.peek()?.entry()).scores().slow, std::cmp::Reverse(index)))
            });
            let Some((_, std::cmp::Reverse(best))) = heads.max() else { break };
            let (part, view, walk) = &mut walks[best];
            let Some(posting) = walk.next() else { break };
            let record = view.record(posting.entry());
            let surface = record.details().surface_text();
            let is_fit = !record.has_window()
                && (**part == Part::Overlay || self.is_in_force(&record))
                && self.banned(&record).is_none()
                && !found.iter().any(|known| known == surface);
            if is_fit {
                found.push(surface.to_owned());
            }
        }
        found
    }

    fn request<'a>(&'a self, typed: &'a Typed, images: &'a Images<'a>, limit: usize) -> Request<'a> {
        Request::new(typed, images, &self.settings, limit)
    }

    /// Whether an entry may be shown at all at that moment.
    fn accepts(&self, hit: &Hit<'_>, moment: &Moment) -> bool {
        let is_there = hit.part == Part::Overlay || self.is_in_force(&hit.record);
        is_there && is_valid(&hit.record, moment) && self.banned(&hit.record).is_none()
    }

    /// Whether the overlay leaves an entry of the base as it is.
    fn is_in_force(&self, record: &Record<'_>) -> bool {
        self.overlay.is_empty()
            || !(self.overlay.replaces(record.identity()) || self.overlay.hides(record.key_text()))
    }

    fn banned(&self, record: &Record<'_>) -> Option<i64> {
        if self.rules.bans_nothing() {
            return None;
        }
        self.rules.ban_of(record.details().surface_text(), record.key_text())
    }

    /// A hit as it is shown; its flags take the place of what `flags` holds.
    fn view<'h>(
        &self,
        hit: &Hit<'h>,
        typed: &Typed,
        images: &Images<'_>,
        answered: &Answered<'_>,
        flags: &'h mut Flags,
    ) -> SuggestionView<'h> {
        let details = hit.record.details();
        let units = images.view(hit.part).units;
        flags::flag(hit, typed, &answered.corrections, &self.settings, details.surface, units, flags);
        SuggestionView {
            text: details.surface,
            flags,
            placed: false,
            class: details.class,
            extra: details.extra,
            route: hit.route,
        }
    }

    fn explained(
        &self,
        found: &Found<'_>,
        typed: &Typed,
        images: &Images<'_>,
        answered: &Answered<'_>,
    ) -> Explained {
        let Hit { record, scores, .. } = found.hit;
        let fast = scores.fast.map(|fast| images.decay().of(fast).doublings());
        let characters = record.key_text().chars().count();
        let evidence =
            scores.evidence(evidence_of(&record.details()), images.decay(), characters, &Weights::DEFAULT);
        Explained {
            suggestion: self.view(&found.hit, typed, images, answered, &mut Flags::new()).to_suggestion(),
            key: record.key_text().to_owned(),
            source: match found.hit.part {
                Part::Overlay => Source::Overlay,
                Part::Hot => Source::Recent(found.hit.posting.entry()),
                Part::Base => Source::Base(found.hit.posting.entry()),
            },
            evidence,
            slow_score: scores.slow.doublings(),
            fast_score: fast,
            penalty: f64::from(self.settings.route(found.hit.route).penalty),
            score: found.score.doublings(),
            rule: None,
        }
    }

    /// Puts the pins for what was typed to their places. A pinned text leaves the place where it was found.
    fn place_pins<T: Placed>(
        &self,
        typed: &Typed,
        images: &Images<'_>,
        limit: usize,
        moment: &Moment,
        items: &mut Vec<T>,
        wrap: impl Fn(Suggestion, &Pin, String) -> T,
    ) {
        let mut placed: Vec<String> = Vec::new();
        let mut next = 0;
        for pin in self.rules.pins(&typed.key, moment) {
            let key = text::normal::key(&pin.text);
            // A text that is pinned twice stands at the first of its places.
            if key.is_empty() || placed.contains(&key) || self.rules.ban_of(&pin.text, &key).is_some() {
                continue;
            }
            items
                .retain(|item| item.suggestion().placed || text::normal::key(&item.suggestion().text) != key);
            let (class, extra) = self.properties(images, &key, moment);
            let suggestion = Suggestion {
                text: pin.text.clone(),
                flags: flags::of_pin(typed, &pin.text),
                placed: true,
                class,
                extra,
                route: Route::Prefix,
            };
            // Pins come by position: none pushes an earlier one down.
            let place = pin.position.saturating_sub(1).max(next).min(items.len());
            next = place + 1;
            items.insert(place, wrap(suggestion, pin, key.clone()));
            placed.push(key);
        }
        items.truncate(limit);
    }

    /// What belongs to the entry of that key, if there is one: a pinned text has its link and icons too.
    fn properties(&self, images: &Images<'_>, key: &str, moment: &Moment) -> (u8, Vec<u8>) {
        let base = images.view(Part::Base).find(key).filter(|record| self.is_in_force(record));
        let found =
            images.view(Part::Overlay).find(key).chain(base).filter(|record| is_valid(record, moment));
        let details = found.map(|record| record.details()).min_by_key(|details| details.class);
        details.map_or_else(Default::default, |details| (details.class, details.extra.to_vec()))
    }
}

/// Something that a suggestion is part of.
trait Placed {
    fn suggestion(&self) -> &Suggestion;
}

impl Placed for Suggestion {
    fn suggestion(&self) -> &Suggestion {
        self
    }
}

impl Placed for Explained {
    fn suggestion(&self) -> &Suggestion {
        &self.suggestion
    }
}

fn explained_pin(suggestion: Suggestion, pin: &Pin, key: String) -> Explained {
    Explained {
        suggestion,
        key,
        source: Source::Rule,
        evidence: Evidence::default(),
        slow_score: 0.0,
        fast_score: None,
        penalty: 0.0,
        score: 0.0,
        rule: Some(pin.id),
    }
}

fn is_valid(record: &Record<'_>, moment: &Moment) -> bool {
    if !record.has_window() {
        return true;
    }
    let details = record.details();
    moment.is_within(details.valid_from, details.valid_to)
}
