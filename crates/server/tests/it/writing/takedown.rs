//! Takedowns: out of every answer when the call returns, and back again.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Site, teas, words};
use crate::{
    caller::Caller,
    neighbours,
    support::{joined, shown, wait_for},
};

#[test]
fn what_is_taken_down_is_in_no_answer() {
    let site = Site::with(teas(1..=30));
    let related =
        |site: &Site| neighbours::related_ids(&site.application, &site.server, &site.access_token, "1");
    for round in 0..3 {
        for id in ["3", "11", "29"] {
            let down = site.editor.call("POST", &format!("/v1/items/{id}/take-down"), "");
            assert_eq!(down.json(), json!({ "group_id": id, "result": "taken_down" }), "round {round}");
            // Nothing is waited for from here on: the index may have it still.
            assert!(!site.found("岩茶品鉴").contains(&id.to_owned()));
            assert_eq!(site.single(id)["ret"], 22);
            assert!(!related(&site).contains(&id.to_owned()));
            assert_eq!(site.server.get(&format!("/content/{id}")).status, 404);
            let again = site.editor.call("POST", &format!("/v1/items/{id}/take-down"), "");
            assert_eq!(again.json()["result"], "unchanged");
            let line = site.editor.call("GET", &format!("/v1/items/{id}"), "").json();
            assert_eq!(line["status"], "offline", "an operator still sees it");
        }
        for id in ["3", "11", "29"] {
            let back = site.editor.call("POST", &format!("/v1/items/{id}/restore?wait=searchable"), "");
            assert_eq!(back.json(), json!({ "group_id": id, "result": "restored", "searchable": true }));
            assert_eq!(site.single(id)["ret"], 0);
            assert!(site.found(&format!("岩茶品鉴第{id}期")).contains(&id.to_owned()));
        }
    }
}

/// The first page of a search made after a takedown is full: what is down takes no place in a new list.
#[test]
fn a_new_list_has_no_holes() {
    let site = Site::with(teas(1..=40));
    let caller = Caller::new(&site.directory, &site.server);
    let list = caller.all("岩茶品鉴");
    for id in &list[..15] {
        assert_eq!(site.editor.call("POST", &format!("/v1/items/{id}/take-down"), "").status, 200);
    }
    // Like titles are spread anew among those that are left, so the order may be another.
    let first = caller.first("岩茶品鉴");
    assert_eq!(first.len(), 20, "a whole page");
    assert!(first.iter().all(|id| list[15..].contains(id)), "{first:?}");
}

#[test]
fn a_kept_list_skips_what_is_taken_down_and_nothing_else() {
    let site = Site::with(teas(1..=100));
    let caller = Caller::new(&site.directory, &site.server);
    let list = caller.all("岩茶品鉴");
    let page = |number: usize| caller.page("岩茶品鉴", "the-walk", number * 10, 10);
    assert_eq!(page(0).ids, list[..10]);
    let mut gone = BTreeSet::new();
    let mut take_down = |positions: std::ops::Range<usize>| {
        for at in positions {
            let target = format!("/v1/items/{}/take-down", list[at]);
            assert_eq!(site.editor.call("POST", &target, "").json()["result"], "taken_down");
            gone.insert(at);
        }
        gone.clone()
    };
    let check = |number: usize, gone: &BTreeSet<usize>| {
        let positions = number * 10..(number + 1) * 10;
        let left: Vec<i64> = positions.filter(|at| !gone.contains(at)).map(|at| list[at]).collect();
        let page = page(number);
        assert_eq!(page.ids, left, "page {number}");
        let remains = ((number + 1) * 10..100).any(|at| !gone.contains(&at));
        assert_eq!(page.has_more, remains, "page {number}");
    };
    check(1, &take_down(15..16));
    check(2, &take_down(20..30));
    check(3, &take_down(35..45));
    check(4, &take_down(85..100));
    for number in (0..10).chain((0..10).rev()) {
        check(number, &take_down(0..0));
    }
}

#[test]
fn an_offline_line_and_a_command_take_down_too() {
    let site = Site::with(teas(1..=10));
    let mut line = teas(4..=4).next().unwrap();
    line["status"] = json!("offline");
    assert_eq!(words(&site.editor.lines("/v1/items", &line.to_string()).1), ["updated"]);
    assert_eq!(site.single("4")["ret"], 22);
    assert!(!site.found("岩茶品鉴").contains(&"4".to_owned()));

    let ran = site.directory.run(&["items", "take-down", "5", "6", "5", "77", "--json"]);
    assert_eq!(ran.code, Some(3));
    let results: Vec<Value> = ran.json_lines();
    assert_eq!(words(&results), ["taken_down", "taken_down", "unchanged", "not_found"]);
    // The command returned when it was so.
    assert_eq!((&site.single("5")["ret"], &site.single("6")["ret"]), (&json!(22), &json!(22)));
    assert_eq!(site.found("岩茶品鉴").len(), 7);
    site.directory.run(&["items", "restore", "5", "6"]).succeeded();
    assert_eq!((&site.single("5")["ret"], &site.single("6")["ret"]), (&json!(0), &json!(0)));
    assert_eq!(site.found("岩茶品鉴").len(), 9);
    let site = site.restarted();
    assert_eq!(site.single("4")["ret"], 22);
    assert_eq!(site.found("岩茶品鉴").len(), 9);
}

/// A takedown does not wait for an indexer that has a lot to do.
#[test]
fn a_takedown_during_an_import_is_in_force_at_once() {
    let site = Site::with(teas(1..=20));
    let file = site
        .directory
        .write("many.ndjson", joined((1_000..21_000).map(|id| crate::support::article(id, "普洱"))));
    // Stored without waiting for the index: the indexer is far behind.
    let import = site.directory.start(&["import", "--no-wait", &shown(&file)]);
    wait_for("the import", || (site.editor.call("GET", "/v1/items/1000", "").status == 200).then_some(()));
    for id in 1..=20 {
        assert_eq!(site.editor.call("POST", &format!("/v1/items/{id}/take-down"), "").status, 200);
        assert_eq!(site.single(&id.to_string())["ret"], 22);
        assert!(!site.found("岩茶品鉴").contains(&id.to_string()));
    }
    import.wait().succeeded();
}
