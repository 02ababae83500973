//! Why suggestions stand where they do: by the command line, and by the endpoint for operators alone.

use serde_json::{Value, json};

use crate::rules::{texts, with_entries};
use crate::support::{Answer, Directory, Server, shown, target};

const PATH: &str = "/api/xiaohongshu/search-recommend/v1";

fn directory() -> Directory {
    let directory = with_entries(&["竹笋", "竹荪", "竹叶青"]);
    let log = shown(&directory.write("log.tsv", "竹笋\t7\n"));
    directory.run(&["import", "--kind", "queries", &log]).succeeded();
    directory.run(&["rules", "pin", "竹", "竹子大全", "--position", "1"]).succeeded();
    directory.run(&["rules", "ban", "竹叶"]).succeeded();
    directory
}

/// The further keys of an operator's answer.
#[track_caller]
fn check_explanation(explanation: &Value) {
    assert_eq!(explanation["key"], "竹");
    let items = explanation["items"].as_array().unwrap();
    let told = |item: &Value, key: &str| item[key].clone();
    let texts: Vec<Value> = items.iter().map(|item| told(item, "text")).collect();
    assert_eq!(texts, [json!("竹子大全"), json!("竹笋"), json!("竹荪")]);
    let [pinned, first, second] = [&items[0], &items[1], &items[2]];
    assert_eq!((told(pinned, "source"), told(pinned, "is_intervened")), (json!("rule"), json!(true)));
    assert!(pinned["rule"].is_i64() && pinned["route"].is_null(), "{pinned}");
    assert_eq!((told(first, "route"), told(first, "rule")), (json!("prefix"), Value::Null));
    assert_eq!((told(first, "queries"), told(first, "entry_weight")), (json!(7), json!(30)));
    assert_eq!(told(first, "highlight_flags"), json!([true, false]));
    assert!(first["score"].as_f64() > second["score"].as_f64(), "{first} {second}");
    assert_eq!(explanation["banned"][0]["text"], "竹叶青");
}

#[test]
fn the_command_line_explains() {
    let directory = directory();
    let ran = directory.run(&["suggest", "竹", "--explain", "--json"]).succeeded();
    check_explanation(&ran.json()["explanation"]);
    let ran = directory.run(&["suggest", "竹", "--explain"]).succeeded();
    for part in ["ROUTE", "PENALTY", "[竹]笋", "prefix", "rule"] {
        assert!(ran.stdout.contains(part), "{part} is not in\n{}", ran.stdout);
    }
    assert!(ran.stderr.contains("left out: `竹叶青`"), "{}", ran.stderr);
    let ran = directory.run(&["suggest", "zs", "--explain"]).succeeded();
    assert!(ran.stdout.contains("initials") && ran.stdout.contains("[竹笋]"), "{}", ran.stdout);
}

#[test]
fn the_command_line_says_why_not() {
    let directory = directory();
    let check = |keyword: &str, text: &str, stage: &str, reason: &str| {
        let arguments = ["suggest", keyword, "--why-not", text];
        let sentence = directory.run(&arguments).succeeded().stdout;
        assert!(sentence.contains(reason) && sentence.lines().count() == 1, "{keyword}, {text}: {sentence}");
        let told = directory.run(&[&arguments[..], &["--json"]].concat()).succeeded().json();
        let why_not = &told["why_not"];
        assert_eq!((&why_not["stage"], &why_not["text"]), (&json!(stage), &json!(text)), "{told}");
        assert_eq!(why_not["shown"], stage == "shown");
    };
    check("竹", "竹笋", "shown", "at position 2");
    check("竹", "竹叶青", "banned", "bans `竹叶青`");
    check("笋子", "竹荪", "no_route", "no route leads");
    check("竹", "竹夫人", "never_seen", "neither a query");
}

