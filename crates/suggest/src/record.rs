//! One entry as bytes, and its readings as differences from the usual ones.
//!
//! ```text
//! flags · key length, key · [readings] · score u16 · [fast score u16] · queries · [documents] · [entry weight]
//! · [surface] · [class] · [window] · [extra]
//! readings: length · number of readings · for each: number of differences · (character distance, unit u16)…
//! ```
//! Lengths and other unsigned numbers are written seven bits a byte, the lowest first. Nothing about a reading is
//! kept but where it differs from the *usual* reading of each character, which stands in one table for the whole
//! base: most entries keep nothing at all. A record is what a probe of a search reads, so it is one piece.
//!
//! Reading is total: from bytes that no writer made comes an empty record or a shortened one.

mod bytes;
mod write;

pub(crate) use bytes::first_character;
use bytes::{take_byte, take_bytes, take_difference, take_number, take_time};
pub(crate) use write::{RecordWriter, Written};

use crate::file::read_u16;
use crate::hash::hash;
use crate::score::{Score, Scores};

const SURFACE: u8 = 1;
const READINGS: u8 = 1 << 1;
const WINDOW: u8 = 1 << 2;
const EXTRA: u8 = 1 << 3;
const DOCUMENTS: u8 = 1 << 4;
const ENTRY: u8 = 1 << 5;
const CLASS: u8 = 1 << 6;
const FAST: u8 = 1 << 7;

/// The hanzi that have a usual reading in the table; the rare ones outside are written as differences.
const TABLE: std::ops::RangeInclusive<u32> = 0x4E00..=0x9FFF;
const TABLE_LENGTH: usize = (*TABLE.end() - *TABLE.start() + 1) as usize;

/// A unit that is not there: the character counts for nothing (a space, punctuation).
const SKIPPED: u16 = 0;
/// A unit that is the character itself.
const ITSELF: u16 = u16::MAX;

/// The syllables of a base and the usual one of each hanzi.
#[derive(Clone, Copy)]
pub(crate) struct Units<'a> {
    /// Eight bytes for each syllable: its length, then its letters.
    pub(crate) texts: &'a [u8],
    /// The same for what each syllable is taken for when sounds are taken for one another.
    pub(crate) sounds: &'a [u8],
    /// One number for each character of the table.
    pub(crate) defaults: &'a [u8],
}

impl<'a> Units<'a> {
    fn usual(&self, character: char) -> u16 {
        usual_outside_table(character).unwrap_or_else(|| {
            read_u16(self.defaults, (character as u32 - TABLE.start()) as usize).unwrap_or(SKIPPED)
        })
    }

    fn text(&self, code: u16) -> &'a [u8] {
        slot(self.texts, code)
    }

    fn sound(&self, code: u16) -> &'a [u8] {
        slot(self.sounds, code)
    }
}

fn slot(table: &[u8], code: u16) -> &[u8] {
    let slot = table.as_chunks::<8>().0.get(usize::from(code).wrapping_sub(1));
    slot.and_then(|[length, letters @ ..]| letters.get(..usize::from(*length))).unwrap_or_default()
}

fn usual_outside_table(character: char) -> Option<u16> {
    match character {
        _ if TABLE.contains(&(character as u32)) => None,
        '0'..='9' | 'a'..='z' => Some(ITSELF),
        _ => Some(SKIPPED),
    }
}

/// A record in a base's image.
#[derive(Clone, Copy, Default)]
pub(crate) struct Record<'a> {
    flags: u8,
    /// The key of the text, what it is compared by. As bytes: most probes of a search need no more.
    pub(crate) key: &'a [u8],
    readings: &'a [u8],
    rest: &'a [u8],
}

/// What of a record only a hit needs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Details<'a> {
    pub(crate) scores: Scores,
    pub(crate) queries: u64,
    pub(crate) documents: u64,
    pub(crate) entry: u64,
    /// UTF-8, as the builder wrote it: a hit's bytes are copied into the answer, not looked at once more.
    pub(crate) surface: &'a [u8],
    pub(crate) class: u8,
    pub(crate) valid_from: Option<i64>,
    pub(crate) valid_to: Option<i64>,
    pub(crate) extra: &'a [u8],
}

