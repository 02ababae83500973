//! What is too much, too long or of the wrong kind.

use super::{Site, check_problem, teas};
use crate::support::{article, joined};

/// Sends a head and nothing of its body.
fn head_alone(site: &Site, headers: &[(&str, &str)]) -> crate::support::Answer {
    let authorization = [("Authorization", site.editor.authorization.as_str())];
    site.server.http().send("POST", "/v1/items", &[&authorization, headers].concat(), b"")
}

#[test]
fn a_body_may_have_so_much_and_no_more() {
    let site = Site::with(teas(1..=1));
    check_problem(&head_alone(&site, &[("Content-Length", "67108865")]), 413, "nothing of it was stored");
    check_problem(&head_alone(&site, &[("Content-Encoding", "gzip")]), 415, "must not be compressed");

    let many = joined((1..=10_001).map(|id| article(id, "茶")));
    let answer = site.editor.call("POST", "/v1/items", &many);
    check_problem(&answer, 413, "at most 10000 lines");
    check_problem(&answer, 413, "up to 10000 lines of it were stored");
    // What was before the limit is in; the last one is not.
    assert_eq!(site.editor.call("GET", "/v1/items/10000", "").status, 200);
    assert_eq!(site.editor.call("GET", "/v1/items/10001", "").status, 404);

    let long = format!("{}\n{}", "x".repeat((4 << 20) + 1), article(10_001, "茶"));
    let (status, results, _) = site.editor.lines("/v1/items", &long);
    assert_eq!((status, super::words(&results)), (207, vec!["rejected", "created"]));
    assert!(results[0]["reason"].as_str().unwrap().contains("longer than 4194304 bytes"));
}

#[test]
fn methods_paths_and_bodies_of_the_wrong_kind() {
    let site = Site::with(teas(1..=1));
    for (method, target, allow) in [
        ("GET", "/v1/items", "POST"),
        ("PUT", "/v1/items", "POST"),
        ("GET", "/v1/counters", "POST"),
        ("POST", "/v1/items/1", "GET, HEAD, DELETE"),
        ("GET", "/v1/items/1/counters", "POST"),
        ("DELETE", "/v1/items/1/take-down", "POST"),
    ] {
        let answer = site.editor.call(method, target, "");
        check_problem(&answer, 405, "the method must be");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {target}");
    }
    for target in ["/v1/items/1/like", "/v1/items/1/counters/2", "/v1/item", "/v1"] {
        check_problem(&site.editor.call("POST", target, ""), 404, "nothing at this path");
    }
    for target in ["/v1/items/x", "/v1/items/0", "/v1/items/9223372036854775808", "/v1/items/%E4%B8%80"] {
        check_problem(&site.editor.call("GET", target, ""), 400, "group_id must be a decimal number");
    }
    for (body, words) in [
        ("", "the body is empty"),
        ("[]", "must be a JSON object"),
        ("{}", "the body has no counter; give any of article_read_count"),
        (r#"{"digg_count":-1}"#, "digg_count must be a whole number from 0"),
        (r#"{"likes":1}"#, "likes is not a counter"),
        (r#"{"group_id":"2","digg_count":1}"#, "leave it out"),
    ] {
        check_problem(&site.editor.call("POST", "/v1/items/1/counters", body), 400, words);
    }
    let long = format!("{{\"digg_count\":1{}}}", " ".repeat(5_000));
    check_problem(&site.editor.call("POST", "/v1/items/1/counters", &long), 413, "at most 4096 bytes");
}
