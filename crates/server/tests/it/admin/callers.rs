//! Tokens, applications and operators: made, changed, rotated, revoked, and never shown with their secrets.

use serde_json::{Value, json};

use super::{House, at, checked};
use crate::{
    support::{Application, wait_for},
    writing::{Operator, check_problem},
};

fn text(document: &Value, field: &str) -> String {
    document[field].as_str().unwrap_or_else(|| panic!("no {field} in {document}")).to_owned()
}

#[test]
fn a_token_is_made_changed_and_rotated() {
    let house = House::new();
    house.account("team", "5");
    let made = house.said(201, "POST", "/v1/admin/tokens", json!({ "name": "web" }));
    let first = text(&made, "token");
    let code = |token: &str| house.server.suggest(token, "x").json()["code"].as_i64();
    wait_for("the token", || (code(&first) == Some(0)).then_some(()));

    let change = json!({
        "account": "1",
        "limits": {
            "suggest": { "rate": "20/s", "burst": 50, "quota": 5000, "cap": "7.7770", "price": "0.0001" },
            "search": { "allowed": false },
        },
    });
    let changed = house.said(200, "PATCH", "/v1/admin/tokens/web", change);
    assert_eq!(changed, house.read("/v1/admin/tokens/web"));
    let suggest = json!({
        "allowed": true, "rate": "20/s", "burst": 50, "quota": 5000, "cap": "7.7770", "price": "0.0001",
        "set": ["rate", "burst", "quota", "cap", "price"],
    });
    assert_eq!((&changed["limits"]["suggest"], &changed["account"]), (&suggest, &json!("1")));
    assert_eq!(changed["limits"]["search"]["allowed"], false);
    let lifted = json!({ "limits": { "suggest": { "rate": null, "quota": "default", "cap": "none" } } });
    let lifted = house.said(200, "PATCH", "/v1/admin/tokens/web", lifted);
    assert_eq!(lifted["limits"]["suggest"]["set"], json!(["rate", "burst", "cap", "price"]));
    assert_eq!(
        (&lifted["limits"]["suggest"]["rate"], &lifted["limits"]["suggest"]["cap"]),
        (&Value::Null, &Value::Null)
    );

    let second =
        text(&house.said(200, "POST", "/v1/admin/tokens/web/rotation", json!({ "overlap": "1h" })), "token");
    wait_for("the second token", || (code(&second) == Some(0)).then_some(()));
    assert_eq!(code(&first), Some(0), "both are good");
    assert!(house.read("/v1/admin/tokens/web")["previous_until"].is_string());
    let rotated = house.said(200, "POST", "/v1/admin/tokens/web/rotation", json!({ "overlap": "0" }));
    assert_eq!(rotated["previous_until"], Value::Null);
    wait_for("the end of the old ones", || (code(&second) == Some(100)).then_some(()));
    let third = text(&rotated, "token");
    assert_eq!((code(&first), code(&third)), (Some(100), Some(0)));
    house.said(200, "PATCH", "/v1/admin/tokens/web", json!({ "enabled": false }));
    wait_for("the end of the token", || (code(&third) == Some(100)).then_some(()));
}

#[test]
fn an_application_is_made_rotated_and_its_users_are_sent_away() {
    let house = House::new();
    let new = json!({ "partner": "reader-app", "refuse_repeated_nonces": true });
    let made = house.said(201, "POST", "/v1/admin/apps", new);
    assert_eq!(made["refuse_repeated_nonces"], true);
    let target = at("apps", "reader-app", "");
    let changed = house.said(200, "PATCH", &target, json!({ "refuse_repeated_nonces": false }));
    assert_eq!((&changed["refuse_repeated_nonces"], changed.get("secure_key")), (&json!(false), None));

    let rotated = house.said(200, "POST", &format!("{target}/rotation"), Value::Null);
    assert!(rotated["previous_until"].is_string(), "a day unless another time is given");
    let old = Application::new("reader-app", &text(&made, "secure_key"));
    let new = Application::new("reader-app", &text(&rotated, "secure_key"));
    let ret = |application: &Application, token: &str| {
        application.search(&house.server, token, &[("keyword", "茶")]).json()["ret"].as_i64().unwrap()
    };
    wait_for("the new key", || (ret(&new, "x") != 10003 && ret(&new, "x") != 10002).then_some(()));
    let [li, wang] = ["li", "wang"].map(|user| old.register(&house.server, user));
    assert_eq!((ret(&new, &li), ret(&old, &wang)), (0, 0), "both keys sign");

    let revoked = house.said(200, "POST", &format!("{target}/revocation"), json!({ "user": "li" }));
    assert_eq!(revoked, json!({ "partner": "reader-app", "user": "li" }));
    wait_for("the end of li's token", || (ret(&new, &li) == 1).then_some(()));
    assert_eq!(ret(&new, &wang), 0);
    house.said(200, "POST", &format!("{target}/revocation"), Value::Null);
    wait_for("the end of wang's token", || (ret(&new, &wang) == 1).then_some(()));
    let again = new.register(&house.server, "wang");
    assert_eq!(ret(&new, &again), 0);
    assert_eq!(house.said(200, "POST", "/v1/admin/revocation", json!({})), json!({ "all": true }));
    wait_for("the end of all tokens", || (ret(&new, &again) == 1).then_some(()));
}

