//! A server over content of the tests' own, which the tests of content search share.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::{Application, Directory, Server, article, horizontal_video, joined, vertical_video};

/// What the paging tests search for; as many items as [`WHALES`] have it.
pub(crate) const WHALE: &str = "蓝鲸";
pub(crate) const WHALES: usize = 35;
/// More items than a list holds have this word.
pub(crate) const REDWOOD: &str = "红杉";
const REDWOODS: i64 = 1_050;

/// A server over content of the tests' own, for tests that only read.
pub(crate) struct Library {
    pub(crate) server: Server,
    pub(crate) application: Application,
    pub(crate) access_token: String,
    pub(crate) other_application: Application,
    pub(crate) disabled_application: Application,
}

impl Library {
    #[track_caller]
    pub(crate) fn search(&self, parameters: &[(&str, &str)]) -> Value {
        let answer = self.application.search(&self.server, &self.access_token, parameters);
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        let body = answer.json();
        assert_eq!((answer.status, &body["ret"]), (200, &json!(0)), "{body}");
        body
    }
}

/// The shared server.
pub(crate) fn library() -> &'static Library {
    static SHARED: OnceLock<(Directory, Library)> = OnceLock::new();
    let (_, library) = SHARED.get_or_init(|| {
        let directory = Directory::of_the_whole_run();
        let redwoods = (0..REDWOODS).map(|n| article(100_000 + n, &format!("红杉记录第{n}篇")));
        let lines = joined(whales().chain(redwoods).chain(shapes()));
        let summary = directory.import(&lines);
        assert_eq!(summary["rejected"], 0, "{summary}");
        let application = directory.application("library");
        let other_application = directory.application("other");
        let disabled_application = directory.application("disabled");
        directory.run(&["app", "disable", "--partner", "disabled"]).succeeded();
        let server = directory.serve();
        let access_token = application.register(&server, "reader");
        (directory, Library { server, application, access_token, other_application, disabled_application })
    });
    library
}

/// Items of all three types, in turn.
pub(crate) fn whales() -> impl Iterator<Item = Value> {
    (0..WHALES as i64).map(|n| {
        let make = [article, horizontal_video, vertical_video][n as usize % 3];
        make(1_000 + n, &format!("蓝鲸观察第{n}期"))
    })
}

/// One item of every shape.
pub(crate) fn shapes() -> [Value; 4] {
    let mut full = article(501, "砚台收藏");
    for (key, value) in [
        ("abstract", json!("端砚与歙砚")),
        ("content", json!("正文里才有的词：松烟墨")),
        ("tags", json!(["文房"])),
        ("publish_time", json!(1_700_000_000)),
        ("article_read_count", json!(7)),
        ("comment_count", json!(8)),
        ("digg_count", json!(9)),
        ("share_count", json!(10)),
        ("cover_mode", json!(2)),
        ("content_images", json!([{ "url": "https://p.example/1.png", "height": 3, "width": 4 }])),
        ("cover_images", json!([{ "url": "https://p.example/c.png", "height": 5, "width": 6 }])),
        ("article_url", json!("https://a.example/501")),
        ("comment_url", json!("https://a.example/501/c")),
        ("share_url", json!("https://a.example/501/s")),
        (
            "user_info",
            json!({
                "avatar_url": "https://p.example/u.png", "description": "藏家", "follow": true, "follower_count": 11,
                "home_page": "https://a.example/u", "name": "墨客", "user_id": 12, "user_verified": true,
                "verified_content": "鉴定师",
            }),
        ),
    ] {
        full[key] = value;
    }
    let mut horizontal = horizontal_video(503, "砚台制作");
    let mut vertical = vertical_video(504, "砚台清洗");
    for (line, watched) in [(&mut horizontal, 13), (&mut vertical, 14)] {
        line["publish_time"] = json!(1_700_000_000);
        line["video_watch_count"] = json!(watched);
    }
    let mut bare = article(502, "砚台入门");
    bare["publish_time"] = json!(1_700_000_000);
    [full, bare, horizontal, vertical]
}

pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

pub(crate) fn ids(answer: &Value) -> Vec<&str> {
    answer["data"].as_array().unwrap().iter().map(|item| item["group_id"].as_str().unwrap()).collect()
}

/// 14 digits of Beijing time and 20 upper-case hexadecimal digits.
pub(crate) fn is_req_id(id: &Value) -> bool {
    id.as_str().is_some_and(|id| {
        let is_upper_hex = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
        id.len() == 34
            && id[..14].bytes().all(|byte| byte.is_ascii_digit())
            && id[14..].bytes().all(is_upper_hex)
    })
}
