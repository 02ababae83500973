//! The six exact routes: which walks lead from what was typed to entries that hold it.

use std::cell::OnceCell;
use std::ops::Range;

use crate::base::View;
use crate::conjunction::{Conjunction, Merged, Seeker, Source};
use crate::lane::{Check, Part, Stream, Walk};
use crate::lists::List;
use crate::permutation::{Place, Posting, Reach};
use crate::record::Unit;
use crate::route::Route;
use crate::typed::Typed;

/// Up to so many words that begin as was typed, their own lists are walked; of more, that of their first character.
const MAX_WORDS: usize = 48;

/// Entries of a kept list that are read at once: a full answer.
const EXPECTED: usize = 16;

/// One of the orders by reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Full,
    Initials,
    Sound,
}

impl<'a> View<'a> {
    /// The entries whose text begins so.
    pub(crate) fn by_text(&self, typed: &str) -> Reach<'a> {
        let typed = typed.as_bytes();
        self.normal.prefix(typed, |posting| self.place_of_text(posting, typed))
    }

    /// The entries whose text is exactly so.
    pub(crate) fn by_whole_text(&self, typed: &str) -> Range<usize> {
        self.whole_of(self.by_text(typed), typed)
    }

    /// The same, where it is known which texts begin so.
    fn whole_of(&self, begun: Reach<'a>, typed: &str) -> Range<usize> {
        let typed = typed.as_bytes();
        self.normal.whole_range(begun.range, |posting| self.place_of_text(posting, typed))
    }

    /// The same within a part of the order.
    pub(crate) fn by_text_within(&self, range: Range<usize>, typed: &str) -> Range<usize> {
        let typed = typed.as_bytes();
        self.normal.prefix_range_within(range, typed, |posting| self.place_of_text(posting, typed))
    }

    fn place_of_text(&self, posting: Posting, typed: &[u8]) -> Place {
        Place::of(std::iter::once(self.key(posting.entry())), typed)
    }

    /// The postings whose reading begins so.
    pub(crate) fn by_reading(&self, by: By, typed: &str) -> Reach<'a> {
        let order = self.order(by);
        order.prefix(typed.as_bytes(), |posting| self.place(by, posting, typed))
    }

    /// The same within a part of the order.
    pub(crate) fn by_reading_within(&self, by: By, range: Range<usize>, typed: &str) -> Range<usize> {
        let place = |posting| self.place(by, posting, typed);
        self.order(by).prefix_range_within(range, typed.as_bytes(), place)
    }

    /// The letters that stand at a place of the full readings of a range, which begin alike and are longer, each with
    /// the part of the range that has it there.
    pub(crate) fn next_letters(&self, before: &str, range: Range<usize>) -> Vec<(char, Range<usize>)> {
        let full = self.order(By::Full);
        let ended = full.whole_range(range.clone(), |posting| self.place(By::Full, posting, before));
        let (mut start, mut letters) = (ended.end, Vec::new());
        while start < range.end {
            let Some(letter) = self.letter(full.posting(start), before.len()) else { break };
            let part = self.by_reading_within(By::Full, start..range.end, &format!("{before}{letter}"));
            start = part.end.max(start + 1);
            letters.push((letter, part));
        }
        letters
    }

    /// A letter or digit of a full reading; none if something else is there, which is sorted behind all of them.
    fn letter(&self, posting: Posting, place: usize) -> Option<char> {
        let mut left = place;
        for unit in self.record(posting.entry()).units(posting.reading(), self.units) {
            match unit.text.get(left) {
                Some(byte) => return Some(char::from(*byte)).filter(char::is_ascii_alphanumeric),
                None => left -= unit.text.len(),
            }
        }
        None
    }

    /// The postings whose reading is exactly so.
    pub(crate) fn by_whole_reading(&self, by: By, typed: &str) -> Range<usize> {
        let range = self.by_reading(by, typed).range;
        self.order(by).whole_range(range, |posting| self.place(by, posting, typed))
    }

    fn place(&self, by: By, posting: Posting, typed: &str) -> Place {
        let units = self.record(posting.entry()).units(posting.reading(), self.units);
        let piece = |unit: Unit<'a>| match by {
            By::Full => unit.text,
            By::Initials => unit.initial(),
            By::Sound => unit.sound,
        };
        Place::of(units.map(piece), typed.as_bytes())
    }
}

/// Finds the walks of exact routes over one image.
pub(crate) struct Exact<'e, 'a> {
    pub(crate) typed: &'a Typed,
    pub(crate) part: Part,
    pub(crate) view: &'a View<'a>,
    /// The entries whose text begins as was typed: looked for once a request.
    pub(crate) begun: &'e OnceCell<Reach<'a>>,
}

