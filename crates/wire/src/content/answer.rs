//! Items and answers as they stand on the wire. The order of the fields is the order of the keys.
//!
//! Reading is tolerant (absent keys take their defaults, unknown keys are ignored), because the
//! client reads answers of other servers; writing always gives the contract's form.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Explanation;
use crate::json::{push_bool, push_string, push_value};

/// One search result.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// A summary; usually empty for vertical videos.
    #[serde(rename = "abstract")]
    pub abstract_text: String,
    /// How often it was read: articles only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_read_count: Option<i64>,
    /// 图文, 短视频 or 小视频.
    pub article_type: String,
    /// The content's page.
    pub article_url: String,
    /// Comments.
    pub comment_count: i64,
    /// The page of its comments.
    pub comment_url: String,
    /// Pictures of an article.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content_images: Vec<Image>,
    /// Covers, at least one.
    pub cover_images: Vec<Image>,
    /// 0 none, 1 one big, 2 three, 3 one small at the right.
    pub cover_mode: i64,
    /// Likes.
    pub digg_count: i64,
    /// A decimal 64-bit number.
    pub group_id: String,
    /// Whether there is a video.
    pub has_video: bool,
    /// Unix seconds.
    pub publish_time: i64,
    /// Relevance from 0 to 1, where a server gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_score: Option<f64>,
    /// Shares.
    pub share_count: i64,
    /// The page to share.
    pub share_url: String,
    /// The title.
    pub title: String,
    /// The author.
    pub user_info: UserInfo,
    /// Views: only with a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_watch_count: Option<i64>,
    /// The video: only with a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_detail: Option<VideoDetail>,
}

/// A picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// Its address.
    pub url: String,
    /// Pixels.
    pub height: i64,
    /// Pixels.
    pub width: i64,
}

/// An author.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserInfo {
    /// The address of the author's picture.
    pub avatar_url: String,
    /// What the author says of himself or herself.
    pub description: String,
    /// Whether the caller's user follows the author.
    pub follow: bool,
    /// How many follow the author.
    pub follower_count: i64,
    /// The author's page.
    pub home_page: String,
    /// The author's name.
    pub name: String,
    /// A number, unlike `group_id`.
    pub user_id: i64,
    /// Whether the author is verified.
    pub user_verified: bool,
    /// As what the author is verified.
    pub verified_content: String,
}

/// A video and its files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VideoDetail {
    /// Seconds. Always written as a fraction: twelve seconds are `12.0`.
    pub video_duration: f64,
    /// The video in its sizes; may be empty.
    pub video_list: Vec<Video>,
}

/// One size of a video.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Video {
    /// Its address.
    pub url: String,
    /// Pixels.
    pub height: i64,
    /// Pixels.
    pub width: i64,
    /// `360p` to `1080p`.
    pub definition: String,
}

/// A successful answer to a search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// 0.
    pub ret: i64,
    /// `success`.
    pub msg: String,
    /// The server's id of the request.
    pub req_id: String,
    /// The id of the search.
    #[serde(default)]
    pub search_id: String,
    /// Whether a further page has anything.
    #[serde(default)]
    pub has_more: bool,
    /// The page.
    #[serde(default)]
    pub data: Vec<Item>,
}

/// A refusal: exactly these three keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    /// Not 0, see [`super::Ret`].
    pub ret: i64,
    /// A plain sentence that names the parameter.
    pub msg: String,
    /// The server's id of the request.
    #[serde(default)]
    pub req_id: String,
}

/// A successful registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterAnswer {
    /// 0.
    pub ret: i64,
    /// `success`.
    pub msg: String,
    /// The same as `msg`.
    #[serde(default)]
    pub message: String,
    /// The token.
    pub data: RegisterData,
    /// The server's id of the request.
    #[serde(default)]
    pub req_id: String,
}

/// The token of a registration. It is a secret, so `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterData {
    /// Opaque, alphanumeric, begins with `A`.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in: i64,
}

impl fmt::Debug for RegisterData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RegisterData").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// A refused registration: an [`ErrorAnswer`] with `message` as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterErrorAnswer {
    /// Not 0, see [`super::Ret`].
    pub ret: i64,
    /// A plain sentence that names the parameter.
    pub msg: String,
    /// The same as `msg`.
    #[serde(default)]
    pub message: String,
    /// The server's id of the request.
    #[serde(default)]
    pub req_id: String,
}

