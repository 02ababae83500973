//! The pages, as plain data and the templates that show it.
//!
//! A page knows nothing of the engine or of a vendor's field names: whoever answers a request fills these
//! structs. Text is escaped by the templates; addresses are checked by [`Address`], because escaping alone
//! would let `javascript:` through.

mod format;
mod parts;

use askama::Template;

pub use format::Moment;
pub use parts::{Address, Author, Card, Counters, Kind, Picture, Piece, Video, marked, unmarked};

/// The policy that belongs to every page: no scripts at all, pictures and videos from anywhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; \
                                           media-src *; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// The search page at `/`: an invitation while the keyword is empty, results otherwise.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// What was searched for.
    pub keyword: String,
    /// The only type that was asked for.
    pub kind: Option<Kind>,
    /// The number of this page, from 1.
    pub page: u32,
    /// The search that later pages continue.
    pub search_id: String,
    /// The results of this page.
    pub cards: Vec<Card>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// A sentence to the reader when the search could not be answered.
    pub notice: Option<String>,
    /// Keywords to try, for the invitation.
    pub examples: Vec<String>,
}

impl HomePage {
    fn is_chosen(&self, kind: &Kind) -> bool {
        self.kind == Some(*kind)
    }

    fn page_address(&self, page: u32) -> String {
        let mut address = format!("/?keyword={}", encoded(&self.keyword));
        if let Some(kind) = self.kind {
            address.push_str("&type=");
            address.push_str(kind.name());
        }
        if 1 < page {
            address.push_str(&format!("&page={page}"));
            if !self.search_id.is_empty() {
                address.push_str("&search_id=");
                address.push_str(&encoded(&self.search_id));
            }
        }
        address
    }
}

/// The page of one item.
#[derive(Debug, Template)]
#[template(path = "content.html")]
pub struct ContentPage {
    /// Its type.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Who made it.
    pub author: Author,
    /// When it was published.
    pub published: Moment,
    /// Its first cover.
    pub cover: Option<Picture>,
    /// Its abstract.
    pub summary: String,
    /// Its body; every line is a paragraph.
    pub body: String,
    /// The pictures of an article.
    pub pictures: Vec<Picture>,
    /// One video in its resolutions.
    pub videos: Vec<Video>,
    /// How long the video is.
    pub duration_seconds: Option<f64>,
    /// Its tags.
    pub tags: Vec<String>,
    /// What readers did.
    pub counters: Counters,
}

impl ContentPage {
    fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.body.lines().map(str::trim).filter(|line| !line.is_empty())
    }

    fn duration(&self) -> Option<String> {
        self.duration_seconds.map(format::duration)
    }
}

/// The page of one author.
#[derive(Debug, Template)]
#[template(path = "author.html")]
pub struct AuthorPage {
    /// The author.
    pub author: Author,
    /// The author's items on this page.
    pub cards: Vec<Card>,
    /// The number of this page, from 1.
    pub page: u32,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// A page that is not there.
#[derive(Debug, Template)]
#[template(path = "not_found.html")]
pub struct NotFoundPage {
    /// What is missing, in a few words.
    pub headline: String,
    /// What may have happened.
    pub explanation: String,
}

impl NotFoundPage {
    /// Nothing under this path.
    #[must_use]
    pub fn path() -> Self {
        Self::new("没有这个页面", "地址可能写错了，也可能已经换了地方。")
    }

    /// An item that never was or was taken down.
    #[must_use]
    pub fn content() -> Self {
        Self::new("内容不存在", "它可能已被作者删除或下架。")
    }

    /// An author without items.
    #[must_use]
    pub fn author() -> Self {
        Self::new("没有这位作者", "作者可能已经离开，或作品都已下架。")
    }

    fn new(headline: &str, explanation: &str) -> Self {
        Self { headline: headline.to_owned(), explanation: explanation.to_owned() }
    }
}

/// Percent-encodes everything but letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests;