impl<'a> Details<'a> {
    /// The text as people shall see it.
    pub(crate) fn surface_text(&self) -> &'a str {
        std::str::from_utf8(self.surface).unwrap_or_default()
    }
}

impl<'a> Record<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self::read(bytes).unwrap_or_default()
    }

    /// The key of the record at the beginning of `bytes`.
    pub(crate) fn key_of(bytes: &'a [u8]) -> &'a [u8] {
        let read = || {
            let mut rest = bytes.get(1..)?;
            take_bytes(&mut rest)
        };
        read().unwrap_or_default()
    }

    fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let flags = take_byte(&mut bytes)?;
        let key = take_bytes(&mut bytes)?;
        let readings = if flags & READINGS != 0 { take_bytes(&mut bytes)? } else { &[] };
        Some(Self { flags, key, readings, rest: bytes })
    }

    /// The key as text.
    pub(crate) fn key_text(&self) -> &'a str {
        std::str::from_utf8(self.key).unwrap_or_default()
    }

    pub(crate) fn details(&self) -> Details<'a> {
        self.read_details().unwrap_or_default()
    }

    fn read_details(&self) -> Option<Details<'a>> {
        let rest = &mut { self.rest };
        let scores = self.take_scores(rest)?;
        let queries = take_number(rest)?;
        let documents = if self.flags & DOCUMENTS != 0 { take_number(rest)? } else { 0 };
        let entry = if self.flags & ENTRY != 0 { take_number(rest)? } else { 0 };
        let surface = if self.flags & SURFACE != 0 { take_bytes(rest)? } else { self.key };
        let class = if self.flags & CLASS != 0 { take_byte(rest)? } else { 0 };
        let (mut valid_from, mut valid_to) = (None, None);
        if self.flags & WINDOW != 0 {
            let borders = take_byte(rest)?;
            valid_from = if borders & 1 != 0 { Some(take_time(rest)?) } else { None };
            valid_to = if borders & 2 != 0 { Some(take_time(rest)?) } else { None };
        }
        let extra = if self.flags & EXTRA != 0 { take_bytes(rest)? } else { &[] };
        Some(Details { scores, queries, documents, entry, surface, class, valid_from, valid_to, extra })
    }

    /// Both parts of the score; this is all that most hits are asked for.
    pub(crate) fn scores(&self) -> Scores {
        self.take_scores(&mut { self.rest }).unwrap_or_default()
    }

    fn take_scores(&self, rest: &mut &'a [u8]) -> Option<Scores> {
        let mut take = || {
            let number = read_u16(rest, 0)?;
            *rest = rest.get(2..)?;
            Some(Score::stored(number))
        };
        let slow = take()?;
        let fast = if self.flags & FAST != 0 { Some(take()?) } else { None };
        Some(Scores { slow, fast })
    }

    /// A number that is the same for all records of one key and class, and different for others for all that is likely.
    pub(crate) fn identity(&self) -> u64 {
        hash(if self.flags & CLASS != 0 { u64::from(self.details().class) } else { 0 }, self.key)
    }

    /// Whether the entry is shown as it is compared.
    pub(crate) fn is_plain(&self) -> bool {
        self.flags & SURFACE == 0
    }

    /// How many readings the entry has.
    pub(crate) fn readings(&self) -> usize {
        self.readings.first().map_or(1, |&count| usize::from(count).max(1))
    }

    /// Whether the entry is valid only for a time.
    pub(crate) fn has_window(&self) -> bool {
        self.flags & WINDOW != 0
    }

    /// The units of one of the entry's readings.
    pub(crate) fn units(&self, reading: usize, units: Units<'a>) -> UnitIterator<'a> {
        UnitIterator::new(self.key, self.differences(reading).unwrap_or_default(), units)
    }

    /// The differences of a reading, behind their number.
    fn differences(&self, reading: usize) -> Option<&'a [u8]> {
        let mut bytes = self.readings;
        let count = take_byte(&mut bytes)?;
        for _ in 0..reading.min(usize::from(count)) {
            for _ in 0..take_number(&mut bytes)? {
                take_number(&mut bytes)?;
                bytes = bytes.get(2..)?;
            }
        }
        Some(bytes)
    }
}