impl RegisterAnswer {
    /// A successful registration with this token.
    pub fn new(access_token: String, req_id: String) -> Self {
        Self {
            ret: 0,
            msg: "success".to_owned(),
            message: "success".to_owned(),
            data: RegisterData { access_token, expires_in: crate::access_token::LIFETIME_SECONDS },
            req_id,
        }
    }
}

/// Appends a successful answer up to the first item; items follow, joined by commas.
pub fn write_answer_start(out: &mut Vec<u8>, req_id: &str, search_id: &str, has_more: bool) {
    out.extend_from_slice(br#"{"ret":0,"msg":"success","req_id":"#);
    push_string(out, req_id);
    out.extend_from_slice(br#","search_id":"#);
    push_string(out, search_id);
    out.extend_from_slice(br#","has_more":"#);
    push_bool(out, has_more);
    out.extend_from_slice(br#","data":["#);
}

/// Appends the end of an answer begun with [`write_answer_start`].
pub fn write_answer_end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"]}");
}

/// Appends the end of an operator's answer, which has a key more.
pub fn write_explained_end(out: &mut Vec<u8>, explanation: &Explanation) {
    out.extend_from_slice(br#"],"explanation":"#);
    push_value(out, explanation);
    out.push(b'}');
}

/// Renders a `user_info` for [`crate::template::AnswerContext::default_author`].
///
/// Empty addresses become those of this server, and addresses that begin with `/` get `base` in
/// front, as in every item.
pub fn render_author(author: &UserInfo, base: &str) -> String {
    let user_id = author.user_id;
    let resolved = |address: &str, own: String| match address {
        "" => format!("{base}{own}"),
        address if address.starts_with('/') => format!("{base}{address}"),
        address => address.to_owned(),
    };
    let rendered = UserInfo {
        avatar_url: resolved(&author.avatar_url, format!("/avatar/{user_id}.png")),
        home_page: resolved(&author.home_page, format!("/author/{user_id}")),
        ..author.clone()
    };
    let mut out = Vec::new();
    push_value(&mut out, &rendered);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_answer_make_the_whole() {
        let item = Item { title: "一".to_owned(), ..Item::default() };
        let answer = SearchAnswer {
            ret: 0,
            msg: "success".to_owned(),
            req_id: "r\"".to_owned(),
            search_id: "s\\".to_owned(),
            has_more: true,
            data: vec![item.clone(), item.clone()],
        };
        let mut out = Vec::new();
        write_answer_start(&mut out, "r\"", "s\\", true);
        out.extend(serde_json::to_vec(&item).unwrap());
        out.push(b',');
        out.extend(serde_json::to_vec(&item).unwrap());
        write_answer_end(&mut out);
        assert_eq!(out, serde_json::to_vec(&answer).unwrap());
    }

    #[test]
    fn errors_and_registrations_have_their_keys() {
        let error = ErrorAnswer { ret: 10001, msg: "m".to_owned(), req_id: "r".to_owned() };
        assert_eq!(serde_json::to_string(&error).unwrap(), r#"{"ret":10001,"msg":"m","req_id":"r"}"#);
        let answer = RegisterAnswer::new("A1".to_owned(), "r".to_owned());
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"ret":0,"msg":"success","message":"success","data":{"access_token":"A1","expires_in":5184000},"req_id":"r"}"#
        );
    }

    #[test]
    fn durations_stay_fractions() {
        for (given, written) in [
            ("126.967", "126.967"),
            ("12", "12.0"),
            ("0.1", "0.1"),
            ("3661.2000000000003", "3661.2000000000003"),
        ] {
            let detail: VideoDetail =
                serde_json::from_str(&format!(r#"{{"video_duration":{given},"video_list":[]}}"#)).unwrap();
            let expected = format!(r#"{{"video_duration":{written},"video_list":[]}}"#);
            assert_eq!(serde_json::to_string(&detail).unwrap(), expected);
        }
    }

    #[test]
    fn a_default_author_has_all_nine_keys() {
        let author = UserInfo { name: "编辑部".to_owned(), user_id: 7, ..UserInfo::default() };
        assert_eq!(
            render_author(&author, "http://h"),
            r#"{"avatar_url":"http://h/avatar/7.png","description":"","follow":false,"follower_count":0,"home_page":"http://h/author/7","name":"编辑部","user_id":7,"user_verified":false,"verified_content":""}"#
        );
        let own =
            UserInfo { avatar_url: "/media/a.png".to_owned(), home_page: "https://x/".to_owned(), ..author };
        let rendered = render_author(&own, "http://h");
        assert!(
            rendered.contains(r#""avatar_url":"http://h/media/a.png""#)
                && rendered.contains(r#""home_page":"https://x/""#)
        );
    }
}
