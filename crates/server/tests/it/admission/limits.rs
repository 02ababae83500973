//! Limits that are changed beside a server, figures that a command shows, and waiting for a rate.

use std::time::{Duration, Instant};

use super::{
    account, application, balance, calls_of, check_sound, code, money, retry_after, searched, shown,
    statement, suggested, token, usage,
};
use crate::support::{Directory, wait_for};

const NOTHING_HELD: &str = "0.0000";

/// Balance and holdings as [`money`] tells them.
fn told(balance: &str, held: &str) -> (String, String) {
    (balance.to_owned(), held.to_owned())
}

#[test]
fn limits_changed_beside_a_running_server_come_into_force() {
    let directory = Directory::new();
    account(&directory, "payer", "1");
    let token = token(&directory, "t", &[]);
    let server = directory.serve();
    let ask = || suggested(&server, &token, &[]);
    assert_eq!((ask(), ask()), (0, 0));
    let change = |options: &[&str], until: i64| {
        directory.run(&[&["token", "update", "t"], options].concat()).succeeded();
        wait_for("the change", || (ask() == until).then_some(()));
    };
    change(&["--deny", "suggest"], 600);
    change(&["--allow", "suggest"], 0);
    change(&["--quota", "0"], 303);
    change(&["--quota", "none"], 0);
    change(&["--rate", "1/h"], 302);
    change(&["--rate", "none"], 0);
    change(&["--account", "payer", "--price", "2"], 601);
    change(&["--cap", "0"], 602);
    change(&["--cap", "none", "--price", "none"], 0);
    directory.run(&["token", "disable", "--name", "t"]).succeeded();
    wait_for("the end", || (ask() == 100).then_some(()));
    assert_eq!(money(&directory, "payer"), told("1.0000", NOTHING_HELD));
}

#[test]
fn limits_changed_while_no_server_runs_hold_from_the_first_call() {
    let directory = Directory::new();
    account(&directory, "payer", "1");
    let token = token(&directory, "t", &["--quota", "1"]);
    let application = application(&directory, "a", &["--deny", "search"]);
    directory
        .run(&["token", "update", "t", "--quota", "3", "--account", "payer", "--price", "0.2000"])
        .succeeded();
    directory.run(&["app", "update", "--partner", "a", "--allow", "search", "--quota", "2"]).succeeded();
    let server = directory.serve();
    let codes: Vec<i64> = (0..4).map(|_| suggested(&server, &token, &[])).collect();
    assert_eq!(codes, [0, 0, 0, 303]);
    let access_token = application.register(&server, "user");
    let codes: Vec<i64> = (0..3).map(|_| searched(&server, &application, &access_token)).collect();
    assert_eq!(codes, [0, 0, 10008]);
    server.stop().succeeded();

    // What was used stays used.
    directory.run(&["token", "update", "t", "--quota", "4"]).succeeded();
    let server = directory.serve();
    let codes: Vec<i64> = (0..2).map(|_| suggested(&server, &token, &[])).collect();
    assert_eq!(codes, [0, 303]);
    assert_eq!(money(&directory, "payer"), told("0.2000", NOTHING_HELD));
}

#[test]
fn figures_are_exact_on_a_running_a_stopped_and_a_killed_server() {
    let directory = Directory::new();
    account(&directory, "payer", "10");
    let token = token(&directory, "t", &["--account", "payer", "--price", "0.0123", "--quota", "1000"]);
    let call = |server: &crate::support::Server, calls: usize| {
        (0..calls).for_each(|_| assert_eq!(suggested(server, &token, &[]), 0));
    };
    let check = |calls: i64, amount: &str| {
        assert_eq!(shown(&directory, "payer")["balance"], amount);
        assert_eq!(calls_of(&statement(&directory, "payer"), "settlement"), calls);
    };
    let server = directory.serve();
    call(&server, 7);
    assert_eq!(balance(&server, &token), "9.9139");
    check(7, "9.9139");
    call(&server, 1);
    check(8, "9.9016");
    assert_eq!(usage(&server, &token), (8, 0));
    server.stop().succeeded();
    check(8, "9.9016");
    assert_eq!(money(&directory, "payer"), told("9.9016", NOTHING_HELD));
    check_sound(&directory);

    let server = directory.serve();
    call(&server, 21);
    server.kill();
    // The command takes up what the killed server left.
    assert_eq!(money(&directory, "payer"), told("9.6433", NOTHING_HELD));
    check(29, "9.6433");
    check_sound(&directory);

    let server = directory.serve();
    call(&server, 3);
    server.kill();
    // So does the next server; its own calls come on top.
    let server = directory.serve();
    assert_eq!(balance(&server, &token), "9.6064");
    call(&server, 1);
    check(33, "9.5941");
    assert_eq!(usage(&server, &token), (33, 0));
    check_sound(&directory);
    server.stop().succeeded();
    assert_eq!(money(&directory, "payer"), told("9.5941", NOTHING_HELD));
}

#[test]
fn a_call_passes_once_its_retry_after_is_over() {
    let directory = Directory::new();
    let token = token(&directory, "t", &["--rate", "60/m", "--burst", "2"]);
    let application = application(&directory, "a", &["--rate", "60/m", "--burst", "1"]);
    let server = directory.serve();
    let access_token = application.register(&server, "user");
    let suggest = || server.suggest(&token, "x");
    let search = || application.search(&server, &access_token, &[("keyword", "x")]);
    let checks: [(&dyn Fn() -> crate::support::Answer, i64); 2] = [(&suggest, 302), (&search, 10007)];
    for (ask, limited) in checks {
        let refused = wait_for("a refusal", || Some(ask()).filter(|answer| code(answer) == limited));
        let (told, since) = (retry_after(&refused), Instant::now());
        assert_eq!(told, 1, "calls come a second apart");
        // Waiting is what the server asks of a client here.
        let pause = Duration::from_secs(told.unsigned_abs()).saturating_sub(since.elapsed());
        std::thread::sleep(pause);
        assert_eq!(code(&ask()), 0, "{limited}: the time that was told is enough");
    }
}
