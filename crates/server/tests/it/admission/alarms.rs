//! Alarms that calls raise: once each time a balance or a quota runs low, with the figures of that moment.

use serde_json::{Value, json};

use super::{account, calls_of, money, shown, statement, suggested, token};
use crate::{
    alarms::{Hook, figure},
    support::{Directory, Server, now, wait_for},
};

/// Calls until the ledger has them all.
fn spend(directory: &Directory, server: &Server, token: &str, calls: usize) {
    (0..calls).for_each(|_| assert_eq!(suggested(server, token, &[]), 0));
    // The question has everything written down, and that is when an alarm is raised.
    shown(directory, "payer");
}

/// The next alarm, after a look at its signature, with the time taken out.
fn alarm(hook: &Hook) -> Value {
    let post = hook.next();
    post.check_form();
    let mut body: Value = serde_json::from_str(&post.body).unwrap();
    let time = body.as_object_mut().unwrap().remove("time").unwrap().as_i64().unwrap();
    assert!(time.abs_diff(now()) < 120, "{time}");
    body
}

/// Tells that nothing else was posted: whatever is due is delivered in the order in which it was raised, so one more
/// alarm, of another account, would come behind it.
fn check_silence(directory: &Directory, server: &Server, hook: &Hook, name: &str) {
    account(directory, name, "0.0001");
    directory.run(&["account", "update", name, "--low-balance", "1"]).succeeded();
    let token = token(directory, name, &["--account", name, "--price", "0.0001"]);
    wait_for("a charged call", || (suggested(server, &token, &[]) == 0).then_some(()));
    shown(directory, name);
    let next = alarm(hook);
    assert_eq!((&next["kind"], &next["name"]), (&json!("low_balance"), &json!(name)), "{next}");
}

#[test]
fn a_balance_that_falls_is_told_once_and_again_after_a_top_up() {
    let hook = Hook::answering(204);
    let directory = Directory::new();
    directory.configure(&format!("{}low_balance = \"0.5000\"\n", hook.configuration()));
    let number = account(&directory, "payer", "1");
    let token = token(&directory, "t", &["--account", "payer", "--price", "0.1000"]);
    let server = directory.serve();
    let told = |balance: &str, threshold: &str| {
        json!({
            "kind": "low_balance", "account": number, "name": "payer", "balance": balance,
            "threshold": threshold, "currency": "CNY",
        })
    };
    spend(&directory, &server, &token, 5);
    assert_eq!(money(&directory, "payer").0, "0.5000", "at the threshold it is not low");
    assert_eq!(figure(&server, "qiusuo_accounts_low").as_deref(), Some("0"));
    spend(&directory, &server, &token, 1);
    assert_eq!(alarm(&hook), told("0.4000", "0.5000"));
    assert_eq!(figure(&server, "qiusuo_accounts_low").as_deref(), Some("1"));
    spend(&directory, &server, &token, 1);
    spend(&directory, &server, &token, 1);
    check_silence(&directory, &server, &hook, "other");

    directory.run(&["account", "top-up", "payer", "0.5000"]).succeeded();
    spend(&directory, &server, &token, 1);
    assert_eq!(money(&directory, "payer").0, "0.6000");
    spend(&directory, &server, &token, 2);
    assert_eq!(alarm(&hook), told("0.4000", "0.5000"));
    // A threshold of its own is looked at anew.
    directory.run(&["account", "update", "payer", "--low-balance", "0.2500"]).succeeded();
    spend(&directory, &server, &token, 1);
    spend(&directory, &server, &token, 1);
    assert_eq!(alarm(&hook), told("0.2000", "0.2500"));
    spend(&directory, &server, &token, 2);
    assert_eq!(suggested(&server, &token, &[]), 601);
    check_silence(&directory, &server, &hook, "another");
}

#[test]
fn a_quota_is_told_once_a_day_when_its_part_is_used() {
    let hook = Hook::answering(200);
    let directory = Directory::new();
    directory.configure(&hook.configuration());
    account(&directory, "payer", "1");
    let token = token(&directory, "网页", &["--account", "payer", "--quota", "7"]);
    let server = directory.serve();
    let day = |_: &()| (now() + 8 * 3_600).div_euclid(86_400);
    let before = day(&());
    spend(&directory, &server, &token, 6);
    assert_eq!(figure(&server, "qiusuo_quotas_low").as_deref(), Some("0"), "6 of 7 are less than 90 %");
    spend(&directory, &server, &token, 1);
    let told = alarm(&hook);
    assert!((before..=day(&())).contains(&told["day"].as_i64().unwrap()), "{told}");
    let expected = json!({
        "kind": "quota", "caller": "token", "name": "网页", "api": "suggest", "day": told["day"],
        "quota": 7, "used": 7, "percent": 90,
    });
    assert_eq!(told, expected);
    assert_eq!(figure(&server, "qiusuo_quotas_low").as_deref(), Some("1"));
    assert_eq!(suggested(&server, &token, &[]), 303);
    shown(&directory, "payer");
    check_silence(&directory, &server, &hook, "other");
}

#[test]
fn without_a_receiver_alarms_are_counted_and_nothing_is_stored() {
    let directory = Directory::new();
    directory.configure("[alarms]\nlow_balance = \"1\"\n");
    account(&directory, "payer", "1");
    let token = token(&directory, "t", &["--account", "payer", "--price", "0.1000", "--quota", "2"]);
    let server = directory.serve();
    assert_eq!(figure(&server, "qiusuo_accounts_low").as_deref(), Some("0"), "from the start");
    spend(&directory, &server, &token, 2);
    for figure_name in ["qiusuo_accounts_low", "qiusuo_quotas_low"] {
        assert_eq!(figure(&server, figure_name).as_deref(), Some("1"), "{figure_name}");
    }
    assert_eq!(calls_of(&statement(&directory, "payer"), "settlement"), 2);
    server.stop().succeeded();
    let stored =
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let opened = engine::open_existing(engine::Options::new(directory.data())).await.unwrap();
            let waiting = opened.store.waiting_alarms().await.unwrap();
            opened.store.close().await;
            waiting.count
        });
    assert_eq!(stored, 0);
    // The next server shows them from its start.
    let server = directory.serve();
    assert_eq!(figure(&server, "qiusuo_accounts_low").as_deref(), Some("1"));
}
