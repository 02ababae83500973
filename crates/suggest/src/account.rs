//! Whether what was typed accounts for the beginning of an entry, character by character.

use text::fuzzy::{self, Pairs};
use text::syllables;

use crate::record::Unit;

/// What may stand for a character of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The character itself, its syllable, the first letter of that or its zh, ch, sh; at the end a part of it.
    Exact,
    /// As [`Self::Exact`], and any character of the same sound.
    Homophone,
    /// The character itself, or a whole syllable that is taken for its own; at the end a part of one.
    Fuzzy(Pairs),
}

/// How many of an entry's units what was typed accounts for, all of it used up; `None` if it does not.
///
/// A character may be typed in several ways, so all are followed at once: the set of places in `elements` that can
/// be reached is carried from unit to unit as bits.
pub(crate) fn account<'a>(
    elements: &[char],
    units: impl Iterator<Item = Unit<'a>>,
    mode: Mode,
) -> Option<usize> {
    let end = elements.len();
    if end == 0 || end >= u128::BITS as usize {
        return None;
    }
    let mut places: u128 = 1;
    for (index, unit) in units.enumerate() {
        let (mut next, mut left) = (0u128, places);
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            take(&elements[place..], &unit, mode, |length| next |= 1 << (place + length));
        }
        if next & (1 << end) != 0 {
            return Some(index + 1);
        }
        if next == 0 {
            return None;
        }
        places = next;
    }
    None
}

/// Tells every number of elements that may stand for the unit.
fn take(rest: &[char], unit: &Unit<'_>, mode: Mode, mut found: impl FnMut(usize)) {
    let Some(&first) = rest.first() else { return };
    if first == unit.character {
        found(1);
    }
    if !unit.is_syllable {
        return;
    }
    if !first.is_ascii() {
        if mode == Mode::Homophone
            && text::pinyin::character(first).iter().any(|own| own.as_bytes() == unit.text)
        {
            found(1);
        }
        return;
    }
    let mut letters = [0u8; 8];
    let length = rest.iter().take(letters.len()).take_while(|c| c.is_ascii_lowercase()).count();
    for (letter, &c) in letters.iter_mut().zip(&rest[..length]) {
        *letter = c as u8;
    }
    let letters = &letters[..length];
    match mode {
        Mode::Exact | Mode::Homophone => take_exactly(letters, rest.len(), unit.text, found),
        Mode::Fuzzy(pairs) => take_fuzzily(letters, rest.len(), unit.text, pairs, found),
    }
}

fn take_exactly(letters: &[u8], left: usize, syllable: &[u8], mut found: impl FnMut(usize)) {
    let shared = letters.iter().zip(syllable).take_while(|(typed, own)| typed == own).count();
    if shared == 0 {
        return;
    }
    found(1);
    if shared >= 2 && syllable[1] == b'h' && matches!(syllable[0], b'z' | b'c' | b's') {
        found(2);
    }
    if shared == syllable.len() || shared == left {
        found(shared);
    }
}

fn take_fuzzily(letters: &[u8], left: usize, syllable: &[u8], pairs: Pairs, mut found: impl FnMut(usize)) {
    let Ok(syllable) = std::str::from_utf8(syllable) else { return };
    for length in 1..=letters.len().min(6) {
        let Ok(typed) = std::str::from_utf8(&letters[..length]) else { return };
        let is_whole = syllables::is_syllable(typed) && fuzzy::matches(typed, syllable, pairs);
        if is_whole || (length == left && fuzzy::begins(typed, syllable, pairs)) {
            found(length);
        }
    }
}
