//! Content lines: the keys of an answer item and four of our own.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

use super::address::address;
use super::values::{
    boolean, check_characters, count, integer, line_object, list, number, object, short_string, string,
    unix_seconds, wrong_type,
};
use super::{
    LineError, MAX_AUTHOR_CHARACTERS, MAX_CONTENT_BYTES, MAX_CONTENT_IMAGES, MAX_COVER_IMAGES,
    MAX_TAG_CHARACTERS, MAX_TAGS, MAX_TITLE_CHARACTERS, MAX_USER_ID,
};
use crate::content::{GroupType, Image, Video, VideoDetail};
use crate::template::{self, Author, Parts};

/// One line of a content import, checked. Absent counters and an absent time keep their values on
/// an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentLine {
    /// The identity.
    pub group_id: i64,
    /// Whether the identity was derived from the line, because the line has none.
    pub derived_id: bool,
    /// The kind of content.
    pub kind: GroupType,
    /// Whether it is to be seen; otherwise it is taken down.
    pub online: bool,
    /// The title, trimmed.
    pub title: String,
    /// The summary.
    pub abstract_text: String,
    /// Searched, not answered.
    pub tags: Vec<String>,
    /// The author's name; empty for the default author.
    pub author: String,
    /// The author's identity; absent for the default author.
    pub user_id: Option<i64>,
    /// The body: searched, not answered.
    pub content: String,
    /// Unix seconds.
    pub publish_time: Option<i64>,
    /// `article_read_count`.
    pub read_count: Option<i64>,
    /// `comment_count`.
    pub comment_count: Option<i64>,
    /// `digg_count`.
    pub digg_count: Option<i64>,
    /// `share_count`.
    pub share_count: Option<i64>,
    /// `video_watch_count`.
    pub watch_count: Option<i64>,
    /// Keys that were left out, each once, with their paths.
    pub unknown_keys: Vec<String>,
    /// The answer, see [`crate::template`].
    pub answer: Vec<u8>,
}

/// Reads one line of a content import.
///
/// `own_base` is the server's public address: addresses under it are left out, because the server
/// makes them itself.
///
/// # Errors
/// When the line is not a JSON object, a required key is missing, or a known key has a wrong type
/// or passes a limit.
pub fn content_line(line: &str, own_base: Option<&str>) -> Result<ContentLine, LineError> {
    let object = line_object(line)?;
    let derived = if object.contains_key("group_id") { None } else { Some(derived_id(&object)) };
    let mut draft = Draft { own_base, ..Draft::default() };
    for (key, value) in object {
        draft.take(key, value)?;
    }
    draft.finish(derived)
}

/// What a line has said so far.
#[derive(Default)]
struct Draft<'a> {
    own_base: Option<&'a str>,
    unknown: BTreeSet<String>,
    group_id: Option<i64>,
    group_type: Option<GroupType>,
    article_type: Option<GroupType>,
    offline: bool,
    title: Option<String>,
    abstract_text: String,
    tags: Vec<String>,
    content: String,
    publish_time: Option<i64>,
    read_count: Option<i64>,
    comment_count: Option<i64>,
    digg_count: Option<i64>,
    share_count: Option<i64>,
    watch_count: Option<i64>,
    article_url: Option<String>,
    comment_url: Option<String>,
    share_url: Option<String>,
    content_images: Vec<Image>,
    cover_images: Vec<Image>,
    cover_mode: Option<i64>,
    has_video: Option<bool>,
    author: Option<Author>,
    video_detail: Option<VideoDetail>,
}

