//! Which characters of a suggestion the typed input accounts for.
//!
//! A hit by its beginning is drawn as `text::highlight` says. For the other routes the reading by which the route
//! found the entry tells which characters the typed letters took: the flags cannot disagree with the route, and
//! no text is cut into words and read anew (which `text::highlight` would have to, at ten times the cost of the
//! whole request). The tests hold both to the same result. No hit is ever shown without a mark.

use crate::base::Route;
use crate::lookup::Typed;
use crate::record::{Record, Unit, Units};

/// One flag for each character of the entry's surface.
pub(crate) fn flags(
    route: Route,
    typed: &Typed,
    record: &Record<'_>,
    reading: usize,
    units: Units<'_>,
) -> Vec<bool> {
    let surface = record.details().surface;
    if route == Route::Prefix && record.is_plain() && !typed.key.contains(' ') {
        // The text is its own key: what was typed is its beginning, character for character.
        return leading(typed.key.chars().count(), surface.chars().count());
    }
    if route == Route::Prefix {
        let highlighted = text::highlight::prefix(&typed.key, surface);
        if highlighted.contains(&true) {
            return highlighted;
        }
    }
    accounted(route, typed, record, reading, units)
}

fn leading(marked: usize, length: usize) -> Vec<bool> {
    (0..length).map(|index| index < marked).collect()
}

/// The flags as the route itself accounts for what was typed.
fn accounted(
    route: Route,
    typed: &Typed,
    record: &Record<'_>,
    reading: usize,
    units: Units<'_>,
) -> Vec<bool> {
    let read = || record.units(reading, units);
    let marked: Vec<usize> = match route {
        Route::Prefix => (0..typed.key.chars().count()).collect(),
        Route::Pinyin => taken(read().map(|unit| (unit.source, unit.text)), typed.letters.len()),
        Route::Initials => {
            taken(read().map(|unit: Unit<'_>| (unit.source, unit.initial())), typed.letters.len())
        }
    };
    on_surface(record, &marked)
}

/// The characters of the key that the first `typed` bytes of a reading belong to.
fn taken<'a>(pieces: impl Iterator<Item = (usize, &'a [u8])>, typed: usize) -> Vec<usize> {
    let mut before = 0;
    let reached = pieces.take_while(|(_, piece)| {
        let is_reached = before < typed;
        before += piece.len();
        is_reached
    });
    reached.map(|(source, _)| source).collect()
}

/// Carries marks from the characters of the key over to those of the surface.
fn on_surface(record: &Record<'_>, marked: &[usize]) -> Vec<bool> {
    let surface = record.details().surface;
    let mut flags = vec![false; surface.chars().count()];
    let mark = |flags: &mut Vec<bool>, range: std::ops::Range<usize>| {
        flags.iter_mut().take(range.end).skip(range.start).for_each(|flag| *flag = true);
    };
    if record.is_plain() {
        for &index in marked {
            mark(&mut flags, index..index + 1);
        }
        return flags;
    }
    let normal = text::normal::normalize(surface);
    // The key is the normal form without some of its white space: walk both at once.
    let mut key = record.key_text().chars().enumerate().peekable();
    for (index, character) in normal.text().chars().enumerate() {
        let is_same = |&(_, in_key): &(usize, char)| {
            in_key == character || (in_key.is_whitespace() && character.is_whitespace())
        };
        if let Some((in_key, _)) = key.next_if(is_same)
            && marked.contains(&in_key)
        {
            mark(&mut flags, normal.source(index));
        }
    }
    flags
}
