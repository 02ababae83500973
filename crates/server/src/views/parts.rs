//! What pages are made of.

use std::fmt;

use super::format::{self, Moment};

/// An address that is safe to follow or to load: on this server (`/…`) or over HTTP(S). Anything else,
/// `javascript:` above all, becomes an empty address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Checks an address.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let scheme = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        let is_web = scheme.starts_with("http://") || scheme.starts_with("https://");
        if is_web || text.starts_with('/') { Self(text.to_owned()) } else { Self::default() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A type of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An article with pictures.
    Article,
    /// A horizontal video.
    Video,
    /// A vertical video.
    ShortVideo,
}

impl Kind {
    /// Every type, in the order of the tabs.
    pub const ALL: &[Self] = &[Self::Article, Self::Video, Self::ShortVideo];

    /// The name in an address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Article => "tuwen",
            Self::Video => "xigua_video",
            Self::ShortVideo => "short_video",
        }
    }

    /// The type of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The name for a reader.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Article => "图文",
            Self::Video => "视频",
            Self::ShortVideo => "小视频",
        }
    }
}

/// A picture with its size.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where it is.
    pub address: Address,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
}

/// A video in one resolution.
#[derive(Debug, Clone)]
pub struct Video {
    /// Where it is.
    pub address: Address,
}

impl Video {
    /// The media type, where the address tells it.
    pub(super) fn media_type(&self) -> Option<&'static str> {
        let path = self.address.0.split(['?', '#']).next().unwrap_or_default();
        match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "mp4" | "m4v" => Some("video/mp4"),
            "webm" => Some("video/webm"),
            _ => None,
        }
    }
}

/// An author.
#[derive(Debug, Clone)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The author's page.
    pub address: Address,
    /// The author's picture.
    pub avatar: Address,
    /// A line about the author.
    pub description: String,
    /// Whether the author is verified.
    pub verified: bool,
    /// What the author is verified as.
    pub verified_content: String,
    /// How many follow the author.
    pub followers: i64,
}

impl Author {
    pub(super) fn follower_count(&self) -> String {
        format::count(self.followers)
    }
}

/// What readers did with an item.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counters {
    /// Reads of an article.
    pub reads: Option<i64>,
    /// Views of a video.
    pub watches: Option<i64>,
    /// Likes.
    pub likes: i64,
    /// Comments.
    pub comments: i64,
    /// Shares.
    pub shares: i64,
}

impl Counters {
    /// Every count with its name.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("阅读", self.reads),
            ("播放", self.watches),
            ("赞", Some(self.likes)),
            ("评论", Some(self.comments)),
            ("分享", Some(self.shares)),
        ]
        .into_iter()
        .filter_map(|(name, number)| Some((name, format::count(number?))))
    }

    /// The counts that stand on a card: those that say something.
    pub(super) fn shown(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.all().filter(|(_, count)| count != "0").take(3)
    }
}

/// An item in a list.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its type.
    pub kind: Kind,
    /// Its title, cut where it matches.
    pub title: Vec<Piece>,
    /// Its page.
    pub address: Address,
    /// Its first cover.
    pub cover: Option<Picture>,
    /// Its abstract.
    pub summary: String,
    /// Who made it.
    pub author: Author,
    /// When it was published.
    pub published: Moment,
    /// What readers did.
    pub counters: Counters,
    /// How long the video is.
    pub duration_seconds: Option<f64>,
}

impl Card {
    pub(super) fn duration(&self) -> Option<String> {
        self.duration_seconds.map(format::duration)
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it is what was searched for.
    pub hit: bool,
}

/// A text as one piece.
#[must_use]
pub fn unmarked(text: &str) -> Vec<Piece> {
    vec![Piece { text: text.to_owned(), hit: false }]
}

/// Cuts a text at every place where a word of the keyword stands, whatever its case.
#[must_use]
pub fn marked(text: &str, keyword: &str) -> Vec<Piece> {
    let characters: Vec<char> = text.chars().collect();
    let mut hits = vec![false; characters.len()];
    for word in keyword.split_whitespace() {
        let word: Vec<char> = word.chars().collect();
        for start in 0..(characters.len() + 1).saturating_sub(word.len()) {
            let place = start..start + word.len();
            let matches = characters[place.clone()].iter().zip(&word).all(|(a, b)| same_letter(*a, *b));
            if matches {
                hits[place].fill(true);
            }
        }
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (character, hit) in characters.into_iter().zip(hits) {
        match pieces.last_mut().filter(|piece| piece.hit == hit) {
            Some(piece) => piece.text.push(character),
            None => pieces.push(Piece { text: character.to_string(), hit }),
        }
    }
    pieces
}

fn same_letter(a: char, b: char) -> bool {
    a == b || a.to_lowercase().eq(b.to_lowercase())
}
