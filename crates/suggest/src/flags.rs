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

use crate::account::{Mode, account};
use crate::exact::By;
use crate::lane::Hit;
use crate::phrase;
use crate::record::{Record, Unit, Units};
use crate::repair::{Correction, Corrections};
use crate::route::{Route, Settings};
use crate::typed::Typed;

/// A hit that is to be shown.
pub(crate) struct Shown<'a> {
    pub(crate) record: Record<'a>,
    pub(crate) surface: &'a str,
    pub(crate) units: Units<'a>,
}

/// One flag for each character of the surface.
pub(crate) fn flags(
    hit: &Hit,
    typed: &Typed,
    corrections: &Corrections,
    settings: &Settings,
    shown: &Shown<'_>,
) -> Vec<bool> {
    let reading = hit.posting.reading();
    let by_account = |mode| by_account(typed, mode, reading, shown);
    match hit.route {
        Route::Prefix => by_prefix(&typed.key, shown),
        Route::WordBreak => by_places(shown, phrase::find(shown.record.key_text(), &typed.key).as_slice()),
        Route::AnyOrder => {
            let places = phrase::find_all(shown.record.key_text(), &typed.words().all);
            by_places(shown, places.as_deref().unwrap_or_default())
        }
        Route::Pinyin => by_letters(&typed.letters, By::Full, reading, shown),
        Route::Initials => by_letters(&typed.letters, By::Initials, reading, shown),
        Route::Mixed => by_account(Mode::Exact),
        Route::Homophone => by_account(Mode::Homophone),
        Route::Fuzzy => by_account(Mode::Fuzzy(settings.fuzzy)),
        Route::Typo | Route::LookAlike => match corrections.get(hit.variant) {
            Some(Correction::Key(key)) => by_prefix(key, shown),
            Some(Correction::Letters(letters)) => by_letters(letters, By::Full, reading, shown),
            None => vec![false; shown.surface.chars().count()],
        },
    }
}

/// What a pinned text is flagged by: its leading run, if there is one.
pub(crate) fn of_pin(typed: &Typed, surface: &str) -> Vec<bool> {
    text::highlight::prefix(&typed.key, surface)
}

/// The leading run: what the comparison passes over within it is part of it.
fn by_prefix(key: &str, shown: &Shown<'_>) -> Vec<bool> {
    let typed = key.chars().count();
    if is_alike(shown) {
        let mut flags = vec![false; shown.surface.chars().count()];
        let end = typed.min(flags.len());
        flags[..end].fill(true);
        return flags;
    }
    let mut flags = on_surface(shown, 0..typed);
    if let Some(last) = flags.iter().rposition(|&flag| flag) {
        flags[..last].fill(true);
    }
    flags
}

/// Marks ranges of bytes of the key.
fn by_places(shown: &Shown<'_>, places: &[Range<usize>]) -> Vec<bool> {
    let characters = shown.record.key_text().char_indices().enumerate();
    let marked = characters.filter(|(_, (at, _))| places.iter().any(|place| place.contains(at)));
    on_surface(shown, marked.map(|(index, _)| index))
}

fn by_account(typed: &Typed, mode: Mode, reading: usize, shown: &Shown<'_>) -> Vec<bool> {
    let units = || shown.record.units(reading, shown.units);
    let count = account(&typed.elements, units(), mode).unwrap_or(0);
    on_surface(shown, units().take(count).map(|unit| unit.source))
}

fn by_letters(letters: &str, by: By, reading: usize, shown: &Shown<'_>) -> Vec<bool> {
    let piece = |unit: &Unit<'_>| if by == By::Initials { unit.initial().len() } else { unit.text.len() };
    let mut before = 0;
    let reached = shown.record.units(reading, shown.units).take_while(|unit| {
        let is_reached = before < letters.len();
        before += piece(unit);
        is_reached
    });
    on_surface(shown, reached.map(|unit| unit.source))
}

/// Whether the characters of key and surface stand in the same places: they are the same, but for capital letters.
fn is_alike(shown: &Shown<'_>) -> bool {
    shown.record.is_plain() || shown.surface.eq_ignore_ascii_case(shown.record.key_text())
}

/// Carries marks, in ascending order, from the characters of the key over to those of the surface.
fn on_surface(shown: &Shown<'_>, marked: impl Iterator<Item = usize>) -> Vec<bool> {
    let mut flags = vec![false; shown.surface.chars().count()];
    let mut mark = |range: Range<usize>| {
        flags.iter_mut().take(range.end).skip(range.start).for_each(|flag| *flag = true);
    };
    if is_alike(shown) {
        marked.for_each(|index| mark(index..index + 1));
        return flags;
    }
    let normal = text::normal::normalize(shown.surface);
    // The key is the normal form without some of its white space: walk both at once.
    let mut key = shown.record.key_text().chars().enumerate().peekable();
    let mut marked = marked.peekable();
    for (index, character) in normal.text().chars().enumerate() {
        let is_same = |&(_, in_key): &(usize, char)| {
            in_key == character || (in_key.is_whitespace() && character.is_whitespace())
        };
        if let Some((in_key, _)) = key.next_if(is_same)
            && marked.next_if_eq(&in_key).is_some()
        {
            mark(normal.source(index));
        }
    }
    flags
}