impl<'a> Exact<'_, 'a> {
    fn begun(&self) -> Reach<'a> {
        self.begun.get_or_init(|| self.view.by_text(&self.typed.key)).clone()
    }

    fn stream(&self, walk: Walk<'a>, check: Check, route: Route) -> Stream<'a> {
        Stream::new(self.part, self.view, walk, check, route)
    }

    /// The text begins with what was typed.
    pub(crate) fn prefix(&self) -> Option<Stream<'a>> {
        let reach = self.begun();
        self.view.expect(reach.best().take(EXPECTED));
        (!reach.is_empty())
            .then(|| self.stream(Walk::Order(self.view.normal.best_first(reach)), Check::None, Route::Prefix))
    }

    /// A reading begins with the typed letters.
    pub(crate) fn by_letters(&self, by: By, route: Route) -> Option<Stream<'a>> {
        if !self.typed.has_letter || self.typed.letters.is_empty() {
            return None;
        }
        let reach = self.view.by_reading(by, &self.typed.letters);
        self.view.expect(reach.best().take(EXPECTED));
        (!reach.is_empty())
            .then(|| self.stream(Walk::Order(self.view.order(by).best_first(reach)), Check::None, route))
    }

    /// The entries that are wholly what was typed: in text, in pinyin, in initials.
    pub(crate) fn whole(&self, is_on: impl Fn(Route) -> bool) -> Vec<Stream<'a>> {
        let mut streams = Vec::new();
        if is_on(Route::Prefix) {
            let range = self.view.whole_of(self.begun(), &self.typed.key);
            if !range.is_empty() {
                let walk = Walk::Order(self.view.normal.best_first(range));
                streams.push(self.stream(walk, Check::None, Route::Prefix));
            }
        }
        for (by, route) in [(By::Full, Route::Pinyin), (By::Initials, Route::Initials)] {
            if self.typed.has_letter && !self.typed.letters.is_empty() && is_on(route) {
                let range = self.view.by_whole_reading(by, &self.typed.letters);
                if !range.is_empty() {
                    let walk = Walk::Order(self.view.order(by).best_first(range));
                    streams.push(self.stream(walk, Check::None, route));
                }
            }
        }
        streams
    }

    /// What was typed stands in the text: as it was typed, or word by word.
    pub(crate) fn words(&self, together: bool, apart: bool) -> Option<Stream<'a>> {
        let (last, whole) = self.typed.words().all.split_last()?;
        // What stands between words, such as a sign, is told by no word of the entry.
        let apart = apart && self.typed.words().is_all && !whole.is_empty();
        if !together && !apart {
            return None;
        }
        let words = self.view.words();
        let mut sources = Vec::with_capacity(whole.len() + 1);
        for word in whole {
            let list = words.list(words.find(word.as_bytes())?);
            sources.push((list.len(), Source::One(Seeker::new(list.cursor()))));
        }
        let shortest = sources.iter().map(|&(length, _)| length).min();
        sources.push(self.last_word(last, shortest.unwrap_or(usize::MAX))?);
        let walk = Walk::Lists(Conjunction::new(sources));
        Some(self.stream(walk, Check::Words { together, apart }, Route::WordBreak))
    }

    /// The entries with a word that begins so: those of each such word, if these are few and lead the walk. Else those
    /// with a word that begins with the same character: one list is sought in faster than many, and the check of each
    /// hit tells the rest.
    fn last_word(&self, word: &str, shortest: usize) -> Option<(usize, Source<'a>)> {
        let first = word.chars().next().map(|first| &word[..first.len_utf8()])?;
        if word != first {
            let dictionary = self.view.words();
            let words = dictionary.beginning(word.as_bytes());
            if words.is_empty() {
                return None;
            }
            if words.len() <= MAX_WORDS {
                let lists: Vec<_> = words.map(|word| dictionary.list(word)).collect();
                let length = lists.iter().map(List::len).sum();
                if length <= shortest {
                    let lists = Merged::new(lists.iter().map(List::cursor).collect());
                    return Some((length, Source::Any(lists)));
                }
            }
        }
        let firsts = self.view.firsts();
        let list = firsts.list(firsts.find(first.as_bytes())?);
        Some((list.len(), Source::One(Seeker::new(list.cursor()))))
    }

    /// Hanzi and letters, each for one character: over the smallest range that must hold every hit.
    pub(crate) fn mixed(&self) -> Vec<Stream<'a>> {
        let mut streams = Vec::new();
        if self.typed.elements.is_empty() || !self.typed.has_letter {
            return streams;
        }
        if self.typed.has_hanzi {
            self.mixed_in_full(&mut streams);
        }
        for initials in self.typed.initial_spellings() {
            if initials == self.typed.letters {
                // Initials and nothing else have a route of their own.
                continue;
            }
            let reach = self.view.by_reading(By::Initials, &initials);
            self.add(&mut streams, By::Initials, reach);
        }
        streams
    }

    /// Whole syllables between hanzi: by their pinyin, or by the hanzi that stand first if these are rarer.
    fn mixed_in_full(&self, streams: &mut Vec<Stream<'a>>) {
        let reaches: Vec<_> = self
            .typed
            .full_spellings()
            .iter()
            .map(|spelling| self.view.by_reading(By::Full, spelling))
            .filter(|reach| !reach.is_empty())
            .collect();
        let by_sound: usize = reaches.iter().map(Reach::len).sum();
        if !self.typed.leading().is_empty() && by_sound > 0 {
            let reach = self.view.by_text(self.typed.leading());
            if reach.len() < by_sound {
                let walk = Walk::Order(self.view.normal.best_first(reach));
                streams.push(self.stream(walk, Check::AnyReading, Route::Mixed));
                return;
            }
        }
        for reach in reaches {
            self.add(streams, By::Full, reach);
        }
    }

    fn add(&self, streams: &mut Vec<Stream<'a>>, by: By, reach: Reach<'a>) {
        if !reach.is_empty() {
            let walk = Walk::Order(self.view.order(by).best_first(reach));
            streams.push(self.stream(walk, Check::Mixed, Route::Mixed));
        }
    }
}
