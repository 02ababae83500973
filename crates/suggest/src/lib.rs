//! The suggestion index: build, routes, ranking.
//!
//! A [`Base`] is built once from [`Candidate`]s and never changes afterwards. With what changed since (an
//! [`Overlay`]), the operators' [`Rules`] and the [`Settings`] it makes a [`Snapshot`], which answers what typed
//! characters may become, by ten [`Route`]s. The order is exact whatever the size of a range: entries are numbered by
//! their score, and every way to them hands out the smallest number first.
//!
//! The crate knows `text` only: no database, no network, no clock (`now` is an argument). Its only I/O is one
//! file: [`Builder::build_to`] and [`Base::open`].
//!
//! ```
//! use suggest::{BuildOptions, Builder, Candidate, Evidence, Route, Snapshot};
//!
//! let mut builder = Builder::new(BuildOptions::default());
//! builder.push(&Candidate::new("连衣裙", Evidence::submitted(9)));
//! builder.push(&Candidate::new("连衣裙搭配", Evidence::submitted(4)));
//! let snapshot = Snapshot::of_base(builder.build());
//!
//! let texts = |keyword: &str| -> Vec<String> {
//!     snapshot.suggest(keyword, 15, 0).items.into_iter().map(|item| item.text).collect()
//! };
//! assert_eq!(texts("连衣"), ["连衣裙", "连衣裙搭配"]);
//! assert_eq!(texts("连yi裙da"), ["连衣裙搭配"]);
//! assert_eq!(snapshot.suggest("连衣群", 15, 0).items[0].route, Route::Homophone);
//! ```
//!
//! Where to look: `builder` turns candidates into a file's image, `record` is one entry of it, `permutation` one
//! sorted order with its range minimum and what it keeps ready, `dictionary` and `lists` the entries by word, `ends`
//! those that end alike, `ready` whole answers, `file` the frame with the checksum. `typed` reads what was typed, `exact`
//! and `repair` find the ways from it, a `lane` walks them, `answer` puts the lanes together, `flags` highlights. [`mine`]
//! finds phrases in titles.

mod account;
mod answer;
mod base;
mod builder;
mod candidate;
mod conjunction;
mod dictionary;
mod ends;
mod exact;
mod explain;
mod file;
mod flags;
mod hash;
mod hashed_lists;
mod image;
mod lane;
mod lists;
pub mod mine;
mod moment;
mod overlay;
mod permutation;
mod phrase;
mod ready;
mod record;
mod repair;
mod route;
mod rules;
mod score;
mod snapshot;
mod typed;
mod vocabulary;
mod weights;

pub use base::Base;
pub use builder::{BuildOptions, Builder, Progress, Stage};
pub use candidate::{Candidate, Evidence};
pub use explain::{Explained, Explanation, Source, WhyNot};
pub use file::OpenError;
pub use overlay::Overlay;
pub use route::{Route, RouteSetting, Settings};
pub use rules::{Pin, RuleError, Rules};
pub use snapshot::{Snapshot, Suggestion, SuggestionView, Suggestions};
pub use weights::Weights;
