//! How a row lies in the two files of the row table.
//!
//! `rows.fixed`: a header of [`HEADER_WORDS`] words, then [`ROW_WORDS`] words a row, three lines of the cache: what the
//! second stage reads of every candidate stands in the first two, so that ranking one waits for one place of memory. These
//! are the steady part's beginning, the counters, and the unit ids of title, tags and author, little-endian u16, one behind
//! the other. Where a row has more than [`INLINE_UNITS`], all of them stand in `rows.bytes` instead.
//!
//! `rows.bytes`: a header of [`BYTES_HEADER`] bytes, then for every row its unit ids, if they are many, and the answer. The
//! fixed part carries a checksum of itself, checked when the table is opened, and one of the row's bytes, checked whenever
//! an answer is read.

use crate::{Counters, analysis::UNIT_BYTES};

/// Raised whenever the files change their form.
pub(super) const VERSION: u64 = 2;
pub(super) const FIXED_MAGIC: u64 = u64::from_le_bytes(*b"QIUSROWS");
pub(super) const BYTES_MAGIC: [u8; 8] = *b"QIUSBYTE";
pub(super) const HEADER_WORDS: usize = 8;
pub(super) const ROW_WORDS: usize = 24;
pub(super) const BYTES_HEADER: usize = 16;
/// The first word of the counters. Only they ever change, so the checksum covers the words before and behind them.
pub(super) const COUNTER_WORD: usize = 3;
/// The first word of the unit ids.
pub(super) const UNIT_WORD: usize = 8;
const UNIT_WORDS: usize = 13;
const UNITS_A_WORD: usize = size_of::<u64>() / UNIT_BYTES;
/// The words of a row in its first two lines, and so many unit ids.
pub(super) const NEAR_WORDS: usize = 16;
pub(super) const NEAR_UNITS: usize = (NEAR_WORDS - UNIT_WORD) * UNITS_A_WORD;
/// So many unit ids stand in the row itself.
pub(super) const INLINE_UNITS: usize = UNIT_WORDS * UNITS_A_WORD;
const OFFSET_WORD: usize = UNIT_WORD + UNIT_WORDS;
const LENGTH_WORD: usize = OFFSET_WORD + 1;
/// The word of the checksum.
pub(super) const CHECK_WORD: usize = LENGTH_WORD + 1;
/// Words of a row that never change: all but the counters and the checksum of these words.
const STEADY_WORDS: usize = COUNTER_WORD + (CHECK_WORD - UNIT_WORD);
/// Makes an all-zero row invalid.
const CHECK_SALT: u64 = 0x5155_0001_0000_0000;

/// The fixed part of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fixed {
    pub(crate) group_id: i64,
    pub(crate) publish_time: i64,
    pub(crate) kind: u8,
    /// The row says that the document was taken out.
    pub(crate) removed: bool,
    /// Where the row's bytes begin.
    pub(crate) offset: u64,
    /// How many unit ids the title, the tags and the author have.
    pub(crate) counts: [u8; 3],
    /// The unit ids; nothing where they are too many.
    pub(crate) units: InlineUnits,
    pub(crate) answer_length: u32,
    /// crc32 of the row's bytes.
    pub(crate) bytes_checksum: u32,
    pub(crate) counters: Counters,
}

/// Room for the unit ids of a row.
pub(crate) type InlineUnits = [u8; INLINE_UNITS * UNIT_BYTES];

impl Fixed {
    pub(super) fn words(&self) -> [u64; ROW_WORDS] {
        let mut words = [0; ROW_WORDS];
        let [title, tags, author] = self.counts.map(u64::from);
        words[0] = self.group_id.cast_unsigned();
        words[1] = self.publish_time.cast_unsigned();
        words[2] =
            title | tags << 8 | author << 16 | u64::from(self.kind) << 24 | u64::from(self.removed) << 32;
        words[COUNTER_WORD..UNIT_WORD].copy_from_slice(&counter_words(&self.counters));
        let (units, _) = self.units.as_chunks::<8>();
        for (word, four) in words[UNIT_WORD..].iter_mut().zip(units) {
            *word = u64::from_le_bytes(*four);
        }
        words[OFFSET_WORD] = self.offset;
        words[LENGTH_WORD] = u64::from(self.answer_length) | u64::from(self.bytes_checksum) << 32;
        words[CHECK_WORD] = check_word(&words);
        words
    }

    /// Reads a row without looking at its checksum.
    pub(super) fn from_words(words: &[u64; ROW_WORDS]) -> Self {
        let byte = |shift: u32| (words[2] >> shift) as u8;
        let counter = |index: usize| words[COUNTER_WORD + index].cast_signed();
        let mut units: InlineUnits = [0; _];
        let (fours, _) = units.as_chunks_mut::<8>();
        for (four, word) in fours.iter_mut().zip(&words[UNIT_WORD..]) {
            *four = word.to_le_bytes();
        }
        Self {
            group_id: words[0].cast_signed(),
            publish_time: words[1].cast_signed(),
            offset: words[OFFSET_WORD],
            counts: counts(words[2]),
            units,
            kind: byte(24),
            removed: byte(32) != 0,
            answer_length: words[LENGTH_WORD] as u32,
            bytes_checksum: (words[LENGTH_WORD] >> 32) as u32,
            counters: Counters {
                digg: counter(0),
                comment: counter(1),
                read: counter(2),
                share: counter(3),
                watch: counter(4),
            },
        }
    }

    /// How many bytes of unit ids stand before the answer.
    pub(crate) fn spilled_bytes(&self) -> usize {
        let count = sum(self.counts);
        if count > INLINE_UNITS { count * UNIT_BYTES } else { 0 }
    }
}

fn counts(word: u64) -> [u8; 3] {
    [word as u8, (word >> 8) as u8, (word >> 16) as u8]
}

fn sum(counts: [u8; 3]) -> usize {
    counts.into_iter().map(usize::from).sum()
}

/// Whether the second stage needs more of a row than its first two lines, of which these are the words.
pub(super) fn is_far(words: &[u64; NEAR_WORDS]) -> bool {
    sum(counts(words[2])) > NEAR_UNITS
}

pub(super) fn counter_words(counters: &Counters) -> [u64; 5] {
    [counters.digg, counters.comment, counters.read, counters.share, counters.watch].map(i64::cast_unsigned)
}

/// What [`CHECK_WORD`] has to be.
pub(super) fn check_word(words: &[u64; ROW_WORDS]) -> u64 {
    let mut steady = [0; STEADY_WORDS];
    steady[..COUNTER_WORD].copy_from_slice(&words[..COUNTER_WORD]);
    steady[COUNTER_WORD..].copy_from_slice(&words[UNIT_WORD..CHECK_WORD]);
    checksum(&steady)
}

/// A checksum of words.
pub(super) fn checksum<const COUNT: usize>(words: &[u64; COUNT]) -> u64 {
    let bytes = words.map(u64::to_le_bytes);
    CHECK_SALT | u64::from(crc32fast::hash(bytes.as_flattened()))
}
