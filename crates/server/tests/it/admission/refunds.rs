//! What fails inside gives everything back: rate, quota, cap and money.

use serde_json::json;

use super::{
    KEYWORD, SEARCH, account, application, balance, calls_of, check_sound, code, money, statement, suggested,
    token, usage,
};
use crate::support::{Application, Directory, Server, article, borrowed, joined, target};

/// Failures of each kind.
const EACH: usize = 4;
/// Calls that every limit has room for.
const ROOM: usize = 5;

/// Limits that allow [`ROOM`] calls, each of them.
const TIGHT: [&str; 10] =
    ["--account", "payer", "--price", "0.1000", "--cap", "0.5000", "--quota", "5", "--rate", "5/h"];

fn tight() -> Directory {
    let directory = Directory::new();
    directory.configure("[server]\nfaults = true\n");
    account(&directory, "payer", "0.5000");
    directory
}

#[test]
fn a_suggestion_that_fails_inside_gives_everything_back() {
    let directory = tight();
    let token = token(&directory, "t", &TIGHT);
    let server = directory.serve();
    for fault in ["301", "500", "503"] {
        for _ in 0..EACH {
            assert_eq!(suggested(&server, &token, &[("qiusuo_fault", fault)]).to_string(), fault);
        }
    }
    assert_eq!(balance(&server, &token), "0.5000");
    // What fails in between takes nothing either.
    let codes: Vec<i64> = (0..ROOM)
        .flat_map(|_| ["500", "0"])
        .map(|fault| match fault {
            "0" => suggested(&server, &token, &[]),
            fault => suggested(&server, &token, &[("qiusuo_fault", fault)]),
        })
        .collect();
    assert_eq!(codes, [500, 0].repeat(ROOM));
    assert_eq!(suggested(&server, &token, &[]), 302, "the whole rate was there, and no more");
    directory.run(&["token", "update", "t", "--rate", "none"]).succeeded();
    check(&directory, &server, &token, || suggested(&server, &token, &[]), 302, 303);
    // All twelve and five failures, five successes, and what was refused in between.
    let (suggestions, searches) = usage(&server, &token);
    assert!(suggestions >= (3 * EACH + 2 * ROOM + 2) as i64 && searches == 0, "{suggestions} {searches}");
}

/// Looks whether exactly [`ROOM`] calls are charged once the rate is lifted, which was told as `rate` before.
#[track_caller]
fn check(directory: &Directory, server: &Server, token: &str, ask: impl Fn() -> i64, rate: i64, quota: i64) {
    let end = crate::support::wait_for("the rate to be lifted", || Some(ask()).filter(|code| *code != rate));
    assert_eq!(end, quota, "the whole quota was there, and no more");
    let entries = statement(directory, "payer");
    assert_eq!(calls_of(&entries, "settlement"), ROOM as i64, "{entries:#?}");
    assert_eq!(calls_of(&entries, "lease"), calls_of(&entries, "settlement") + calls_of(&entries, "return"));
    assert_eq!(balance(server, token), "0.0000");
    assert_eq!(money(directory, "payer"), ("0.0000".to_owned(), "0.0000".to_owned()));
    check_sound(directory);
}

/// A signed call at one of the paths, with a fault or without.
fn call(server: &Server, application: &Application, access_token: &str, (path, fault): (&str, &str)) -> i64 {
    let signed = application.signed();
    let mut own = vec![("access_token", access_token), ("keyword", KEYWORD), ("group_id", "1")];
    if fault != "0" {
        own.push(("qiusuo_fault", fault));
    }
    code(&server.get(&target(path, &[&borrowed(&signed), &own[..]].concat())))
}

#[test]
fn a_search_that_fails_inside_gives_everything_back() {
    const SINGLE: &str = "/article/single/info/";
    const RELATED: &str = "/data/stream/related/v1/";
    let directory = tight();
    directory.import(&joined([article(1, KEYWORD)]));
    let application = application(&directory, "a", &TIGHT);
    // It makes no call; its account's summary is asked for with it.
    let token = token(&directory, "t", &["--account", "payer"]);
    let server = directory.serve();
    let access_token = application.register(&server, "user");
    let ask = |path: &str, fault: &str| call(&server, &application, &access_token, (path, fault));
    for (path, faults) in
        [(SEARCH, &["10010", "10000"][..]), (SINGLE, &["22", "10010", "10000"]), (RELATED, &["22", "10010"])]
    {
        for fault in faults {
            (0..EACH).for_each(|_| assert_eq!(ask(path, fault).to_string(), *fault, "{path}"));
        }
    }
    assert_eq!(balance(&server, &token), "0.5000");
    // The three paths share one set of limits.
    let paths = [SEARCH, SINGLE, RELATED, SEARCH, SEARCH];
    assert_eq!(paths.map(|path| (ask(path, "10000"), ask(path, "0"))), [(10000, 0); ROOM]);
    assert_eq!(ask(SEARCH, "0"), 10007, "the whole rate was there, and no more");
    directory.run(&["app", "update", "--partner", "a", "--rate", "none"]).succeeded();
    check(&directory, &server, &token, || ask(SEARCH, "0"), 10007, 10008);
    assert_eq!(usage(&server, &token).0, 0);
    assert_eq!(statement(&directory, "payer")[0]["kind"], json!("top-up"));
}
