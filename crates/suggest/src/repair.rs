//! The four repairs: what was typed is taken for something that sounds, is spelled or looks like it.

use std::ops::Range;

use text::fuzzy::Pairs;

use crate::account::Mode;
use crate::base::View;
use crate::exact::By;
use crate::lane::{Check, Part, Stream, Walk};
use crate::permutation::Reach;
use crate::route::Route;
use crate::typed::Typed;

mod letters;
mod words;

/// Fewer typed letters than this are not taken for a slip: every short word is near many others.
const MIN_LETTERS: usize = 4;
/// Longer runs of letters than this are not corrected.
const MAX_LETTERS: usize = 64;
/// The most characters of a keyword that are looked at for one that looks like another.
const MAX_CHARACTERS: usize = 12;

/// What was typed, corrected: the beginning of a text or of a full reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Correction {
    /// The key with another character or word in it.
    Key(String),
    /// The letters of a reading.
    Letters(String),
}

/// Corrections that a request met, numbered as its hits name them.
#[derive(Debug, Default)]
pub(crate) struct Corrections(Vec<(Route, Correction)>);

impl Corrections {
    pub(crate) fn get(&self, variant: u16) -> Option<&Correction> {
        self.0.get(usize::from(variant)).map(|(_, correction)| correction)
    }

    fn number(&mut self, route: Route, correction: Correction) -> usize {
        if let Some(known) = self.0.iter().position(|known| known.0 == route && known.1 == correction) {
            return known;
        }
        self.0.push((route, correction));
        self.0.len() - 1
    }
}

/// Finds the walks of repairs over one image.
pub(crate) struct Repair<'a> {
    pub(crate) typed: &'a Typed,
    pub(crate) part: Part,
    pub(crate) view: &'a View<'a>,
}

impl<'a> Repair<'a> {
    fn over_text(&self, reach: impl Into<Reach<'a>>, route: Route) -> Stream<'a> {
        let walk = Walk::Order(self.view.normal.best_first(reach));
        Stream::new(self.part, self.view, walk, Check::None, route)
    }

    fn over_readings(&self, by: By, reach: impl Into<Reach<'a>>, check: Check, route: Route) -> Stream<'a> {
        let walk = Walk::Order(self.view.order(by).best_first(reach));
        Stream::new(self.part, self.view, walk, check, route)
    }

    /// Other characters of the same sound.
    pub(crate) fn homophones(&self) -> Vec<Stream<'a>> {
        if !self.typed.has_hanzi || self.typed.elements.is_empty() {
            return Vec::new();
        }
        let check = Check::Reading(Mode::Homophone);
        self.by_spellings(By::Full, self.typed.full_spellings(), check, Route::Homophone)
    }

    /// Sounds that are taken for one another.
    pub(crate) fn fuzzy(&self, pairs: Pairs) -> Vec<Stream<'a>> {
        if !self.typed.has_letter || self.typed.elements.is_empty() {
            return Vec::new();
        }
        let check = Check::Reading(Mode::Fuzzy(pairs));
        self.by_spellings(By::Sound, self.typed.sound_spellings(), check, Route::Fuzzy)
    }

    fn by_spellings(&self, by: By, spellings: Vec<String>, check: Check, route: Route) -> Vec<Stream<'a>> {
        let reaches = spellings.into_iter().map(|spelling| self.view.by_reading(by, &spelling));
        reaches
            .filter(|reach| !reach.is_empty())
            .map(|reach| self.over_readings(by, reach, check, route))
            .collect()
    }

    /// One wrong letter: in pinyin or Latin letters alone, or in a Latin word beside others.
    pub(crate) fn typos(&self, corrections: &mut Corrections) -> Vec<Stream<'a>> {
        let letters = &self.typed.letters;
        if letters.is_empty() {
            let corrected = words::corrected(&self.typed.key, &self.view.words()).into_iter();
            let found = corrected.map(|key| (self.view.by_text(&key).range, Correction::Key(key)));
            return self.corrected(found.collect(), corrections);
        }
        if !self.typed.has_letter || !(MIN_LETTERS..=MAX_LETTERS).contains(&letters.len()) {
            return Vec::new();
        }
        let found = letters::corrected(self.view, letters).into_iter();
        self.corrected(found.map(|(range, text)| (range, Correction::Letters(text))).collect(), corrections)
    }

    fn corrected(
        &self,
        found: Vec<(Range<usize>, Correction)>,
        corrections: &mut Corrections,
    ) -> Vec<Stream<'a>> {
        let mut streams = Vec::with_capacity(found.len());
        for (range, correction) in found {
            if range.is_empty() {
                continue;
            }
            let stream = match &correction {
                Correction::Key(_) => self.over_text(range, Route::Typo),
                Correction::Letters(_) => self.over_readings(By::Full, range, Check::None, Route::Typo),
            };
            streams.push(stream.with_variant(corrections.number(Route::Typo, correction)));
        }
        streams
    }

    /// The entries that are wholly what a correction makes of what was typed.
    pub(crate) fn whole(&self, corrections: &Corrections) -> Vec<Stream<'a>> {
        let mut streams = Vec::new();
        for (variant, (route, correction)) in corrections.0.iter().enumerate() {
            let (stream, is_empty) = match correction {
                Correction::Key(key) => {
                    let range = self.view.by_whole_text(key);
                    (self.over_text(range.clone(), *route), range.is_empty())
                }
                Correction::Letters(letters) => {
                    let range = self.view.by_whole_reading(By::Full, letters);
                    (self.over_readings(By::Full, range.clone(), Check::None, *route), range.is_empty())
                }
            };
            if !is_empty {
                streams.push(stream.with_variant(variant));
            }
        }
        streams
    }

    /// One character that looks like the right one.
    pub(crate) fn look_alikes(&self, corrections: &mut Corrections) -> Vec<Stream<'a>> {
        let mut streams = Vec::new();
        let key = self.typed.key.as_str();
        // The range of what stands before the character; it holds every correction of what follows.
        let mut before = None;
        let within = |before: &Option<Range<usize>>, text: &str| match before {
            None => self.view.by_text(text).range,
            Some(range) => self.view.by_text_within(range.clone(), text),
        };
        for (index, (at, c)) in key.char_indices().enumerate() {
            if before.as_ref().is_some_and(Range::is_empty) || index >= MAX_CHARACTERS {
                break;
            }
            let (start, rest) = (&key[..at], &key[at + c.len_utf8()..]);
            for other in text::look_alikes::look_alikes(c) {
                let corrected = format!("{start}{other}{rest}");
                let range = within(&before, &corrected);
                if !range.is_empty() {
                    let variant = corrections.number(Route::LookAlike, Correction::Key(corrected));
                    streams.push(self.over_text(range, Route::LookAlike).with_variant(variant));
                }
            }
            before = Some(within(&before, &key[..at + c.len_utf8()]));
        }
        streams
    }
}
