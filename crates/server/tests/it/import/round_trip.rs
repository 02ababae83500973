//! A server's own answers, imported again.

use serde_json::{Value, json};

use super::{check_figures, found, found_one};
use crate::support::{Directory, article, horizontal_video, joined, vertical_video};

/// A directory whose answers carry this address.
fn directory_at(public_url: &str) -> Directory {
    let directory = Directory::new();
    directory.configure(&format!("[server]\npublic_url = \"{public_url}\"\n"));
    directory
}

/// Items that say everything, something and nothing of what an item may say.
fn items() -> Vec<Value> {
    let mut full = article(1, "竹笋焖肉");
    let said = json!({
        "abstract": "春天的\"味道\"\n第二行", "article_read_count": 1, "comment_count": 2, "digg_count": 3,
        "share_count": 4, "publish_time": 1_700_000_000, "cover_mode": 0,
        "article_url": "https://pages.example/1?a=b&c=d", "comment_url": "https://pages.example/1#c",
        "share_url": "https://pages.example/s/1",
        "content_images": [
            { "url": "https://pictures.example/1.jpg", "height": 10, "width": 20 },
            { "url": "/media/2.jpg", "height": 30, "width": 40 },
        ],
        "cover_images": [{ "url": "/media/cover.jpg", "height": 1, "width": 2 }],
        "user_info": {
            "avatar_url": "/media/avatar.png", "description": "做菜", "follow": true, "follower_count": 12,
            "home_page": "https://pages.example/u", "name": "阿明", "user_id": 9_007_199_254_740_991_i64,
            "user_verified": true, "verified_content": "厨师",
        },
    });
    full.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    let mut horizontal = horizontal_video(2, "竹笋炒蛋");
    horizontal["video_watch_count"] = 77.into();
    horizontal["user_info"] = json!({ "name": "小李" });
    let mut vertical = vertical_video(3, "竹笋汤");
    vertical["user_info"] = json!({ "user_id": 4 });
    let mut silent = vertical_video(4, "竹笋面");
    silent.as_object_mut().unwrap().remove("video_detail");
    let mut video_in_article = article(5, "竹笋包子");
    video_in_article["has_video"] = true.into();
    video_in_article["video_detail"] = json!({ "video_duration": 3, "video_list": [] });
    vec![full, horizontal, vertical, silent, video_in_article, article(6, "竹笋饺子")]
}

#[test]
fn an_answer_imported_again_gives_the_same_answer() {
    let address = "https://search.example.com:8443";
    let first = directory_at(address);
    first.import(&joined(items()));
    let answered = found(&first, "竹笋");
    assert_eq!(answered.len(), 6);
    assert!(joined(answered.clone()).contains(&format!("\"{address}/cover/6.png\"")));

    let second = directory_at(address);
    let summary = second.import(&joined(answered.clone()));
    check_figures(&summary, 6, 6, 0, 0);
    assert_eq!(summary["unknown_keys"], json!({}));
    assert_eq!(summary["derived_ids"], 0);
    assert_eq!(by_identity(found(&second, "竹笋")), by_identity(answered.clone()));

    // Into the same directory it changes nothing either.
    check_figures(&first.import(&joined(answered.clone())), 6, 0, 6, 0);
    assert_eq!(by_identity(found(&first, "竹笋")), by_identity(answered.clone()));

    // A server that moved answers with its new address: nothing of the old one was kept.
    second.configure("[server]\npublic_url = \"http://moved.example\"\n");
    let moved = joined(by_identity(found(&second, "竹笋")));
    assert_eq!(moved, joined(by_identity(answered)).replace(address, "http://moved.example"));
}

fn by_identity(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_key(|item| item["group_id"].as_str().unwrap().to_owned());
    items
}

#[test]
fn own_addresses_are_dropped_and_others_kept() {
    let directory = directory_at("https://search.example.com");
    let own = "https://search.example.com";
    let mut line = article(1, "竹笋焖肉");
    line["article_url"] = format!("{own}/content/999").into();
    line["comment_url"] = "HTTPS://Search.Example.com/anything".into();
    line["share_url"] = "https://search.example.com.other.example/1".into();
    line["cover_images"] = json!([{ "url": format!("{own}/cover/999.png"), "height": 1, "width": 1 }]);
    line["content_images"] = json!([
        { "url": format!("{own}/cover/999.png"), "height": 1, "width": 1 },
        { "url": "http://search.example.com/kept.jpg", "height": 1, "width": 1 },
    ]);
    line["user_info"] =
        json!({ "name": "阿明", "user_id": 5, "avatar_url": own, "home_page": format!("{own}/author/999") });
    directory.import(&joined([line]));
    let item = found_one(&directory, "竹笋");
    assert_eq!(item["article_url"], format!("{own}/content/1"));
    assert_eq!(item["comment_url"], format!("{own}/content/1#comments"));
    assert_eq!(item["share_url"], "https://search.example.com.other.example/1");
    assert_eq!(
        item["cover_images"],
        json!([{ "url": format!("{own}/cover/1.png"), "height": 480, "width": 720 }])
    );
    assert_eq!(item["content_images"].as_array().unwrap().len(), 1);
    assert_eq!(item["content_images"][0]["url"], "http://search.example.com/kept.jpg");
    assert_eq!(item["user_info"]["avatar_url"], format!("{own}/avatar/5.png"));
    assert_eq!(item["user_info"]["home_page"], format!("{own}/author/5"));
}
