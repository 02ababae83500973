//! The best exact hits of what is typed most, kept ready: all routes put together, each hit with the one that ranks it
//! highest.
//!
//! ```text
//! answers: for each exact route what its hits were lowered by, i32, or i32::MIN for a route that was off
//! · HashedLists of the texts: head · number of the recent hits' list u32 · hits
//! recent answers: lists of head · hits
//! head: bytes of the text u8, number of hits u8, what holds for the text u8, 0
//! hits: their routes, three bits each, u64 · their postings, best first
//! ```
//! Most requests are for few texts, and most of what an answer costs is to find out which entries are its best: where
//! the texts begin alike fills a part of the list only, words have to be cut and their lists intersected. What is kept is
//! what that gives: the best by the slow part of the score and, of the recent entries, the best by the fast one, so answers
//! are the same with and without it. It counts for the routes and penalties that it was made for; under others it is not
//! looked at.

mod write;

use crate::base::View;
use crate::hashed_lists::{HashedLists, short_hash};
use crate::permutation::Posting;
use crate::route::{Route, Settings};
use crate::typed::Typed;

pub(crate) use write::{Answer, Written, write};

/// Hits that are kept of a text: a full answer, and those that recent ones or a rule may take the place of.
pub(crate) const KEPT: usize = 20;
/// Recent hits that are kept of a text.
pub(crate) const KEPT_RECENT: usize = 12;
/// The words of a list of recent hits, and of any other.
const RECENT_WORDS: usize = 3 + KEPT_RECENT;
const WORDS: usize = 4 + KEPT;
/// For a text without recent hits.
const NO_LIST: u32 = u32::MAX;

/// The exact routes: those that a list may name.
const ROUTES: usize = Route::Homophone as usize;
/// The bits of a route: those of all hits fill two words at most.
const ROUTE_BITS: usize = 3;
/// The bytes in front of the lists.
const HEADER: usize = 4 * ROUTES;
/// What stands in it for a route that was off.
const OFF: i32 = i32::MIN;

/// There are no other hits than these.
const IS_WHOLE: u8 = 1;
/// There may be an entry that is wholly the text.
const HAS_WHOLE_ENTRY: u8 = 1 << 1;
/// There may be entries that end with the text and go before others.
const HAS_ENDS: u8 = 1 << 2;

/// A hit and the route that ranks it highest.
pub(crate) type Kept = (Posting, Route);

/// The lists in a base's image.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ready<'a> {
    made_for: &'a [u8],
    lists: HashedLists<'a, WORDS>,
    recent: &'a [[u8; 4]],
}

impl<'a> Ready<'a> {
    pub(crate) fn new(lists: &'a [u8], recent: &'a [u8]) -> Self {
        let (made_for, lists) = lists.split_at_checked(HEADER).unwrap_or_default();
        Self { made_for, lists: HashedLists::new(lists), recent: recent.as_chunks().0 }
    }

    /// Whether so many bytes hold whole lists, and so many whole lists of recent hits.
    pub(crate) fn are_lengths(lists: usize, recent: usize) -> bool {
        let has_lists = || lists.checked_sub(HEADER).is_some_and(HashedLists::<WORDS>::is_length);
        (lists == 0 || has_lists()) && recent.is_multiple_of(4 * RECENT_WORDS)
    }

    /// What is kept of what was typed, if there is anything that counts under these settings.
    pub(crate) fn find(
        &self,
        typed: &Typed,
        settings: &Settings,
        view: &View<'_>,
    ) -> Option<ReadyAnswer<'a>> {
        let text = typed.key.as_bytes();
        if self.made_for.is_empty() || !typed.is_its_key() {
            return None;
        }
        let mut answers = self.lists.of(short_hash(text)).map(|words| self.answer(words));
        let answer = answers.find(|answer| answer.is_of(text, view))?;
        (self.made_for == made_for(settings)).then_some(answer)
    }

    fn answer(&self, words: &'a [[u8; 4]; WORDS]) -> ReadyAnswer<'a> {
        let [head, recent, hits @ ..] = words;
        let recent = self.recent.as_chunks().0.get(u32::from_le_bytes(*recent) as usize);
        let recent = recent.map(|[head, hits @ ..]: &[_; RECENT_WORDS]| (Head(*head), &hits[..]));
        ReadyAnswer { head: Head(*head), hits, recent }
    }
}

/// What is told of a list before its hits.
#[derive(Clone, Copy)]
struct Head([u8; 4]);

impl Head {
    fn holds(self, what: u8) -> bool {
        self.0[2] & what != 0
    }
}

/// What is kept of one text.
#[derive(Clone, Copy)]
pub(crate) struct ReadyAnswer<'a> {
    head: Head,
    hits: &'a [[u8; 4]],
    /// The same of recent hits, if there are any.
    recent: Option<(Head, &'a [[u8; 4]])>,
}

impl<'a> ReadyAnswer<'a> {
    /// Of a text as long, one entry that begins with it is enough to know its list by.
    fn is_of(&self, text: &[u8], view: &View<'_>) -> bool {
        let first = self.hits().find(|&(_, route)| route == Route::Prefix);
        usize::from(self.head.0[0]) == text.len()
            && first.is_some_and(|(posting, _)| view.key(posting.entry()).starts_with(text))
    }

    /// Whether there are no other hits than these, and no other recent ones.
    pub(crate) fn are_whole(&self) -> [bool; 2] {
        [self.head.holds(IS_WHOLE), self.recent.is_none_or(|(head, _)| head.holds(IS_WHOLE))]
    }

    /// Whether an entry may be wholly the text.
    pub(crate) fn has_whole_entry(&self) -> bool {
        self.head.holds(HAS_WHOLE_ENTRY)
    }

    /// Whether entries may end with the text.
    pub(crate) fn has_ends(&self) -> bool {
        self.head.holds(HAS_ENDS)
    }

    /// The hits, best first.
    pub(crate) fn hits(&self) -> Hits<'a> {
        Hits::new(self.head, self.hits)
    }

    /// The recent hits, best first by the fast part of the score.
    pub(crate) fn recent_hits(&self) -> Option<Hits<'a>> {
        self.recent.map(|(head, hits)| Hits::new(head, hits))
    }
}

/// The hits of a list that were not handed out yet.
#[derive(Clone)]
pub(crate) struct Hits<'a> {
    routes: u64,
    postings: &'a [[u8; 4]],
}

impl<'a> Hits<'a> {
    fn new(head: Head, hits: &'a [[u8; 4]]) -> Self {
        let (routes, postings) = hits.split_first_chunk::<2>().unwrap_or((&[[0; 4]; 2], &[]));
        let [low, high] = routes.map(|half| u64::from(u32::from_le_bytes(half)));
        let count = usize::from(head.0[1]).min(postings.len());
        Self { routes: high << 32 | low, postings: &postings[..count] }
    }
}

impl Iterator for Hits<'_> {
    type Item = Kept;

    fn next(&mut self) -> Option<Kept> {
        let (&posting, postings) = self.postings.split_first()?;
        let route = Route::ALL[(self.routes & ((1 << ROUTE_BITS) - 1)) as usize];
        self.routes >>= ROUTE_BITS;
        self.postings = postings;
        Some((Posting::stored(posting), route))
    }
}

/// What the lists of a base are made for.
fn made_for(settings: &Settings) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    for (&route, place) in Route::ALL[..ROUTES].iter().zip(header.as_chunks_mut().0) {
        let is_on = settings.route(route).enabled;
        *place = if is_on { settings.loss(route).steps() } else { OFF }.to_le_bytes();
    }
    header
}
