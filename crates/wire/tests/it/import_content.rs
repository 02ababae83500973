//! Content lines: every rule of the import form.

use proptest::prelude::*;
use serde_json::{Value, json};
use wire::content::{GroupType, Item};
use wire::import::{ContentLine, LineError, content_line};
use wire::template::{self, AnswerContext, Counters};

const OWN: &str = "https://search.example.com";

fn read(line: &Value) -> Result<ContentLine, LineError> {
    content_line(&line.to_string(), Some(OWN))
}

/// A whole line with one more key.
fn with(key: &str, value: Value) -> Value {
    let mut line = json!({"group_id": "7", "group_type": "tuwen", "title": "标题"});
    line[key] = value;
    line
}

fn accepted(key: &str, value: Value) -> ContentLine {
    read(&with(key, value)).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "the calls read better with plain json!(…)")]
fn refused(key: &str, value: Value, named: &str) -> LineError {
    let error = read(&with(key, value.clone())).expect_err(&format!("{key} {value}"));
    assert_eq!(error.key, named, "{error}");
    error
}

fn item(line: &ContentLine) -> Item {
    let author = r#"{"name":"默认"}"#;
    let context = AnswerContext { base: OWN, default_author: author, related_score: None };
    template::item(&line.answer, &Counters::default(), 5, &context).unwrap()
}

#[test]
fn the_smallest_line_has_defaults() {
    let line = read(&json!({"group_id": 1, "group_type": "short_video", "title": " t "})).unwrap();
    assert_eq!(
        (line.group_id, line.derived_id, line.kind, line.online),
        (1, false, GroupType::ShortVideo, true)
    );
    assert_eq!((line.title.as_str(), line.author.as_str(), line.user_id), ("t", "", None));
    assert_eq!((line.publish_time, line.digg_count, line.watch_count), (None, None, None));
    let item = item(&line);
    assert_eq!(item.article_url, "https://search.example.com/content/1");
    assert_eq!(item.comment_url, "https://search.example.com/content/1#comments");
    assert_eq!(item.cover_images[0].url, "https://search.example.com/cover/1.png");
    assert_eq!((item.cover_images[0].width, item.cover_images[0].height), (720, 1280));
    assert_eq!((item.has_video, item.video_watch_count, item.video_detail), (true, Some(0), None));
    assert_eq!(item.user_info.name, "默认");
}

#[test]
fn group_ids_are_decimal() {
    assert_eq!(accepted("group_id", json!("9223372036854775807")).group_id, i64::MAX);
    assert_eq!(accepted("group_id", json!(i64::MAX)).group_id, i64::MAX);
    for bad in [
        json!(0),
        json!(-1),
        json!(1.0),
        json!(u64::MAX),
        json!(""),
        json!("0"),
        json!("x"),
        json!("+1"),
        json!(" 1"),
        json!("9223372036854775808"),
        json!(null),
        json!([1]),
        json!(true),
    ] {
        refused("group_id", bad, "group_id");
    }
}

