//! Content lines: what enters, what is refused, what an update keeps.

use serde_json::{Value, json};

use super::{check_figures, found, found_one, import, rejected_keys, rejects};
use crate::stored::Stored;
use crate::support::{Directory, article, joined, now, shown};

#[test]
fn a_bad_line_is_told_and_the_rest_is_in() {
    let directory = Directory::new();
    let mut untitled = article(4, "x");
    untitled.as_object_mut().unwrap().remove("title");
    let lines = [
        article(1, "竹笋焖肉").to_string(),
        "{\"group_id\": \"2\"".to_owned(),
        article(3, "竹笋炒蛋").to_string(),
        untitled.to_string(),
        "[1, 2]".to_owned(),
        json!({ "group_id": 6, "title": "竹笋汤" }).to_string(),
        article(7, "竹笋汤").to_string(),
    ]
    .join("\n");

    let told = directory.file("some/where/told.ndjson");
    let ran = import(&directory, &["--rejects", &shown(&told)], &lines).exited(3);
    let summary = ran.json();
    check_figures(&summary, 7, 3, 0, 4);
    assert_eq!(summary["rejects"], shown(&told));
    let reasons = rejects(&told);
    let places: Vec<(u64, &str)> = reasons.iter().map(|(line, key, _)| (*line, key.as_str())).collect();
    assert_eq!(places, [(2, "line"), (4, "title"), (5, "line"), (6, "group_type")]);
    assert!(reasons[0].2.contains("not JSON") && reasons[2].2.contains("object"), "{reasons:?}");
    assert_eq!(found(&directory, "竹笋").len(), 3);

    // Without a place of their own the rejects go into the data directory; people are told where.
    let file = shown(&directory.write("again.ndjson", &lines));
    let ran = directory.run(&["import", &file]).exited(3);
    assert_eq!(ran.stdout, "");
    for part in ["7 lines read", "0 new, 3 updated, 4 rejected"] {
        assert!(ran.stderr.contains(part), "{part} in {}", ran.stderr);
    }
    let own = std::fs::read_dir(directory.data().join("rejects")).unwrap().next().unwrap().unwrap().path();
    assert!(ran.stderr.contains(&shown(&own)), "{}", ran.stderr);
    assert_eq!(rejects(&own), reasons);
}

#[test]
fn nothing_is_left_behind_when_all_is_well() {
    let directory = Directory::new();
    let summary = directory.import(&joined([article(1, "竹笋焖肉")]));
    check_figures(&summary, 1, 1, 0, 0);
    assert_eq!(summary["rejects"], Value::Null);
    assert_eq!(summary["unknown_keys"], json!({}));
    assert!(summary["seconds"].as_f64().unwrap() > 0.0);
    assert!(!directory.data().join("rejects").exists());
    assert_eq!(directory.run(&["import", &shown(&directory.write("empty", ""))]).succeeded().stdout, "");
}

#[test]
fn unknown_keys_are_counted_by_name() {
    let directory = Directory::new();
    let mut one = article(1, "竹笋焖肉");
    one["flavour"] = "salty".into();
    one["user_info"] = json!({ "name": "阿明", "level": 3 });
    let mut two = article(2, "竹笋炒蛋");
    two["flavour"] = Value::Null;
    two["Title"] = 1.into();
    let summary = directory.import(&joined([one, two]));
    check_figures(&summary, 2, 2, 0, 0);
    assert_eq!(summary["unknown_keys"], json!({ "Title": 1, "flavour": 2, "user_info.level": 1 }));
    let item = found(&directory, "竹笋").into_iter().find(|item| item["group_id"] == "1").unwrap();
    assert_eq!(item["user_info"]["name"], "阿明");
    assert!(item.get("flavour").is_none() && item["user_info"].get("level").is_none());
}

