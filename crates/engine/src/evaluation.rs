//! How good the suggestions are, in figures: a dated query log replayed, and every route typed on purpose.
//!
//! Pure functions over `suggest` and `text`: a log or a list of entries goes in, figures come out. Nothing here
//! reads a file or a clock, and chance comes from a seed, so two runs print the same.
//!
//! - [`replay`]: learns on the days before, tests on the next, beside [`completion`] ("most popular completion").
//! - [`routes`]: types entries by the rules of [`typing`] and counts how many come back.
//! - [`figures`]: what a list of ranks amounts to.

pub mod completion;
pub mod decayed;
pub mod figures;
pub mod log;
pub mod replay;
pub mod routes;
pub mod typing;

/// Places of a list that are looked at.
pub const LIST: usize = 15;
