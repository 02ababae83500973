//! Lists of common tokens, unpacked.
//!
//! Where a rare token meets a common one, the common list is asked for few of its documents, and finding these means
//! unpacking nearly all of its blocks. There are not many such lists: of the tokens that pairs of frequent words ask for,
//! 119 stand in one of 256 titles or more of a million, and these hold 98 in 100 of the entries that the intersections
//! of such pairs went through. So each of them is unpacked once, when it is first asked for, and kept with its segment: a
//! bit for every document, so that asking for one is reading one word.

use std::{io, sync::Arc};

use hashbrown::HashMap;
use parking_lot::RwLock;
use tantivy::{
    index::InvertedIndexReader,
    postings::{BlockSegmentPostings, TermInfo},
    schema::IndexRecordOption,
};

/// A list is dense when it holds at least one in so many documents of its segment,
const SHARE: u64 = 256;
/// and at least so many: a short list is unpacked in no time.
const FEWEST: u32 = 1_024;
/// What the dense lists of a segment may take up, in bytes for each of its documents.
const BYTES_A_DOCUMENT: usize = 24;

/// An unpacked list.
pub(super) struct DenseList {
    /// A bit for every document of the segment.
    bits: Vec<u64>,
    /// For every word of them how many documents the list has before it.
    before: Vec<u32>,
    /// How often the token stands in each document of the list.
    frequencies: Vec<u8>,
}

impl DenseList {
    /// `None` where a document holds the token more often than a byte can say.
    fn unpack(mut postings: BlockSegmentPostings, documents: u32) -> Option<Self> {
        let mut bits = vec![0u64; words_of(documents)];
        let mut frequencies = Vec::with_capacity(postings.doc_freq() as usize);
        while !postings.docs().is_empty() {
            for (document, frequency) in postings.docs().iter().zip(postings.freqs()) {
                bits[*document as usize / 64] |= 1 << (document % 64);
                frequencies.push(u8::try_from(*frequency).ok()?);
            }
            postings.advance();
        }
        let mut before = Vec::with_capacity(bits.len());
        let mut counted = 0;
        for word in &bits {
            before.push(counted);
            counted += word.count_ones();
        }
        Some(Self { bits, before, frequencies })
    }

    #[inline]
    pub(super) fn holds(&self, document: u32) -> bool {
        self.bits[document as usize / 64] >> (document % 64) & 1 == 1
    }

    /// How often the token stands in a document that the list holds.
    #[inline]
    pub(super) fn frequency(&self, document: u32) -> u32 {
        let word = document as usize / 64;
        let before_in_word = (self.bits[word] & ((1 << (document % 64)) - 1)).count_ones();
        u32::from(self.frequencies[(self.before[word] + before_in_word) as usize])
    }
}

/// The dense lists of a segment that were asked for.
pub(super) struct DenseLists {
    documents: u32,
    kept: RwLock<Kept>,
}

#[derive(Default)]
struct Kept {
    /// By the place of the packed list; `None` for one that cannot be unpacked.
    lists: HashMap<usize, Option<Arc<DenseList>>>,
    bytes: usize,
}

impl DenseLists {
    /// None yet, of a segment of so many documents.
    pub(super) fn new(documents: u32) -> Self {
        Self { documents, kept: RwLock::default() }
    }

    /// The list of a token, if it is dense and there is room for it.
    pub(super) fn get(
        &self,
        text: &InvertedIndexReader,
        term: &TermInfo,
    ) -> io::Result<Option<Arc<DenseList>>> {
        if term.doc_freq < FEWEST || u64::from(term.doc_freq) * SHARE < u64::from(self.documents) {
            return Ok(None);
        }
        let key = term.postings_range.start;
        let bytes = words_of(self.documents) * 12 + term.doc_freq as usize;
        {
            let kept = self.kept.read();
            if let Some(list) = kept.lists.get(&key) {
                return Ok(list.clone());
            }
            if kept.bytes + bytes > self.documents as usize * BYTES_A_DOCUMENT {
                return Ok(None);
            }
        }
        // Nobody waits for it: another search that wants the same list meanwhile unpacks its own.
        let postings = text.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        let list = DenseList::unpack(postings, self.documents).map(Arc::new);
        let mut kept = self.kept.write();
        if kept.lists.insert(key, list.clone()).is_none() && list.is_some() {
            kept.bytes += bytes;
        }
        Ok(list)
    }
}

