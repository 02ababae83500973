//! `qiusuo items`, on a stopped and on a running server's directory.

use serde_json::{Value, json};

use super::{Site, teas, words};
use crate::support::{Directory, article, joined, shown};

#[test]
fn on_a_stopped_directory() {
    let directory = Directory::new();
    check(&directory);
    let site = Site::of(directory);
    assert_eq!(site.found("岩茶品鉴"), ["2"]);
    assert_eq!(site.single("2")["data"]["digg_count"], 12);
    assert_eq!(site.single("3")["ret"], 22);
}

#[test]
fn beside_a_running_server() {
    let site = Site::with([article(900, "普洱")]);
    // Every command returned when it was in force: nothing is waited for.
    check(&site.directory);
    assert_eq!(site.found("岩茶品鉴"), ["2"]);
    assert_eq!(site.single("2")["data"]["digg_count"], 12);
    assert_eq!(site.single("3")["ret"], 22);
    assert_eq!(site.single("1")["ret"], 22);
}

#[track_caller]
fn check(directory: &Directory) {
    let lines = joined(teas(1..=3).chain([json!({ "group_id": 4 })]));
    let file = shown(&directory.write("lines.ndjson", &lines));
    let put = directory.run(&["items", "put", "--json", &file]);
    assert_eq!(put.code, Some(3), "{}", put.stderr);
    let mut results: Vec<Value> = put.json_lines();
    let summary = results.pop().unwrap();
    assert_eq!(words(&results), ["created", "created", "created", "rejected"]);
    assert_eq!((&summary["summary"]["read"], &summary["summary"]["searchable"]), (&json!(4), &json!(true)));
    let again = directory.start_with_input(&["items", "put", "-"], &joined(teas(1..=3))).wait().succeeded();
    assert!(again.stderr.contains("3 as they were"), "{}", again.stderr);

    let counters =
        shown(&directory.write("counters.ndjson", "{\"group_id\":2,\"digg_count\":12}\n{\"group_id\":8}\n"));
    let set = directory.run(&["items", "counters", &counters]);
    assert_eq!(set.code, Some(3));
    assert!(set.stderr.contains("line 2: line has no counter"), "{}", set.stderr);
    let line = directory.run(&["items", "get", "2"]).succeeded().json();
    assert_eq!((&line["digg_count"], &line["title"]), (&json!(12), &json!("武夷山岩茶品鉴第2期")));
    let put = directory.start_with_input(&["items", "put", "-", "--json"], &line.to_string()).wait();
    assert_eq!(put.succeeded().json_lines()[0]["result"], "unchanged");

    assert!(directory.run(&["items", "delete", "1"]).succeeded().stdout.contains("1\tdeleted"));
    assert!(directory.run(&["items", "take-down", "3"]).succeeded().stdout.contains("3\ttaken_down"));
    let gone = directory.run(&["items", "get", "1"]);
    assert!(gone.code == Some(1) && gone.stderr.contains("there is no item 1"), "{}", gone.stderr);
}

#[test]
fn a_directory_that_is_not_there_is_not_made() {
    let directory = Directory::new();
    for arguments in [&["items", "get", "1"][..], &["items", "delete", "1"], &["items", "take-down", "1"]] {
        assert_eq!(directory.run(arguments).code, Some(1));
        assert!(!directory.data().exists());
    }
}
