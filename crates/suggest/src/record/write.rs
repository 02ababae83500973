//! Writing records, and collecting the tables that their readings are told by.

use std::collections::HashMap;

use super::bytes::{put_bytes, put_number};
use super::{
    CLASS, DOCUMENTS, Details, ENTRY, EXTRA, FAST, ITSELF, READINGS, SKIPPED, SURFACE, TABLE, TABLE_LENGTH,
    Units, WINDOW, usual_outside_table,
};
use crate::permutation::MAX_READINGS;

/// A place of the table that was not filled yet.
const UNKNOWN: u16 = u16::MAX - 1;

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
            (SURFACE, details.surface != written.key.as_bytes()),
            (READINGS, !self.differences.is_empty()),
            (WINDOW, has_window),
            (EXTRA, !details.extra.is_empty()),
            (DOCUMENTS, details.documents != 0),
            (ENTRY, details.entry != 0),
            (CLASS, details.class != 0),
            (FAST, details.scores.fast.is_some()),
        ];
        out.push(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag).sum());
        put_bytes(out, written.key.as_bytes());
        if !self.differences.is_empty() {
            put_bytes(out, &self.differences);
        }
        for score in [Some(details.scores.slow), details.scores.fast].into_iter().flatten() {
            out.extend_from_slice(&score.to_stored().to_le_bytes());
        }
        put_number(out, details.queries);
        if details.documents != 0 {
            put_number(out, details.documents);
        }
        if details.entry != 0 {
            put_number(out, details.entry);
        }
        if details.surface != written.key.as_bytes() {
            put_bytes(out, details.surface);
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

    /// What each of these syllables is taken for when sounds are taken for one another.
    pub(crate) fn sounds(&self) -> Vec<u8> {
        let mut sounds = Vec::with_capacity(self.texts.len());
        let mut sound = String::new();
        for slot in self.texts.as_chunks::<8>().0 {
            let letters = slot.get(1..=usize::from(slot[0])).unwrap_or_default();
            sound.clear();
            text::fuzzy::canonical(std::str::from_utf8(letters).unwrap_or_default(), &mut sound);
            push_slot(&mut sounds, &sound);
        }
        sounds
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
        let units = Units { texts: &self.texts, sounds: &[], defaults: &[] };
        code != SKIPPED && code != ITSELF && units.text(code) == text.as_bytes()
    }

    /// The number of a syllable; a new one if it was not met before.
    fn code(&mut self, syllable: &str) -> u16 {
        if let Some(&code) = self.codes.get(syllable) {
            return code;
        }
        push_slot(&mut self.texts, syllable);
        let code = (self.texts.len() / 8) as u16;
        self.codes.insert(syllable.into(), code);
        code
    }
}

/// Appends a syllable as a table holds it: eight bytes, its length first.
fn push_slot(table: &mut Vec<u8>, syllable: &str) {
    let mut slot = [0; 8];
    let length = syllable.len().min(7);
    debug_assert!(syllable.len() <= 7, "no syllable has more than six letters: {syllable}");
    slot[0] = length as u8;
    slot[1..=length].copy_from_slice(&syllable.as_bytes()[..length]);
    table.extend_from_slice(&slot);
}
