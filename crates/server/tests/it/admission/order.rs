//! The order of the checks: of two things that are wrong the earlier one is told. A refused call consumes nothing.

use super::{
    KEYWORD, SEARCH, SUGGEST, account, application, calls_of, code, money, searched, statement, suggested,
    token, usage,
};
use crate::support::{Application, Directory, Server, borrowed, now, target, wait_for};

/// The answer to a suggestion with these parameters.
fn ask(server: &Server, token: &str, keyword: &str) -> i64 {
    code(&server.get(&target(SUGGEST, &[("token", token), ("keyword", keyword)])))
}

#[test]
fn a_suggestion_is_checked_in_the_order_of_the_contract() {
    let directory = Directory::new();
    let denied = token(&directory, "denied", &["--deny", "suggest"]);
    let ended = token(&directory, "ended", &["--deny", "suggest"]);
    directory.run(&["token", "disable", "--name", "ended"]).succeeded();
    let once = token(&directory, "once", &["--rate", "1/h"]);
    let server = directory.serve();

    let posted = server.http().send("POST", &target(SUGGEST, &[("token", "wrong")]), &[], b"");
    assert_eq!((posted.status, code(&posted)), (405, 400), "the method before the token");
    assert_eq!(ask(&server, "wrong", ""), 100, "the token before the parameters");
    assert_eq!(ask(&server, &ended, KEYWORD), 100, "the token before the permission");
    assert_eq!(ask(&server, &denied, ""), 600, "the permission before the parameters");
    for wrong in ["", " ", &"长".repeat(65)] {
        assert_eq!(ask(&server, &once, wrong), 400, "{wrong}");
    }
    assert_eq!(ask(&server, &once, KEYWORD), 0, "what was refused took nothing of the rate");
    assert_eq!(ask(&server, &once, KEYWORD), 302);
    assert_eq!(ask(&server, &once, ""), 400, "the parameters before the rate");
}

/// Everything that a caller can run out of, each used up by one call.
const ALL_USED_UP: [&str; 10] =
    ["--account", "payer", "--price", "0.0100", "--cap", "0.0100", "--quota", "1", "--rate", "1/h"];

/// Lifts one limit after the other by `update`, and looks which of them is told.
#[track_caller]
fn lift(directory: &Directory, update: &[&str], codes: [i64; 4], ask: impl Fn() -> i64) {
    let [rate, quota, cap, balance] = codes;
    for (told, lifted, next) in [(rate, "--rate", quota), (quota, "--quota", cap), (cap, "--cap", balance)] {
        assert_eq!(ask(), told);
        directory.run(&[update, &[lifted, "none"]].concat()).succeeded();
        let end = wait_for("the limit to be lifted", || Some(ask()).filter(|code| *code != told));
        assert_eq!(end, next, "without {lifted}");
    }
    directory.run(&["account", "top-up", "payer", "0.0100"]).succeeded();
    let end = wait_for("the money", || Some(ask()).filter(|code| *code != balance));
    assert_eq!((end, ask()), (0, balance), "money for one more call");
}

#[test]
fn of_rate_quota_cap_and_balance_the_first_is_told() {
    let directory = Directory::new();
    account(&directory, "payer", "0.0100");
    let token = token(&directory, "t", &ALL_USED_UP);
    let server = directory.serve();
    assert_eq!(suggested(&server, &token, &[]), 0);
    lift(&directory, &["token", "update", "t"], [302, 303, 602, 601], || suggested(&server, &token, &[]));
    assert_eq!(money(&directory, "payer"), ("0.0000".to_owned(), "0.0000".to_owned()));
    assert_eq!(calls_of(&statement(&directory, "payer"), "settlement"), 2, "what was refused cost nothing");
}

#[test]
fn a_search_tells_the_same_with_codes_of_its_own() {
    let directory = Directory::new();
    account(&directory, "payer", "0.0100");
    let application = application(&directory, "a", &ALL_USED_UP);
    let server = directory.serve();
    let access_token = application.register(&server, "user");
    assert_eq!(searched(&server, &application, &access_token), 0);
    let ask = || searched(&server, &application, &access_token);
    lift(&directory, &["app", "update", "--partner", "a"], [10007, 10008, 10011, 10009], ask);
    assert_eq!(money(&directory, "payer"), ("0.0000".to_owned(), "0.0000".to_owned()));
    assert_eq!(calls_of(&statement(&directory, "payer"), "settlement"), 2, "what was refused cost nothing");
}

