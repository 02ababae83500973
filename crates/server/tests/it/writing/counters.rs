//! Counters: in answers and in ranking without indexing, through restarts and rebuilds.

use serde_json::json;

use super::{Site, check_problem, teas, words};
use crate::support::{horizontal_video, wait_for};

#[test]
fn counters_are_in_answers_when_the_call_returns() {
    let mut lines: Vec<_> = teas(1..=3).collect();
    lines.push(horizontal_video(4, "武夷山岩茶品鉴第4期"));
    let site = Site::with(lines);
    let set =
        site.editor.call("POST", "/v1/items/2/counters", r#"{"digg_count":41,"article_read_count":900}"#);
    assert_eq!((set.status, set.json()), (200, json!({ "group_id": "2", "result": "updated" })));
    let item = &site.single("2")["data"];
    assert_eq!((&item["digg_count"], &item["article_read_count"]), (&json!(41), &json!(900)));
    let same = site.editor.call("POST", "/v1/items/2/counters", r#"{"digg_count":41}"#);
    assert_eq!(same.json()["result"], "unchanged");

    let (status, results, summary) = site.editor.lines(
        "/v1/counters",
        "{\"group_id\":\"1\",\"share_count\":3}\n{\"group_id\":4,\"video_watch_count\":8}\n\
         {\"group_id\":\"99\",\"digg_count\":1}\n{\"group_id\":\"1\",\"likes\":1}\n",
    );
    assert_eq!((status, words(&results)), (207, vec!["updated", "updated", "not_found", "rejected"]));
    assert_eq!((&results[2]["group_id"], &results[2]["line"]), (&json!("99"), &json!(3)));
    assert!(results[3]["reason"].as_str().unwrap().contains("share_count"), "{}", results[3]);
    assert_eq!(
        (&summary["updated"], &summary["not_found"], &summary["rejected"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(site.single("1")["data"]["share_count"], 3);
    let answer = site.search("岩茶品鉴");
    let item =
        |id: &str| answer["data"].as_array().unwrap().iter().find(|item| item["group_id"] == id).unwrap();
    assert_eq!(item("4")["video_watch_count"], 8);
    assert_eq!(item("2")["digg_count"], 41);
}

#[test]
fn counters_are_in_ranking_without_indexing() {
    let site = Site::with(teas(1..=30));
    for popular in ["17", "5"] {
        let counters = r#"{"digg_count":5000000,"article_read_count":90000000,"share_count":800000}"#;
        let first = site.found("武夷山岩茶品鉴");
        assert_ne!(first[0], popular, "{first:?}");
        assert_eq!(site.editor.call("POST", &format!("/v1/items/{popular}/counters"), counters).status, 200);
        assert_eq!(site.found("武夷山岩茶品鉴")[0], popular);
        let none = r#"{"digg_count":0,"article_read_count":0,"share_count":0}"#;
        assert_eq!(site.editor.call("POST", &format!("/v1/items/{popular}/counters"), none).status, 200);
    }
}

#[test]
fn counters_survive_a_kill_a_restart_and_a_rebuild() {
    let mut site = Site::with(teas(1..=20));
    let body: String =
        (1..=20).map(|id| format!("{{\"group_id\":{id},\"digg_count\":{}}}\n", id * 3)).collect();
    assert_eq!(site.editor.lines("/v1/counters", &body).0, 200);
    let check = |site: &Site| {
        for id in 1..=20 {
            assert_eq!(site.single(&id.to_string())["data"]["digg_count"], id * 3, "{id}");
        }
    };
    check(&site);
    // Killed before anything could be tidied up.
    let Site { directory, server, application, access_token, editor } = site;
    server.kill();
    let server = directory.serve();
    let editor = super::Operator { http: server.http(), ..editor };
    site = Site { directory, server, application, access_token, editor };
    check(&site);
    site = site.restarted();
    check(&site);
    // An item that is indexed again keeps the counters that it was given.
    site.editor.put([crate::support::article(7, "武夷山岩茶新编")]);
    check(&site);
    let Site { directory, server, application, access_token, editor } = site;
    server.stop().succeeded();
    std::fs::remove_dir_all(directory.data().join("index")).unwrap();
    let server = directory.serve();
    let editor = super::Operator { http: server.http(), ..editor };
    check(&Site { directory, server, application, access_token, editor });
}

/// Counters that are set while the same items are put again and again: what was set last counts in the end.
#[test]
fn counters_and_puts_of_the_same_items_at_once() {
    const ROUNDS: i64 = 30;
    let site = Site::with(teas(1..=40));
    let putting = site.editor.clone();
    let puts = std::thread::spawn(move || {
        for round in 0..ROUNDS {
            let lines = (1..=40).map(|id| crate::support::article(id, &format!("岩茶品鉴第{id}期改{round}")));
            let (status, results, _) = putting.lines("/v1/items", &crate::support::joined(lines));
            assert_eq!(status, 200, "{results:?}");
        }
    });
    for round in 0..ROUNDS {
        let line = |id: i64| format!("{{\"group_id\":{id},\"digg_count\":{}}}\n", round * 100 + id);
        let (status, results, _) = site.editor.lines("/v1/counters", &(1..=40).map(line).collect::<String>());
        assert_eq!(status, 200, "{results:?}");
    }
    puts.join().unwrap();
    site.editor.put([crate::support::article(1_000, "最后一条")]);
    for id in 1..=40 {
        let expected = json!((ROUNDS - 1) * 100 + id);
        // A row that was being written may show the number before for as long as the indexer takes.
        wait_for("the counters that were set last", || {
            (site.single(&id.to_string())["data"]["digg_count"] == expected).then_some(())
        });
        let kept = site.editor.call("GET", &format!("/v1/items/{id}"), "").json();
        assert_eq!(kept["digg_count"], expected);
    }
}

#[test]
fn counters_of_an_item_that_is_down_are_kept() {
    let site = Site::with(teas(1..=2));
    assert_eq!(site.editor.call("POST", "/v1/items/1/take-down", "").status, 200);
    assert_eq!(site.editor.call("POST", "/v1/items/1/counters", r#"{"digg_count":6}"#).status, 200);
    assert_eq!(site.single("1")["ret"], 22, "counters bring nothing back");
    assert_eq!(site.editor.call("POST", "/v1/items/1/restore?wait=searchable", "").status, 200);
    assert_eq!(site.single("1")["data"]["digg_count"], 6);
    check_problem(&site.editor.call("POST", "/v1/items/9/counters", r#"{"digg_count":6}"#), 404, "no item 9");
}
