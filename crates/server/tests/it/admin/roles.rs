//! Every role reads, owners change.

use serde_json::json;

use super::{House, checked};
use crate::writing::{Operator, check_problem};

const READS: [&str; 10] = [
    "/v1/admin/accounts",
    "/v1/admin/accounts/1",
    "/v1/admin/accounts/1/statement",
    "/v1/admin/tokens",
    "/v1/admin/tokens/web",
    "/v1/admin/apps",
    "/v1/admin/apps/a",
    "/v1/admin/operators",
    "/v1/admin/audit",
    "/v1/admin/usage",
];

const CHANGES: [(&str, &str, &str); 15] = [
    ("POST", "/v1/admin/accounts", r#"{"name":"new"}"#),
    ("PATCH", "/v1/admin/accounts/1", r#"{"low_balance":"1"}"#),
    ("POST", "/v1/admin/accounts/1/top-up", r#"{"amount":"1"}"#),
    ("POST", "/v1/admin/accounts/1/corrections", r#"{"amount":"1"}"#),
    ("POST", "/v1/admin/entries/1/reversal", ""),
    ("POST", "/v1/admin/tokens", r#"{"name":"new"}"#),
    ("PATCH", "/v1/admin/tokens/web", r#"{"enabled":false}"#),
    ("POST", "/v1/admin/tokens/web/rotation", ""),
    ("POST", "/v1/admin/apps", r#"{"partner":"new"}"#),
    ("PATCH", "/v1/admin/apps/a", r#"{"enabled":false}"#),
    ("POST", "/v1/admin/apps/a/rotation", ""),
    ("POST", "/v1/admin/apps/a/revocation", ""),
    ("POST", "/v1/admin/revocation", ""),
    ("POST", "/v1/admin/operators", r#"{"name":"new","role":"owner"}"#),
    ("PATCH", "/v1/admin/operators/owner", r#"{"enabled":false}"#),
];

#[test]
fn readers_and_editors_read_and_only_owners_change() {
    let house = House::new();
    house.account("team", "1");
    house.said(201, "POST", "/v1/admin/tokens", json!({ "name": "web" }));
    house.said(201, "POST", "/v1/admin/apps", json!({ "partner": "a" }));
    let audit = house.read("/v1/admin/audit");
    let stranger = Operator::new(&house.server, "qo0");
    for target in READS {
        let told = checked(&house.owner.call("GET", target, ""), 200);
        assert_eq!(checked(&house.editor.call("GET", target, ""), 200), told, "{target}");
        assert_eq!(checked(&house.reader.call("GET", target, ""), 200), told, "{target}");
        check_problem(&stranger.call("GET", target, ""), 401, "unknown or disabled");
        check_problem(&house.server.get(target), 401, "Authorization: Bearer KEY");
        let head = house.reader.call("HEAD", target, "");
        assert_eq!((head.status, head.body.len()), (200, 0), "{target}");
    }
    for (method, target, body) in CHANGES {
        for role in [&house.reader, &house.editor] {
            check_problem(&role.call(method, target, body), 403, "it takes `owner`");
        }
        check_problem(&stranger.call(method, target, body), 401, "unknown or disabled");
    }
    assert_eq!(house.read("/v1/admin/audit"), audit, "nothing was changed");
    // The owner may do each of them, in this order.
    for (method, target, body) in CHANGES {
        let status = house.owner.call(method, target, body).status;
        let is_done = [200, 201].contains(&status);
        assert!(is_done, "{method} {target}: {status}");
    }
}
