//! The content index: analysis, recall, second stage, row table.
//!
//! What it is for: hand it [`Change`]s in order, [`ContentIndex::commit`] them under a sequence number, and
//! [`ContentIndex::rank`] answers a keyword with at most [`LIST_LIMIT`] ids, best first. The answer's bytes
//! and the live counters of an id come from the row table through [`ContentIndex::row`].
//!
//! What it never does: it knows no SQL, no HTTP and no field name of the outside; an answer is opaque bytes.
//! It is the only crate that knows tantivy. The index is derived: whatever is wrong with its files is an
//! [`Error::Unusable`], and the caller makes it anew from the items of record.
//!
//! ```
//! use search::{Change, ContentIndex, Counters, Document, Query, Spread, TantivyIndex, Options};
//! # fn main() -> search::Result<()> {
//! # let folder = std::env::temp_dir().join(format!("search-doc-{}", std::process::id()));
//! let index = TantivyIndex::create(&folder, &Options::default())?;
//! let document = Document { group_id: 7, title: "春天的连衣裙".into(), ..Document::default() };
//! index.apply(&[Change::Put(Box::new(document))])?;
//! index.commit(1)?;
//! assert_eq!(index.rank(&Query { keyword: "连衣裙", kinds: 7, now: 0, spread: Spread::default(), relaxed: true, head: usize::MAX })?.ids, [7]);
//! # drop(index);
//! # std::fs::remove_dir_all(&folder).ok();
//! # Ok(())
//! # }
//! ```
//!
//! **How a keyword is matched.** A document matches exactly (tier 0) when every token of the keyword stands
//! in it: for a run of ideographs its bigrams, for a lone ideograph the character, words and numbers whole.
//! White space in the *keyword* parts it (nothing is asked about what stands between the parts), white space
//! between ideographs of a *document* does not. What stands in quotes has to stand in a document side by side, and a
//! part with a leading minus may not stand in it. A keyword without any token finds nothing.

mod analysis;
pub mod correction;
mod document;
mod error;
mod index;
mod mapped;
mod plan;
mod rows;
mod second_stage;
mod spread;
pub mod synonyms;
mod syntax;
pub mod tantivy_index;
pub mod weights;

pub use document::{Change, Counters, Document};
pub use error::{Error, Result};
pub use index::{ContentIndex, Explanation, Feature, LIST_LIMIT, Query, RankedList, Rest, RowView, Scored};
pub use spread::Spread;
pub use tantivy_index::{Opened, Options, TantivyIndex};
