//! Every number that decides whether and how a keyword is repaired.
//!
//! Costs and gains are in nats: e to the power of a cost is how many times rarer such a slip is than no slip. They
//! were found on a public set of typed and meant medical queries (see docs/PERFORMANCE.md).

/// Characters beyond which a keyword is not repaired: the work grows with its length, and long ones are sentences.
pub const LONGEST: usize = 32;
/// The most repairs of one keyword.
pub const REPAIRS: usize = 3;
/// What the first repair has to gain; below, nothing is repaired. Slips are rare: of the keywords that are as they were
/// meant, one in a hundred gains more by the likeliest repair.
pub const THRESHOLD: f32 = 5.4;
/// The same where the index speaks for a slip too, because the repair finds [`MANY_TIMES`] the documents: a young
/// server's few titles do not say much else.
pub const THRESHOLD_IF_FOUND: f32 = 2.0;
/// So many times the documents that the keyword finds as it is typed.
pub const MANY_TIMES: usize = 3;

/// A character of the same sound was picked.
pub const SAME_SOUND: f32 = 5.2;
/// One whose sound is told apart badly.
pub const NEAR_SOUND: f32 = 6.9;
/// One that looks alike, the most alike.
pub const LOOK_ALIKE: f32 = 6.0;
/// How much dearer each further one in the order of likeness is.
pub const LOOK_ALIKE_STEP: f32 = 0.05;
/// What is taken off where a character both sounds and looks alike.
pub const BOTH: f32 = 1.2;

/// A slip of a typed character is dearer the rarer that character is: so much for each nat.
pub const RARITY: f32 = 0.5;
/// The rarity (minus the logarithm of its share of all texts) at which the costs are as they stand above.
pub const USUAL: f32 = 7.5;
/// What is rarer counts as so rare.
pub const RAREST: f32 = 13.5;

/// A character is put in place of another only if the texts have it so often.
pub const SEEN: u32 = 2;
/// Readings of a keyword that are followed at once.
pub const BEAM: usize = 40;
/// How many of them may end with the same two characters.
pub const SAME_END: usize = 3;
/// Of the characters that were never seen behind another, the likeliest are tried.
pub const UNSEEN: usize = 32;

/// Triples that a model holds at the most; beyond, the rarest are forgotten.
pub const TRIPLES: usize = 6_000_000;
