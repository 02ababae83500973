//! What is read of the rows.

use std::sync::Arc;

use super::{
    layout::{self, Fixed, NEAR_WORDS, ROW_WORDS, UNIT_WORD},
    place,
};
use crate::{
    Error, Result, RowView,
    analysis::UNIT_BYTES,
    mapped::{ByteFile, WordFile},
};

/// The mappings as they are at a moment; later growth does not touch them.
#[derive(Clone)]
pub(crate) struct Rows {
    pub(super) fixed: Arc<WordFile>,
    pub(super) bytes: Arc<ByteFile>,
}

/// What the second stage sees of a row.
pub(crate) struct RankingRow<'a> {
    pub(crate) fixed: Fixed,
    /// The unit ids, where they are too many for the row itself.
    spilled: Option<&'a [u8]>,
}

impl RankingRow<'_> {
    /// The unit ids of title, tags and author, little-endian u16.
    pub(crate) fn units(&self) -> [&[u8]; 3] {
        let units = self.spilled.unwrap_or(&self.fixed.units);
        let [title, tags, author] = self.fixed.counts.map(|count| usize::from(count) * UNIT_BYTES);
        let (title, rest) = units.split_at(title);
        let (tags, rest) = rest.split_at(tags);
        [title, tags, &rest[..author]]
    }
}

impl Rows {
    pub(crate) fn group_id(&self, ordinal: u32) -> Option<i64> {
        self.fixed.load::<1>(place(ordinal)).map(|[word]| word.cast_signed())
    }

    /// Reads a word of each of the two lines that the second stage needs of most rows, so that they are at hand soon.
    pub(crate) fn touch(&self, ordinal: u32) -> u64 {
        let word = |index: usize| self.fixed.load::<1>(place(ordinal) + index).map_or(0, |[word]| word);
        word(0) | word(UNIT_WORD)
    }

    fn fixed(&self, ordinal: u32) -> Option<Fixed> {
        self.fixed.load::<ROW_WORDS>(place(ordinal)).map(|words| Fixed::from_words(&words))
    }

    /// The row for the second stage; its bytes are bounded but not checked against their checksum, because
    /// damage there can only misplace a document within its tier.
    pub(crate) fn ranking(&self, ordinal: u32) -> Option<RankingRow<'_>> {
        let mut words = [0; ROW_WORDS];
        let (near, far) = words.split_at_mut(NEAR_WORDS);
        let loaded = self.fixed.load::<NEAR_WORDS>(place(ordinal))?;
        near.copy_from_slice(&loaded);
        if layout::is_far(&loaded) {
            far.copy_from_slice(&self.fixed.load::<{ ROW_WORDS - NEAR_WORDS }>(place(ordinal) + NEAR_WORDS)?);
        }
        let fixed = Fixed::from_words(&words);
        let spilled = match fixed.spilled_bytes() {
            0 => None,
            length => {
                let start = usize::try_from(fixed.offset).ok()?;
                Some(self.bytes.get(start..start.checked_add(length)?)?)
            }
        };
        Some(RankingRow { fixed, spilled })
    }

    /// The row for an answer; an error when its bytes are not what was written.
    pub(crate) fn view(&self, ordinal: u32) -> Result<RowView<'_>> {
        let damaged = || Error::unusable(format!("row {ordinal} of the row table is damaged"));
        let fixed = self.fixed(ordinal).ok_or_else(damaged)?;
        let start = usize::try_from(fixed.offset).map_err(|_| damaged())?;
        let length = fixed.spilled_bytes() + fixed.answer_length as usize;
        let bytes = self.bytes.get(start..start.saturating_add(length)).ok_or_else(damaged)?;
        if crc32fast::hash(bytes) != fixed.bytes_checksum {
            return Err(damaged());
        }
        let answer = &bytes[fixed.spilled_bytes()..];
        Ok(RowView { kind: fixed.kind, publish_time: fixed.publish_time, counters: fixed.counters, answer })
    }
}
