//! Admission from outside: every code, the order of the checks, what a call costs, and what survives a killed server.

mod alarms;
mod codes;
mod kill;
mod limits;
mod order;
mod refunds;
mod secrets;
mod sharing;

use serde_json::{Value, json};

use crate::support::{Answer, Application, Directory, Server, target};

const SUGGEST: &str = "/api/xiaohongshu/search-recommend/v1";
const SEARCH: &str = "/data/stream/search/v4/";
/// What is searched for; nothing need be found.
const KEYWORD: &str = "竹笋";

/// Makes an account and returns its number.
#[track_caller]
fn account(directory: &Directory, name: &str, balance: &str) -> String {
    let create = ["account", "create", "--name", name, "--balance", balance, "--json"];
    let made = directory.run(&create).succeeded().json();
    made["account"].as_str().unwrap().to_owned()
}

/// Makes a token with options.
#[track_caller]
fn token(directory: &Directory, name: &str, options: &[&str]) -> String {
    let create = [&["token", "create", "--name", name, "--json"], options].concat();
    directory.run(&create).succeeded().json()["token"].as_str().unwrap().to_owned()
}

/// Makes an application with options.
#[track_caller]
fn application(directory: &Directory, partner: &str, options: &[&str]) -> Application {
    let create = [&["app", "create", "--partner", partner, "--json"], options].concat();
    let made = directory.run(&create).succeeded().json();
    Application::new(partner, made["secure_key"].as_str().unwrap())
}

/// An account as a command shows it, on a stopped or a running server's directory.
#[track_caller]
fn shown(directory: &Directory, account: &str) -> Value {
    directory.run(&["account", "show", account, "--json"]).succeeded().json()
}

/// Balance and what servers hold of it.
#[track_caller]
fn money(directory: &Directory, account: &str) -> (String, String) {
    let shown = shown(directory, account);
    (shown["balance"].as_str().unwrap().to_owned(), shown["held"].as_str().unwrap().to_owned())
}

/// The entries of an account.
#[track_caller]
fn statement(directory: &Directory, account: &str) -> Vec<Value> {
    directory.run(&["account", "statement", account, "--json"]).succeeded().json_lines()
}

/// The calls of all entries of a kind.
fn calls_of(entries: &[Value], kind: &str) -> i64 {
    entries.iter().filter(|entry| entry["kind"] == kind).map(|entry| entry["calls"].as_i64().unwrap()).sum()
}

/// Looks whether the store is sound: sums that are kept beside the ledger, and leases without a server.
#[track_caller]
fn check_sound(directory: &Directory) {
    directory.run(&["doctor", "--json"]).succeeded();
}

/// The code of an answer in either dialect.
#[track_caller]
fn code(answer: &Answer) -> i64 {
    let body = answer.json();
    body.get("code").or_else(|| body.get("ret")).and_then(Value::as_i64).unwrap()
}

/// The code of a suggestion, with further parameters behind the keyword.
#[track_caller]
fn suggested(server: &Server, token: &str, further: &[(&str, &str)]) -> i64 {
    let parameters = [("token", token), ("keyword", KEYWORD)];
    code(&server.get(&target(SUGGEST, &[&parameters, further].concat())))
}

/// The code of a search.
#[track_caller]
fn searched(server: &Server, application: &Application, access_token: &str) -> i64 {
    code(&application.search(server, access_token, &[("keyword", KEYWORD)]))
}

/// What a token's account is told over HTTP.
#[track_caller]
fn balance(server: &Server, token: &str) -> Value {
    let body = server.get(&target("/user/get-balance", &[("token", token)])).json();
    assert_eq!((&body["code"], &body["data"]["currency"]), (&json!(0), &json!("CNY")), "{body}");
    body["data"]["balance"].clone()
}

/// The calls of suggestions and of searches in the summary of a token's account, all days together: they are asked
/// for together, so that midnight makes no difference.
#[track_caller]
fn usage(server: &Server, token: &str) -> (i64, i64) {
    let body = server.get(&target("/user/get-usage-summary", &[("token", token)])).json();
    assert_eq!(body["code"], 0, "{body}");
    let series = body["data"]["apiTrendDaily"]["series"].as_array().unwrap();
    let sum = |name: &str| {
        let row = series.iter().find(|row| row["name"] == name).unwrap();
        row["data"].as_array().unwrap().iter().map(|calls| calls.as_i64().unwrap()).sum()
    };
    (sum(SUGGEST), sum(SEARCH))
}

/// Seconds from a Unix second to the next midnight in Asia/Shanghai.
fn to_midnight(seconds: i64) -> i64 {
    86_400 - (seconds + 8 * 3_600).rem_euclid(86_400)
}

/// The header's value.
#[track_caller]
fn retry_after(answer: &Answer) -> i64 {
    answer.header("retry-after").unwrap().parse().unwrap()
}
