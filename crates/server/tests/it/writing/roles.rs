//! Who may write.

use serde_json::json;

use super::{Operator, Site, check_problem, key, teas};
use crate::support::wait_for;

#[test]
fn editors_and_owners_write_readers_read() {
    let site = Site::with(teas(1..=2));
    let made = |name: &str| Operator::new(&site.server, &key(&site.directory, name, name));
    let (owner, reader) = (made("owner"), made("reader"));
    let known = |operator: &Operator| {
        wait_for("the operator", || (operator.call("GET", "/v1/items/1", "").status == 200).then_some(()));
    };
    known(&owner);
    known(&reader);
    assert_eq!(owner.lines("/v1/items", &teas(3..=3).next().unwrap().to_string()).0, 200);
    let counters = r#"{"digg_count":7}"#;
    let line = r#"{"group_id":"1","digg_count":7}"#;
    for (method, target, body) in [
        ("POST", "/v1/items", line),
        ("POST", "/v1/counters", line),
        ("POST", "/v1/items/1/counters", counters),
        ("POST", "/v1/items/1/take-down", ""),
        ("POST", "/v1/items/1/restore", ""),
        ("DELETE", "/v1/items/1", ""),
    ] {
        check_problem(&reader.call(method, target, body), 403, "the role `reader` may not do this");
        let stranger = site.server.http().send(method, target, &[], body.as_bytes());
        check_problem(&stranger, 401, "Authorization: Bearer KEY");
        assert_eq!(stranger.header("www-authenticate"), Some("Bearer realm=\"qiusuo\""));
        check_problem(
            &Operator::new(&site.server, "qo0").call(method, target, body),
            401,
            "unknown or disabled",
        );
    }
    let kept = reader.call("GET", "/v1/items/1", "").json();
    assert_eq!((&kept["digg_count"], &kept["status"]), (&json!(0), &json!("online")));

    site.directory.run(&["operator", "disable", "--name", "owner"]).succeeded();
    wait_for("the disabled owner", || (owner.call("GET", "/v1/items/1", "").status == 401).then_some(()));
}
