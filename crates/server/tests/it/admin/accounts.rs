//! From an account to its statement: who did what, and what was spent.

use serde_json::{Value, json};

use super::{House, at, checked};
use crate::support::wait_for;

/// Names may hold what a path gives a meaning to.
const TEAM: &str = "队伍 1/2?100%";

fn code(house: &House, token: &str) -> Value {
    house.server.suggest(token, "x").json()["code"].clone()
}

#[test]
fn what_is_paid_and_spent_is_in_the_statement_the_usage_and_the_audit_log() {
    let house = House::new();
    let account = house.said(201, "POST", "/v1/admin/accounts", json!({ "name": TEAM }));
    assert_eq!((&account["account"], &account["balance"]), (&json!("1"), &json!("0.0000")));
    let limits = json!({ "suggest": { "price": "0.0100", "quota": 3, "rate": "100/s", "cap": null } });
    let new = json!({ "name": "网页/web", "account": TEAM, "limits": limits });
    let token = house.said(201, "POST", "/v1/admin/tokens", new)["token"].as_str().unwrap().to_owned();
    wait_for("the token", || (code(&house, &token) != 100).then_some(()));
    assert_eq!(code(&house, &token), 601, "there is no money yet");

    let money = json!({ "amount": "10", "note": "invoice 7" });
    let moved = house.said(201, "POST", &at("accounts", TEAM, "/top-up"), money);
    assert_eq!(moved, json!({ "entry": 1, "account": "1", "balance": "10.0000" }));
    wait_for("the money", || (code(&house, &token) == 0).then_some(()));
    assert_eq!(code(&house, &token), 0);
    let shown = checked(&house.reader.call("GET", &at("accounts", TEAM, ""), ""), 200);
    assert_eq!(shown["balance"], "9.9800", "what was spent is written down before it is told");
    assert_eq!((&shown["tokens"], &shown["applications"]), (&json!(["网页/web"]), &json!([])));
    assert_eq!(house.read("/v1/admin/accounts")["accounts"][0]["balance"], "9.9800");

    let statement = house.read("/v1/admin/accounts/1/statement");
    let entries = statement["entries"].as_array().unwrap();
    assert_eq!(statement["next"], Value::Null);
    let first = &entries[0];
    assert_eq!(
        (&first["kind"], &first["amount"], &first["who"], &first["note"]),
        (&json!("top-up"), &json!("10.0000"), &json!("operator owner"), &json!("invoice 7"))
    );
    let settled: Vec<&Value> = entries.iter().filter(|entry| entry["kind"] == "settlement").collect();
    assert_eq!(settled.iter().map(|entry| entry["calls"].as_i64().unwrap()).sum::<i64>(), 2);
    assert!(settled.iter().all(|entry| entry["caller"] == "token 网页/web"), "{settled:?}");

    check_usage(&house);

    let audit = house.read("/v1/admin/audit?limit=2");
    let newest = &audit["changes"][0];
    assert_eq!(
        (&newest["who"], &newest["action"], &newest["subject"]),
        (&json!("operator owner"), &json!("top-up"), &json!("account 1"))
    );
    assert_eq!(newest["before"], json!({ "name": TEAM, "balance": "0.0000" }));
    assert_eq!(newest["after"], json!({ "name": TEAM, "balance": "10.0000" }));
    assert_eq!(audit["changes"][1]["subject"], "token 网页/web");
    let before = house.read(&format!("/v1/admin/audit?limit=2&before={}", audit["next"]));
    assert_eq!(before["changes"][0]["subject"], "account 1");
    assert_eq!(before["changes"][0]["action"], "create");
}

/// Two calls were answered and paid, at least one was refused.
fn check_usage(house: &House) {
    let caller = crate::support::encode("token 网页/web");
    for by in ["minute", "hour", "day"] {
        for of in ["", "&account=1", &format!("&caller={caller}")] {
            let usage = house.read(&format!("/v1/admin/usage?by={by}{of}"));
            let rows = usage["usage"].as_array().unwrap();
            let of_code = |code: i64| rows.iter().filter(move |row| row["code"] == code);
            let calls: i64 = of_code(0).map(|row| row["calls"].as_i64().unwrap()).sum();
            assert_eq!(calls, 2, "{by} {of}: {usage}");
            assert!(of_code(0).all(|row| row["amount"] != "0.0000" && row["api"] == "suggest"), "{usage}");
            assert!(
                of_code(601).count() >= 1 && of_code(601).all(|row| row["amount"] == "0.0000"),
                "{usage}"
            );
            assert!(rows[0]["time"].as_str().unwrap().ends_with("+08:00"), "{usage}");
        }
    }
    let other = house.read("/v1/admin/usage?from=2020-01-01&to=2020-01-31");
    assert_eq!(other, json!({ "usage": [] }));
}

#[test]
fn the_threshold_of_the_alarm_is_set_and_given_back_to_the_configuration() {
    let house = House::new();
    house.account("team", "5");
    let target = "/v1/admin/accounts/team";
    let set = |value: Value| {
        house.said(200, "PATCH", target, json!({ "low_balance": value }))["low_balance"].clone()
    };
    assert_eq!(set(json!("2.5")), "2.5000");
    assert_eq!(house.read(target)["low_balance"], "2.5000");
    assert_eq!(set(json!("default")), Value::Null);
    set(json!("1"));
    assert_eq!(set(Value::Null), Value::Null);
    let audit = house.read("/v1/admin/audit?limit=1");
    assert_eq!(audit["changes"][0]["before"]["low_balance"], "1.0000");
}
