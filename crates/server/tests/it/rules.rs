//! What operators place and ban, by the command line, on a stopped and on a running server's directory.

use serde_json::{Value, json};

use crate::support::{Directory, Server, joined, now, shown, wait_for};

/// A directory with these entries, the first one the heaviest.
pub(crate) fn with_entries(texts: &[&str]) -> Directory {
    let directory = Directory::new();
    let weights = (1..=texts.len()).rev();
    let lines =
        texts.iter().zip(weights).map(|(text, weight)| json!({ "text": text, "weight": weight * 10 }));
    let file = shown(&directory.write("entries.ndjson", joined(lines)));
    directory.run(&["import", "--kind", "entries", &file]).succeeded();
    directory
}

/// The items for a keyword.
#[track_caller]
pub(crate) fn items(server: &Server, token: &str, keyword: &str) -> Vec<Value> {
    let body = server.suggest(token, keyword).json();
    assert_eq!(body["code"], 0, "{body}");
    body["data"]["items"].as_array().unwrap().clone()
}

#[track_caller]
pub(crate) fn texts(server: &Server, token: &str, keyword: &str) -> Vec<String> {
    items(server, token, keyword).iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn rules(directory: &Directory, arguments: &[&str]) -> crate::support::Ran {
    directory.run(&[&["rules"], arguments].concat())
}

#[test]
fn rules_made_on_a_stopped_directory_are_in_force() {
    rules_are_in_force(false);
}

#[test]
fn rules_made_beside_a_running_server_are_in_force() {
    rules_are_in_force(true);
}

fn rules_are_in_force(running: bool) {
    let directory = with_entries(&[
        "竹笋",
        "竹荪",
        "竹荪汤",
        "竹叶茶",
        "竹葉青",
        "竹 叶 枕",
        "竹．叶．席",
        "ＺＨＵ竹叶ok",
        "竹林",
    ]);
    let token = directory.token("t");
    let server = running.then(|| directory.serve());
    if let Some(server) = &server {
        assert!(texts(server, &token, "竹").contains(&"竹葉青".to_owned()), "kept from here on");
    }
    rules(&directory, &["pin", "竹", "竹子大全", "--position", "2"]).succeeded();
    rules(&directory, &["ban", "竹叶"]).succeeded();
    rules(&directory, &["ban", "--pattern", "^竹荪.$"]).succeeded();

    // Each command returned when its rule was in force, whatever was kept.
    let server = server.unwrap_or_else(|| directory.serve());
    check_rules(&server, &token);
    server.stop().succeeded();
    let server = directory.serve();
    check_rules(&server, &token);

    let listed = rules(&directory, &["list", "--json"]).succeeded().json_lines();
    for rule in &listed {
        rules(&directory, &["remove", &rule["id"].to_string()]).succeeded();
    }
    let again = items(&server, &token, "竹");
    assert!(again.iter().all(|item| item["is_intervened"] == false), "{again:?}");
    for text in ["竹葉青", "竹 叶 枕", "竹荪汤"] {
        assert!(again.iter().any(|item| item["text"] == text), "{text} is not back in {again:?}");
    }
}

#[track_caller]
fn check_rules(server: &Server, token: &str) {
    let items = items(server, token, "竹");
    let texts: Vec<&str> = items.iter().map(|item| item["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["竹笋", "竹子大全", "竹荪", "竹林"]);
    let placed: Vec<bool> = items.iter().map(|item| item["is_intervened"].as_bool().unwrap()).collect();
    assert_eq!(placed, [false, true, false, false]);
    assert_eq!(items[1]["highlight_flags"], json!([true, false, false, false]));
    // A pin is for what was typed whole, in any script and width.
    assert!(!self::texts(server, token, "竹笋").contains(&"竹子大全".to_owned()));
    // Other ways lead to nothing that is banned either.
    for typed in ["竹叶", "zhuye", "zhuyeqing", "zyc", "竹葉"] {
        let found = self::texts(server, token, typed);
        assert!(!found.iter().any(|text| text.contains(['叶', '葉'])), "{typed}: {found:?}");
    }
}

#[test]
fn a_pin_counts_within_its_time() {
    let directory = with_entries(&["竹笋", "竹荪"]);
    let token = directory.token("t");
    let server = directory.serve();
    let pin = |text: &str, window: &[&str]| {
        rules(&directory, &[&["pin", "竹", text, "--position", "1"], window].concat()).succeeded();
    };
    let placed = || -> Vec<String> {
        let items = items(&server, &token, "竹").into_iter().filter(|item| item["is_intervened"] == true);
        items.map(|item| item["text"].as_str().unwrap().to_owned()).collect()
    };
    let seconds = |away: i64| (now() + away).to_string();
    pin("竹夫人", &["--from", &seconds(100_000)]);
    pin("竹马", &["--to", &seconds(-1)]);
    pin("竹简", &["--from", "2099-01-01 08:00", "--to", "2100-01-01T00:00:00Z"]);
    assert_eq!(placed(), [""; 0]);
    pin("竹鼠", &["--from", "2020-01-01", "--to", &seconds(100_000)]);
    assert_eq!(placed(), ["竹鼠"]);
    let end = now() + 3;
    rules(&directory, &["pin", "竹", "竹马", "--position", "2", "--to", &end.to_string()]).succeeded();
    wait_for("the end of a pin", || (placed() == ["竹鼠"] && now() >= end).then_some(()));
    assert_eq!(texts(&server, &token, "竹"), ["竹鼠", "竹笋", "竹荪"]);
}

#[test]
fn rules_go_from_one_directory_to_another() {
    let directory = with_entries(&["竹笋"]);
    let made =
        rules(&directory, &["pin", "竹", "竹子大全", "--position", "1", "--to", "2099-01-01", "--json"]);
    let made = made.succeeded().json();
    assert_eq!(
        made,
        json!({
            "id": made["id"], "rule": "pin", "prefix": "竹", "text": "竹子大全", "position": 1,
            "valid_to": 4_070_880_000_i64, "added": true,
        })
    );
    rules(&directory, &["ban", "竹叶"]).succeeded();
    // The same rule once more is the same rule.
    let again = rules(&directory, &["ban", "竹叶", "--json"]).succeeded().json();
    assert_eq!(again["added"], false, "{again}");
    rules(&directory, &["ban", "--pattern", "^竹.$"]).succeeded();
    let file = shown(&directory.file("rules.ndjson"));
    let exported = rules(&directory, &["export", &file, "--json"]).succeeded().json();
    assert_eq!(exported["exported"], 3, "{exported}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(rules(&directory, &["export", "-"]).succeeded().stdout, text);
    assert!(!text.contains("\"id\""), "{text}");

    let other = Directory::new();
    let import = |expected: Value| {
        let summary = rules(&other, &["import", &file, "--json"]).succeeded().json();
        assert_eq!(summary, expected);
    };
    import(json!({ "read": 3, "added": 3, "present": 0 }));
    import(json!({ "read": 3, "added": 0, "present": 3 }));
    assert_eq!(rules(&other, &["export", "-"]).succeeded().stdout, text);
    let from_stdin = other.start_with_input(&["rules", "import", "-", "--json"], &text).wait();
    assert_eq!(from_stdin.succeeded().json()["present"], 3);
    let listed = rules(&other, &["list"]).succeeded().stdout;
    for shown in ["竹子大全", "2099-01-01T00:00:00+08:00", "ban pattern", "^竹.$"] {
        assert!(listed.contains(shown), "{listed}");
    }
}

#[test]
fn a_bad_line_keeps_the_whole_file_out() {
    let directory = Directory::new();
    let lines = [
        r#"{"rule":"ban","text":"竹叶"}"#,
        r#"{"rule":"pin","prefix":"竹","text":"竹笋","position":16}"#,
        "",
        r#"{"rule":"ban","pattern":"("}"#,
        r#"{"rule":"ban","pattern":".*"}"#,
        r#"{"rule":"pin","prefix":"竹","text":"竹笋","position":1,"valid_from":5,"valid_to":5}"#,
        "竹叶",
    ];
    let file = shown(&directory.write("rules.ndjson", lines.join("\n")));
    let refused = rules(&directory, &["import", &file]).exited(1);
    for (line, reason) in
        [(2, "position"), (4, "pattern"), (5, "everything"), (6, "end"), (7, "line is not JSON")]
    {
        let named = refused.stderr.lines().find(|told| told.starts_with(&format!("{file}:{line}: ")));
        assert!(named.is_some_and(|told| told.contains(reason)), "{line}: {}", refused.stderr);
    }
    assert!(
        refused.stderr.contains("5 lines") && refused.stderr.contains("none of the file"),
        "{}",
        refused.stderr
    );
    directory.token("t");
    assert_eq!(rules(&directory, &["list", "--json"]).succeeded().stdout, "");
}

#[test]
fn rules_that_cannot_be_are_refused() {
    let directory = with_entries(&["竹笋"]);
    let check = |arguments: &[&str], code: i32, reason: &str| {
        let refused = rules(&directory, arguments).exited(code);
        assert!(refused.stderr.contains(reason), "{arguments:?}: {}", refused.stderr);
    };
    check(&["pin", "竹", " ", "--position", "1"], 1, "text");
    check(&["pin", " ", "竹笋", "--position", "1"], 1, "prefix");
    check(&["pin", "竹", &"长".repeat(65), "--position", "1"], 1, "64");
    check(&["pin", "竹", "竹笋", "--position", "1", "--from", "9", "--to", "9"], 1, "end");
    check(&["ban", "--pattern", "("], 1, "pattern");
    check(&["ban", "--pattern", ".*"], 1, "everything");
    check(&["pin", "竹", "竹笋", "--position", "0"], 2, "1..=15");
    check(&["pin", "竹", "竹笋", "--position", "1", "--to", "soon"], 2, "RFC 3339");
    check(&["remove", "99"], 1, "qiusuo rules list");
    let nowhere = Directory::new();
    for command in [&["list"] as &[&str], &["remove", "1"], &["export", "-"]] {
        rules(&nowhere, command).exited(1);
        assert!(!nowhere.data().exists(), "{command:?} made a directory");
    }
}