/// A search that is right, with some parameters put in the place of what is there.
fn changed(
    server: &Server,
    application: &Application,
    access_token: &str,
    changes: &[(&'static str, &str)],
) -> i64 {
    let mut parameters = application.signed();
    parameters.extend([("access_token", access_token.to_owned()), ("keyword", KEYWORD.to_owned())]);
    parameters.retain(|(known, _)| changes.iter().all(|(name, _)| name != known));
    parameters.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
    code(&server.get(&target(SEARCH, &borrowed(&parameters))))
}

#[test]
fn a_search_is_checked_in_the_order_of_the_contract() {
    let directory = Directory::new();
    let denied = application(&directory, "denied", &["--deny", "search"]);
    let once = application(&directory, "once", &["--rate", "1/h"]);
    let server = directory.serve();
    let access_token = once.register(&server, "user");
    let stale = (now() - 4_000).to_string();
    let ask = |changes: &[(&'static str, &str)]| changed(&server, &once, &access_token, changes);

    assert_eq!(ask(&[("partner", "nobody"), ("timestamp", &stale)]), 10002);
    let wrong = "0".repeat(40);
    assert_eq!(ask(&[("timestamp", &stale), ("signature", &wrong)]), 10004);
    assert_eq!(ask(&[("signature", &wrong), ("access_token", "dead")]), 10003);
    let forbidden = |changes: &[(&'static str, &str)]| changed(&server, &denied, "dead", changes);
    assert_eq!(forbidden(&[("signature", &wrong)]), 10003, "the signature before the permission");
    assert_eq!(forbidden(&[("keyword", "")]), 10006, "the permission before the access token");
    assert_eq!(ask(&[("access_token", "dead"), ("keyword", "")]), 1);
    for (name, wrong) in [("keyword", ""), ("count", "21"), ("offset", "-1"), ("need_group_types", "x")] {
        assert_eq!(ask(&[(name, wrong)]), 10001, "{name}");
    }
    assert_eq!(ask(&[]), 0, "what was refused took nothing of the rate");
    assert_eq!(ask(&[]), 10007);
    assert_eq!(ask(&[("keyword", "")]), 10001, "the parameters before the rate");
    assert_eq!(ask(&[("access_token", "dead")]), 1, "the access token before the rate");
}

#[test]
fn a_nonce_is_looked_at_between_signature_and_permission() {
    let directory = Directory::new();
    let application = application(&directory, "a", &["--refuse-repeated-nonces", "true"]);
    let server = directory.serve();
    let access_token = application.register(&server, "user");
    let timestamp = now().to_string();
    let ask = |nonce: &str, wrong: Option<&str>| {
        let mut parameters = application.signed_at(&timestamp, nonce, None);
        if let Some(wrong) = wrong {
            parameters[3].1 = wrong.to_owned();
        }
        parameters.extend([("access_token", access_token.clone()), ("keyword", KEYWORD.to_owned())]);
        code(&server.get(&target(SEARCH, &borrowed(&parameters))))
    };
    assert_eq!((ask("used", None), ask("used", None)), (0, 10005));
    assert_eq!(ask("used", Some(&"0".repeat(40))), 10003, "the signature before the nonce");
    directory.run(&["app", "update", "--partner", "a", "--deny", "search"]).succeeded();
    let mut nonces = 0..;
    let mut ask_anew = || ask(&format!("new-{}", nonces.next().unwrap_or(0)), None);
    wait_for("the refusal", || (ask_anew() == 10006).then_some(()));
    assert_eq!(ask("used", None), 10005, "the nonce before the permission");
    assert_eq!(
        (ask("denied", None), ask("denied", None)),
        (10006, 10006),
        "what was refused used no nonce up"
    );
}

#[test]
fn a_registration_needs_the_permission_and_is_neither_counted_nor_charged() {
    let directory = Directory::new();
    account(&directory, "payer", "0.0100");
    let application = application(&directory, "a", &ALL_USED_UP);
    // It makes no call; its account's summary is asked for with it.
    let token = token(&directory, "t", &["--account", "payer"]);
    let server = directory.serve();
    let register =
        |uuid: &str| server.get(&application.register_target(uuid)).json()["ret"].as_i64().unwrap();
    assert_eq!([register("u"), register("v"), register("w")], [0; 3]);
    let access_token = application.register(&server, "u");
    assert_eq!(searched(&server, &application, &access_token), 0, "registering took nothing");
    assert_eq!(searched(&server, &application, &access_token), 10007);
    assert_eq!(register("x"), 0, "whatever is used up");
    assert_eq!(usage(&server, &token), (0, 2), "two searches came, and nothing else");
    assert_eq!(calls_of(&statement(&directory, "payer"), "settlement"), 1);

    directory.run(&["app", "update", "--partner", "a", "--deny", "search"]).succeeded();
    wait_for("the refusal", || (register("y") == 10006).then_some(()));
    let body = server.get(&application.register_target("y")).json();
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["ret", "msg", "message", "req_id"]);
}
