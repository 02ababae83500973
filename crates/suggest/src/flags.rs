//! Which characters of a suggestion the typed input accounts for.
//!
//! A hit by its beginning is drawn as `text::highlight` says. For the other routes the reading by which the route
//! found the entry tells which characters the typed letters took: the flags cannot disagree with the route, and
//! no text is cut into words and read anew (which `text::highlight` would have to, at ten times the cost of the
//! whole request). The tests hold both to the same result. No hit is ever shown without a mark.

use crate::base::Route;
use crate::lookup::Typed;
use crate::record::{Record, Units};

/// A hit that is to be shown.
pub(crate) struct Shown<'a> {
    pub(crate) record: Record<'a>,
    pub(crate) surface: &'a str,
    pub(crate) reading: usize,
    pub(crate) units: Units<'a>,
}

/// One flag for each character of the surface.
pub(crate) fn flags(route: Route, typed: &Typed, shown: &Shown<'_>) -> Vec<bool> {
    let letters = typed.letters.len();
    let units = || shown.record.units(shown.reading, shown.units);
    match route {
        Route::Prefix => by_prefix(typed, shown),
        Route::Pinyin => on_surface(shown, taken(units().map(|unit| (unit.source, unit.text)), letters)),
        Route::Initials => {
            on_surface(shown, taken(units().map(|unit| (unit.source, unit.initial())), letters))
        }
    }
}

fn by_prefix(typed: &Typed, shown: &Shown<'_>) -> Vec<bool> {
    let length = typed.key.chars().count();
    if shown.record.is_plain() && !typed.key.contains(' ') {
        // The text is its own key: what was typed is its beginning, character for character.
        return on_surface(shown, 0..length);
    }
    let highlighted = text::highlight::prefix(&typed.key, shown.surface);
    if highlighted.contains(&true) { highlighted } else { on_surface(shown, 0..length) }
}

/// The characters of the key that the first `typed` bytes of a reading belong to.
fn taken<'a>(pieces: impl Iterator<Item = (usize, &'a [u8])>, typed: usize) -> impl Iterator<Item = usize> {
    let mut before = 0;
    let reached = pieces.take_while(move |(_, piece)| {
        let is_reached = before < typed;
        before += piece.len();
        is_reached
    });
    reached.map(|(source, _)| source)
}

/// Carries marks, in ascending order, from the characters of the key over to those of the surface.
fn on_surface(shown: &Shown<'_>, marked: impl Iterator<Item = usize>) -> Vec<bool> {
    let mut flags = vec![false; shown.surface.chars().count()];
    let mut mark = |range: std::ops::Range<usize>| {
        flags.iter_mut().take(range.end).skip(range.start).for_each(|flag| *flag = true);
    };
    if shown.record.is_plain() {
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

#[cfg(test)]
mod tests {
    use crate::{Base, Candidate};

    #[track_caller]
    fn check(text: &str, keyword: &str, expected: &str) {
        let items = Base::build(vec![Candidate::mined(text, 1)], 0).suggest(keyword, 15, 0).items;
        let drawn: Vec<String> = items
            .iter()
            .map(|item| item.flags.iter().map(|&flag| if flag { 'x' } else { '.' }).collect())
            .collect();
        assert_eq!(drawn, [expected], "{keyword} on {text}");
    }

    #[test]
    fn marks_stand_on_the_characters_that_were_typed() {
        check("连衣裙", "连衣", "xx.");
        check("連衣裙", "连衣", "xx.");
        check("ＲＴＸ 5090", "rtx", "xxx.....");
        check("iPhone 17 Pro", "iphone 17", "xxxxxxxxx....");
        check("美.女壁纸", "meinv", "x.x..");
        check("美.女壁纸", "mnb", "x.xx.");
        check("連 衣 裙", "lianyi", "x.x..");
        check("重庆火锅", "chongq", "xx..");
    }

    #[test]
    fn a_character_that_was_typed_in_part_is_marked() {
        // ㎒ is mhz: `text::highlight` marks what was typed wholly only.
        check("㎒是什么", "m", "x...");
    }
}
