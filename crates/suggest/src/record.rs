//! One entry as bytes, and its readings as differences from the usual ones.
//!
//! ```text
//! flags · key length, key · [readings] · weight · [surface] · [class] · [window] · [extra]
//! readings: length · number of readings · for each: number of differences · (character distance, unit u16)…
//! ```
//! Lengths and other unsigned numbers are written seven bits a byte, the lowest first. Nothing about a reading is
//! kept but where it differs from the *usual* reading of each character, which stands in one table for the whole
//! base: most entries keep nothing at all. A record is what a probe of a search reads, so it is one piece.
//!
//! Reading is total: from bytes that no writer made comes an empty record or a shortened one.

use std::collections::HashMap;

use crate::file::{read_u16, read_u64};
use crate::permutation::MAX_READINGS;

const SURFACE: u8 = 1;
const READINGS: u8 = 1 << 1;
const WINDOW: u8 = 1 << 2;
const EXTRA: u8 = 1 << 3;
const TWIN: u8 = 1 << 4;
const PLACED: u8 = 1 << 5;
const CLASS: u8 = 1 << 6;

/// The hanzi that have a usual reading in the table; the rare ones outside are written as differences.
const TABLE: std::ops::RangeInclusive<u32> = 0x4E00..=0x9FFF;
const TABLE_LENGTH: usize = (*TABLE.end() - *TABLE.start() + 1) as usize;

/// A unit that is not there: the character counts for nothing (a space, punctuation).
const SKIPPED: u16 = 0;
/// A unit that is the character itself.
const ITSELF: u16 = u16::MAX;
/// A place of the table that was not filled yet.
const UNKNOWN: u16 = u16::MAX - 1;

/// The syllables of a base and the usual one of each hanzi.
#[derive(Clone, Copy)]
pub(crate) struct Units<'a> {
    /// Eight bytes for each syllable: its length, then its letters.
    pub(crate) texts: &'a [u8],
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
        let slot = self.texts.as_chunks::<8>().0.get(usize::from(code) - 1);
        slot.and_then(|[length, letters @ ..]| letters.get(..usize::from(*length))).unwrap_or_default()
    }
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
    pub(crate) weight: u64,
    pub(crate) surface: &'a str,
    pub(crate) class: u8,
    pub(crate) valid_from: Option<i64>,
    pub(crate) valid_to: Option<i64>,
    pub(crate) extra: &'a [u8],
}

impl<'a> Record<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self::read(bytes).unwrap_or_default()
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
        let weight = take_number(rest)?;
        let surface = if self.flags & SURFACE != 0 { take_text(rest)? } else { self.key_text() };
        let class = if self.flags & CLASS != 0 { take_byte(rest)? } else { 0 };
        let (mut valid_from, mut valid_to) = (None, None);
        if self.flags & WINDOW != 0 {
            let borders = take_byte(rest)?;
            valid_from = if borders & 1 != 0 { Some(take_time(rest)?) } else { None };
            valid_to = if borders & 2 != 0 { Some(take_time(rest)?) } else { None };
        }
        let extra = if self.flags & EXTRA != 0 { take_bytes(rest)? } else { &[] };
        Some(Details { weight, surface, class, valid_from, valid_to, extra })
    }

    /// Whether the entry is shown as it is compared.
    pub(crate) fn is_plain(&self) -> bool {
        self.flags & SURFACE == 0
    }

    pub(crate) fn is_placed(&self) -> bool {
        self.flags & PLACED != 0
    }

    /// Whether the entry is valid only for a time.
    pub(crate) fn has_window(&self) -> bool {
        self.flags & WINDOW != 0
    }

    /// Whether another entry of the same class has the same key.
    pub(crate) fn has_twin(&self) -> bool {
        self.flags & TWIN != 0
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
    /// The index of the character in the key.
    pub(crate) source: usize,
    is_syllable: bool,
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
                ITSELF => return Some(Unit { text, source, is_syllable: false }),
                _ => return Some(Unit { text: self.units.text(code), source, is_syllable: true }),
            }
        }
    }
}

/// Writes records and collects the table of units that they need.
pub(crate) struct RecordWriter {
    texts: Vec<u8>,
    defaults: Vec<u16>,
    codes: HashMap<Box<str>, u16>,
    /// Scratch space for the differences of one entry.
    differences: Vec<u8>,
}

/// What is written about an entry.
pub(crate) struct Written<'w> {
    pub(crate) key: &'w str,
    pub(crate) readings: &'w [Vec<text::pinyin::Unit>],
    pub(crate) details: Details<'w>,
    pub(crate) placed: bool,
    pub(crate) twin: bool,
}

impl RecordWriter {
    pub(crate) fn new() -> Self {
        let defaults = vec![UNKNOWN; TABLE_LENGTH];
        Self { texts: Vec::new(), defaults, codes: HashMap::new(), differences: Vec::new() }
    }

