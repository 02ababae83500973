//! Every number that decides the order of a ranked list.
//!
//! The second stage gives each document a handful of features between 0 and 1 and adds them up with these
//! weights; the sum is divided by [`TOTAL`], so a score is between 0 and 1 again. None of them can move a
//! document into another tier.
//!
//! The first five compare title and keyword and were found together, on half of the queries of two judged sets
//! (see docs/PERFORMANCE.md) and checked on the other half; the others stand beside them by judgement, since
//! those sets have titles only.

/// How many of the best candidates the second stage ranks; relaxation stops when there are as many.
pub const WINDOW: usize = 200;

/// BM25 over the title alone, of the keyword's characters, bigrams, words and numbers.
pub const TITLE: f32 = 0.18;
/// The same of the keyword's dictionary words, which count where they stand unbroken.
pub const WORDS: f32 = 0.16;
/// How much of the keyword's characters, words and numbers stands in the title, by inverse document frequency.
pub const COVERED: f32 = 0.29;
/// How alike title and keyword are: their longest common subsequence over their mean length. It rewards order,
/// and a short title that fits before a long one.
pub const LIKENESS: f32 = 0.16;
/// How near to its beginning the title first meets the keyword.
pub const EARLY: f32 = 0.05;
/// The engine's BM25 over all fields; this is how abstract and body count.
pub const ENGINE: f32 = 0.06;
/// The title is the keyword, nothing more.
pub const EXACT_TITLE: f32 = 0.04;
/// A tag is the keyword, or one of its parts.
pub const TAG: f32 = 0.04;
/// The author's name stands in the keyword, or the keyword is the author's name.
pub const AUTHOR: f32 = 0.06;
/// New items before old ones.
pub const FRESHNESS: f32 = 0.02;
/// What many read, like and share before what nobody does.
pub const POPULARITY: f32 = 0.03;

/// The features by name, in the order in which the second stage works them out.
pub const FEATURES: [(&str, f32); 11] = [
    ("title", TITLE),
    ("words", WORDS),
    ("covered", COVERED),
    ("likeness", LIKENESS),
    ("early", EARLY),
    ("engine", ENGINE),
    ("exact_title", EXACT_TITLE),
    ("tag", TAG),
    ("author", AUTHOR),
    ("freshness", FRESHNESS),
    ("popularity", POPULARITY),
];

/// The sum of all weights of features.
pub const TOTAL: f32 = {
    let mut total = 0.0;
    let mut index = 0;
    while index < FEATURES.len() {
        total += FEATURES[index].1;
        index += 1;
    }
    total
};

/// Places of the title after which [`EARLY`] is half of what it is at the beginning.
pub const EARLY_HALF: f32 = 4.0;
/// An item loses half of its freshness in this many seconds (half a year).
pub const FRESHNESS_HALF_LIFE: f32 = 15_552_000.0;
/// A comment or a share says more than a like, a like more than a read.
pub const COMMENT_EVENTS: f32 = 20.0;
/// See [`COMMENT_EVENTS`].
pub const SHARE_EVENTS: f32 = 20.0;
/// See [`COMMENT_EVENTS`].
pub const DIGG_EVENTS: f32 = 5.0;
/// Events (base-2 logarithm) at which popularity is full: about a million.
pub const POPULARITY_FULL: f32 = 20.0;

/// Saturation of repeated tokens in BM25, in the engine and in the title.
pub const BM25_K1: f32 = 0.9;
/// How far BM25 corrects for length.
pub const BM25_B: f32 = 0.4;
/// The length of a usual title in units.
pub const USUAL_TITLE: f32 = 16.0;

/// A document belongs to the relaxed tier when it holds a bigram, a word or a number of the keyword, or else one
/// in so many of the keyword's characters, words and numbers (and two at the least).
pub const UNITS_A_PART: u32 = 3;
/// With so many exact matches, relaxed documents are looked for by bigrams, words and numbers only, which is
/// quick; with fewer, by single characters too.
pub const ENOUGH: usize = 10;
/// Then only the rarest of them are walked that hold so many times the documents that are missing.
pub const RESERVE: usize = 4;
/// Ids behind the window are scored by the engine alone; this keeps their scores below those of the window.
pub const BEHIND_WINDOW: f32 = 0.3;

/// Titles are near-duplicates when so large a part of their characters, words and numbers is the same.
pub const NEAR_DUPLICATE: f32 = 0.9;

/// What the relaxed tier of one search may read, in entries of posting lists, so that a keyword of many common
/// tokens ends in time, whatever the index holds. When it is used up, relaxed recall ends with what it has; exact
/// matches are never cut short.
pub const RELAXED_READS: u64 = 4_000_000;
