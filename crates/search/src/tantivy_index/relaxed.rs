//! The walk for documents that hold a part of the keyword.
//!
//! Lists are added up a span of documents at a time, so a document costs one addition a token and no search for
//! the next one. Lists that cannot lift a document over the worst one that is kept are not walked but asked
//! (MaxScore): as better documents are found, these are more and more of the common tokens.

use super::{
    cursor::Cursor,
    filter::Filter,
    recall::{RELAXED_TIER, Recall, Work},
    snapshot::Segment,
    top::Top,
};
use crate::weights;

/// Documents whose sums are kept at once.
const SPAN: usize = 2048;

/// What a token adds to a document is at most its inverse document frequency times this: what a token that
/// stands twice in a very short document adds. More repetitions are passed over.
const BOUND: f32 = 2.0 * (1.0 + weights::BM25_K1) / (2.0 + weights::BM25_K1 * (1.0 - weights::BM25_B));

/// The sums of a span of documents.
pub(super) struct Union<'a> {
    recall: &'a Recall<'a>,
    scores: Vec<f32>,
    /// The tokens of every document, a bit each.
    tokens: Vec<u64>,
    /// A bit for every document that has a token.
    met: [u64; SPAN / 64],
}

/// The lists of a segment, those that add the most first.
struct Lists {
    cursors: Vec<Cursor>,
    /// What the list at this place and all behind it add to a document at the most.
    rest: Vec<f32>,
    /// How many lists are walked; the others are asked.
    leading: usize,
}

impl Lists {
    /// With `enough`, only the rarest lists that together hold so many documents are walked.
    fn new(recall: &Recall<'_>, mut cursors: Vec<Cursor>, enough: Option<u64>) -> Self {
        let bound = |cursor: &Cursor| recall.idf[cursor.token] * BOUND;
        cursors.sort_by(|a, b| bound(b).total_cmp(&bound(a)));
        let mut rest = vec![0.0; cursors.len() + 1];
        for (place, cursor) in cursors.iter().enumerate().rev() {
            rest[place] = rest[place + 1] + bound(cursor);
        }
        let mut leading = cursors.len();
        if let Some(enough) = enough {
            let mut documents = 0;
            let few = cursors.iter().position(|cursor| {
                documents += recall.frequency(cursor.token);
                documents >= enough
            });
            leading = few.map_or(leading, |place| place + 1);
        }
        Self { leading, cursors, rest }
    }

    /// Walks only the lists without which no document is accepted; gives the first document of them.
    fn next_document(&mut self, top: &Top) -> Option<u32> {
        while self.leading > 0 && !top.accepts(self.rest[self.leading - 1]) {
            self.leading -= 1;
        }
        let documents = self.cursors[..self.leading].iter().map(Cursor::document);
        documents.min().filter(|document| *document != Cursor::END)
    }
}

impl<'a> Union<'a> {
    pub(super) fn new(recall: &'a Recall<'a>) -> Self {
        Self { recall, scores: vec![0.0; SPAN], tokens: vec![0; SPAN], met: [0; SPAN / 64] }
    }

    /// Offers `top` the documents of a segment that hold a part of the keyword; stops when the work is used up.
    pub(super) fn walk(
        &mut self,
        (segment, filter): (&Segment, &mut Filter),
        (cursors, enough): (Vec<Cursor>, Option<u64>),
        top: &mut Top,
        work: &mut Work,
    ) {
        let mut lists = Lists::new(self.recall, cursors, enough);
        while let Some(base) = lists.next_document(top) {
            if work.is_used_up() {
                return;
            }
            self.add_up(segment, base, &mut lists.cursors[..lists.leading], work);
            self.offer((segment, &mut *filter), base, &mut lists, top, work);
        }
    }

    fn add_up(&mut self, segment: &Segment, base: u32, leading: &mut [Cursor], work: &mut Work) {
        let end = base.saturating_add(SPAN as u32).min(Cursor::END);
        for cursor in leading {
            let token = cursor.token;
            while cursor.document() < end {
                let document = cursor.document();
                let place = (document - base) as usize;
                let norm = self.recall.snapshot.norms[segment.fieldnorm(document)];
                self.scores[place] += self.recall.score(token, cursor.frequency(), norm);
                self.tokens[place] |= 1 << token;
                self.met[place / 64] |= 1 << (place % 64);
                work.reads += 1;
                cursor.advance();
            }
        }
    }

    /// Takes the sums of the span, asks the other lists where that can matter, and leaves all sums at zero.
    fn offer(
        &mut self,
        (segment, filter): (&Segment, &mut Filter),
        base: u32,
        lists: &mut Lists,
        top: &mut Top,
        work: &mut Work,
    ) {
        for word in 0..self.met.len() {
            let mut bits = std::mem::take(&mut self.met[word]);
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let document = base + place as u32;
                let sum = (std::mem::take(&mut self.scores[place]), std::mem::take(&mut self.tokens[place]));
                if let Some((score, tokens)) = self.asked(segment, document, sum, lists, top, work)
                    && self.recall.tier_of(tokens) == Some(RELAXED_TIER)
                {
                    self.recall.take((segment, &mut *filter), document, score, top);
                }
            }
        }
    }

    /// Score and tokens of a document once the lists that are not walked were asked; `None` as soon as it is
    /// clear that it is not accepted.
    fn asked(
        &self,
        segment: &Segment,
        document: u32,
        (mut score, mut tokens): (f32, u64),
        lists: &mut Lists,
        top: &Top,
        work: &mut Work,
    ) -> Option<(f32, u64)> {
        let norm = self.recall.snapshot.norms[segment.fieldnorm(document)];
        for place in lists.leading..lists.cursors.len() {
            if !top.accepts(score + lists.rest[place]) {
                return None;
            }
            work.reads += 1;
            let cursor = &mut lists.cursors[place];
            if cursor.seek(document) == document {
                score += self.recall.score(cursor.token, cursor.frequency(), norm);
                tokens |= 1 << cursor.token;
            }
        }
        Some((score, tokens))
    }
}
