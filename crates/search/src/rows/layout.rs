//! How a row lies in the two files of the row table.
//!
//! `rows.fixed`: a header of [`HEADER_WORDS`] words, then [`ROW_WORDS`] words a row. `rows.bytes`: a header of
//! [`BYTES_HEADER`] bytes, then for every row the unit ids of title, tags and author (little-endian u32, for the
//! second stage) and the answer. The fixed part carries a checksum of itself, checked when the table is opened,
//! and one of the row's bytes, checked whenever an answer is read.

use crate::Counters;

/// Raised whenever the files change their form.
pub(super) const VERSION: u64 = 1;
pub(super) const FIXED_MAGIC: u64 = u64::from_le_bytes(*b"QIUSROWS");
pub(super) const BYTES_MAGIC: [u8; 8] = *b"QIUSBYTE";
pub(super) const HEADER_WORDS: usize = 8;
pub(super) const ROW_WORDS: usize = 12;
pub(super) const BYTES_HEADER: usize = 16;
/// Words of a row that never change: the checksum covers them.
pub(super) const STEADY_WORDS: usize = 5;
/// The word of the checksum.
pub(super) const CHECK_WORD: usize = 5;
/// The first word of the counters.
pub(super) const COUNTER_WORD: usize = 6;
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
    pub(crate) units: [u8; 3],
    pub(crate) answer_length: u32,
    /// crc32 of the row's bytes.
    pub(crate) bytes_checksum: u32,
    pub(crate) counters: Counters,
}

impl Fixed {
    pub(super) fn words(&self) -> [u64; ROW_WORDS] {
        let mut words = [0; ROW_WORDS];
        let [title, tags, author] = self.units.map(u64::from);
        words[0] = self.group_id.cast_unsigned();
        words[1] = self.publish_time.cast_unsigned();
        words[2] = self.offset;
        words[3] =
            title | tags << 8 | author << 16 | u64::from(self.kind) << 24 | u64::from(self.removed) << 32;
        words[4] = u64::from(self.answer_length) | u64::from(self.bytes_checksum) << 32;
        words[CHECK_WORD] = check_word(&words);
        words[COUNTER_WORD..COUNTER_WORD + 5].copy_from_slice(&counter_words(&self.counters));
        words
    }

    /// Reads a row without looking at its checksum.
    pub(super) fn from_words(words: &[u64; ROW_WORDS]) -> Self {
        let byte = |shift: u32| (words[3] >> shift & 0xff) as u8;
        let counter = |index: usize| words[COUNTER_WORD + index].cast_signed();
        Self {
            group_id: words[0].cast_signed(),
            publish_time: words[1].cast_signed(),
            offset: words[2],
            units: [byte(0), byte(8), byte(16)],
            kind: byte(24),
            removed: byte(32) != 0,
            answer_length: words[4] as u32,
            bytes_checksum: (words[4] >> 32) as u32,
            counters: Counters {
                digg: counter(0),
                comment: counter(1),
                read: counter(2),
                share: counter(3),
                watch: counter(4),
            },
        }
    }

    /// How many bytes the unit ids take.
    pub(crate) fn unit_bytes(&self) -> usize {
        self.units.iter().map(|count| usize::from(*count) * 4).sum()
    }
}

pub(super) fn counter_words(counters: &Counters) -> [u64; 5] {
    [counters.digg, counters.comment, counters.read, counters.share, counters.watch].map(i64::cast_unsigned)
}

/// What [`CHECK_WORD`] has to be.
pub(super) fn check_word(words: &[u64; ROW_WORDS]) -> u64 {
    checksum(&words[..STEADY_WORDS])
}

/// A checksum of words.
pub(super) fn checksum(words: &[u64]) -> u64 {
    let mut hasher = crc32fast::Hasher::new();
    for word in words {
        hasher.update(&word.to_le_bytes());
    }
    CHECK_SALT | u64::from(hasher.finalize())
}
