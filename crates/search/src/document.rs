//! What goes into the index.

/// The numbers of an item that change all day; they never cause it to be indexed again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// How often the article was read.
    pub read: i64,
    /// How many comments it has.
    pub comment: i64,
    /// How many people liked it.
    pub digg: i64,
    /// How often it was shared.
    pub share: i64,
    /// How often the video was watched.
    pub watch: i64,
}

/// One item as the index sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// The item's identity; a later document of the same id replaces the earlier one.
    pub group_id: i64,
    /// The content type, 0..=2 (one bit of [`crate::Query::kinds`] each).
    pub kind: u8,
    /// Unix time in seconds.
    pub publish_time: i64,
    /// The counters as they are now.
    pub counters: Counters,
    /// The title.
    pub title: String,
    /// The abstract; empty when there is none.
    pub abstract_text: String,
    /// The tags.
    pub tags: Vec<String>,
    /// The author's name; empty when there is none.
    pub author: String,
    /// The text of the item; empty when there is none.
    pub body: String,
    /// What [`crate::RowView::answer`] hands back, untouched.
    pub answer: Vec<u8>,
}

/// One change, to be applied in the order of the change sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Adds the document or replaces the one with its id.
    Put(Box<Document>),
    /// Takes the document with this id out; unknown ids are no error.
    Remove(i64),
    /// Sets the counters of the document with this id; unknown ids are no error.
    Counters(i64, Counters),
}
