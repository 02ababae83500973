//! Why results stand where they do: by the command line, and by the endpoint for operators alone.

use serde_json::{Value, json};

use crate::library::keys;
use crate::support::{Directory, shown};

fn directory() -> Directory {
    let directory = Directory::new();
    let line = |id: u32, title: &str, author: &str| {
        let item =
            json!({ "group_id": id, "group_type": "tuwen", "title": title, "user_info": { "name": author } });
        format!("{item}\n")
    };
    let items = [
        line(1, "竹笋怎么做好吃", "厨房"),
        line(2, "竹笋", "厨房"),
        line(3, "春天的竹林和山里的笋", "山人"),
        line(4, "冬瓜汤", "厨房"),
    ];
    let file = shown(&directory.write("items.ndjson", items.concat()));
    directory.run(&["import", &file]).succeeded();
    directory
}

#[track_caller]
fn check_explanation(explanation: &Value) {
    assert_eq!(explanation["meant"], Value::Null);
    let items = explanation["items"].as_array().unwrap();
    let ids: Vec<&str> = items.iter().map(|item| item["group_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["2", "1"]);
    assert_eq!((&items[0]["tier"], &items[0]["repaired"]), (&json!(0), &json!(false)));
    for item in items {
        let features = item["features"].as_array().unwrap();
        let sum = |key: &str| features.iter().map(|feature| feature[key].as_f64().unwrap()).sum::<f64>();
        assert!((sum("weight") - 1.0).abs() < 0.002, "{item}");
        assert!((sum("part") - item["score"].as_f64().unwrap()).abs() < 0.002, "{item}");
    }
    let value = |item: &Value, name: &str| {
        let features = item["features"].as_array().unwrap().iter();
        features.clone().find(|feature| feature["name"] == name).unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!((value(&items[0], "exact_title"), value(&items[1], "exact_title")), (1.0, 0.0));
    assert_eq!((value(&items[1], "covered"), value(&items[0], "likeness")), (1.0, 1.0));
}

#[test]
fn the_command_line_explains() {
    let directory = directory();
    let told = directory.run(&["search", "竹笋", "--explain", "--json"]).succeeded().json();
    check_explanation(&told["explanation"]);
    let told = directory.run(&["search", "竹笋 做法", "--explain", "--json"]).succeeded().json();
    let tiers: Vec<&Value> =
        told["explanation"]["items"].as_array().unwrap().iter().map(|item| &item["tier"]).collect();
    assert_eq!(tiers, [&json!(2); 3], "also the one that has the characters apart");
    let ran = directory.run(&["search", "竹笋怎", "--explain"]).succeeded();
    for part in ["GROUP_ID", "LIKENESS", "竹笋怎么做好吃"] {
        assert!(ran.stdout.contains(part), "{part} is not in\n{}", ran.stdout);
    }
}

#[test]
fn the_command_line_says_what_was_meant() {
    let directory = directory();
    let told = directory.run(&["search", "烛笋", "--explain", "--json"]).succeeded().json();
    assert_eq!(told["explanation"]["meant"], json!("竹笋"));
    let items = told["explanation"]["items"].as_array().unwrap();
    assert_eq!((&items[0]["group_id"], &items[0]["repaired"]), (&json!("2"), &json!(true)));
    let ran = directory.run(&["search", "烛笋", "--explain"]).succeeded();
    assert!(
        ran.stderr.contains("was taken for `竹笋`") && ran.stdout.contains("0 (repair)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_command_line_says_what_matches() {
    let directory = directory();
    let check = |id: &str, keyword: &str, expected: &str| {
        let ran = directory.run(&["search", "--matches", id, keyword]).succeeded();
        assert_eq!(ran.stdout.trim_end(), expected, "{id} {keyword}");
    };
    check("1", "笋怎么做", "true\t0");
    check("1", "竹笋汤", "true\t2");
    check("1", "竹笋 -好吃", "false");
    check("3", "\"竹笋\" 春天", "false");
    check("4", "竹笋", "false");
    let told = directory.run(&["search", "--matches", "1", "笋", "--json"]).succeeded().json();
    assert_eq!(told, json!({ "matches": true, "tier": 0 }));
    let absent = directory.run(&["search", "--matches", "9", "笋"]).succeeded();
    assert!(
        absent.stdout.contains("false") && absent.stderr.contains("no visible item 9"),
        "{}",
        absent.stderr
    );
}

#[test]
fn the_endpoint_explains_to_operators_alone() {
    let directory = directory();
    let application = directory.application("p");
    let made = ["operator", "create", "--name", "one", "--role", "reader", "--json"];
    let key = directory.run(&made).succeeded().json()["key"].as_str().unwrap().to_owned();
    let server = directory.serve();
    let token = application.register(&server, "user-0001");
    let ask = |explain: &str, key: &str| {
        let parameters = [("keyword", "竹笋"), ("explain", explain)];
        let bearer = format!("Bearer {key}");
        let query = application.search_target(&token, &parameters);
        server.http().send("GET", &query, &[("Authorization", &bearer)], b"").json()
    };
    let usual = ["ret", "msg", "req_id", "search_id", "has_more", "data"];
    assert_eq!(keys(&ask("1", "wrong")), usual);
    assert_eq!(keys(&ask("0", &key)), usual);
    let told = ask("1", &key);
    assert_eq!(keys(&told), [&usual[..], &["explanation"]].concat());
    check_explanation(&told["explanation"]);
    let ids = |items: &Value| -> Vec<Value> {
        items.as_array().unwrap().iter().map(|item| item["group_id"].clone()).collect()
    };
    assert_eq!(ids(&told["data"]), ids(&told["explanation"]["items"]));
}