#[track_caller]
fn ask(server: &Server, token: &str, more: &[(&str, &str)], key: Option<&str>) -> Answer {
    let parameters = [&[("token", token), ("keyword", "竹")], more].concat();
    let bearer = key.map(|key| format!("Bearer {key}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
    server.http().send("GET", &target(PATH, &parameters), &headers, b"")
}

fn data_keys(answer: &Answer) -> Vec<String> {
    answer.json()["data"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_endpoint_explains_to_operators_alone() {
    let directory = directory();
    let token = directory.token("t");
    let operator = |name: &str| {
        let made = ["operator", "create", "--name", name, "--role", "reader", "--json"];
        directory.run(&made).succeeded().json()["key"].as_str().unwrap().to_owned()
    };
    let (key, disabled) = (operator("one"), operator("two"));
    directory.run(&["operator", "disable", "--name", "two"]).succeeded();
    let server = directory.serve();
    let usual = ["search_cpl_id", "result", "items", "word_request_id"];
    let explain = [("explain", "1"), ("why_not", "竹叶青")];
    for (more, key) in [
        (&explain[..], None),
        (&explain, Some("wrong")),
        (&explain, Some(token.as_str())),
        (&explain, Some(disabled.as_str())),
        (&[], Some(key.as_str())),
        (&[("explain", "0"), ("why_not", "")], Some(key.as_str())),
    ] {
        let answer = ask(&server, &token, more, key);
        assert_eq!((answer.status, data_keys(&answer)), (200, usual.map(str::to_owned).into()), "{key:?}");
        assert_eq!(answer.body.len(), ask(&server, &token, &[], None).body.len());
    }
    let answer = ask(&server, &token, &explain, Some(&key));
    let body = answer.json();
    let all = [&usual[..], &["explanation", "why_not"]].concat();
    assert_eq!(data_keys(&answer), all);
    check_explanation(&body["data"]["explanation"]);
    assert_eq!(body["data"]["why_not"]["stage"], "banned");
    assert_eq!(body["data"]["why_not"]["rule"], body["data"]["explanation"]["banned"][0]["rule"]);
    // The items are those that are explained, and nobody else gets more for it.
    let explained: Vec<&Value> =
        body["data"]["items"].as_array().unwrap().iter().map(|item| &item["text"]).collect();
    assert_eq!(explained, texts(&server, &token, "竹").iter().collect::<Vec<_>>());
    let only = ask(&server, &token, &explain[1..], Some(&key));
    assert_eq!(data_keys(&only), [&usual[..], &["why_not"]].concat());
    // An operator's key is no token, and the parameters are checked for operators too.
    assert_eq!(ask(&server, "wrong", &explain, Some(&key)).json()["code"], 100);
    assert_eq!(ask(&server, &key, &explain, Some(&key)).json()["code"], 100);
}

#[test]
fn a_route_that_is_switched_off_leads_nowhere() {
    let directory = directory();
    let token = directory.token("t");
    directory.configure("[suggest.routes.initials]\nenabled = false\n");
    let server = directory.serve();
    assert_eq!(texts(&server, &token, "zhusun"), ["竹笋", "竹荪"]);
    assert!(!texts(&server, &token, "zs").contains(&"竹笋".to_owned()));
    let told = directory.run(&["suggest", "zs", "--why-not", "竹笋"]).succeeded();
    assert!(told.stdout.contains("switched off"), "{told:?}");
    assert!(told.stderr.contains("suggest.routes.initials.enabled = true"), "{told:?}");
    server.stop().succeeded();
    directory.configure("");
    assert!(texts(&directory.serve(), &token, "zs").contains(&"竹笋".to_owned()));
}

/// The table of README.md: what was typed, what it finds, by which route, with which flags.
#[test]
fn every_route_finds_what_the_readme_says() {
    let directory = with_entries(&["连衣裙", "长款连衣裙", "连衣裙搭配", "牛肉", "什么", "未来"]);
    let server = directory.serve();
    let token = directory.token("t");
    let made = ["operator", "create", "--name", "o", "--role", "reader", "--json"];
    let key = directory.run(&made).succeeded().json()["key"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {key}");
    let check = |typed: &str, text: &str, route: &str, flags: &str| {
        let target = target(PATH, &[("token", &token), ("keyword", typed), ("explain", "1")]);
        let body = crate::support::wait_for("the operator and the token", || {
            let body = server.http().send("GET", &target, &[("Authorization", &bearer)], b"").json();
            body["data"]["explanation"].is_object().then_some(body)
        });
        let items = body["data"]["explanation"]["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["text"] == text);
        let item = item.unwrap_or_else(|| panic!("{typed} does not find {text}: {body}"));
        let shown = item["highlight_flags"].as_array().unwrap().iter();
        let shown: String = shown.map(|flag| if flag == true { 'T' } else { 'F' }).collect();
        assert_eq!((item["route"].as_str().unwrap(), shown.as_str()), (route, flags), "{typed}: {item}");
    };
    check("连衣", "连衣裙", "prefix", "TTF");
    check("连衣", "长款连衣裙", "word_break", "FFTTF");
    check("搭配 连衣", "连衣裙搭配", "any_order", "TTFTT");
    check("lianyi", "连衣裙", "pinyin", "TTF");
    check("lyq", "连衣裙", "initials", "TTT");
    check("连yi", "连衣裙", "mixed", "TTF");
    check("lian衣", "连衣裙", "mixed", "TTF");
    check("连yi裙", "连衣裙", "mixed", "TTT");
    check("连衣群", "连衣裙", "homophone", "TTT");
    check("liurou", "牛肉", "fuzzy", "TT");
    check("shenem", "什么", "typo", "TT");
    check("末来", "未来", "look_alike", "TT");
}
