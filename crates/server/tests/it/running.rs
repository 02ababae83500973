//! Commands that write into a directory, with a server on it and without, and processes that die meanwhile.

use std::collections::BTreeSet;

use serde_json::json;

use crate::caller::Caller;
use crate::stored::{Stored, Total, searchable};
use crate::support::{Application, Directory, Process, Server, article, joined, shown, wait_for};

/// Items of an import that takes a while.
const MANY: i64 = 12_000;

fn many() -> String {
    joined((1..=MANY).map(|id| article(id, &format!("菜谱{id}"))))
}

/// The suggested texts.
fn texts(server: &Server, token: &str, keyword: &str) -> Vec<String> {
    let answer = server.suggest(token, keyword).json();
    assert_eq!(answer["code"], 0, "{answer}");
    let items = answer["data"]["items"].as_array().unwrap();
    items.iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

fn operator_status(server: &Server, key: &str) -> u16 {
    let bearer = format!("Bearer {key}");
    server.http().send("GET", "/v1/nothing", &[("Authorization", &bearer)], b"").status
}

fn registration(server: &Server, application: &Application) -> i64 {
    server.get(&application.register_target("u")).json()["ret"].as_i64().unwrap()
}

#[test]
fn every_command_writes_on_a_stopped_directory() {
    every_command_writes(false);
}

#[test]
fn every_command_writes_beside_a_running_server() {
    every_command_writes(true);
}

fn every_command_writes(running: bool) {
    let directory = Directory::new();
    let server = running.then(|| directory.serve());
    directory.import(&joined([article(1, "竹笋焖肉"), article(2, "竹笋炒蛋"), article(3, "竹笋汤")]));
    let mut taken_down = article(3, "竹笋汤");
    taken_down["status"] = "offline".into();
    directory.import(&joined([taken_down]));
    let log = directory.write("log.tsv", "竹叶青\t3\n竹荪鸡汤\t2\n");
    directory.run(&["import", "--kind", "queries", &shown(&log)]).succeeded();
    let entries = directory.write("entries.ndjson", joined([json!({ "text": "竹笋大全", "weight": 9 })]));
    directory.run(&["import", "--kind", "entries", &shown(&entries)]).succeeded();

    let (token, token_off, token_on) =
        (directory.token("one"), directory.token("off"), directory.token("on"));
    let (application, application_off, application_on) =
        (directory.application("one"), directory.application("off"), directory.application("on"));
    let made_operator = |name: &str| {
        let made = directory.run(&["operator", "create", "--name", name, "--json"]).succeeded().json();
        made["key"].as_str().unwrap().to_owned()
    };
    let (operator, operator_off, operator_on) =
        (made_operator("one"), made_operator("off"), made_operator("on"));
    for (command, option) in [("token", "--name"), ("app", "--partner"), ("operator", "--name")] {
        directory.run(&[command, "disable", option, "off"]).succeeded();
        directory.run(&[command, "disable", option, "on"]).succeeded();
        directory.run(&[command, "enable", option, "on"]).succeeded();
    }
    let operator_last = made_operator("last");

    let server = server.unwrap_or_else(|| directory.serve());
    // The last command stands for all of them: what was written before it is in force with it.
    wait_for("the last operator", || (operator_status(&server, &operator_last) == 404).then_some(()));
    assert_eq!(operator_status(&server, &operator_on), 404);
    assert_eq!(operator_status(&server, &operator), 404);
    assert_eq!(operator_status(&server, &operator_off), 401);
    assert_eq!(registration(&server, &application), 0);
    assert_eq!(registration(&server, &application_off), 10002);
    assert_eq!(registration(&server, &application_on), 0);
    assert_eq!(server.suggest(&token, "竹").status, 200);
    assert_eq!(server.suggest(&token_off, "竹").status, 401);
    assert_eq!(server.suggest(&token_on, "竹").status, 200);
    let found = Caller::of(application, &server).all("竹笋");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([1, 2]));
    let suggested = texts(&server, &token, "竹");
    for text in ["竹笋大全", "竹叶青", "竹荪鸡汤"] {
        assert!(suggested.iter().any(|found| found == text), "{text} in {suggested:?}");
    }
}

