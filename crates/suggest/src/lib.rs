//! The suggestion index: build, routes, ranking.
//!
//! A [`Base`] is built once from [`Candidate`]s, never changes afterwards, and answers what a typed
//! beginning may become: by the text itself, by its pinyin (the last syllable may be incomplete) and by the
//! initials of its pinyin. Every route gives the exact best entries of its whole range, whatever its size.
//!
//! The crate knows `text` only: no database, no network, no clock (`now` is an argument). Its only I/O is one
//! file: [`Base::write`] and [`Base::open`].
//!
//! ```
//! use suggest::{Base, Candidate};
//!
//! let base = Base::build(vec![Candidate::mined("连衣裙", 9), Candidate::mined("连衣裙搭配", 4)], 1);
//! let texts: Vec<_> = base.suggest("连衣", 15, 0).items.into_iter().map(|item| item.text).collect();
//! assert_eq!(texts, ["连衣裙", "连衣裙搭配"]);
//! ```
//!
//! Where to look: `build` turns candidates into the file's image, `record` is one entry of it, `permutation`
//! one sorted order with its range minimum, `file` the frame with the checksum, `lookup` the routes and their
//! merging, `flags` the highlighting, [`mine`] finds phrases in titles.

mod base;
mod build;
mod file;
mod flags;
mod lookup;
pub mod mine;
mod permutation;
mod record;

pub use base::{Base, Candidate, Route, Suggestion, Suggestions};
pub use file::OpenError;
