//! A place in a posting list.

use std::io;

use tantivy::{
    TERMINATED,
    postings::{BlockSegmentPostings, TermInfo},
    schema::IndexRecordOption,
};

use super::snapshot::Segment;

/// Stands on a document of a list, or at its end.
pub(super) struct Cursor {
    postings: BlockSegmentPostings,
    /// Which token's list it is.
    pub(super) token: usize,
    place: usize,
    document: u32,
}

impl Cursor {
    /// The document of a cursor behind its list.
    pub(super) const END: u32 = TERMINATED;

    pub(super) fn open(segment: &Segment, term: &TermInfo, token: usize) -> io::Result<Self> {
        let postings = segment.text.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        let mut cursor = Self { postings, token, place: 0, document: 0 };
        cursor.read();
        Ok(cursor)
    }

    #[inline]
    pub(super) fn document(&self) -> u32 {
        self.document
    }

    #[inline]
    pub(super) fn is_at_end(&self) -> bool {
        self.document == Self::END
    }

    /// How often the token stands in the document.
    #[inline]
    pub(super) fn frequency(&self) -> u32 {
        self.postings.freqs().get(self.place).copied().unwrap_or(1)
    }

    #[inline]
    pub(super) fn advance(&mut self) {
        self.place += 1;
        if self.place >= self.postings.docs().len() && !self.is_at_end() {
            self.postings.advance();
            self.place = 0;
        }
        self.read();
    }

    /// Goes to the first document that is not before `target`, never backwards, and gives it.
    #[inline]
    pub(super) fn seek(&mut self, target: u32) -> u32 {
        if self.document < target {
            self.place = self.postings.seek(target);
            self.read();
        }
        self.document
    }

    #[inline]
    fn read(&mut self) {
        self.document = self.postings.docs().get(self.place).copied().unwrap_or(Self::END);
    }
}
