//! One account, several callers; and money and prices that change while servers hold some of it.

use super::{
    account, application, balance, calls_of, check_sound, money, searched, statement, suggested, token, usage,
};
use crate::{
    alarms::figure,
    support::{Directory, Server, wait_for},
};

/// Money that is all there and held by nobody.
fn all(balance: &str) -> (String, String) {
    (balance.to_owned(), "0.0000".to_owned())
}

#[test]
fn callers_of_one_account_spend_it_to_the_last_call() {
    let directory = Directory::new();
    account(&directory, "payer", "0.2200");
    let charged = ["--account", "payer", "--price", "0.0100"];
    let (one, two) = (token(&directory, "one", &charged), token(&directory, "two", &charged));
    let application = application(&directory, "a", &["--account", "payer", "--price", "0.0200"]);
    let server = directory.serve();
    let access_token = application.register(&server, "user");
    // What one of them took to spend is taken back for the next.
    for round in 0..5 {
        assert_eq!(suggested(&server, &one, &[]), 0, "round {round}");
        assert_eq!(suggested(&server, &two, &[]), 0, "round {round}");
        assert_eq!(searched(&server, &application, &access_token), 0, "round {round}");
    }
    // 2 of 22 are left: enough for one search, or for two suggestions.
    assert_eq!(suggested(&server, &one, &[]), 0);
    assert_eq!(searched(&server, &application, &access_token), 10009);
    assert_eq!(suggested(&server, &two, &[]), 0);
    assert_eq!((suggested(&server, &one, &[]), suggested(&server, &two, &[])), (601, 601));
    assert_eq!((balance(&server, &one), usage(&server, &two)), ("0.0000".into(), (14, 6)));
    assert_eq!(money(&directory, "payer"), all("0.0000"));
    assert_eq!(calls_of(&statement(&directory, "payer"), "settlement"), 17);
    check_sound(&directory);
}

#[test]
fn a_new_price_and_a_new_payer_hold_for_the_calls_that_come_after() {
    let directory = Directory::new();
    account(&directory, "payer", "1");
    account(&directory, "heir", "1");
    let token = token(&directory, "t", &["--account", "payer", "--price", "0.0100"]);
    let server = directory.serve();
    (0..3).for_each(|_| assert_eq!(suggested(&server, &token, &[]), 0));
    // Calls pass until a change is in force, which the permission tells, and cost what they did before.
    let change = |options: &[&str]| {
        directory.run(&[&["token", "update", "t", "--deny", "suggest"], options].concat()).succeeded();
        wait_for("the change", || (suggested(&server, &token, &[]) == 600).then_some(()));
        directory.run(&["token", "update", "t", "--allow", "suggest"]).succeeded();
        successes(&server)
    };
    let call = || wait_for("the permission", || (suggested(&server, &token, &[]) == 0).then_some(()));
    let cheap = change(&["--price", "0.1000"]);
    let rest = 10_000 - 100 * cheap;
    assert_eq!(
        money(&directory, "payer"),
        all(&amount(rest)),
        "what was held at the old price is given back"
    );
    call();
    let dear = change(&["--account", "heir", "--price", "0.0001"]) - cheap;
    let rest = rest - 1_000 * dear;
    assert_eq!(money(&directory, "payer"), all(&amount(rest)));
    call();
    assert_eq!(money(&directory, "heir").0, "0.9999");
    assert_eq!(money(&directory, "payer"), all(&amount(rest)));
    check_sound(&directory);
}

/// How many suggestions were answered.
fn successes(server: &Server) -> i64 {
    figure(server, "qiusuo_calls_total{api=\"suggest\",code=\"0\"}").unwrap().parse().unwrap()
}

/// An amount of so many 1/10000 CNY.
fn amount(units: i64) -> String {
    engine::Amount(units).to_string()
}

#[test]
fn a_quota_that_is_moved_counts_what_was_used_before() {
    let directory = Directory::new();
    let token = token(&directory, "t", &["--quota", "50"]);
    let server = directory.serve();
    (0..10).for_each(|_| assert_eq!(suggested(&server, &token, &[]), 0));
    let quota = |calls: &str| {
        directory.run(&["token", "update", "t", "--quota", calls]).succeeded();
    };
    quota("5");
    wait_for("the refusal", || (suggested(&server, &token, &[]) == 303).then_some(()));
    let made = successes(&server);
    quota(&(made + 3).to_string());
    wait_for("the new quota", || (suggested(&server, &token, &[]) == 0).then_some(()));
    let codes: Vec<i64> = (0..3).map(|_| suggested(&server, &token, &[])).collect();
    assert_eq!(codes, [0, 0, 303], "three calls were left, one is made");
    check_sound(&directory);
}

#[test]
fn money_that_is_taken_out_cannot_be_spent_any_more() {
    let directory = Directory::new();
    account(&directory, "payer", "1");
    let token = token(&directory, "t", &["--account", "payer", "--price", "0.0100"]);
    let server = directory.serve();
    assert_eq!(suggested(&server, &token, &[]), 0);
    // The server holds some of it to spend.
    assert_ne!(money(&directory, "payer").1, "0.0000");
    directory.run(&["account", "correct", "payer", "-0.9900"]).succeeded();
    // Asking does not spend: what was held is given back without a call.
    wait_for("what is held to be given back", || (money(&directory, "payer") == all("0.0000")).then_some(()));
    assert_eq!(suggested(&server, &token, &[]), 601);
    directory.run(&["account", "top-up", "payer", "0.0200"]).succeeded();
    wait_for("the money", || (suggested(&server, &token, &[]) == 0).then_some(()));
    assert_eq!((suggested(&server, &token, &[]), suggested(&server, &token, &[])), (0, 601));
    assert_eq!(money(&directory, "payer"), all("0.0000"));
    check_sound(&directory);
}