impl Draft<'_> {
    fn take(&mut self, key: String, value: Value) -> Result<(), LineError> {
        match key.as_str() {
            "group_id" => self.group_id = Some(group_id(&value)?),
            "group_type" => self.group_type = Some(group_type(value)?),
            "article_type" => self.article_type = GroupType::from_article_type(&string(&key, value)?),
            "status" => self.offline = offline(value)?,
            "title" => self.title = Some(title(value)?),
            "abstract" => self.abstract_text = string(&key, value)?,
            "tags" => self.tags = tags(value)?,
            "content" => self.content = body(value)?,
            "publish_time" => self.publish_time = Some(unix_seconds(&key, &value)?),
            "article_read_count" => self.read_count = Some(count(&key, &value)?),
            "comment_count" => self.comment_count = Some(count(&key, &value)?),
            "digg_count" => self.digg_count = Some(count(&key, &value)?),
            "share_count" => self.share_count = Some(count(&key, &value)?),
            "video_watch_count" => self.watch_count = Some(count(&key, &value)?),
            "article_url" => self.article_url = address(&key, value, self.own_base)?,
            "comment_url" => self.comment_url = address(&key, value, self.own_base)?,
            "share_url" => self.share_url = address(&key, value, self.own_base)?,
            "content_images" => self.content_images = self.images(&key, value, MAX_CONTENT_IMAGES)?,
            "cover_images" => self.cover_images = self.images(&key, value, MAX_COVER_IMAGES)?,
            "cover_mode" => self.cover_mode = Some(count(&key, &value)?),
            "has_video" => self.has_video = Some(boolean(&key, &value)?),
            "user_info" => self.author = self.author(value)?,
            "video_detail" => self.video_detail = Some(self.video_detail(value)?),
            // A score belongs to the answer that the item came in, not to the item.
            "related_score" => drop(number(&key, &value)?),
            _ => drop(self.unknown.insert(key)),
        }
        Ok(())
    }

    fn finish(self, derived: Option<i64>) -> Result<ContentLine, LineError> {
        let Some(group_id) = self.group_id.or(derived) else {
            return Err(LineError::new("group_id", "is missing"));
        };
        let kind = self.group_type.or(self.article_type).ok_or_else(|| {
            LineError::new("group_type", "is required (tuwen, xigua_video or short_video) unless article_type is 图文, 短视频 or 小视频")
        })?;
        let title = self.title.ok_or_else(|| LineError::new("title", "is required"))?;
        let author = self.author.as_ref();
        let author_name = author.map(|author| author.name.clone()).unwrap_or_default();
        let user_id = author.map(|author| author.user_id);
        let parts = Parts {
            group_id,
            kind,
            title,
            abstract_text: self.abstract_text,
            article_url: self.article_url,
            comment_url: self.comment_url,
            share_url: self.share_url,
            content_images: self.content_images,
            cover_images: self.cover_images,
            cover_mode: self.cover_mode,
            has_video: self.has_video.unwrap_or(kind.is_video()),
            author: self.author,
            video_detail: self.video_detail,
        };
        Ok(ContentLine {
            group_id,
            derived_id: derived.is_some(),
            kind,
            online: !self.offline,
            answer: template::encode(&parts),
            title: parts.title,
            abstract_text: parts.abstract_text,
            tags: self.tags,
            author: author_name,
            user_id,
            content: self.content,
            publish_time: self.publish_time,
            read_count: self.read_count,
            comment_count: self.comment_count,
            digg_count: self.digg_count,
            share_count: self.share_count,
            watch_count: self.watch_count,
            unknown_keys: self.unknown.into_iter().collect(),
        })
    }

    /// Reads pictures; those that this server drew are left out with their addresses.
    fn images(&mut self, key: &str, value: Value, limit: usize) -> Result<Vec<Image>, LineError> {
        let mut images = Vec::new();
        for (index, entry) in list(key, value, limit)?.into_iter().enumerate() {
            images.extend(self.image(key, entry).map_err(|error| error.inside_entry(key, index))?);
        }
        Ok(images)
    }

    fn image(&mut self, list_key: &str, entry: Value) -> Result<Option<Image>, LineError> {
        let (mut url, mut image) = (None, Image::default());
        for (key, value) in object("", entry)? {
            match key.as_str() {
                "url" => url = Some(address(&key, value, self.own_base)?),
                "height" => image.height = count(&key, &value)?,
                "width" => image.width = count(&key, &value)?,
                _ => self.leave_out(list_key, &key),
            }
        }
        let url = url.ok_or_else(|| LineError::new("url", "is required"))?;
        Ok(url.map(|kept| Image { url: kept, ..image }))
    }

    /// Reads the author. One without a number and without a name is the default author.
    fn author(&mut self, value: Value) -> Result<Option<Author>, LineError> {
        let mut author = Author::default();
        let mut user_id = None;
        for (key, value) in object("user_info", value)? {
            self.author_field(&mut author, &mut user_id, &key, value)
                .map_err(|error| error.inside("user_info"))?;
        }
        if user_id.is_none() && author.name.trim().is_empty() {
            return Ok(None);
        }
        // A number of its own for every name, so that each author has a page.
        author.user_id = user_id.unwrap_or_else(|| hash(author.name.as_bytes()) & MAX_USER_ID);
        Ok(Some(author))
    }

    fn author_field(
        &mut self,
        author: &mut Author,
        user_id: &mut Option<i64>,
        key: &str,
        value: Value,
    ) -> Result<(), LineError> {
        match key {
            "avatar_url" => author.avatar_url = address(key, value, self.own_base)?,
            "description" => author.description = short_string(key, value, MAX_AUTHOR_CHARACTERS)?,
            "follow" => author.follow = boolean(key, &value)?,
            "follower_count" => author.follower_count = count(key, &value)?,
            "home_page" => author.home_page = address(key, value, self.own_base)?,
            "name" => author.name = short_string(key, value, MAX_AUTHOR_CHARACTERS)?,
            "user_id" => *user_id = Some(integer(key, &value, 0, MAX_USER_ID)?),
            "user_verified" => author.user_verified = boolean(key, &value)?,
            "verified_content" => author.verified_content = short_string(key, value, MAX_AUTHOR_CHARACTERS)?,
            _ => self.leave_out("user_info", key),
        }
        Ok(())
    }

    fn video_detail(&mut self, value: Value) -> Result<VideoDetail, LineError> {
        let mut detail = VideoDetail::default();
        for (key, value) in object("video_detail", value)? {
            let read = match key.as_str() {
                "video_duration" => duration(&key, &value).map(|seconds| detail.video_duration = seconds),
                "video_list" => self.videos(value).map(|videos| detail.video_list = videos),
                _ => {
                    self.leave_out("video_detail", &key);
                    Ok(())
                }
            };
            read.map_err(|error| error.inside("video_detail"))?;
        }
        Ok(detail)
    }

    fn videos(&mut self, value: Value) -> Result<Vec<Video>, LineError> {
        let mut videos = Vec::new();
        for (index, entry) in list("video_list", value, usize::MAX)?.into_iter().enumerate() {
            videos.extend(self.video(entry).map_err(|error| error.inside_entry("video_list", index))?);
        }
        Ok(videos)
    }

    fn video(&mut self, entry: Value) -> Result<Option<Video>, LineError> {
        let (mut url, mut video) = (None, Video::default());
        for (key, value) in object("", entry)? {
            match key.as_str() {
                "url" => url = Some(address(&key, value, self.own_base)?),
                "height" => video.height = count(&key, &value)?,
                "width" => video.width = count(&key, &value)?,
                "definition" => video.definition = string(&key, value)?,
                _ => self.leave_out("video_detail.video_list", &key),
            }
        }
        let url = url.ok_or_else(|| LineError::new("url", "is required"))?;
        Ok(url.map(|kept| Video { url: kept, ..video }))
    }

    fn leave_out(&mut self, outer: &str, key: &str) {
        self.unknown.insert(format!("{outer}.{key}"));
    }
}

