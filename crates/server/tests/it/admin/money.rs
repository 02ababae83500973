//! Money is moved once, however often a client sends the call again.

use serde_json::{Value, json};

use super::{House, checked};
use crate::{
    support::Answer,
    writing::{Operator, check_problem},
};

const TOP_UP: &str = "/v1/admin/accounts/team/top-up";

#[track_caller]
fn send(operator: &Operator, target: &str, key: &str, body: &str) -> Answer {
    operator.call_with("POST", target, &[("Idempotency-Key", key)], body)
}

fn balance(house: &House) -> Value {
    house.read("/v1/admin/accounts/team")["balance"].clone()
}

#[test]
fn the_same_key_pays_once() {
    let house = House::new();
    house.account("team", "1");
    house.account("others", "1");
    let body = r#"{"amount":"7.5","note":"invoice"}"#;
    let first = checked(&send(&house.owner, TOP_UP, "k 1", body), 201);
    assert_eq!(first, json!({ "entry": 3, "account": "1", "balance": "8.5000" }));
    house.said(201, "POST", TOP_UP, json!({ "amount": "1" }));
    // Written differently it is the same still, and by the account's number too.
    for (target, body) in [
        (TOP_UP, body),
        (TOP_UP, r#"{ "note": "invoice", "amount": "7.5000" }"#),
        ("/v1/admin/accounts/1/top-up", body),
    ] {
        assert_eq!(checked(&send(&house.owner, target, "k 1", body), 201), first);
    }
    for (target, body) in [
        (TOP_UP, r#"{"amount":"7.5"}"#),
        (TOP_UP, r#"{"amount":"8","note":"invoice"}"#),
        ("/v1/admin/accounts/team/corrections", body),
    ] {
        check_problem(&send(&house.owner, target, "k 1", body), 409, "\"k 1\" came with another change");
    }
    assert_eq!(balance(&house), "9.5000");
    let other = checked(&send(&house.owner, "/v1/admin/accounts/others/top-up", "k 1", body), 201);
    assert_eq!(other["balance"], "8.5000", "a key is one of its account");
    let long = "x".repeat(64);
    checked(&send(&house.owner, TOP_UP, &long, body), 201);
    for key in [&"x".repeat(65), "", "钥匙"] {
        check_problem(&send(&house.owner, TOP_UP, key, body), 400, "1 to 64 printable ASCII characters");
    }
    assert_eq!(balance(&house), "17.0000");
}

#[test]
fn of_many_at_once_one_pays_and_all_are_answered_alike() {
    let house = House::new();
    house.account("team", "0");
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let owner = house.owner.clone();
            std::thread::spawn(move || checked(&send(&owner, TOP_UP, "k", r#"{"amount":"2"}"#), 201))
        })
        .collect();
    for call in calls {
        assert_eq!(call.join().unwrap(), json!({ "entry": 1, "account": "1", "balance": "2.0000" }));
    }
    assert_eq!(balance(&house), "2.0000");
    let of_account = house.read("/v1/admin/audit")["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["action"] == "top-up")
        .count();
    assert_eq!(of_account, 1);
}

#[test]
fn a_key_is_known_after_a_restart() {
    let house = House::new();
    house.account("team", "0");
    let first = checked(&send(&house.owner, TOP_UP, "k", r#"{"amount":"2"}"#), 201);
    let House { directory, server, .. } = house;
    let key = crate::writing::key(&directory, "second", "owner");
    server.kill();
    let server = directory.serve();
    let owner = Operator::new(&server, &key);
    assert_eq!(checked(&send(&owner, TOP_UP, "k", r#"{"amount":"2"}"#), 201), first);
}

#[test]
fn corrections_go_both_ways_and_entries_are_taken_back_once() {
    let house = House::new();
    house.account("team", "5");
    let corrections = "/v1/admin/accounts/team/corrections";
    house.said(201, "POST", corrections, json!({ "amount": "-1.5", "note": "counted twice" }));
    let reversal = "/v1/admin/entries/2/reversal";
    let back = house.said(201, "POST", reversal, json!({ "note": "it was right" }));
    assert_eq!(back, json!({ "entry": 3, "reverses": 2 }));
    assert_eq!(balance(&house), "5.0000");
    check_problem(&house.owner.call("POST", reversal, ""), 409, "reversal of entry \"2\" exists already");
    check_problem(&house.owner.call("POST", "/v1/admin/entries/3/reversal", ""), 404, "\"3\"");
    house.said(201, "POST", "/v1/admin/entries/1/reversal", Value::Null);
    assert_eq!(balance(&house), "0.0000");
}
