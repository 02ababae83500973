//! Suggestions that are kept for a while: nobody gets what was made for somebody else, or what no longer holds.

use serde_json::{Value, json};

use crate::rules::texts;
use crate::support::{Directory, Server, joined, shown, target};

const PATH: &str = "/api/xiaohongshu/search-recommend/v1";

fn directory() -> Directory {
    let directory = Directory::new();
    let goods = json!({
        "text": "竹笋礼盒", "weight": 9, "search_type": "goods", "type": "top_goods", "link": "/content/1",
        "icon": "https://pictures.example/day.png", "icon_night": "/media/night.png",
    });
    let lines = joined([goods, json!({ "text": "竹笋做法", "weight": 5 })]);
    let file = shown(&directory.write("entries.ndjson", lines));
    directory.run(&["import", "--kind", "entries", &file]).succeeded();
    directory
}

/// A figure of `/metrics`; 0 where it has never counted.
#[track_caller]
fn figure(server: &Server, name: &str) -> u64 {
    let text = server.get("/metrics").text();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

#[track_caller]
fn ask(server: &Server, token: &str, host: &str) -> Value {
    let target = target(PATH, &[("token", token), ("keyword", "竹笋")]);
    server.http().send("GET", &target, &[("Host", host)], b"").json()
}

#[test]
fn no_address_of_another_caller_is_answered() {
    let directory = directory();
    let token = directory.token("t");
    let server = directory.serve();
    let mut identifiers = std::collections::HashSet::new();
    // Often enough that most of it comes from the cache, however slow the machine is.
    for round in 0..40 {
        let host = if round % 2 == 0 { "one.example" } else { "two.example:8080" };
        let body = ask(&server, &token, host);
        let items = &body["data"]["items"];
        let flags = [true, true, false, false];
        let expected = json!([
            {
                "text": "竹笋礼盒", "type": "top_goods", "search_type": "goods", "highlight_flags": flags,
                "is_intervened": false, "link": format!("http://{host}/content/1"),
                "icon": "https://pictures.example/day.png",
                "icon_night": format!("http://{host}/media/night.png"),
            },
            {
                "text": "竹笋做法", "type": "top_note", "search_type": "notes", "highlight_flags": flags,
                "is_intervened": false, "link": "", "icon": format!("http://{host}/icon/suggest.png"),
                "icon_night": format!("http://{host}/icon/suggest-night.png"),
            },
        ]);
        assert_eq!(*items, expected, "round {round}");
        for id in [&body["requestId"], &body["data"]["search_cpl_id"], &body["data"]["word_request_id"]] {
            assert!(identifiers.insert(id.as_str().unwrap().to_owned()), "{id} was given before");
        }
    }
    let (hits, misses) = (
        figure(&server, "qiusuo_suggest_cache_hits_total"),
        figure(&server, "qiusuo_suggest_cache_misses_total"),
    );
    assert!(hits > 0 && misses > 0 && hits + misses == 40, "{hits} hits, {misses} misses");
}

#[test]
fn what_changes_is_seen_at_once_though_it_is_kept() {
    let directory = directory();
    let token = directory.token("t");
    let server = directory.serve();
    let texts = || texts(&server, &token, "竹笋");
    for _ in 0..3 {
        assert_eq!(texts(), ["竹笋礼盒", "竹笋做法"]);
    }
    directory.run(&["rules", "ban", "礼盒"]).succeeded();
    assert_eq!(texts(), ["竹笋做法"]);
    let file = shown(&directory.write("more.ndjson", joined([json!({ "text": "竹笋汤", "weight": 90 })])));
    directory.run(&["import", "--kind", "entries", &file]).succeeded();
    assert_eq!(texts(), ["竹笋汤", "竹笋做法"]);
    directory.run(&["rules", "pin", "竹笋", "竹笋节", "--position", "1"]).succeeded();
    assert_eq!(texts(), ["竹笋节", "竹笋汤", "竹笋做法"]);
}

#[test]
fn nothing_is_kept_where_that_is_switched_off() {
    let directory = directory();
    let token = directory.token("t");
    directory.configure("[suggest]\ncache_bytes = 0\n");
    let server = directory.serve();
    for _ in 0..3 {
        assert_eq!(texts(&server, &token, "竹笋"), ["竹笋礼盒", "竹笋做法"]);
    }
    assert_eq!(figure(&server, "qiusuo_suggest_cache_hits_total"), 0);
    assert_eq!(figure(&server, "qiusuo_suggest_cache_misses_total"), 0);
}
