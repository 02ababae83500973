//! The import forms: content items, query logs, suggestion entries and rules, one a line.
//!
//! A line is taken whole or refused whole; an error names the key and says what is wrong. Reading
//! never panics, whatever the line holds.

mod address;
mod content;
mod counters;
mod entries;
mod queries;
mod rules;
mod values;

pub use address::is_web_address;
pub use content::{ContentLine, content_line};
pub use counters::{COUNTER_KEYS, CountersLine, counters_line, counters_of, group_id_text};
pub use entries::{EntryLine, entry_line};
pub use queries::{QueryColumns, QueryLine, query_json};
pub use rules::{Rule, RuleLine, rule_line};

/// The longest line, in bytes.
pub const MAX_LINE_BYTES: usize = 4 << 20;
/// The most code points of a title after trimming.
pub const MAX_TITLE_CHARACTERS: usize = 512;
/// The longest body, in bytes.
pub const MAX_CONTENT_BYTES: usize = 1 << 20;
/// The most tags of an item.
pub const MAX_TAGS: usize = 32;
/// The most code points of a tag.
pub const MAX_TAG_CHARACTERS: usize = 64;
/// The longest address, in bytes.
pub const MAX_ADDRESS_BYTES: usize = 2048;
/// The most code points of a string in `user_info`.
pub const MAX_AUTHOR_CHARACTERS: usize = 1024;
/// The most cover images.
pub const MAX_COVER_IMAGES: usize = 9;
/// The most content images.
pub const MAX_CONTENT_IMAGES: usize = 50;
/// The largest `count` or `results` of a query log's line and the largest `weight` of an entry. Sums of such
/// numbers must stay far from the end of 64 bits.
pub const MAX_COUNT: i64 = 1_000_000_000_000;
/// The largest `user_id`: 2^53 − 1, the largest whole number that every JSON reader keeps.
pub const MAX_USER_ID: i64 = (1 << 53) - 1;

/// Why a line is refused. The reason completes a sentence that begins with the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} {reason}")]
pub struct LineError {
    /// The key, with its path inside (`user_info.name`), or `line` for the line as a whole.
    pub key: String,
    /// What is wrong, and the limit.
    pub reason: String,
}

impl LineError {
    /// Makes an error from a key and the rest of the sentence.
    pub fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }

    /// The same error inside of `outer`: `name` becomes `outer.name`. Paths are put together only
    /// when there is an error, as almost all lines have none.
    fn inside(self, outer: &str) -> Self {
        Self { key: format!("{outer}.{}", self.key), ..self }
    }

    /// The same error inside of one entry of the list `outer`; `name` may be empty for the entry.
    fn inside_entry(self, outer: &str, index: usize) -> Self {
        let point = if self.key.is_empty() { "" } else { "." };
        Self { key: format!("{outer}[{index}]{point}{}", self.key), ..self }
    }
}