/// A unit of a reading: what is typed for one character of the key.
#[derive(Clone, Copy)]
pub(crate) struct Unit<'a> {
    /// The letters of the syllable, or the character itself.
    pub(crate) text: &'a [u8],
    /// What the syllable is taken for when sounds are taken for one another, or the character itself.
    pub(crate) sound: &'a [u8],
    /// The index of the character in the key.
    pub(crate) source: usize,
    /// The character of the key.
    pub(crate) character: char,
    pub(crate) is_syllable: bool,
}

impl<'a> Unit<'a> {
    /// The first letter of the syllable, or the character itself.
    pub(crate) fn initial(&self) -> &'a [u8] {
        if self.is_syllable { self.text.get(..1).unwrap_or_default() } else { self.text }
    }
}

/// Walks over the units of a reading.
pub(crate) struct UnitIterator<'a> {
    /// The rest of the key, and the index of its first character.
    key: &'a [u8],
    index: usize,
    units: Units<'a>,
    differences: &'a [u8],
    differences_left: u64,
    /// The next difference: the character's index and its unit.
    next: Option<(usize, u16)>,
}

impl<'a> UnitIterator<'a> {
    fn new(key: &'a [u8], mut differences: &'a [u8], units: Units<'a>) -> Self {
        let differences_left = take_number(&mut differences).unwrap_or(0);
        let mut iterator = Self { key, index: 0, units, differences, differences_left, next: None };
        iterator.advance(0);
        iterator
    }

    fn advance(&mut self, from: usize) {
        self.next = None;
        if self.differences_left > 0 {
            self.differences_left -= 1;
            self.next = take_difference(&mut self.differences)
                .and_then(|(distance, code)| Some((from.checked_add(distance)?, code)));
        }
    }
}

impl<'a> Iterator for UnitIterator<'a> {
    type Item = Unit<'a>;

    fn next(&mut self) -> Option<Unit<'a>> {
        loop {
            let character = first_character(self.key)?;
            let (text, rest) = self.key.split_at_checked(character.len_utf8())?;
            let source = self.index;
            self.key = rest;
            self.index += 1;
            let code = match self.next {
                Some((index, code)) if index == source => {
                    self.advance(source);
                    code
                }
                _ => self.units.usual(character),
            };
            match code {
                SKIPPED => {}
                ITSELF => return Some(Unit { text, sound: text, source, character, is_syllable: false }),
                _ => {
                    let (text, sound) = (self.units.text(code), self.units.sound(code));
                    return Some(Unit { text, sound, source, character, is_syllable: true });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::bytes::put_number;
    use super::*;
    use crate::permutation::MAX_READINGS;

    proptest! {
        #[test]
        fn first_characters_are_those_of_the_text(text in any::<String>()) {
            prop_assert_eq!(first_character(text.as_bytes()), text.chars().next());
        }

        #[test]
        fn numbers_come_back(number in any::<u64>(), shift in 0..64u32) {
            let mut bytes = Vec::new();
            put_number(&mut bytes, number >> shift);
            prop_assert_eq!(take_number(&mut bytes.as_slice()), Some(number >> shift));
        }

        #[test]
        fn readings_come_back(text in "[连衣裙行长西安重庆女略𠮷aあ1！ ]{0,8}") {
            let key = text::normal::key(&text);
            let readings = text::pinyin::readings(&key);
            let details = Details { surface: key.as_bytes(), ..Details::default() };
            let mut writer = RecordWriter::new();
            let mut bytes = Vec::new();
            writer.write(&Written { key: &key, readings: &readings, details }, &mut bytes);
            let (defaults, sounds) = (writer.defaults(), writer.sounds());
            let units = Units { texts: writer.texts(), sounds: &sounds, defaults: &defaults };
            let record = Record::new(&bytes);
            prop_assert_eq!(record.key_text(), &key);
            for (index, reading) in readings.iter().enumerate().take(MAX_READINGS) {
                let expected: Vec<_> = reading.iter().map(|unit| (unit.text.as_bytes(), unit.source)).collect();
                let found: Vec<_> = record.units(index, units).map(|unit| (unit.text, unit.source)).collect();
                prop_assert_eq!(found, expected);
                let initials: Vec<u8> = record.units(index, units).flat_map(|unit| unit.initial().to_vec()).collect();
                prop_assert_eq!(initials, text::pinyin::initials(reading).into_bytes());
            }
        }
    }
}
