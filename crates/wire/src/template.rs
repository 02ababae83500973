//! An item's answer as bytes, made once at import: JSON with holes for what changes (counters, time
//! of publication, relevance) and for what depends on the request (this server's address, the
//! default author).
//!
//! Writing an answer copies runs of bytes and fills holes; nothing is parsed and nothing is
//! allocated. The form is a version byte and then operations: a literal with a length (LEB128) and
//! that many bytes, or one byte for a hole. It is kept in stores, so a change of the form needs a new
//! version byte.

use crate::content::{GroupType, Image, Item, VideoDetail};
use crate::json::{push_bool, push_escaped, push_integer, push_string, push_value};

const VERSION: u8 = 1;
const LITERAL: u8 = 0;
const HOLE_BASE: u8 = 1;
const HOLE_READ: u8 = 2;
const HOLE_COMMENT: u8 = 3;
const HOLE_DIGG: u8 = 4;
const HOLE_SHARE: u8 = 5;
const HOLE_WATCH: u8 = 6;
const HOLE_PUBLISH_TIME: u8 = 7;
const HOLE_DEFAULT_AUTHOR: u8 = 8;
const HOLE_RELATED_SCORE: u8 = 9;

/// What an item says of itself, apart from counters and the time of publication.
///
/// An address that begins with `/` is this server's own and gets the base address in front when it
/// is answered; an absent one is made by the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The item's identity.
    pub group_id: i64,
    /// Its kind.
    pub kind: GroupType,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub abstract_text: String,
    /// The content's page.
    pub article_url: Option<String>,
    /// The page of its comments.
    pub comment_url: Option<String>,
    /// The page to share.
    pub share_url: Option<String>,
    /// Pictures: answered for articles only.
    pub content_images: Vec<Image>,
    /// Covers; without any, one is drawn.
    pub cover_images: Vec<Image>,
    /// How covers are shown; absent: see [`Parts::shown_cover_mode`].
    pub cover_mode: Option<i64>,
    /// Whether there is a video.
    pub has_video: bool,
    /// The author; absent: the configured default author.
    pub author: Option<Author>,
    /// The video: answered only if there is one.
    pub video_detail: Option<VideoDetail>,
}

/// An author whose two addresses may be left to the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Author {
    /// The author's picture.
    pub avatar_url: Option<String>,
    /// What the author says of himself or herself.
    pub description: String,
    /// Whether the caller's user follows the author.
    pub follow: bool,
    /// How many follow the author.
    pub follower_count: i64,
    /// The author's page.
    pub home_page: Option<String>,
    /// The author's name.
    pub name: String,
    /// The author's identity.
    pub user_id: i64,
    /// Whether the author is verified.
    pub user_verified: bool,
    /// As what the author is verified.
    pub verified_content: String,
}

/// The live counters of an item. Those that do not apply to its kind are not written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// `article_read_count`.
    pub read: i64,
    /// `comment_count`.
    pub comment: i64,
    /// `digg_count`.
    pub digg: i64,
    /// `share_count`.
    pub share: i64,
    /// `video_watch_count`.
    pub watch: i64,
}

/// What an answer depends on beside the item.
#[derive(Debug, Clone, Copy)]
pub struct AnswerContext<'a> {
    /// Scheme and authority of this server, without a final slash.
    pub base: &'a str,
    /// A `user_info` object as JSON, see [`crate::content::render_author`].
    pub default_author: &'a str,
    /// Relevance from 0 to 1, where it is switched on; a number that is not finite is left out.
    pub related_score: Option<f64>,
}

/// Why a template cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It was made by another version of this module.
    #[error("the answer template has the unknown version {0}; import the item again")]
    Version(u8),
    /// It ends in the middle of something or has an unknown operation.
    #[error("the answer template is damaged; import the item again")]
    Damaged,
}

impl Parts {
    /// The `cover_mode` that is answered.
    ///
    /// The item's own; else three covers are shown as three, and one as a big picture for videos and
    /// as a small one at the right for articles.
    pub fn shown_cover_mode(&self) -> i64 {
        let by_covers = if self.cover_images.len() >= 3 {
            2
        } else if self.kind.is_video() {
            1
        } else {
            3
        };
        self.cover_mode.unwrap_or(by_covers)
    }
}

