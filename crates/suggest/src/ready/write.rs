//! Writing what is kept ready.

use crate::hashed_lists::{self, short_hash};
use crate::route::{Route, Settings};

use super::{
    HAS_ENDS, HAS_WHOLE_ENTRY, IS_WHOLE, KEPT, KEPT_RECENT, Kept, NO_LIST, RECENT_WORDS, ROUTE_BITS, WORDS,
    made_for,
};

/// The answer to a text.
pub(crate) struct Answer {
    /// The best hits, as many as are kept if there are more.
    pub(crate) hits: Vec<Kept>,
    /// The same of the recent entries by the fast part of their score.
    pub(crate) recent: Vec<Kept>,
    /// Whether an entry may be wholly the text.
    pub(crate) has_whole_entry: bool,
    /// Whether entries may end with the text.
    pub(crate) has_ends: bool,
}

/// An answer as it is written.
pub(crate) struct Written {
    hash: u32,
    words: [u32; WORDS],
    recent: Option<[u32; RECENT_WORDS]>,
}

impl Written {
    /// The answer to a text; `None` if it could not be told from that to another text.
    pub(crate) fn new(text: &[u8], answer: &Answer) -> Option<Self> {
        let length = u8::try_from(text.len()).ok()?;
        let Answer { hits, recent, has_whole_entry, has_ends } = answer;
        let told = [(*has_whole_entry, HAS_WHOLE_ENTRY), (*has_ends, HAS_ENDS)];
        let told = told.iter().filter(|(holds, _)| *holds).fold(0, |all, (_, bit)| all | bit);
        let mut words = [0; WORDS];
        let [head, list, places @ ..] = &mut words;
        (*head, *list) = (list_of(length, told, hits, KEPT, places), NO_LIST);
        let recent = (!recent.is_empty()).then(|| {
            let mut words = [0; RECENT_WORDS];
            let [head, places @ ..] = &mut words;
            *head = list_of(length, 0, recent, KEPT_RECENT, places);
            words
        });
        let is_told = hits.iter().take(KEPT).any(|&(_, route)| route == Route::Prefix);
        is_told.then_some(Self { hash: short_hash(text), words, recent })
    }
}

/// Writes the hits to their places; gives the head of their list.
fn list_of(length: u8, told: u8, hits: &[Kept], most: usize, places: &mut [u32]) -> u32 {
    let mut routes = 0;
    for (index, &(posting, route)) in hits.iter().take(most).enumerate() {
        routes |= (route as u64) << (ROUTE_BITS * index);
        places[2 + index] = posting.to_stored();
    }
    (places[0], places[1]) = (routes as u32, (routes >> 32) as u32);
    let is_whole = if hits.len() < most { IS_WHOLE } else { 0 };
    u32::from_le_bytes([length, hits.len().min(most) as u8, told | is_whole, 0])
}

/// The bytes of these answers, made for these settings, and of their recent hits.
pub(crate) fn write(mut answers: Vec<Written>, settings: &Settings) -> [Vec<u8>; 2] {
    answers.sort_by_key(|answer| answer.hash);
    let mut recent = Vec::new();
    for answer in &mut answers {
        if let Some(words) = answer.recent {
            answer.words[1] = recent.len() as u32;
            recent.push(words);
        }
    }
    let hashes = answers.iter().map(|answer| answer.hash);
    let mut lists = made_for(settings).to_vec();
    lists.extend(hashed_lists::write(hashes, answers.iter().map(|answer| answer.words)));
    [lists, recent.into_iter().flatten().flat_map(u32::to_le_bytes).collect()]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::super::Ready;
    use super::*;
    use crate::permutation::Posting;

    fn answer(hits: usize, recent: usize) -> Answer {
        let kept = |index: usize| (Posting::new(7 * index as u32, index % 3), Route::ALL[index % 6]);
        Answer {
            hits: (0..hits).map(kept).collect(),
            recent: (0..recent).map(kept).rev().collect(),
            has_whole_entry: hits == 3,
            has_ends: recent == 2,
        }
    }

    #[test]
    fn what_is_written_comes_back() {
        let answers = [answer(3, 0), answer(KEPT - 1, 2), answer(KEPT, KEPT_RECENT), answer(KEPT + 4, 20)];
        let texts = ["连", "连衣", "iphone", "银行"];
        let written = texts.iter().zip(&answers).map(|(text, answer)| Written::new(text.as_bytes(), answer));
        let [lists, recent] = write(written.map(Option::unwrap).collect(), &Settings::default());
        assert!(Ready::are_lengths(lists.len(), recent.len()) && Ready::are_lengths(0, 0));
        assert!(!Ready::are_lengths(lists.len() - 4, recent.len()) && !Ready::are_lengths(lists.len(), 4));
        let ready = Ready::new(&lists, &recent);
        for (text, answer) in texts.iter().zip(&answers) {
            let mut lists = ready.lists.of(short_hash(text.as_bytes()));
            let found = ready.answer(lists.next().unwrap());
            let most = |kept: &[Kept], most: usize| kept[..kept.len().min(most)].to_vec();
            assert_eq!(found.hits().collect::<Vec<_>>(), most(&answer.hits, KEPT));
            let recent = found.recent_hits().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
            assert_eq!(recent, most(&answer.recent, KEPT_RECENT));
            assert_eq!(found.are_whole(), [answer.hits.len() < KEPT, answer.recent.len() < KEPT_RECENT]);
            assert_eq!(
                (found.has_whole_entry(), found.has_ends()),
                (answer.has_whole_entry, answer.has_ends)
            );
        }
    }

    #[test]
    fn an_answer_that_cannot_be_told_from_others_is_not_kept() {
        let by_words = vec![(Posting::new(1, 0), Route::WordBreak)];
        let answer = Answer { hits: by_words, recent: Vec::new(), has_whole_entry: false, has_ends: false };
        assert!(Written::new("连".as_bytes(), &answer).is_none());
    }
}