    /// Appends a record.
    pub(crate) fn write(&mut self, written: &Written<'_>, out: &mut Vec<u8>) {
        let details = &written.details;
        self.encode_readings(written.key, written.readings);
        let has_window = details.valid_from.is_some() || details.valid_to.is_some();
        let flags = [
            (SURFACE, details.surface != written.key),
            (READINGS, !self.differences.is_empty()),
            (WINDOW, has_window),
            (EXTRA, !details.extra.is_empty()),
            (TWIN, written.twin),
            (PLACED, written.placed),
            (CLASS, details.class != 0),
        ];
        out.push(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag).sum());
        put_bytes(out, written.key.as_bytes());
        if !self.differences.is_empty() {
            put_bytes(out, &self.differences);
        }
        put_number(out, details.weight);
        if details.surface != written.key {
            put_bytes(out, details.surface.as_bytes());
        }
        if details.class != 0 {
            out.push(details.class);
        }
        if has_window {
            out.push(u8::from(details.valid_from.is_some()) | u8::from(details.valid_to.is_some()) << 1);
            for border in [details.valid_from, details.valid_to].into_iter().flatten() {
                out.extend_from_slice(&border.to_le_bytes());
            }
        }
        if !details.extra.is_empty() {
            put_bytes(out, details.extra);
        }
    }

    /// The letters of all syllables met so far.
    pub(crate) fn texts(&self) -> &[u8] {
        &self.texts
    }

    /// The usual reading of each character of the table.
    pub(crate) fn defaults(&self) -> Vec<u8> {
        let known = |&code: &u16| if code == UNKNOWN { ITSELF } else { code };
        self.defaults.iter().map(known).flat_map(u16::to_le_bytes).collect()
    }

    /// Leaves the differences of all readings in `self.differences`: nothing if there are none.
    fn encode_readings(&mut self, key: &str, readings: &[Vec<text::pinyin::Unit>]) {
        let readings = &readings[..readings.len().min(MAX_READINGS)];
        let mut encoded = std::mem::take(&mut self.differences);
        encoded.clear();
        encoded.push(readings.len().max(1) as u8);
        let mut found = readings.len() > 1;
        for reading in readings {
            let number_at = encoded.len();
            let number = self.encode_reading(key, reading, &mut encoded);
            let body = encoded.split_off(number_at);
            put_number(&mut encoded, number);
            encoded.extend_from_slice(&body);
            found |= number > 0;
        }
        if !found {
            encoded.clear();
        }
        self.differences = encoded;
    }

    /// Appends where a reading differs from the usual one; the number of differences.
    fn encode_reading(&mut self, key: &str, reading: &[text::pinyin::Unit], out: &mut Vec<u8>) -> u64 {
        let mut units = reading.iter().peekable();
        let (mut number, mut last) = (0, 0);
        for (index, character) in key.chars().enumerate() {
            let unit = units.next_if(|unit| unit.source == index);
            let usual = self.usual(character);
            let code = match unit {
                None => SKIPPED,
                Some(unit) if !unit.is_syllable => ITSELF,
                Some(unit) if self.is_text(usual, &unit.text) => usual,
                Some(unit) => self.code(&unit.text),
            };
            if code != usual {
                put_number(out, (index - last) as u64);
                out.extend_from_slice(&code.to_le_bytes());
                last = index;
                number += 1;
            }
        }
        number
    }

    fn usual(&mut self, character: char) -> u16 {
        if let Some(code) = usual_outside_table(character) {
            return code;
        }
        let index = (character as u32 - TABLE.start()) as usize;
        if self.defaults[index] == UNKNOWN {
            self.defaults[index] = match text::pinyin::character(character).first() {
                Some(syllable) => self.code(syllable),
                None => ITSELF,
            };
        }
        self.defaults[index]
    }

    fn is_text(&self, code: u16, text: &str) -> bool {
        let units = Units { texts: &self.texts, defaults: &[] };
        code != SKIPPED && code != ITSELF && units.text(code) == text.as_bytes()
    }

    /// The number of a syllable; a new one if it was not met before.
    fn code(&mut self, syllable: &str) -> u16 {
        if let Some(&code) = self.codes.get(syllable) {
            return code;
        }
        let mut slot = [0; 8];
        let length = syllable.len().min(7);
        debug_assert!(syllable.len() <= 7, "no syllable has more than six letters: {syllable}");
        slot[0] = length as u8;
        slot[1..=length].copy_from_slice(&syllable.as_bytes()[..length]);
        self.texts.extend_from_slice(&slot);
        let code = (self.texts.len() / 8) as u16;
        self.codes.insert(syllable.into(), code);
        code
    }
}

/// The first character of a key. Not `str::from_utf8`, which would look at the whole key where a probe of a search
/// seldom needs more than its beginning; from bytes that are no UTF-8 comes any character or none.
fn first_character(bytes: &[u8]) -> Option<char> {
    let tail = |byte: u8| u32::from(byte & 0x3F);
    char::from_u32(match *bytes {
        [first @ ..0x80, ..] => u32::from(first),
        [first @ 0xC0..0xE0, second, ..] => u32::from(first & 0x1F) << 6 | tail(second),
        [first @ 0xE0..0xF0, second, third, ..] => {
            u32::from(first & 0x0F) << 12 | tail(second) << 6 | tail(third)
        }
        [first @ 0xF0..=0xFF, second, third, fourth, ..] => {
            u32::from(first & 0x07) << 18 | tail(second) << 12 | tail(third) << 6 | tail(fourth)
        }
        _ => return None,
    })
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(first)
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(bytes)?;
        number |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(take_bytes(bytes)?).ok()
}

fn take_time(bytes: &mut &[u8]) -> Option<i64> {
    let time = read_u64(bytes, 0)?;
    *bytes = bytes.get(8..)?;
    Some(time.cast_signed())
}

fn take_difference(bytes: &mut &[u8]) -> Option<(usize, u16)> {
    let distance = usize::try_from(take_number(bytes)?).ok()?;
    let code = read_u16(bytes, 0)?;
    *bytes = bytes.get(2..)?;
    Some((distance, code))
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            let details = Details { surface: &key, ..Details::default() };
            let mut writer = RecordWriter::new();
            let mut bytes = Vec::new();
            writer.write(&Written { key: &key, readings: &readings, details, placed: false, twin: false }, &mut bytes);
            let defaults = writer.defaults();
            let units = Units { texts: writer.texts(), defaults: &defaults };
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
