//! The segments of one commit, with everything that a search reads from them at hand.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tantivy::{
    Searcher, SegmentReader, Term,
    columnar::{Cardinality, ColumnValues},
    fastfield::AliveBitSet,
    fieldnorm::FieldNormReader,
    index::{InvertedIndexReader, SegmentId},
    postings::BlockSegmentPostings,
    schema::IndexRecordOption,
};

use super::{
    dense::DenseLists,
    files::{Fields, ROW_COLUMN},
    waiting::Waiting,
};
use crate::{Error, Result, weights};

/// Code points of the basic plane, where nearly all characters are.
const BASIC_PLANE: usize = 1 << 16;

/// What the column of rows says of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row(pub(super) u64);

impl Row {
    /// The ordinal of the document's row.
    pub(super) fn ordinal(self) -> u32 {
        (self.0 >> 2) as u32
    }

    /// The content type.
    pub(super) fn kind(self) -> u8 {
        (self.0 & 3) as u8
    }
}

/// A document's row, and in the lowest byte the id of its field norm.
#[derive(Clone, Copy)]
struct Matched(u64);

/// One segment.
pub(super) struct Segment {
    id: SegmentId,
    pub(super) text: Arc<InvertedIndexReader>,
    groups: Arc<InvertedIndexReader>,
    /// Of every document its row and its field norm: what a match is asked for lies in one place, while tantivy has it in
    /// two, one of them packed. Eight bytes a document.
    documents: Arc<[Matched]>,
    alive: Option<AliveBitSet>,
    pub(super) dense: Arc<DenseLists>,
}

impl Segment {
    /// `earlier` are the segments of the commit before.
    fn open(reader: &SegmentReader, fields: Fields, earlier: &[Self]) -> Result<Self> {
        let column = reader.fast_fields().u64(ROW_COLUMN)?;
        if column.get_cardinality() != Cardinality::Full {
            return Err(Error::unusable("a segment has documents without a row"));
        }
        let id = reader.segment_id();
        // Neither the lists of a segment nor its rows and norms ever change, whatever is deleted.
        let known = earlier.iter().find(|segment| segment.id == id);
        let documents = match known {
            Some(segment) => Arc::clone(&segment.documents),
            None => matched(&*column.values, &reader.get_fieldnorms_reader(fields.text)?),
        };
        let dense = known.map(|segment| Arc::clone(&segment.dense));
        Ok(Self {
            id,
            text: reader.inverted_index(fields.text)?,
            groups: reader.inverted_index(fields.group_id)?,
            documents,
            alive: reader.alive_bitset().cloned(),
            dense: dense.unwrap_or_else(|| Arc::new(DenseLists::new(reader.max_doc()))),
        })
    }

    #[inline]
    pub(super) fn is_alive(&self, document: u32) -> bool {
        self.alive.as_ref().is_none_or(|alive| alive.is_alive(document))
    }

    #[inline]
    pub(super) fn fieldnorm(&self, document: u32) -> usize {
        usize::from(self.documents[document as usize].0 as u8)
    }

    /// The document's row.
    #[inline]
    pub(super) fn row(&self, document: u32) -> Row {
        Row(self.documents[document as usize].0 >> u8::BITS)
    }

    /// The living document with this id.
    pub(super) fn find(&self, group_id: &Term) -> Result<Option<u32>> {
        let read = || -> std::io::Result<Option<BlockSegmentPostings>> {
            self.groups.read_block_postings(group_id, IndexRecordOption::Basic)
        };
        let Some(mut postings) = read().map_err(tantivy::TantivyError::from)? else { return Ok(None) };
        loop {
            if let Some(document) = postings.docs().iter().find(|document| self.is_alive(**document)) {
                return Ok(Some(*document));
            }
            postings.advance();
            if postings.docs().is_empty() {
                return Ok(None);
            }
        }
    }
}

/// What one search works on.
pub(super) struct Snapshot {
    pub(super) segments: Vec<Segment>,
    /// The segments as tantivy knows them; keeps their files.
    searcher: Searcher,
    /// Documents, deleted ones that are still counted in document frequencies included.
    pub(super) documents: u64,
    /// BM25's length part for every field norm.
    pub(super) norms: [f32; 256],
    /// In how many documents each character of the basic plane stands, plus one; 0 where nobody asked yet.
    characters: Box<[AtomicU32]>,
    /// Lists of which a part is still to be found here.
    pub(super) waiting: Waiting,
}

impl Snapshot {
    /// The state that `searcher` shows; what the one before it, if any, has unpacked is kept.
    pub(super) fn open(searcher: Searcher, fields: Fields, before: Option<&Self>) -> Result<Self> {
        let readers = searcher.segment_readers();
        let earlier = before.map_or(&[][..], |before| &before.segments);
        let segments = readers.iter().map(|reader| Segment::open(reader, fields, earlier));
        let segments = segments.collect::<Result<Vec<_>>>()?;
        let documents: u64 = readers.iter().map(|reader| u64::from(reader.max_doc())).sum();
        let tokens: u64 = segments.iter().map(|segment| segment.text.total_num_tokens()).sum();
        let average = tokens as f32 / documents.max(1) as f32;
        let norms = std::array::from_fn(|id| norm(id as u8, average.max(1.0)));
        let characters = std::iter::repeat_with(AtomicU32::default).take(BASIC_PLANE).collect();
        let waiting = Waiting::default();
        Ok(Self { segments, searcher, documents, norms, characters, waiting })
    }

    /// In how many documents, deleted ones included, a token stands. Characters are remembered: every search asks
    /// for some, and they are few.
    pub(super) fn frequency(&self, token: &str) -> Result<u64> {
        let mut characters = token.chars();
        let remembered = match (characters.next(), characters.next()) {
            (Some(character), None) => self.characters.get(character as usize),
            _ => None,
        };
        if let Some(known) = remembered.map(|known| known.load(Ordering::Relaxed)).filter(|known| *known > 0)
        {
            return Ok(u64::from(known - 1));
        }
        let mut frequency = 0;
        for segment in &self.segments {
            let term = segment.text.terms().get(token.as_bytes()).map_err(tantivy::TantivyError::from)?;
            frequency += term.map_or(0, |term| u64::from(term.doc_freq));
        }
        if let (Some(remembered), Ok(known)) = (remembered, u32::try_from(frequency + 1)) {
            remembered.store(known, Ordering::Relaxed);
        }
        Ok(frequency)
    }

    /// The segments' ids with their documents, deleted ones included.
    pub(super) fn segment_sizes(&self) -> Vec<(SegmentId, u32)> {
        let readers = self.searcher.segment_readers();
        readers.iter().map(|reader| (reader.segment_id(), reader.max_doc())).collect()
    }
}

/// The rows and field norms of a segment.
fn matched(rows: &dyn ColumnValues<u64>, norms: &FieldNormReader) -> Arc<[Matched]> {
    // A row is an ordinal and a kind, so there is room for a byte.
    let norms = (0..rows.num_vals()).map(|document| u64::from(norms.fieldnorm_id(document)));
    rows.iter().zip(norms).map(|(row, norm)| Matched(row << u8::BITS | norm)).collect()
}

fn norm(id: u8, average: f32) -> f32 {
    let length = FieldNormReader::id_to_fieldnorm(id) as f32;
    weights::BM25_K1 * (1.0 - weights::BM25_B + weights::BM25_B * length / average)
}
