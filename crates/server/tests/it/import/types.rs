//! A wrong type in any known key rejects the line and names the key.

use serde_json::{Value, json};

use super::{check_figures, found, import, rejects};
use crate::support::{Directory, article};

/// Imports an article for each key and value; every line must be refused under the expected key.
fn check_refused(cases: &[(&str, Value, &str)]) {
    let directory = Directory::new();
    let mut lines = String::new();
    for (number, (key, value, _)) in cases.iter().enumerate() {
        let mut line = article(number as i64 + 1, "竹笋焖肉");
        line[*key] = value.clone();
        lines.push_str(&format!("{line}\n"));
    }
    lines.push_str(&article(1_000, "竹笋焖肉").to_string());
    let told = directory.file("told");
    let summary = import(&directory, &["--rejects", told.to_str().unwrap()], &lines).exited(3).json();
    let rejects = rejects(&told);
    let mut expected = cases.iter().enumerate();
    for (line, key, reason) in &rejects {
        let (number, (_, value, expected)) = expected.next().unwrap();
        assert_eq!((*line, key.as_str()), (number as u64 + 1, *expected), "{value}: {reason}");
    }
    check_figures(&summary, cases.len() as u64 + 1, 1, 0, cases.len() as u64);
    assert_eq!(found(&directory, "竹笋").len(), 1);
}

#[test]
fn of_an_item() {
    let mut cases = vec![
        ("title", json!(5), "title"),
        ("title", json!(null), "title"),
        ("title", json!(" \u{3000} "), "title"),
        ("abstract", json!(["a"]), "abstract"),
        ("content", json!({}), "content"),
        ("tags", json!("笋"), "tags"),
        ("tags", json!(["笋", 1]), "tags[1]"),
        ("status", json!(true), "status"),
        ("status", json!("gone"), "status"),
        ("group_type", json!(1), "group_type"),
        ("group_type", json!("video"), "group_type"),
        ("article_type", json!(2), "article_type"),
        ("has_video", json!(1), "has_video"),
        ("cover_mode", json!("1"), "cover_mode"),
        ("cover_mode", json!(1.5), "cover_mode"),
        ("related_score", json!("high"), "related_score"),
        ("publish_time", json!("1700000000"), "publish_time"),
        ("publish_time", json!(1.5), "publish_time"),
        ("publish_time", json!(1_700_000_000_000_i64), "publish_time"),
        ("title", json!("竹\u{0}笋"), "title"),
    ];
    for wrong in
        [json!(0), json!(-1), json!(1.5), json!("12a"), json!(""), json!("-1"), json!("+1"), json!(" 1")]
    {
        cases.push(("group_id", wrong, "group_id"));
    }
    for wrong in [json!(true), json!(null), json!([1]), json!(1_u64 << 63), json!("9223372036854775808")] {
        cases.push(("group_id", wrong, "group_id"));
    }
    for key in ["article_read_count", "comment_count", "digg_count", "share_count", "video_watch_count"] {
        cases.extend([json!("5"), json!(-1), json!(1.5), json!(null)].map(|wrong| (key, wrong, key)));
    }
    for key in ["article_url", "comment_url", "share_url"] {
        cases.extend([json!(1), json!(null), json!({})].map(|wrong| (key, wrong, key)));
    }
    check_refused(&cases);
}

#[test]
fn of_pictures() {
    let mut cases = Vec::new();
    let of =
        |key: &'static str, of_list: &'static str, of_entry: &'static str, of_url: &'static str, of_size| {
            [
                (key, json!({}), of_list),
                (key, json!("https://pictures.example/1.jpg"), of_list),
                (key, json!([1]), of_entry),
                (key, json!([{ "height": 1, "width": 1 }]), of_url),
                (key, json!([{ "url": 1 }]), of_url),
                (key, json!([{ "url": "https://pictures.example/1.jpg", "height": "1" }]), of_size),
            ]
        };
    cases.extend(of(
        "cover_images",
        "cover_images",
        "cover_images[0]",
        "cover_images[0].url",
        "cover_images[0].height",
    ));
    cases.extend(of(
        "content_images",
        "content_images",
        "content_images[0]",
        "content_images[0].url",
        "content_images[0].height",
    ));
    let video = |list: Value| json!({ "video_duration": 1.5, "video_list": list });
    cases.extend([
        ("video_detail", json!([]), "video_detail"),
        ("video_detail", json!({ "video_duration": "12" }), "video_detail.video_duration"),
        ("video_detail", json!({ "video_duration": -1 }), "video_detail.video_duration"),
        ("video_detail", video(json!({})), "video_detail.video_list"),
        ("video_detail", video(json!([7])), "video_detail.video_list[0]"),
        ("video_detail", video(json!([{ "width": 1 }])), "video_detail.video_list[0].url"),
        (
            "video_detail",
            video(json!([{ "url": "https://v.example/1", "definition": 720 }])),
            "video_detail.video_list[0].definition",
        ),
    ]);
    check_refused(&cases);
}

#[test]
fn of_an_author() {
    let mut cases = vec![("user_info", json!("阿明"), "user_info"), ("user_info", json!(null), "user_info")];
    let keys = [
        ("name", "user_info.name"),
        ("description", "user_info.description"),
        ("avatar_url", "user_info.avatar_url"),
        ("home_page", "user_info.home_page"),
        ("verified_content", "user_info.verified_content"),
        ("follow", "user_info.follow"),
        ("user_verified", "user_info.user_verified"),
        ("follower_count", "user_info.follower_count"),
        ("user_id", "user_info.user_id"),
    ];
    for (key, expected) in keys {
        cases.push(("user_info", json!({ key: [] }), expected));
        cases.push(("user_info", json!({ key: null }), expected));
    }
    for wrong in [json!("7"), json!(-1), json!(1_u64 << 53), json!(1.5)] {
        cases.push(("user_info", json!({ "user_id": wrong }), "user_info.user_id"));
    }
    check_refused(&cases);
}
