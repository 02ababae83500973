//! Which documents of a segment hold all phrases of a keyword and none that it excludes.

use tantivy::{
    DocSet,
    postings::{Postings, SegmentPostings},
    schema::IndexRecordOption,
};

use super::snapshot::Segment;
use crate::{
    Result,
    plan::{Phrase, Plan},
};

/// The phrases of a keyword in one segment. Documents are to be asked for in ascending order.
pub(super) struct Filter {
    phrases: Vec<Lists>,
    excluded: Vec<Lists>,
}

/// The lists of a phrase's tokens with their places; `None` when the segment lacks a token.
type Lists = Option<Vec<(SegmentPostings, u32)>>;

impl Filter {
    pub(super) fn open(segment: &Segment, plan: &Plan) -> Result<Self> {
        let open = |phrases: &[Phrase]| {
            phrases.iter().map(|phrase| lists(segment, phrase)).collect::<Result<Vec<_>>>()
        };
        Ok(Self { phrases: open(&plan.phrases)?, excluded: open(&plan.excluded)? })
    }

    #[inline]
    pub(super) fn lets_through(&mut self, document: u32) -> bool {
        self.phrases.iter_mut().all(|phrase| stands(phrase, document))
            && !self.excluded.iter_mut().any(|phrase| stands(phrase, document))
    }
}

fn lists(segment: &Segment, phrase: &Phrase) -> Result<Lists> {
    let mut lists = Vec::with_capacity(phrase.tokens.len());
    for (token, place) in &phrase.tokens {
        let term = segment.text.terms().get(token.as_bytes()).map_err(tantivy::TantivyError::from)?;
        let Some(term) = term else { return Ok(None) };
        let option = IndexRecordOption::WithFreqsAndPositions;
        let list =
            segment.text.read_postings_from_terminfo(&term, option).map_err(tantivy::TantivyError::from)?;
        lists.push((list, *place));
    }
    Ok(Some(lists))
}

/// Whether the phrase stands in the document: whether it begins at one place according to all of its tokens.
fn stands(phrase: &mut Lists, document: u32) -> bool {
    let Some(lists) = phrase else { return false };
    for (list, _) in lists.iter_mut() {
        let at = if list.doc() < document { list.seek(document) } else { list.doc() };
        if at != document {
            return false;
        }
    }
    let mut beginnings: Option<Vec<u32>> = None;
    let mut places = Vec::new();
    for (list, place) in lists {
        list.positions(&mut places);
        let begins = places.iter().filter_map(|position| position.checked_sub(*place));
        beginnings = Some(match beginnings {
            None => begins.collect(),
            Some(known) => begins.filter(|beginning| known.contains(beginning)).collect(),
        });
    }
    beginnings.is_some_and(|beginnings| !beginnings.is_empty())
}
