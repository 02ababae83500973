//! Our own API about items: what became of a line, of a whole request, and an item as a line that can be sent again.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    content::{GroupType, Item},
    import::LineError,
};

/// The media type of requests and answers of many lines.
pub const LINES_MEDIA_TYPE: &str = "application/x-ndjson";

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is new.
    Created,
    /// It was there and is replaced, or its counters are set.
    Updated,
    /// It was so already; nothing was written.
    Unchanged,
    /// It is taken down.
    TakenDown,
    /// It is back.
    Restored,
    /// It is gone for good.
    Deleted,
    /// There is no such item.
    NotFound,
    /// The line is not good; nothing was written.
    Rejected,
}

impl Outcome {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::TakenDown => "taken_down",
            Self::Restored => "restored",
            Self::Deleted => "deleted",
            Self::NotFound => "not_found",
            Self::Rejected => "rejected",
        }
    }

    /// Whether what was asked for is so now.
    pub const fn is_good(self) -> bool {
        !matches!(self, Self::NotFound | Self::Rejected)
    }
}

/// What became of one line, or of the one item that a call is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResult {
    /// The line, counted from 1; absent where a call is about one item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The item, a decimal string; absent where a line has none that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// What became of it.
    pub result: Outcome,
    /// Keys of the line that mean nothing and were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_keys: Vec<String>,
    /// The key that is wrong, or `line`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What is wrong with it, completing a sentence that begins with the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether the item can be found, where the call waited for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searchable: Option<bool>,
}

impl ItemResult {
    /// A result without any of what is optional.
    pub fn new(line: Option<u64>, group_id: Option<i64>, result: Outcome) -> Self {
        let group_id = group_id.map(|group_id| group_id.to_string());
        Self {
            line,
            group_id,
            result,
            unknown_keys: Vec::new(),
            key: None,
            reason: None,
            remedy: None,
            searchable: None,
        }
    }

    /// A line that is refused.
    pub fn rejected(line: u64, error: LineError) -> Self {
        Self {
            key: Some(error.key),
            reason: Some(error.reason),
            remedy: Some("correct this line and send it again; the other lines need not be sent".to_owned()),
            ..Self::new(Some(line), None, Outcome::Rejected)
        }
    }

    /// Counters for an item that is not there.
    pub fn without_item(line: u64, group_id: i64) -> Self {
        Self {
            key: Some("group_id".to_owned()),
            reason: Some("is that of no item".to_owned()),
            remedy: Some("put the item first, then send this line again".to_owned()),
            ..Self::new(Some(line), Some(group_id), Outcome::NotFound)
        }
    }
}

/// The last line of an answer of many lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The figures.
    pub summary: Figures,
}

/// What a call of many lines did: `read` is the sum of the five after it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Lines that were read; empty ones do not count.
    pub read: u64,
    /// Lines that made something new.
    pub created: u64,
    /// Lines that changed something.
    pub updated: u64,
    /// Lines that changed nothing.
    pub unchanged: u64,
    /// Lines about an item that is not there.
    pub not_found: u64,
    /// Lines that are not good.
    pub rejected: u64,
    /// Whether everything can be found, where the call waited for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searchable: Option<bool>,
}

impl Figures {
    /// Counts one line.
    pub fn count(&mut self, outcome: Outcome) {
        self.read += 1;
        let figure = match outcome {
            Outcome::Created => &mut self.created,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::NotFound => &mut self.not_found,
            Outcome::Rejected => &mut self.rejected,
            _ => &mut self.updated,
        };
        *figure += 1;
    }

    /// Lines that did not do what they say.
    pub fn failed(&self) -> u64 {
        self.not_found + self.rejected
    }
}

/// What an item has beside its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnKeys {
    /// The type.
    pub kind: GroupType,
    /// The body.
    pub content: String,
    /// The tags.
    pub tags: Vec<String>,
    /// Whether it is online.
    pub online: bool,
    /// Whether it has an author of its own; the default author is left out.
    pub has_author: bool,
}

/// An item as a line of an import: its answer, and four keys of our own. Put again as it is, it changes nothing.
///
/// `item` is to be the answer without a base address: addresses that the server makes begin with `/`, and a line with
/// them means the same wherever the server is.
pub fn line_of(item: &Item, own: OwnKeys) -> Map<String, Value> {
    let mut line = match serde_json::to_value(item) {
        Ok(Value::Object(line)) => line,
        _ => Map::new(),
    };
    if !own.has_author {
        line.shift_remove("user_info");
    }
    line.insert("group_type".to_owned(), own.kind.name().into());
    line.insert("content".to_owned(), own.content.into());
    line.insert("tags".to_owned(), own.tags.into());
    line.insert("status".to_owned(), if own.online { "online" } else { "offline" }.into());
    line
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire() {
        for outcome in [
            Outcome::Created,
            Outcome::Updated,
            Outcome::Unchanged,
            Outcome::TakenDown,
            Outcome::Restored,
            Outcome::Deleted,
            Outcome::NotFound,
            Outcome::Rejected,
        ] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.name());
        }
    }

    #[test]
    fn results_have_only_what_applies() {
        let good = ItemResult::new(Some(1), Some(7), Outcome::Created);
        assert_eq!(serde_json::to_string(&good).unwrap(), r#"{"line":1,"group_id":"7","result":"created"}"#);
        let bad = ItemResult::rejected(2, LineError::new("title", "is required"));
        let text = serde_json::to_string(&bad).unwrap();
        assert!(
            text.starts_with(r#"{"line":2,"result":"rejected","key":"title","reason":"is required""#),
            "{text}"
        );
        let mut figures = Figures::default();
        for result in [&good, &bad] {
            figures.count(result.result);
        }
        assert_eq!((figures.read, figures.created, figures.failed()), (2, 1, 1));
    }
}