pub(super) fn group_id(value: &Value) -> Result<i64, LineError> {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        Value::String(_) => None,
        other => return Err(wrong_type("group_id", "a decimal string or a whole number", other)),
    };
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| LineError::new("group_id", "must be a decimal number from 1 to 9223372036854775807"))
}

fn group_type(value: Value) -> Result<GroupType, LineError> {
    GroupType::from_name(&string("group_type", value)?)
        .ok_or_else(|| LineError::new("group_type", "must be tuwen, xigua_video or short_video"))
}

fn offline(value: Value) -> Result<bool, LineError> {
    match string("status", value)?.as_str() {
        "online" => Ok(false),
        "offline" => Ok(true),
        _ => Err(LineError::new("status", "must be online or offline")),
    }
}

fn title(value: Value) -> Result<String, LineError> {
    let text = string("title", value)?;
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(LineError::new("title", "must not be empty; give 1 to 512 characters"));
    }
    check_characters("title", trimmed, MAX_TITLE_CHARACTERS)?;
    Ok(if trimmed.len() == text.len() { text } else { trimmed.to_owned() })
}

fn tags(value: Value) -> Result<Vec<String>, LineError> {
    let tags = list("tags", value, MAX_TAGS)?.into_iter().enumerate();
    tags.map(|(index, tag)| {
        short_string("", tag, MAX_TAG_CHARACTERS).map_err(|error| error.inside_entry("tags", index))
    })
    .collect()
}

fn body(value: Value) -> Result<String, LineError> {
    let text = string("content", value)?;
    if text.len() > MAX_CONTENT_BYTES {
        let length = text.len();
        return Err(LineError::new(
            "content",
            format!("has {length} bytes; at most {MAX_CONTENT_BYTES} (1 MiB) are allowed"),
        ));
    }
    Ok(text)
}

fn duration(key: &str, value: &Value) -> Result<f64, LineError> {
    let seconds = number(key, value)?;
    if seconds < 0.0 {
        return Err(LineError::new(key, "must not be negative"));
    }
    Ok(seconds)
}

/// The identity of a line without one: the same content is the same item again, whatever the order
/// of its keys and the white space between them.
fn derived_id(object: &Map<String, Value>) -> i64 {
    let mut canonical = String::new();
    push_object(&mut canonical, object);
    hash(canonical.as_bytes()).max(1)
}

/// 63 bits of a hash.
fn hash(bytes: &[u8]) -> i64 {
    let mut head = [0; 8];
    head.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    i64::from_be_bytes(head) & i64::MAX
}

fn push_canonical(out: &mut String, value: &Value) {
    match value {
        Value::Object(object) => push_object(out, object),
        Value::Array(values) => {
            out.push('[');
            for (index, entry) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_canonical(out, entry);
            }
            out.push(']');
        }
        plain => push_plain(out, plain),
    }
}

fn push_object(out: &mut String, object: &Map<String, Value>) {
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_plain(out, &Value::String(key.clone()));
        out.push(':');
        push_canonical(out, value);
    }
    out.push('}');
}

fn push_plain(out: &mut String, value: &Value) {
    let written = write!(out, "{value}");
    debug_assert!(written.is_ok(), "a string takes any text");
}
