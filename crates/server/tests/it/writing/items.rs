//! Putting, reading and deleting items.

use serde_json::json;

use super::{Site, check_problem, teas, words};
use crate::{
    library::shapes,
    support::{article, joined, wait_for},
};

#[test]
fn lines_have_results_and_the_same_line_again_changes_nothing() {
    let site = Site::with(teas(1..=1));
    let mut update = article(1, "武夷山岩茶品鉴新编");
    update["digg_count"] = json!(5);
    let mut unknown = article(2, "正山小种");
    unknown["colour"] = json!("red");
    let mut nameless = article(3, "凤凰单丛");
    nameless.as_object_mut().unwrap().shift_remove("group_id");
    let untitled = json!({ "group_id": "4", "group_type": "tuwen" });
    let body = format!("{update}\n\n{unknown}\r\n{{torn\n{untitled}\n{nameless}");

    let (status, results, summary) = site.editor.lines("/v1/items", &body);
    assert_eq!(status, 207, "{results:?}");
    assert_eq!(words(&results), ["updated", "created", "rejected", "rejected", "created"]);
    assert_eq!(results[0], json!({ "line": 1, "group_id": "1", "result": "updated" }));
    assert_eq!(results[1]["unknown_keys"], json!(["colour"]));
    assert!(results[2]["reason"].as_str().unwrap().starts_with("is not JSON"));
    assert_eq!((&results[3]["line"], &results[3]["key"]), (&json!(5), &json!("title")));
    assert!(results[3]["remedy"].as_str().unwrap().contains("correct this line"));
    assert!(results[4]["group_id"].as_str().unwrap().parse::<i64>().unwrap() > 0, "an id of its own");
    let figures =
        json!({ "read": 5, "created": 2, "updated": 1, "unchanged": 0, "not_found": 0, "rejected": 2 });
    assert_eq!(summary, figures);

    let (_, again, _) = site.editor.lines("/v1/items", &body);
    assert_eq!(words(&again), ["unchanged", "unchanged", "rejected", "rejected", "unchanged"]);
    assert_eq!(again[4]["group_id"], results[4]["group_id"]);
    // The counter stays where a line says nothing of it.
    update.as_object_mut().unwrap().shift_remove("digg_count");
    assert_eq!(words(&site.editor.lines("/v1/items", &update.to_string()).1), ["unchanged"]);
    wait_for("the new title", || (site.single("1")["data"]["title"] == "武夷山岩茶品鉴新编").then_some(()));
    assert_eq!(site.single("1")["data"]["digg_count"], 5);
    let (status, results, summary) = site.editor.lines("/v1/items", "\n\n");
    assert_eq!((status, results, &summary["read"]), (200, vec![], &json!(0)));
}

#[test]
fn what_was_waited_for_is_found() {
    let site = Site::with(teas(1..=3));
    for id in 100..120 {
        let title = format!("白毫银针笔记{id}");
        let (status, results, summary) =
            site.editor.lines("/v1/items?wait=searchable", &article(id, &title).to_string());
        assert_eq!((status, words(&results), &summary["searchable"]), (200, vec!["created"], &json!(true)));
        assert_eq!(site.found(&title).first(), Some(&id.to_string()), "{title}");
        let title = format!("寿眉手记{id}");
        site.editor.put([article(id, &title)]);
        assert_eq!(site.found(&title).first(), Some(&id.to_string()), "{title}");
        let gone = site.editor.call("DELETE", &format!("/v1/items/{id}?wait=searchable"), "").json();
        assert_eq!(gone, json!({ "group_id": id.to_string(), "result": "deleted", "searchable": true }));
        assert!(!site.found(&title).contains(&id.to_string()));
    }
    check_problem(&site.editor.call("POST", "/v1/items?wait=soon", "{}"), 400, "searchable");
}

#[test]
fn an_item_can_be_read_and_put_again_as_it_is() {
    let site = Site::with(shapes());
    for id in ["501", "502", "503", "504"] {
        let answer = site.editor.call("GET", &format!("/v1/items/{id}"), "");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let line = answer.json();
        assert_eq!((&line["group_id"], &line["status"]), (&json!(id), &json!("online")));
        assert_eq!(words(&site.editor.lines("/v1/items", &line.to_string()).1), ["unchanged"], "{line}");
    }
    let full = site.editor.call("GET", "/v1/items/501", "").json();
    assert_eq!(full["content"], "正文里才有的词：松烟墨");
    assert_eq!((&full["tags"], &full["group_type"]), (&json!(["文房"]), &json!("tuwen")));
    assert_eq!((&full["article_url"], &full["digg_count"]), (&json!("https://a.example/501"), &json!(9)));
    assert_eq!(full["user_info"]["name"], "墨客");
    let bare = site.editor.call("GET", "/v1/items/502", "").json();
    assert_eq!(bare.get("user_info"), None, "the default author is the server's, not the item's");
    assert_eq!(bare["article_url"], "/content/502");
}

#[test]
fn a_deleted_item_is_nowhere() {
    let site = Site::with(teas(1..=5));
    assert_eq!(site.found("岩茶品鉴").len(), 5);
    assert_eq!(site.editor.call("DELETE", "/v1/items/3", "").json()["result"], "deleted");
    // In every answer at once, whatever is indexed.
    assert_eq!(site.single("3")["ret"], 22);
    assert_eq!(site.found("岩茶品鉴").len(), 4);
    assert_eq!(site.server.get("/content/3").status, 404);
    for (method, target) in [
        ("GET", "/v1/items/3"),
        ("DELETE", "/v1/items/3"),
        ("POST", "/v1/items/3/take-down"),
        ("POST", "/v1/items/3/restore"),
    ] {
        check_problem(&site.editor.call(method, target, ""), 404, "there is no item 3");
    }
    check_problem(&site.editor.call("POST", "/v1/items/3/counters", r#"{"digg_count":1}"#), 404, "no item 3");
    let site = site.restarted();
    assert_eq!(site.found("岩茶品鉴").len(), 4);
    site.editor.put(teas(3..=3));
    assert_eq!(site.found("岩茶品鉴").len(), 5);
    assert_eq!(site.single("3")["ret"], 0);
}

#[test]
fn a_thousand_lines_in_chunks() {
    let site = Site::with(teas(1..=1));
    let body = joined(teas(1..=1_200));
    let (head, rest) = body.as_bytes().split_at(1_000);
    let request = format!(
        "POST /v1/items?wait=searchable HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
         Authorization: {}\r\n\r\n",
        site.editor.authorization
    );
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let request = [request.as_bytes(), &chunk(head), &chunk(rest), b"0\r\n\r\n"].concat();
    let answer = site.server.http().raw(&request);
    let text = answer.text();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((answer.status, lines.len()), (200, 1_201));
    let numbers = lines[..1_200].iter().map(|line| line["line"].as_u64().unwrap());
    assert!(numbers.eq(1..=1_200));
    assert_eq!(lines[1_200]["summary"]["unchanged"], 1);
    assert_eq!(lines[1_200]["summary"]["created"], 1_199);
    assert_eq!(site.found("第1199期").first().map(String::as_str), Some("1199"));
}
