//! How good suggestions and search are, in figures: a dated query log replayed, every route typed on purpose,
//! ranked lists against judged titles, and repairs against what was meant.
//!
//! Pure functions over `suggest` and `text`: a log, a list of entries or a judged set goes in, figures come out. Nothing here
//! reads a file or a clock, and chance comes from a seed, so two runs print the same.
//!
//! - [`replay`]: learns on the days before, tests on the next, beside [`completion`] ("most popular completion").
//! - [`routes`]: types entries by the rules of [`typing`] and counts how many come back.
//! - [`figures`]: what a list of ranks amounts to.
//! - [`judged`]: a judged set; [`ranking`]: what ranked lists amount to over it; [`baseline`]: plain BM25 beside them.
//! - [`corrections`]: repairs of wrong characters.

pub mod baseline;
pub mod completion;
pub mod corrections;
pub mod decayed;
pub mod figures;
pub mod judged;
pub mod log;
pub mod ranking;
pub mod replay;
pub mod routes;
pub mod typing;

/// Places of a list that are looked at.
pub const LIST: usize = 15;