#[test]
fn an_import_beside_a_server_returns_when_it_can_be_found() {
    let directory = Directory::new();
    let server = directory.serve();
    let token = directory.token("one");
    let caller = Caller::new(&directory, &server);
    wait_for("the token", || (server.suggest(&token, "竹").status == 200).then_some(()));
    for round in 1..=3 {
        directory.import(&joined([article(round, "竹笋焖肉")]));
        assert_eq!(caller.first("竹笋").len() as i64, round);
        let query = format!("竹叶{}", ["青", "粥", "茶"][round as usize - 1]);
        let log = directory.write("log.tsv", format!("{query}\t3\n"));
        directory.run(&["import", "--kind", "queries", &shown(&log)]).succeeded();
        assert!(texts(&server, &token, "竹叶").contains(&query));
        let entry = format!("竹荪{round}");
        let entries = directory.write("entries.ndjson", joined([json!({ "text": entry, "weight": 1 })]));
        directory.run(&["import", "--kind", "entries", &shown(&entries)]).succeeded();
        assert!(texts(&server, &token, "竹荪").contains(&entry));
        let mut taken_down = article(9, "竹笋汤");
        directory.import(&joined([taken_down.clone()]));
        assert!(caller.first("竹笋").contains(&9));
        taken_down["status"] = "offline".into();
        directory.import(&joined([taken_down]));
        assert!(!caller.first("竹笋").contains(&9));
    }
}

#[test]
fn without_waiting_the_lines_are_stored_and_are_found_by_and_by() {
    let directory = Directory::new();
    let server = directory.serve();
    let caller = Caller::new(&directory, &server);
    let file = directory.write("items.ndjson", joined([article(1, "竹笋焖肉")]));
    directory.run(&["import", "--no-wait", &shown(&file)]).succeeded();
    let stored = Stored::open(&directory.data());
    assert_eq!(stored.count(), 1);
    stored.close();
    wait_for("the item", || (caller.first("竹笋") == [1]).then_some(()));
}

/// Whether everything of [`many`] is in once, in the rows and in a new server's answers.
fn check_many(directory: &Directory) {
    let stored = Stored::open(&directory.data());
    assert_eq!(stored.count(), MANY);
    let ids = stored.items().into_iter().map(|item| item.group_id);
    assert!(ids.eq(1..=MANY));
    stored.close();
    let application = directory.application("checker");
    let server = directory.serve();
    let caller = Caller::of(application, &server);
    for id in [1, 2_500, MANY / 2, MANY - 1, MANY] {
        assert_eq!(caller.first(&format!("菜谱{id}"))[0], id);
    }
    assert_eq!(caller.all("菜谱").into_iter().collect::<BTreeSet<_>>().len(), 1_000);
    server.stop().succeeded();
    let (documents, _) = searchable(&directory.data(), "菜谱");
    assert_eq!(documents, MANY as u64);
}

#[test]
fn an_import_survives_the_server_that_it_writes_beside() {
    let directory = Directory::new();
    let file = shown(&directory.write("items.ndjson", many()));
    let server = directory.serve();
    let import = directory.start(&["import", "--json", &file]);
    let stored = Stored::open(&directory.data());
    wait_for("the import under way", || (stored.count() >= 3_000).then_some(()));
    server.kill();
    let between = stored.count();
    stored.close();
    assert!(between < MANY, "the import ended before the server was killed");
    let summary = import.wait().succeeded().json();
    assert_eq!((&summary["read"], &summary["accepted"]), (&json!(MANY), &json!(MANY)), "{summary}");
    check_many(&directory);
}

