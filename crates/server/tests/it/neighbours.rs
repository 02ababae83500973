//! Contract 2's neighbours: one item, and items like one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    library::{Library, is_req_id, keys, library},
    support::{Answer, Application, Server, borrowed, target},
};

const SINGLE: &str = "/article/single/info/";
const RELATED: &str = "/data/stream/related/v1/";

fn ask(
    path: &str,
    (application, server, access_token): (&Application, &Server, &str),
    parameters: &[(&str, &str)],
) -> Answer {
    let signed = application.signed();
    let access_token = [("access_token", access_token)];
    server.get(&target(path, &[&borrowed(&signed), &access_token[..], parameters].concat()))
}

/// One item: the whole answer.
#[track_caller]
pub(crate) fn single(
    application: &Application,
    server: &Server,
    access_token: &str,
    group_id: &str,
) -> Value {
    ask(SINGLE, (application, server, access_token), &[("group_id", group_id)]).json()
}

/// The ids of the first page of items like one.
#[track_caller]
pub(crate) fn related_ids(
    application: &Application,
    server: &Server,
    access_token: &str,
    group_id: &str,
) -> Vec<String> {
    let parameters = [("group_id", group_id), ("count", "20")];
    let answer = ask(RELATED, (application, server, access_token), &parameters).json();
    assert_eq!(answer["ret"], 0, "{answer}");
    ids(&answer)
}

fn ids(answer: &Value) -> Vec<String> {
    let id = |item: &Value| item["group_id"].as_str().unwrap().to_owned();
    answer["data"].as_array().unwrap().iter().map(id).collect()
}

fn of(library: &Library) -> (&Application, &Server, &str) {
    (&library.application, &library.server, &library.access_token)
}

#[track_caller]
fn refused(answer: &Answer, ret: i64, words: &str) {
    let body = answer.json();
    assert_eq!((answer.status, &body["ret"]), (200, &json!(ret)), "{body}");
    assert_eq!(keys(&body), ["ret", "msg", "req_id"]);
    assert!(is_req_id(&body["req_id"]) && body["msg"].as_str().unwrap().contains(words), "{body}");
}

#[test]
fn one_item_is_that_of_a_search() {
    let library = library();
    for group_id in ["501", "502", "503", "504"] {
        let answer = ask(SINGLE, of(library), &[("group_id", group_id)]);
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        let body = answer.json();
        assert_eq!(keys(&body), ["ret", "msg", "req_id", "data"]);
        assert!(is_req_id(&body["req_id"]) && body["msg"] == "success", "{body}");
        let title = body["data"]["title"].as_str().unwrap();
        let found = library.search(&[("keyword", title)]);
        let found =
            found["data"].as_array().unwrap().iter().find(|item| item["group_id"] == group_id).unwrap();
        assert_eq!(body["data"].to_string(), found.to_string());
    }
    let without_slash = ask("/article/single/info", of(library), &[("group_id", "501")]).json();
    assert_eq!(without_slash["data"]["group_id"], "501");
}

#[test]
fn items_like_one_are_the_others() {
    let library = library();
    let answer = ask(RELATED, of(library), &[("group_id", "1004"), ("count", "20")]).json();
    assert_eq!(keys(&answer), ["ret", "msg", "req_id", "search_id", "has_more", "data"]);
    let first = ids(&answer);
    assert_eq!(first.len(), 20);
    assert!(first.iter().all(|id| id.parse::<i64>().unwrap() < 2_000), "about the same: {first:?}");
    // Page after page: each of the others once, and never the item itself.
    let search_id = answer["search_id"].as_str().unwrap();
    let (mut all, mut more) = (first, true);
    while more {
        let offset = all.len().to_string();
        let page = [("group_id", "1004"), ("count", "20"), ("offset", &*offset), ("search_id", search_id)];
        let answer = ask(RELATED, of(library), &page).json();
        all.extend(ids(&answer));
        more = answer["has_more"].as_bool().unwrap();
        assert!(more || all.len() < 1_001);
    }
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert!(!all.contains(&"1004".to_owned()));
    let others = (1_000..1_035).filter(|id| *id != 1_004).map(|id| id.to_string());
    assert!(others.into_iter().all(|id| distinct.contains(&id)));
    let videos =
        ask(RELATED, of(library), &[("group_id", "1004"), ("need_group_types", "short_video")]).json();
    assert!(videos["data"].as_array().unwrap().iter().all(|item| item["article_type"] == "小视频"));
    assert_eq!(videos["data"].as_array().unwrap().len(), 10, "the usual count");
}

/// A search for the digits of an identity is another list than the items like it.
#[test]
fn a_search_and_related_items_share_no_list() {
    let library = library();
    let related = ask(RELATED, of(library), &[("group_id", "1005"), ("search_id", "shared")]).json();
    let found = library.search(&[("keyword", "1005"), ("search_id", "shared")]);
    assert_ne!(ids(&related), ids(&found));
}

#[test]
fn refusals_are_those_of_the_search() {
    let library = library();
    for path in [SINGLE, RELATED] {
        refused(&ask(path, of(library), &[("group_id", "77")]), 22, "");
        for wrong in ["", "0", "x", "-1", "9223372036854775808"] {
            refused(&ask(path, of(library), &[("group_id", wrong)]), 10001, "group_id");
        }
        refused(&ask(path, of(library), &[]), 10001, "group_id");
        let token = ask(path, (&library.application, &library.server, "Afalse"), &[("group_id", "x")]);
        refused(&token, 1, "access_token");
        let forged = Application::new(&library.application.partner, "0000");
        let signature = ask(path, (&forged, &library.server, "Afalse"), &[("group_id", "x")]);
        refused(&signature, 10003, "signature");
        refused(&library.server.get(path), 10001, "partner");
        let posted = library.server.http().send("POST", path, &[], b"");
        refused(&posted, 10001, "the method must be GET");
        refused(&library.server.get(&format!("{path}more/")), 10001, "path");
    }
    for (name, value) in [("count", "21"), ("offset", "-1"), ("need_group_types", "news"), ("search_id", "")]
    {
        refused(&ask(RELATED, of(library), &[("group_id", "1000"), (name, value)]), 10001, name);
    }
}