fn words_of(documents: u32) -> usize {
    (documents as usize).div_ceil(64)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::{Change, ContentIndex, Document, Options, TantivyIndex, tantivy_index::snapshot::Segment};

    const DOCUMENTS: i64 = 1_500;

    /// 春 stands in every document, 花 in two of three and several times in some, 乱 too often in one.
    fn index(folder: &std::path::Path) -> TantivyIndex {
        let index = TantivyIndex::create(folder, &Options::default()).unwrap();
        for group_id in 0..DOCUMENTS {
            let flowers = "花".repeat(group_id as usize % 3 * (group_id as usize % 5));
            let abstract_text = if group_id == 7 { "乱".repeat(300) } else { "乱".to_owned() };
            let document =
                Document { group_id, title: format!("春{flowers}"), abstract_text, ..Document::default() };
            index.apply(&[Change::Put(Box::new(document))]).unwrap();
        }
        index.commit(1).unwrap();
        index
    }

    fn term(segment: &Segment, token: &str) -> TermInfo {
        segment.text.terms().get(token.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn a_dense_list_is_the_packed_one() {
        let folder = tempfile::tempdir().unwrap();
        let index = index(folder.path());
        let snapshot = index.snapshot.load();
        let segment = &snapshot.segments[0];
        let packed = |token: &str| {
            let term = term(segment, token);
            segment.text.read_block_postings_from_terminfo(&term, IndexRecordOption::WithFreqs).unwrap()
        };
        for token in ["春", "花"] {
            let list = DenseList::unpack(packed(token), segment.dense.documents).unwrap();
            let mut postings = packed(token);
            let mut expected = Vec::new();
            while !postings.docs().is_empty() {
                expected.extend(postings.docs().iter().copied().zip(postings.freqs().iter().copied()));
                postings.advance();
            }
            let held = (0..segment.dense.documents).filter(|document| list.holds(*document));
            let held: Vec<_> = held.map(|document| (document, list.frequency(document))).collect();
            assert_eq!(held, expected, "{token}");
        }
        assert!(DenseList::unpack(packed("乱"), segment.dense.documents).is_none());
    }

    #[test]
    fn lists_are_unpacked_once_as_far_as_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let index = index(folder.path());
        let snapshot = index.snapshot.load();
        let segment = &snapshot.segments[0];
        let get = |lists: &DenseLists, token: &str| lists.get(&segment.text, &term(segment, token)).unwrap();
        let lists = DenseLists::new(DOCUMENTS as u32);
        let first = get(&lists, "春").unwrap();
        assert!(Arc::ptr_eq(&first, &get(&lists, "春").unwrap()));
        assert!(get(&lists, "花").is_none(), "too rare");
        assert!(get(&lists, "乱").is_none() && lists.kept.read().lists.len() == 2);
        lists.kept.write().lists.clear();
        assert!(get(&lists, "春").is_some(), "there is room for several");
        lists.kept.write().lists.clear();
        lists.kept.write().bytes = DOCUMENTS as usize * BYTES_A_DOCUMENT;
        assert!(get(&lists, "春").is_none(), "there is no room");
    }

    #[test]
    fn a_commit_keeps_what_was_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let index = index(folder.path());
        let before = index.snapshot.load_full();
        index.apply(&[Change::Remove(3)]).unwrap();
        index.commit(2).unwrap();
        let after = index.snapshot.load_full();
        assert!(!Arc::ptr_eq(&before, &after));
        assert!(Arc::ptr_eq(&before.segments[0].dense, &after.segments[0].dense));
    }
}