#[test]
fn a_server_survives_the_import_that_writes_beside_it() {
    let directory = Directory::new();
    let file = shown(&directory.write("items.ndjson", many()));
    let server = directory.serve();
    let import = directory.start(&["import", &file]);
    let stored = Stored::open(&directory.data());
    wait_for("the import under way", || (stored.count() >= 3_000).then_some(()));
    assert_eq!(import.kill().code, None);
    let between = stored.count();
    stored.close();
    assert!(between < MANY, "the import ended before it was killed");
    let caller = Caller::new(&directory, &server);
    // The whole transactions of the import are in, and the server shows them.
    wait_for("the last item that is in", || {
        (caller.first(&format!("菜谱{between}")).first() == Some(&between)).then_some(())
    });
    assert_ne!(caller.first(&format!("菜谱{}", between + 1)).first(), Some(&(between + 1)));
    let summary = directory.run(&["import", "--json", &file]).succeeded().json();
    assert_eq!((&summary["accepted"], &summary["updated"]), (&json!(MANY - between), &json!(between)));
    assert_eq!(caller.first(&format!("菜谱{MANY}"))[0], MANY);
    server.stop().succeeded();
    check_many(&directory);
}

#[test]
fn a_server_waits_for_an_import_to_leave_the_directory() {
    let directory = Directory::new();
    let file = shown(&directory.write("items.ndjson", many()));
    let import = directory.start(&["import", &file]);
    let stored = Stored::open(&directory.data());
    wait_for("the import under way", || (stored.count() >= 1_000).then_some(()));
    stored.close();
    let server = directory.serve();
    import.wait().succeeded();
    server.stop().succeeded();
    check_many(&directory);
}

#[test]
fn a_server_takes_over_from_an_import_that_dies() {
    let directory = Directory::new();
    let file = shown(&directory.write("items.ndjson", many()));
    let import = directory.start(&["import", &file]);
    let stored = Stored::open(&directory.data());
    wait_for("the import under way", || (stored.count() >= 2_000).then_some(()));
    let serving = directory.start(&["serve", "--listen", "127.0.0.1:0"]);
    import.kill();
    let between = stored.count();
    stored.close();
    let server = Server::of(serving);
    let caller = Caller::new(&directory, &server);
    wait_for("the last item that is in", || {
        (caller.first(&format!("菜谱{between}")).first() == Some(&between)).then_some(())
    });
    server.stop().succeeded();
    assert_eq!(searchable(&directory.data(), "菜谱").0, between as u64);
}

#[test]
fn two_imports_at_once_share_a_directory() {
    let directory = Directory::new();
    let lines = |ids: std::ops::RangeInclusive<i64>| joined(ids.map(|id| article(id, &format!("菜谱{id}"))));
    let first = shown(&directory.write("first.ndjson", lines(1..=8_000)));
    let second = shown(&directory.write("second.ndjson", lines(4_001..=MANY)));
    let imports = [&first, &second].map(|file| directory.start(&["import", "--json", file]));
    let summaries = imports.map(|import| import.wait().succeeded().json());
    let sum = |key: &str| summaries.iter().map(|summary| summary[key].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("read"), sum("accepted"), sum("updated")), (16_000, MANY, 4_000));
    check_many(&directory);
}

#[test]
fn a_log_that_is_imported_twice_at_once_is_counted_once() {
    let directory = Directory::new();
    let lines: String = (0..30_000).map(|number| format!("菜谱{}\t2\t2023-11-14\n", number % 300)).collect();
    let file = shown(&directory.write("log.tsv", lines));
    let arguments = ["import", "--kind", "queries", &file];
    let imports = [directory.start(&arguments), directory.start(&arguments)];
    let ended = imports.map(Process::wait);
    let codes = BTreeSet::from([ended[0].code, ended[1].code]);
    assert_eq!(codes, BTreeSet::from([Some(0), Some(1)]), "{ended:?}");
    let stored = Stored::open(&directory.data());
    let log = stored.log();
    assert_eq!(log.len(), 300);
    let each = Total { count: 200, results: 0, clicks: 0, last_hour: 472_192 };
    assert!(log.values().all(|total| *total == each), "{log:?}");
    stored.close();
}