/// Makes the template of an item.
pub fn encode(parts: &Parts) -> Vec<u8> {
    let mut builder = Builder::new();
    builder.literal(br#"{"abstract":"#).string(&parts.abstract_text);
    if parts.kind == GroupType::Tuwen {
        builder.literal(br#","article_read_count":"#).hole(HOLE_READ);
    }
    builder.literal(br#","article_type":"#).string(parts.kind.article_type());
    let page = format!("/content/{}", parts.group_id);
    let comments = format!("{page}#comments");
    builder.literal(br#","article_url":"#).address(parts.article_url.as_deref().unwrap_or(&page));
    builder.literal(br#","comment_count":"#).hole(HOLE_COMMENT);
    builder.literal(br#","comment_url":"#).address(parts.comment_url.as_deref().unwrap_or(&comments));
    if parts.kind == GroupType::Tuwen && !parts.content_images.is_empty() {
        builder.literal(br#","content_images":"#).images(&parts.content_images);
    }
    builder.literal(br#","cover_images":"#);
    if parts.cover_images.is_empty() {
        builder.images(&[drawn_cover(parts)]);
    } else {
        builder.images(&parts.cover_images);
    }
    builder.literal(br#","cover_mode":"#).integer(parts.shown_cover_mode());
    builder.literal(br#","digg_count":"#).hole(HOLE_DIGG);
    builder.literal(br#","group_id":""#).integer(parts.group_id);
    builder.literal(br#"","has_video":"#).boolean(parts.has_video);
    builder.literal(br#","publish_time":"#).hole(HOLE_PUBLISH_TIME).hole(HOLE_RELATED_SCORE);
    builder.literal(br#","share_count":"#).hole(HOLE_SHARE);
    builder.literal(br#","share_url":"#).address(parts.share_url.as_deref().unwrap_or(&page));
    builder.literal(br#","title":"#).string(&parts.title);
    builder.literal(br#","user_info":"#);
    match &parts.author {
        Some(author) => builder.author(author),
        None => builder.hole(HOLE_DEFAULT_AUTHOR),
    };
    if parts.has_video {
        builder.literal(br#","video_watch_count":"#).hole(HOLE_WATCH);
        if let Some(detail) = &parts.video_detail {
            builder.literal(br#","video_detail":"#).video_detail(detail);
        }
    }
    builder.literal(b"}");
    builder.finish()
}

/// Appends the item's JSON to `out`.
///
/// # Errors
/// When the template is damaged or of another version; `out` may then hold a part of the item.
pub fn write(
    template: &[u8],
    counters: &Counters,
    publish_time: i64,
    context: &AnswerContext<'_>,
    out: &mut Vec<u8>,
) -> Result<(), TemplateError> {
    for operation in operations(template)? {
        match operation? {
            Operation::Literal(bytes) => out.extend_from_slice(bytes),
            Operation::Hole(HOLE_BASE) => push_escaped(out, context.base),
            Operation::Hole(HOLE_READ) => push_integer(out, counters.read),
            Operation::Hole(HOLE_COMMENT) => push_integer(out, counters.comment),
            Operation::Hole(HOLE_DIGG) => push_integer(out, counters.digg),
            Operation::Hole(HOLE_SHARE) => push_integer(out, counters.share),
            Operation::Hole(HOLE_WATCH) => push_integer(out, counters.watch),
            Operation::Hole(HOLE_PUBLISH_TIME) => push_integer(out, publish_time),
            Operation::Hole(HOLE_DEFAULT_AUTHOR) => out.extend_from_slice(context.default_author.as_bytes()),
            Operation::Hole(HOLE_RELATED_SCORE) => push_score(out, context.related_score),
            Operation::Hole(_) => return Err(TemplateError::Damaged),
        }
    }
    Ok(())
}

/// Reads the item back: for pages and exports, which need its fields.
///
/// # Errors
/// As [`write()`], and when the bytes between the holes are not an item's JSON.
pub fn item(
    template: &[u8],
    counters: &Counters,
    publish_time: i64,
    context: &AnswerContext<'_>,
) -> Result<Item, TemplateError> {
    let mut json = Vec::with_capacity(template.len() + 512);
    write(template, counters, publish_time, context, &mut json)?;
    serde_json::from_slice(&json).map_err(|_| TemplateError::Damaged)
}

/// Whether the item has no author of its own, so that an export leaves `user_info` out.
///
/// # Errors
/// As [`write()`].
pub fn has_default_author(template: &[u8]) -> Result<bool, TemplateError> {
    for operation in operations(template)? {
        if matches!(operation?, Operation::Hole(HOLE_DEFAULT_AUTHOR)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn drawn_cover(parts: &Parts) -> Image {
    let (width, height) = parts.kind.drawn_cover_size();
    Image {
        url: format!("/cover/{}.png", parts.group_id),
        height: i64::from(height),
        width: i64::from(width),
    }
}

fn push_score(out: &mut Vec<u8>, score: Option<f64>) {
    if let Some(score) = score.filter(|score| score.is_finite()) {
        out.extend_from_slice(br#","related_score":"#);
        push_value(out, &score);
    }
}

enum Operation<'a> {
    Literal(&'a [u8]),
    Hole(u8),
}

struct Operations<'a> {
    rest: &'a [u8],
}

fn operations(template: &[u8]) -> Result<Operations<'_>, TemplateError> {
    match template.split_first() {
        Some((&VERSION, rest)) => Ok(Operations { rest }),
        Some((&version, _)) => Err(TemplateError::Version(version)),
        None => Err(TemplateError::Damaged),
    }
}

impl<'a> Iterator for Operations<'a> {
    type Item = Result<Operation<'a>, TemplateError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&code, rest) = self.rest.split_first()?;
        self.rest = rest;
        if code != LITERAL {
            return Some(Ok(Operation::Hole(code)));
        }
        let literal = self.literal();
        if literal.is_none() {
            // Nothing can be read behind a damaged length.
            self.rest = &[];
        }
        Some(literal.map(Operation::Literal).ok_or(TemplateError::Damaged))
    }
}

impl<'a> Operations<'a> {
    fn literal(&mut self) -> Option<&'a [u8]> {
        let mut length = 0_usize;
        for shift in (0..35).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                let (literal, behind) = self.rest.split_at_checked(length)?;
                self.rest = behind;
                return Some(literal);
            }
        }
        None
    }
}

/// Collects literal bytes and turns them into one operation when a hole comes.
struct Builder {
    template: Vec<u8>,
    pending: Vec<u8>,
}

impl Builder {
    fn new() -> Self {
        Self { template: vec![VERSION], pending: Vec::with_capacity(512) }
    }

    fn finish(mut self) -> Vec<u8> {
        self.flush();
        self.template
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        self.template.push(LITERAL);
        let mut length = self.pending.len();
        while length >= 0x80 {
            // The lowest seven bits, with the mark that more follow.
            self.template.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        self.template.push(length as u8);
        self.template.append(&mut self.pending);
    }

    fn hole(&mut self, code: u8) -> &mut Self {
        self.flush();
        self.template.push(code);
        self
    }

    fn literal(&mut self, bytes: &[u8]) -> &mut Self {
        self.pending.extend_from_slice(bytes);
        self
    }

    fn string(&mut self, text: &str) -> &mut Self {
        push_string(&mut self.pending, text);
        self
    }

    fn integer(&mut self, number: i64) -> &mut Self {
        push_integer(&mut self.pending, number);
        self
    }

    fn boolean(&mut self, value: bool) -> &mut Self {
        push_bool(&mut self.pending, value);
        self
    }

    fn address(&mut self, address: &str) -> &mut Self {
        self.literal(b"\"");
        if address.starts_with('/') {
            self.hole(HOLE_BASE);
        }
        push_escaped(&mut self.pending, address);
        self.literal(b"\"")
    }

    fn images(&mut self, images: &[Image]) -> &mut Self {
        self.list(images, |builder, image| {
            builder.literal(br#"{"url":"#).address(&image.url);
            builder.size(image.height, image.width).literal(b"}");
        })
    }

    fn size(&mut self, height: i64, width: i64) -> &mut Self {
        self.literal(br#","height":"#).integer(height).literal(br#","width":"#).integer(width)
    }

    fn list<T>(&mut self, values: &[T], mut write_value: impl FnMut(&mut Self, &T)) -> &mut Self {
        self.literal(b"[");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.literal(b",");
            }
            write_value(self, value);
        }
        self.literal(b"]")
    }

    fn author(&mut self, author: &Author) -> &mut Self {
        let avatar = format!("/avatar/{}.png", author.user_id);
        let home = format!("/author/{}", author.user_id);
        self.literal(br#"{"avatar_url":"#).address(author.avatar_url.as_deref().unwrap_or(&avatar));
        self.literal(br#","description":"#).string(&author.description);
        self.literal(br#","follow":"#).boolean(author.follow);
        self.literal(br#","follower_count":"#).integer(author.follower_count);
        self.literal(br#","home_page":"#).address(author.home_page.as_deref().unwrap_or(&home));
        self.literal(br#","name":"#).string(&author.name);
        self.literal(br#","user_id":"#).integer(author.user_id);
        self.literal(br#","user_verified":"#).boolean(author.user_verified);
        self.literal(br#","verified_content":"#).string(&author.verified_content).literal(b"}")
    }

    fn video_detail(&mut self, detail: &VideoDetail) -> &mut Self {
        self.literal(br#"{"video_duration":"#);
        push_value(&mut self.pending, &detail.video_duration);
        self.literal(br#","video_list":"#).list(&detail.video_list, |builder, video| {
            builder.literal(br#"{"url":"#).address(&video.url).size(video.height, video.width);
            builder.literal(br#","definition":"#).string(&video.definition).literal(b"}");
        });
        self.literal(b"}")
    }
}