#[test]
fn a_line_without_an_id_gets_one_from_its_content() {
    let first =
        content_line(r#"{"title":"t","group_type":"tuwen","user_info":{"name":"n","user_id":1}}"#, None)
            .unwrap();
    let same =
        content_line(r#" {"user_info":{"user_id":1, "name":"n"},"group_type":"tuwen","title":"t"}"#, None)
            .unwrap();
    let other = content_line(r#"{"title":"u","group_type":"tuwen"}"#, None).unwrap();
    assert!(first.derived_id && first.group_id > 0);
    assert_eq!(first.group_id, same.group_id);
    assert_ne!(first.group_id, other.group_id);
}

#[test]
fn the_kind_comes_from_either_key() {
    for (name, kind) in
        [("图文", GroupType::Tuwen), ("短视频", GroupType::XiguaVideo), ("小视频", GroupType::ShortVideo)]
    {
        let line = read(&json!({"group_id": 1, "article_type": name, "title": "t"})).unwrap();
        assert_eq!(line.kind, kind);
        assert_eq!(item(&line).article_type, name);
    }
    assert_eq!(accepted("article_type", json!("新闻")).kind, GroupType::Tuwen);
    let missing = read(&json!({"group_id": 1, "article_type": "新闻", "title": "t"})).unwrap_err();
    assert_eq!(missing.key, "group_type");
    refused("group_type", json!("video"), "group_type");
    refused("group_type", json!(1), "group_type");
    refused("article_type", json!(1), "article_type");
}

#[test]
fn texts_have_limits() {
    assert_eq!(accepted("title", json!("好".repeat(512))).title.chars().count(), 512);
    let error = refused("title", json!("好".repeat(513)), "title");
    assert_eq!(error.to_string(), "title has 513 characters; at most 512 are allowed");
    refused("title", json!(" \u{3000} "), "title");
    refused("title", json!("a\0b"), "title");
    assert_eq!(read(&json!({"group_id": 1, "group_type": "tuwen"})).unwrap_err().key, "title");

    assert_eq!(accepted("content", json!("x".repeat(1 << 20))).content.len(), 1 << 20);
    refused("content", json!("x".repeat((1 << 20) + 1)), "content");
    assert_eq!(accepted("tags", json!(vec!["好".repeat(64); 32])).tags.len(), 32);
    refused("tags", json!(vec!["t"; 33]), "tags");
    refused("tags", json!(["ok", "好".repeat(65)]), "tags[1]");
    refused("tags", json!("one"), "tags");
    refused("tags", json!([1]), "tags[0]");
    refused("abstract", json!(null), "abstract");
}

#[test]
fn status_takes_an_item_down() {
    assert!(accepted("status", json!("online")).online);
    assert!(!accepted("status", json!("offline")).online);
    refused("status", json!("deleted"), "status");
    refused("status", json!(false), "status");
}

#[test]
fn counters_and_times_are_whole() {
    for key in [
        "article_read_count",
        "comment_count",
        "digg_count",
        "share_count",
        "video_watch_count",
        "cover_mode",
    ] {
        accepted(key, json!(0));
        for bad in [json!(-1), json!(1.5), json!("1"), json!(null), json!(u64::MAX)] {
            refused(key, bad, key);
        }
    }
    assert_eq!(accepted("publish_time", json!(1_700_000_000)).publish_time, Some(1_700_000_000));
    refused("publish_time", json!(1_700_000_000_000_i64), "publish_time");
    refused("publish_time", json!("2026-01-01"), "publish_time");
    refused("related_score", json!("high"), "related_score");
    refused("has_video", json!(1), "has_video");
}

#[test]
fn images_have_limits() {
    let image = json!({"url": "https://x/a.png", "height": 2, "width": 3});
    assert_eq!(item(&accepted("cover_images", json!(vec![image.clone(); 9]))).cover_images.len(), 9);
    refused("cover_images", json!(vec![image.clone(); 10]), "cover_images");
    assert_eq!(item(&accepted("content_images", json!(vec![image.clone(); 50]))).content_images.len(), 50);
    refused("content_images", json!(vec![image; 51]), "content_images");
    refused("cover_images", json!(["https://x/a.png"]), "cover_images[0]");
    refused("cover_images", json!([{"height": 1}]), "cover_images[0].url");
    refused("cover_images", json!([{"url": "https://x/", "height": "1"}]), "cover_images[0].height");
    let long = format!("https://x/{}", "a".repeat(2048 - 10));
    accepted("article_url", json!(long));
    refused("article_url", json!(format!("{long}a")), "article_url");
    refused("cover_images", json!([{"url": format!("{long}a")}]), "cover_images[0].url");
}

#[test]
fn authors_have_limits() {
    let author = |key: &str, value: Value| json!({"user_id": 1, "name": "n", key: value});
    for key in ["name", "description", "verified_content"] {
        accepted("user_info", author(key, json!("好".repeat(1024))));
        refused("user_info", author(key, json!("好".repeat(1025))), &format!("user_info.{key}"));
        refused("user_info", author(key, json!(1)), &format!("user_info.{key}"));
    }
    assert_eq!(
        accepted("user_info", author("user_id", json!((1_i64 << 53) - 1))).user_id,
        Some((1 << 53) - 1)
    );
    for bad in [json!(1_i64 << 53), json!(-1), json!("1"), json!(1.0)] {
        refused("user_info", author("user_id", bad), "user_info.user_id");
    }
    refused("user_info", author("follow", json!(0)), "user_info.follow");
    refused("user_info", author("follower_count", json!("many")), "user_info.follower_count");
    refused("user_info", json!("n"), "user_info");
}

#[test]
fn authors_are_completed() {
    let line = accepted("user_info", json!({"user_id": 5, "name": "n", "avatar_url": ""}));
    assert_eq!((line.author.as_str(), line.user_id), ("n", Some(5)));
    let found = item(&line).user_info;
    assert_eq!(found.avatar_url, "https://search.example.com/avatar/5.png");
    assert_eq!(found.home_page, "https://search.example.com/author/5");

    let named = accepted("user_info", json!({"name": "n"}));
    let again = accepted("user_info", json!({"name": "n", "follow": true}));
    assert!(named.user_id.is_some() && named.user_id == again.user_id);
    assert_eq!(accepted("user_info", json!({"description": "d"})).user_id, None);
}

#[test]
fn videos_are_read() {
    let mut line = with(
        "video_detail",
        json!({"video_duration": 12, "video_list": [{"url": "/media/a.mp4", "height": 640}]}),
    );
    line["group_type"] = json!("xigua_video");
    let detail = item(&read(&line).unwrap()).video_detail.unwrap();
    assert_eq!(detail.video_duration, 12.0);
    assert_eq!(detail.video_list[0].url, "https://search.example.com/media/a.mp4");
    assert_eq!((detail.video_list[0].height, detail.video_list[0].width), (640, 0));
    refused("video_detail", json!({"video_duration": "12"}), "video_detail.video_duration");
    refused("video_detail", json!({"video_duration": -1}), "video_detail.video_duration");
    refused(
        "video_detail",
        json!({"video_list": [{"definition": 720}]}),
        "video_detail.video_list[0].definition",
    );
    refused("video_detail", json!(null), "video_detail");
    // An article has no video of its own, unless it says so.
    assert_eq!(item(&accepted("video_detail", json!({"video_duration": 1.5}))).video_detail, None);
}

#[test]
fn unknown_keys_are_named_once() {
    let line = json!({
        "group_id": 1, "group_type": "tuwen", "title": "t", "later": null, "user_info": {"user_id": 1, "level": 3},
        "cover_images": [{"url": "https://x/1", "format": "png"}, {"url": "https://x/2", "format": "png"}],
    });
    assert_eq!(read(&line).unwrap().unknown_keys, ["cover_images.format", "later", "user_info.level"]);
}

#[test]
fn own_addresses_do_not_come_back() {
    let line = json!({
        "group_id": 1, "group_type": "short_video", "title": "t",
        "article_url": "https://search.example.com/content/1", "share_url": "https://elsewhere.example/1",
        "cover_images": [{"url": "https://search.example.com/cover/1.png", "height": 1, "width": 1}],
        "user_info": {"user_id": 1, "avatar_url": "https://search.example.com/avatar/1.png"},
        "video_detail": {"video_duration": 1.0, "video_list": [{"url": "https://search.example.com/media/v.mp4"}]},
    });
    let found = content_line(&line.to_string(), Some(OWN)).unwrap();
    let author = "{}";
    let moved = AnswerContext { base: "http://moved", default_author: author, related_score: None };
    let item = template::item(&found.answer, &Counters::default(), 0, &moved).unwrap();
    assert_eq!(item.article_url, "http://moved/content/1");
    assert_eq!(item.share_url, "https://elsewhere.example/1");
    assert_eq!((item.cover_images.len(), item.cover_images[0].url.as_str()), (1, "http://moved/cover/1.png"));
    assert_eq!(item.cover_images[0].height, 1280);
    assert_eq!(item.user_info.avatar_url, "http://moved/avatar/1.png");
    assert_eq!(item.video_detail.unwrap().video_list[0].url, "http://moved/media/v.mp4");
}

#[test]
fn lines_that_are_no_items_are_refused() {
    let long = format!(r#"{{"title":"{}"}}"#, "a".repeat(4 << 20));
    let deep = "[".repeat(100_000);
    for line in ["", "  ", "[]", "null", "{", r#"{"title":"\ud800"}"#, "{} {}", &long, &deep] {
        assert_eq!(content_line(line, None).unwrap_err().key, "line");
    }
    let marked = "\u{feff}{\"group_id\":1,\"group_type\":\"tuwen\",\"title\":\"t\"}\r\n";
    assert!(content_line(marked, None).is_ok());
}

#[test]
fn an_own_answer_is_imported_again_as_it_was() {
    let first = read(&json!({
        "group_id": 3, "group_type": "xigua_video", "title": "看\"水\"", "abstract": "一\n二",
        "video_detail": {"video_duration": 61.25, "video_list": [{"url": "/media/a.mp4", "height": 1, "width": 2, "definition": "720p"}]},
        "user_info": {"user_id": 9, "name": "水手"},
    }))
    .unwrap();
    let answer = serde_json::to_string(&item(&first)).unwrap();
    let second = content_line(&answer, Some(OWN)).unwrap();
    assert_eq!(second.answer, first.answer.clone());
    assert_eq!((second.group_id, second.kind, second.user_id), (3, GroupType::XiguaVideo, Some(9)));
}

/// Known keys with values of any type.
fn wild_object() -> impl Strategy<Value = Value> {
    let keys = [
        "group_id",
        "group_type",
        "article_type",
        "title",
        "content",
        "tags",
        "status",
        "abstract",
        "cover_images",
        "content_images",
        "user_info",
        "video_detail",
        "video_list",
        "url",
        "name",
        "user_id",
        "publish_time",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("tuwen")),
    ];
    let tree = leaf.prop_recursive(3, 24, 4, move |inner| {
        let key = prop::sample::select(keys.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map(prop::sample::select(keys.to_vec()), tree, 0..8)
        .prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
}

proptest! {
    #[test]
    fn any_object_is_taken_or_refused(object in wild_object()) {
        if let Ok(line) = read(&object) {
            prop_assert!(line.group_id > 0 && !line.title.is_empty());
            item(&line);
        }
    }

    #[test]
    fn any_text_is_taken_or_refused(text in any::<String>()) {
        prop_assert!(content_line(&text, Some(&text)).is_err());
        prop_assert!(wire::import::query_json(&text).is_err());
        prop_assert!(wire::import::entry_line(&text).is_err());
    }
}
