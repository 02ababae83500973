//! Which characters of a suggestion the typed input accounts for.
//!
//! | route | flagged |
//! |---|---|
//! | prefix | the leading run that was typed |
//! | word break | the run that was typed, where it stands |
//! | any order | each typed word, the last one as far as it was typed |
//! | pinyin, initials, mixed, homophone, fuzzy | the characters at the beginning that a typed character, syllable, initial or part of a syllable stands for |
//! | typo, look-alike | as pinyin or prefix, for what was typed once it is corrected |
//!
//! There is one flag for each code point of the text as it is shown. A character that became several in normal form
//! (㎒ is mhz) is flagged when any of these is accounted for, and so are all characters that became one together (a
//! letter with its combining marks). What the comparison passes over, such as a space beside a hanzi, is flagged within
//! the leading run of the prefix route only, so that this is one run.

use std::ops::Range;

use smallvec::SmallVec;

use crate::account::{Mode, account};
use crate::exact::By;
use crate::lane::Hit;
use crate::phrase;
use crate::record::{Record, Unit, Units};
use crate::repair::{Correction, Corrections};
use crate::route::{Route, Settings};
use crate::typed::Typed;

/// One flag for each character: of most texts without memory of their own.
pub(crate) type Flags = SmallVec<[bool; 64]>;

/// One flag for each character of the surface, in place of what `flags` holds.
pub(crate) fn flag(
    hit: &Hit<'_>,
    typed: &Typed,
    corrections: &Corrections,
    settings: &Settings,
    surface: &[u8],
    units: Units<'_>,
    flags: &mut Flags,
) {
    *flags = Flags::from_elem(false, characters(surface));
    let mut flagging =
        Flagging { typed, record: &hit.record, reading: hit.posting.reading(), surface, units, flags };
    match hit.route {
        Route::Prefix => flagging.by_prefix(typed.characters),
        Route::WordBreak => flagging.by_places(phrase::find(hit.record.key, &typed.key).as_slice()),
        Route::AnyOrder => {
            let places = phrase::find_all(hit.record.key, &typed.words().all);
            flagging.by_places(places.as_deref().unwrap_or_default());
        }
        Route::Pinyin => flagging.by_letters(&typed.letters, By::Full),
        Route::Initials => flagging.by_letters(&typed.letters, By::Initials),
        Route::Mixed => flagging.by_account(Mode::Exact),
        Route::Homophone => flagging.by_account(Mode::Homophone),
        Route::Fuzzy => flagging.by_account(Mode::Fuzzy(settings.fuzzy)),
        Route::Typo | Route::LookAlike => match corrections.get(hit.variant) {
            Some(Correction::Key(key)) => flagging.by_prefix(characters(key.as_bytes())),
            Some(Correction::Letters(letters)) => flagging.by_letters(letters, By::Full),
            None => {}
        },
    }
}

/// What a pinned text is flagged by: its leading run, if there is one.
pub(crate) fn of_pin(typed: &Typed, surface: &str) -> Vec<bool> {
    text::highlight::prefix(&typed.key, surface)
}

/// A hit that is to be shown, and its flags, which are all down at first.
struct Flagging<'a> {
    typed: &'a Typed,
    record: &'a Record<'a>,
    reading: usize,
    surface: &'a [u8],
    units: Units<'a>,
    flags: &'a mut Flags,
}

impl<'a> Flagging<'a> {
    /// The leading run: what the comparison passes over within it is part of it.
    fn by_prefix(&mut self, typed: usize) {
        if self.is_alike() {
            let end = typed.min(self.flags.len());
            self.flags[..end].fill(true);
            return;
        }
        self.on_surface(0..typed);
        if let Some(last) = self.flags.iter().rposition(|&flag| flag) {
            self.flags[..last].fill(true);
        }
    }

    /// Marks ranges of bytes of the key.
    fn by_places(&mut self, places: &[Range<usize>]) {
        let key = self.record.key;
        if self.is_alike() {
            for place in places {
                let start = characters(&key[..place.start]);
                self.mark(start..start + characters(&key[place.clone()]));
            }
            return;
        }
        let all = self.record.key_text().char_indices().enumerate();
        let marked = all.filter(|(_, (at, _))| places.iter().any(|place| place.contains(at)));
        self.on_surface(marked.map(|(index, _)| index));
    }

    fn by_account(&mut self, mode: Mode) {
        let units = self.record.units(self.reading, self.units);
        let count = account(&self.typed.elements, units, mode).unwrap_or(0);
        let reached = self.record.units(self.reading, self.units).take(count);
        self.on_surface(reached.map(|unit| unit.source));
    }

    fn by_letters(&mut self, letters: &str, by: By) {
        let piece = |unit: &Unit<'_>| if by == By::Initials { unit.initial().len() } else { unit.text.len() };
        let mut before = 0;
        let reached = self.record.units(self.reading, self.units).take_while(|unit| {
            let is_reached = before < letters.len();
            before += piece(unit);
            is_reached
        });
        self.on_surface(reached.map(|unit| unit.source));
    }

    /// Whether the characters of key and surface stand in the same places: they are the same, but for capital letters.
    fn is_alike(&self) -> bool {
        self.record.is_plain() || self.surface.eq_ignore_ascii_case(self.record.key)
    }

    /// Carries marks, in ascending order, from the characters of the key over to those of the surface.
    fn on_surface(&mut self, marked: impl Iterator<Item = usize>) {
        if self.is_alike() {
            marked.for_each(|index| self.mark(index..index + 1));
            return;
        }
        let normal = text::normal::normalize(std::str::from_utf8(self.surface).unwrap_or_default());
        // The key is the normal form without some of its white space: walk both at once.
        let mut key = self.record.key_text().chars().enumerate().peekable();
        let mut marked = marked.peekable();
        for (index, character) in normal.text().chars().enumerate() {
            let is_same = |&(_, in_key): &(usize, char)| {
                in_key == character || (in_key.is_whitespace() && character.is_whitespace())
            };
            if let Some((in_key, _)) = key.next_if(is_same)
                && marked.next_if_eq(&in_key).is_some()
            {
                self.mark(normal.source(index));
            }
        }
    }

    fn mark(&mut self, range: Range<usize>) {
        let end = range.end.min(self.flags.len());
        self.flags[range.start.min(end)..end].fill(true);
    }
}

/// How many characters begin in these bytes.
pub(crate) fn characters(bytes: &[u8]) -> usize {
    /// The lowest bit of each byte.
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Eight bytes at a time: a byte goes on with a character if its highest bit is set and the next one is not.
    let (words, rest) = bytes.as_chunks();
    let going_on = words.iter().map(|&word| {
        let word = u64::from_le_bytes(word);
        (((word >> 7) & !(word >> 6) & EACH).wrapping_mul(EACH) >> 56) as usize
    });
    bytes.len() - going_on.sum::<usize>() - rest.iter().filter(|&byte| byte & 0xC0 == 0x80).count()
}
