//! The description of the calls against the server: what it names is there, and nothing under `/v1/` is left out.

use serde_json::Value;

use crate::{
    support::article,
    writing::{Site, teas},
};

#[test]
fn every_call_that_it_names_is_there() {
    let site = Site::with(teas(1..=2));
    let answer = site.server.get("/openapi.json");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 9);
    // Those of `/v1/admin` are looked at by `admin::described`.
    for (path, methods) in paths.iter().filter(|(path, _)| !path.starts_with("/v1/admin")) {
        let target = path.replace("{group_id}", "1");
        for (method, call) in methods.as_object().unwrap() {
            check(&site, &target, &method.to_uppercase(), call);
        }
        // Any other method is refused by the path, not by its absence.
        let answer = site.editor.call("PATCH", &target, "");
        let text = answer.text();
        assert!(text.contains("method must be"), "PATCH {target}: {text}");
    }
}

/// Makes the call, and looks whether its status is one that the document names for it.
fn check(site: &Site, target: &str, method: &str, call: &Value) {
    let is_of_many = call["requestBody"]["content"].get("application/x-ndjson").is_some();
    let body = match (is_of_many, call.get("requestBody").is_some()) {
        (true, _) if target.ends_with("items") => article(1, "岩茶").to_string(),
        (true, _) => r#"{"group_id":"1","digg_count":1}"#.to_owned(),
        (false, true) => r#"{"digg_count":1}"#.to_owned(),
        (false, false) => String::new(),
    };
    let answer = site.editor.call(method, target, &body);
    let text = answer.text();
    let media = answer.header("content-type").unwrap().split(';').next().unwrap().to_owned();
    let told = &call["responses"][answer.status.to_string()];
    assert!(told["content"].get(&media).is_some(), "{method} {target}: {} {media} {text}", answer.status);
    for absent in ["nothing at this path", "path is not known"] {
        assert!(!text.contains(absent), "{method} {target}: {text}");
    }
    // Put back what a deletion took.
    site.editor.put(teas(1..=1));
    if call.get("security").is_some() {
        let stranger = site.server.http().send(method, target, &[], body.as_bytes());
        assert_eq!(stranger.status, 401, "{method} {target}");
        assert!(call["responses"].get("401").is_some());
    }
}
