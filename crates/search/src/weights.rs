//! Every number that decides the order of a ranked list.
//!
//! The second stage gives each document a handful of features between 0 and 1 and adds them up with these
//! weights; the sum is divided by [`TOTAL`], so a score is between 0 and 1 again. None of them can move a
//! document into another tier.

/// How many of the best candidates the second stage ranks; relaxation stops when there are as many.
pub const WINDOW: usize = 200;

/// BM25 over the title alone: the title says what an item is about.
pub const TITLE: f32 = 0.34;
/// The engine's BM25 over all fields; this is how abstract and body count.
pub const ENGINE: f32 = 0.16;
/// The longest run of the keyword's units that stands unbroken in the title: words in one piece and in order.
pub const ADJACENT: f32 = 0.18;
/// The title is the keyword, nothing more.
pub const EXACT_TITLE: f32 = 0.08;
/// How much of the title the keyword accounts for: a short title that fits beats a long one.
pub const TITLE_SHARE: f32 = 0.06;
/// A tag is the keyword, or one of its parts.
pub const TAG: f32 = 0.06;
/// The author's name stands in the keyword, or the keyword is the author's name.
pub const AUTHOR: f32 = 0.06;
/// New items before old ones.
pub const FRESHNESS: f32 = 0.03;
/// What many read, like and share before what nobody does.
pub const POPULARITY: f32 = 0.05;

/// The sum of all weights of features.
pub const TOTAL: f32 =
    TITLE + ENGINE + ADJACENT + EXACT_TITLE + TITLE_SHARE + TAG + AUTHOR + FRESHNESS + POPULARITY;

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
pub const BM25_K1: f32 = 1.2;
/// How far BM25 corrects for length.
pub const BM25_B: f32 = 0.75;
/// The length of a usual title in units.
pub const USUAL_TITLE: f32 = 16.0;

/// The share of the keyword's weight (the sum of its tokens' inverse document frequencies) that a document
/// needs for tier 1 and tier 2; tier 0 needs every token, tier 3 any that may stand alone.
pub const TIER_SHARES: [f32; 2] = [0.75, 0.5];
/// Ids behind the window are scored by the engine alone; this keeps their scores below those of the window.
pub const BEHIND_WINDOW: f32 = 0.3;
/// A lone character of a longer keyword counts this much of its weight when tiers are decided.
pub const LONE_CHARACTER: f32 = 0.3;

/// What the relaxed tiers of one search may read, in documents of posting lists: every document that is walked
/// costs one for each of the keyword's tokens that is compared with it. So a keyword of many common tokens ends
/// in time, whatever the index holds. When it is used up, relaxed recall ends with what it has; exact matches
/// are never cut short.
pub const RELAXED_READS: u64 = 4_000_000;