#[test]
fn a_line_without_an_identity_gets_one_from_what_it_says() {
    let directory = Directory::new();
    let line = r#"{"group_type":"tuwen","title":"竹笋焖肉","tags":["笋"],"user_info":{"name":"阿明","follow":false}}"#;
    let same = r#" { "user_info": {"follow": false, "name": "阿明"}, "title": "竹笋焖肉", "tags": ["笋"], "group_type": "tuwen" } "#;
    let other = line.replace('肉', "鱼");
    let summary = directory.import(&[line, &other, same].join("\n"));
    check_figures(&summary, 3, 2, 1, 0);
    assert_eq!(summary["derived_ids"], 3);
    let summary = directory.import(line);
    check_figures(&summary, 1, 0, 1, 0);
    let found = found(&directory, "竹笋");
    assert_eq!(found.len(), 2);
    for item in found {
        assert!(item["group_id"].as_str().unwrap().parse::<i64>().unwrap() > 0);
    }
    assert_eq!(directory.import(&joined([article(1, "竹笋汤")]))["derived_ids"], 0);
}

#[test]
fn identities_are_numbers_or_strings() {
    let directory = Directory::new();
    let mut number = article(1, "竹笋焖肉");
    number["group_id"] = 7.into();
    let mut largest = article(1, "竹笋焖肉");
    largest["group_id"] = i64::MAX.into();
    let summary =
        directory.import(&joined([number, article(7, "竹笋焖肉"), largest, article(i64::MAX, "竹笋焖肉")]));
    check_figures(&summary, 4, 2, 2, 0);
    let mut ids: Vec<String> =
        found(&directory, "竹笋").iter().map(|item| item["group_id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    assert_eq!(ids, ["7", "9223372036854775807"]);
}

#[test]
fn the_kind_comes_from_either_key() {
    let directory = Directory::new();
    let line = |id: i64, key: &str, value: &str| json!({ "group_id": id, key: value, "title": "竹笋焖肉" });
    let mut both = line(7, "group_type", "tuwen");
    both["article_type"] = "别的".into();
    let lines = [
        line(1, "group_type", "tuwen"),
        line(2, "group_type", "xigua_video"),
        line(3, "group_type", "short_video"),
        line(4, "article_type", "图文"),
        line(5, "article_type", "短视频"),
        line(6, "article_type", "小视频"),
        both,
        line(8, "article_type", "别的"),
        line(9, "group_type", "图文"),
    ];
    let summary = import(&directory, &[], &joined(lines)).exited(3).json();
    check_figures(&summary, 9, 7, 0, 2);
    assert_eq!(rejected_keys(&summary), [(8, "group_type".to_owned()), (9, "group_type".to_owned())]);
    let kinds = ["图文", "短视频", "小视频", "图文", "短视频", "小视频", "图文"];
    let found = found(&directory, "竹笋");
    assert_eq!(found.len(), kinds.len());
    for item in found {
        let id: usize = item["group_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(item["article_type"], kinds[id - 1], "{item}");
        assert_eq!(item["has_video"], kinds[id - 1] != "图文", "{item}");
    }
}

#[test]
fn an_update_keeps_live_figures_and_clears_the_rest() {
    let directory = Directory::new();
    let mut whole = article(1, "竹笋焖肉");
    let figures = json!({
        "article_read_count": 11, "comment_count": 12, "digg_count": 13, "share_count": 14,
        "publish_time": 1_700_000_000,
    });
    whole.as_object_mut().unwrap().extend(figures.as_object().unwrap().clone());
    whole["abstract"] = "春天的味道".into();
    whole["tags"] = ["时令"].into();
    whole["content"] = "砂锅慢炖".into();
    whole["cover_mode"] = 1.into();
    whole["user_info"] = json!({ "name": "阿明", "user_id": 5 });
    whole["cover_images"] = json!([{ "url": "https://pictures.example/1.jpg", "height": 3, "width": 4 }]);
    directory.import(&joined([whole.clone()]));
    for keyword in ["春天的味道", "时令", "砂锅慢炖"] {
        found_one(&directory, keyword);
    }

    let mut update = article(1, "竹笋焖肉");
    update["digg_count"] = 99.into();
    check_figures(&directory.import(&joined([update])), 1, 0, 1, 0);
    let item = found_one(&directory, "竹笋");
    assert_eq!(item["digg_count"], 99);
    for key in ["article_read_count", "comment_count", "share_count", "publish_time"] {
        assert_eq!(item[key], figures[key], "{key}");
    }
    assert_eq!(item["abstract"], "");
    assert_eq!(item["cover_mode"], 3);
    assert_eq!(item["user_info"]["user_id"], 0);
    assert!(item["cover_images"][0]["url"].as_str().unwrap().ends_with("/cover/1.png"));
    for keyword in ["春天的味道", "时令", "砂锅慢炖"] {
        assert!(found(&directory, keyword).is_empty(), "{keyword}");
    }

    // An update may set every one of them, to nothing too.
    whole["digg_count"] = 0.into();
    whole["publish_time"] = 1_600_000_000.into();
    directory.import(&joined([whole]));
    let item = found_one(&directory, "时令");
    assert_eq!((&item["digg_count"], &item["publish_time"]), (&json!(0), &json!(1_600_000_000)));
}

#[test]
fn a_new_item_begins_at_nothing_and_now() {
    let directory = Directory::new();
    let before = now();
    let mut video = article(2, "竹笋炒蛋");
    video["group_type"] = "short_video".into();
    directory.import(&joined([article(1, "竹笋焖肉"), video]));
    for item in found(&directory, "竹笋") {
        let published = item["publish_time"].as_i64().unwrap();
        assert!((before..=now()).contains(&published), "{item}");
        let count = if item["group_id"] == "1" { "article_read_count" } else { "video_watch_count" };
        for key in [count, "comment_count", "digg_count", "share_count"] {
            assert_eq!(item[key], 0, "{key} in {item}");
        }
    }
    let stored = Stored::open(&directory.data());
    let published = stored.item(1).publish_time;
    stored.close();
    directory.import(&joined([article(1, "竹笋焖肉")]));
    let stored = Stored::open(&directory.data());
    assert_eq!(stored.item(1).publish_time, published);
    stored.close();
}

#[test]
fn offline_takes_an_item_out_and_online_brings_it_back() {
    let directory = Directory::new();
    let with = |status: Option<&str>| {
        let mut line = article(1, "竹笋焖肉");
        status.into_iter().for_each(|status| line["status"] = status.into());
        joined([line, article(2, "竹笋炒蛋")])
    };
    let shown = |status: Option<&str>| {
        directory.import(&with(status));
        found(&directory, "竹笋").len()
    };
    assert_eq!(shown(None), 2);
    assert_eq!(shown(Some("offline")), 1);
    assert_eq!(shown(Some("offline")), 1);
    assert_eq!(shown(Some("online")), 2);
    assert_eq!(shown(Some("offline")), 1);
    assert_eq!(shown(None), 2);
    let mut never = article(3, "竹笋汤");
    never["status"] = "offline".into();
    check_figures(&directory.import(&joined([never])), 1, 1, 0, 0);
    assert_eq!(found(&directory, "竹笋").len(), 2);
}

#[test]
fn the_last_line_of_an_identity_counts() {
    let directory = Directory::new();
    let mut first = article(1, "竹笋焖肉");
    first["digg_count"] = 5.into();
    let summary = directory.import(&joined([first, article(2, "竹笋炒蛋"), article(1, "竹笋老鸭汤")]));
    check_figures(&summary, 3, 2, 1, 0);
    let item = found_one(&directory, "老鸭汤");
    assert_eq!((&item["group_id"], &item["digg_count"]), (&json!("1"), &json!(5)));
    assert!(found(&directory, "焖肉").is_empty());
}
