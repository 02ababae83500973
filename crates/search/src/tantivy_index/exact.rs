//! The documents of a segment that hold every required token: the rarest list is walked, the others are asked.
//!
//! It goes a block of the rarest list at a time and a step at a time, each over all documents that are left. What a step
//! reads of a document lies anywhere in memory, and reads that do not wait for one another are on their way at once.

use std::{io, sync::Arc};

use tantivy::{
    postings::{BlockSegmentPostings, TermInfo},
    schema::IndexRecordOption,
};

use super::{cursor::Cursor, dense::DenseList, filter::Filter, recall::Recall, snapshot::Segment, top::Top};

/// So many documents tantivy packs into a block.
const BLOCK: usize = 128;

/// The lists of the required tokens in one segment, the rarest first.
struct Lists {
    leader: BlockSegmentPostings,
    leader_token: usize,
    others: Vec<(Other, usize)>,
}

/// A list that is asked for documents in ascending order.
enum Other {
    Packed(Box<Cursor>),
    Dense(Arc<DenseList>),
}

/// The documents of a block that are left, with how often the leader's token stands in each.
struct Left {
    documents: [(u32, u32); BLOCK],
    count: usize,
}

/// The documents of a block that are left, and what is known of them.
struct Block {
    left: Left,
    /// How often the tokens of the packed lists stand in them, document by document.
    asked: Vec<u32>,
    /// BM25's length part.
    norms: Vec<f32>,
    scores: Vec<f32>,
}

impl Left {
    fn none() -> Self {
        Self { documents: [(0, 0); BLOCK], count: 0 }
    }

    /// The documents of the leader's block that a list `holds`. Here and below without a branch for each document: which
    /// these are cannot be foreseen.
    fn fill(&mut self, leader: &BlockSegmentPostings, holds: impl Fn(u32) -> bool) {
        self.count = 0;
        for one in leader.docs().iter().copied().zip(leader.freqs().iter().copied()) {
            self.documents[self.count] = one;
            self.count += usize::from(holds(one.0));
        }
    }

    /// Keeps the documents that another list `holds`, too.
    fn keep(&mut self, mut holds: impl FnMut(u32) -> bool) {
        let mut kept = 0;
        for place in 0..self.count {
            let one = self.documents[place];
            self.documents[kept] = one;
            kept += usize::from(holds(one.0));
        }
        self.count = kept;
    }

    fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.documents[..self.count].iter().copied()
    }
}

impl Other {
    fn open(segment: &Segment, term: &TermInfo, token: usize) -> io::Result<Self> {
        Ok(match segment.dense.get(&segment.text, term)? {
            Some(list) => Self::Dense(list),
            None => Self::Packed(Box::new(Cursor::open(segment, term, token)?)),
        })
    }

    fn is_at_end(&self) -> bool {
        matches!(self, Self::Packed(cursor) if cursor.is_at_end())
    }

    fn dense(&self) -> Option<&DenseList> {
        match self {
            Self::Dense(list) => Some(list),
            Self::Packed(_) => None,
        }
    }
}

impl Block {
    /// With room for a block, beside that many lists.
    fn new(others: usize) -> Self {
        Self {
            left: Left::none(),
            asked: Vec::with_capacity(BLOCK * others),
            norms: Vec::with_capacity(BLOCK),
            scores: Vec::with_capacity(BLOCK),
        }
    }
}

impl Lists {
    /// `None` where the segment lacks a token.
    fn open(segment: &Segment, terms: &[Option<TermInfo>], frequencies: &[u64]) -> io::Result<Option<Self>> {
        let mut lists = Vec::with_capacity(terms.len());
        for (token, term) in terms.iter().enumerate() {
            let Some(term) = term else { return Ok(None) };
            lists.push((token, term));
        }
        lists.sort_by_key(|(token, _)| frequencies[*token]);
        let Some(((leader_token, term), rest)) = lists.split_first() else { return Ok(None) };
        let leader = segment.text.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        let mut others = Vec::with_capacity(rest.len());
        for (token, term) in rest {
            others.push((Other::open(segment, term, *token)?, *token));
        }
        Ok(Some(Self { leader, leader_token: *leader_token, others }))
    }

    /// Puts the documents of the leader's next block that every list holds into `block`; `false` at the end.
    fn next_block(&mut self, block: &mut Block) -> bool {
        if self.leader.docs().is_empty() || self.others.iter().any(|(other, _)| other.is_at_end()) {
            return false;
        }
        let mut dense = self.others.iter().filter_map(|(other, _)| other.dense());
        match dense.next() {
            Some(list) => block.left.fill(&self.leader, |document| list.holds(document)),
            None => block.left.fill(&self.leader, |_| true),
        }
        for list in dense {
            block.left.keep(|document| list.holds(document));
        }
        block.asked.clear();
        if self.others.iter().any(|(other, _)| other.dense().is_none()) {
            block.left.keep(|document| self.packed_hold(document, &mut block.asked));
        }
        self.leader.advance();
        true
    }

    /// Whether the packed lists hold a document; adds how often to `asked` if they do.
    #[inline]
    fn packed_hold(&mut self, document: u32, asked: &mut Vec<u32>) -> bool {
        let before = asked.len();
        for (other, _) in &mut self.others {
            let Other::Packed(cursor) = other else { continue };
            if cursor.seek(document) != document {
                asked.truncate(before);
                return false;
            }
            asked.push(cursor.frequency());
        }
        true
    }
}

impl Recall<'_> {
    /// Offers `top` the documents of a segment with every required token.
    pub(super) fn exact(
        &self,
        (segment, terms): (&Segment, &[Option<TermInfo>]),
        filter: &mut Filter,
        top: &mut Top,
    ) -> io::Result<()> {
        let Some(mut lists) = Lists::open(segment, terms, &self.frequencies)? else { return Ok(()) };
        let mut block = Block::new(lists.others.len());
        while lists.next_block(&mut block) {
            self.score_block(segment, &lists, &mut block);
            for ((document, _), score) in block.left.iter().zip(&block.scores) {
                self.take((segment, filter), document, *score, top);
            }
        }
        Ok(())
    }

    /// Adds up what the tokens are worth in every document, the rarest token first.
    fn score_block(&self, segment: &Segment, lists: &Lists, block: &mut Block) {
        let Block { left, asked, norms, scores, .. } = block;
        norms.clear();
        norms.extend(left.iter().map(|(document, _)| self.snapshot.norms[segment.fieldnorm(document)]));
        scores.clear();
        let of_leader = left.iter().zip(&*norms);
        scores.extend(of_leader.map(|((_, often), norm)| self.score(lists.leader_token, often, *norm)));
        let packed = lists.others.iter().filter(|(other, _)| other.dense().is_none()).count();
        let mut column = 0;
        for (other, token) in &lists.others {
            let sums = scores.iter_mut().zip(&*norms);
            match other {
                Other::Dense(list) => sums.zip(left.iter()).for_each(|((sum, norm), (document, _))| {
                    *sum += self.score(*token, list.frequency(document), *norm);
                }),
                Other::Packed(_) => {
                    let often = asked.iter().skip(column).step_by(packed);
                    sums.zip(often)
                        .for_each(|((sum, norm), often)| *sum += self.score(*token, *often, *norm));
                    column += 1;
                }
            }
        }
    }
}
