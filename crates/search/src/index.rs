//! What every content index can do, whichever engine is behind it.

use crate::{Change, Counters, Result, Spread};

/// The most ids that a ranked list holds.
pub const LIST_LIMIT: usize = 1000;

/// What is asked of [`ContentIndex::rank`].
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The keyword as it was typed, with its spaces: they part it (so not [`text::normal::key`], which takes
    /// them out). It is brought into normal form here.
    pub keyword: &'a str,
    /// One bit for every content type that may stand in the list; 7 is all of them.
    pub kinds: u8,
    /// Unix time in seconds, for freshness.
    pub now: i64,
    /// What is kept from standing near its like.
    pub spread: Spread,
    /// Whether documents that hold a part of the keyword follow those that hold all of it, where these are few.
    pub relaxed: bool,
    /// How many positions are wanted now: where more match exactly, what comes behind them may be left to
    /// [`RankedList::rest`]. [`usize::MAX`] for the whole list at once.
    pub head: usize,
}

/// Why a document stands where it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The document.
    pub group_id: i64,
    /// 0 = everything that the keyword requires stands in it.
    pub tier: u8,
    /// How well it fits, 0 to 1: the sum of the features by their weights over the sum of the weights.
    pub score: f32,
    /// The features; none for a document behind the window of the second stage, whose score is the engine's.
    pub features: Vec<Feature>,
}

/// A feature of a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feature {
    /// Its name, see [`crate::weights::FEATURES`].
    pub name: &'static str,
    /// What it counts for.
    pub weight: f32,
    /// How much of it the document has, 0 to 1.
    pub value: f32,
}

/// The answer of [`ContentIndex::rank`]: every id once, best first, exact hits before relaxed ones.
#[derive(Debug, Default)]
pub struct RankedList {
    /// The ids, at most [`LIST_LIMIT`].
    pub ids: Vec<i64>,
    /// For every id how well it fits, 0 to 1.
    pub scores: Vec<f32>,
    /// How many ids match exactly (tier 0); they stand at the front.
    pub tier_zero: usize,
    /// What stands behind these ids, where it was left for later.
    pub rest: Option<Rest>,
}

impl RankedList {
    /// Lists what was left for later too.
    pub fn complete(&mut self) {
        if let Some(rest) = self.rest.take() {
            let (ids, scores) = rest.rank();
            self.ids.extend(ids);
            self.scores.extend(scores);
        }
    }
}

/// Ids with their scores.
pub type Scored = (Vec<i64>, Vec<f32>);

/// The part of a ranked list that is put in order when somebody asks for it. What is in it is settled, whatever is
/// written meanwhile.
pub struct Rest {
    bytes: usize,
    rank: Box<dyn FnOnce() -> Scored + Send>,
}

impl Rest {
    /// A rest that takes up so many bytes until it is asked for.
    pub fn new(bytes: usize, rank: impl FnOnce() -> Scored + Send + 'static) -> Self {
        Self { bytes, rank: Box::new(rank) }
    }

    /// What it takes up until it is asked for.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The ids behind those of the list, and their scores.
    pub fn rank(self) -> Scored {
        (self.rank)()
    }
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Rest").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// One visible row of the row table, borrowed for the time of a visit.
#[derive(Debug, Clone, Copy)]
pub struct RowView<'a> {
    /// The content type, 0..=2.
    pub kind: u8,
    /// Unix time in seconds.
    pub publish_time: i64,
    /// The counters at this moment.
    pub counters: Counters,
    /// The opaque bytes of [`crate::Document::answer`].
    pub answer: &'a [u8],
}

/// A content index: changes in, ranked lists and rows out.
pub trait ContentIndex: Send + Sync {
    /// Takes up `changes` in their order. Puts and removals are visible after the next commit, counters at once.
    fn apply(&self, changes: &[Change]) -> Result<()>;

    /// Makes everything applied so far durable and then visible, under `sequence`, before it returns.
    fn commit(&self, sequence: i64) -> Result<()>;

    /// The sequence of the last commit; changes after it are to be applied again when a process starts.
    fn applied(&self) -> i64;

    /// The ranked list of a keyword.
    fn rank(&self, query: &Query<'_>) -> Result<RankedList>;

    /// Why every document of the ranked list stands where it does, in the list's order. Slower than
    /// [`Self::rank`].
    fn explain(&self, query: &Query<'_>) -> Result<Vec<Explanation>>;

    /// Shows the visible row of `group_id` to `visit`; `false` when there is none. Nothing is copied and no
    /// lock is held during the visit. A row whose bytes are damaged is not shown; see [`Self::health`].
    fn row(&self, group_id: i64, visit: &mut dyn FnMut(RowView<'_>)) -> bool;

    /// Sets the counters of the visible row of `group_id` in place, waiting for no writer; nothing happens where there
    /// is none. A row that is written and not committed keeps its own: see [`Change::Counters`].
    fn set_counters(&self, group_id: i64, counters: &Counters);

    /// The tier in which the visible document matches `keyword`; `None` when it does not or is absent.
    fn matches(&self, group_id: i64, keyword: &str) -> Result<Option<u8>>;

    /// How many documents are visible.
    fn documents(&self) -> u64;

    /// Housekeeping for quiet moments: takes up finished merges, and merges what slows searches down. To be
    /// called every few seconds when there is nothing to apply; cheap when there is nothing to do.
    fn maintain(&self) -> Result<()> {
        Ok(())
    }

    /// An error once damage was met while reading; the index should then be made anew.
    fn health(&self) -> Result<()> {
        Ok(())
    }
}