#[test]
fn operators_come_and_go_but_the_last_owner_stays() {
    let house = House::new();
    let new = json!({ "name": "王/二", "role": "owner" });
    let made = house.said(201, "POST", "/v1/admin/operators", new);
    let second = Operator::new(&house.server, &text(&made, "key"));
    wait_for("the operator", || (second.call("GET", "/v1/admin/audit", "").status == 200).then_some(()));
    let switch = |by: &Operator, name: &str, enabled: bool| {
        by.call("PATCH", &at("operators", name, ""), &json!({ "enabled": enabled }).to_string())
    };
    let disabled = checked(&switch(&second, "owner", false), 200);
    assert_eq!((&disabled["enabled"], &disabled["role"]), (&json!(false), &json!("owner")));
    wait_for("the end of the owner", || {
        (house.owner.call("GET", "/v1/admin/audit", "").status == 401).then_some(())
    });
    check_problem(&switch(&second, "王/二", false), 409, "the last one with that role");
    assert_eq!(second.call("GET", "/v1/admin/audit", "").status, 200);
    checked(&switch(&second, "editor", false), 200);
    checked(&switch(&second, "owner", true), 200);
    checked(&switch(&second, "王/二", false), 200);
    wait_for("the end of the second", || {
        (second.call("GET", "/v1/admin/audit", "").status == 401).then_some(())
    });
    // Who stands at the server's own terminal can always let somebody in.
    house.directory.run(&["operator", "disable", "--name", "owner"]).succeeded();
}

#[test]
fn no_secret_is_ever_read_again() {
    let house = House::new();
    house.account("team", "5");
    let make = |status, target: &str, body: Value| house.said(status, "POST", target, body);
    let secrets = [
        text(&make(201, "/v1/admin/tokens", json!({ "name": "web" })), "token"),
        text(&make(200, "/v1/admin/tokens/web/rotation", json!({})), "token"),
        text(&make(201, "/v1/admin/apps", json!({ "partner": "a" })), "secure_key"),
        text(&make(200, "/v1/admin/apps/a/rotation", json!({})), "secure_key"),
        text(&make(201, "/v1/admin/operators", json!({ "name": "li", "role": "reader" })), "key"),
    ];
    let mut read = String::new();
    for target in [
        "/v1/admin/tokens",
        "/v1/admin/tokens/web",
        "/v1/admin/apps",
        "/v1/admin/apps/a",
        "/v1/admin/operators",
        "/v1/admin/audit",
        "/v1/admin/accounts",
        "/v1/admin/accounts/1",
        "/v1/admin/accounts/1/statement",
        "/v1/admin/usage",
    ] {
        read += &house.read(target).to_string();
    }
    let visible = text(&house.read("/v1/admin/tokens/web"), "prefix");
    assert!(secrets[1].starts_with(&visible) && visible.len() == 10);
    let metrics = house.server.get("/metrics").text();
    let stopped = house.server.stop();
    let logged = std::fs::read_to_string(house.directory.data().join("access.log")).unwrap();
    for secret in &secrets {
        for written in [&read, &metrics, &stopped.stdout, &stopped.stderr, &logged] {
            assert!(!written.contains(secret), "a secret is in {written}");
        }
    }
    assert!(logged.contains("/v1/admin/tokens/web/rotation"), "{logged}");
}
