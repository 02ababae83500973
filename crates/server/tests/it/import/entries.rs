//! Suggestion entries, and how they are answered.

use serde_json::{Value, json};

use super::{check_figures, import, rejected_keys};
use crate::support::{Directory, joined, now};

fn entries(directory: &Directory, lines: impl IntoIterator<Item = Value>) -> crate::support::Ran {
    import(directory, &["--kind", "entries"], &joined(lines))
}

/// The suggestions for a keyword, from the command line.
#[track_caller]
fn suggested(directory: &Directory, keyword: &str) -> Vec<Value> {
    let answer = directory.run(&["suggest", keyword, "--json"]).succeeded().json();
    assert_eq!(answer["code"], 0, "{answer}");
    answer["data"]["items"].as_array().unwrap().clone()
}

fn texts(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["text"].as_str().unwrap()).collect()
}

#[test]
fn entries_are_answered_with_their_fields() {
    let directory = Directory::new();
    directory.configure("[server]\npublic_url = \"https://search.example.com\"\n");
    let goods = json!({
        "text": " 竹笋礼盒 ", "weight": 9, "search_type": "goods", "type": "top_goods",
        "link": "https://shop.example/1?a=\"b\"", "icon": "https://pictures.example/day.png",
        "icon_night": "/media/night.png",
    });
    let summary = entries(&directory, [goods, json!({ "text": "竹笋做法", "weight": 5 })]).succeeded().json();
    check_figures(&summary, 2, 2, 0, 0);
    let flags = [true, true, false, false];
    let expected = [
        json!({
            "text": "竹笋礼盒", "type": "top_goods", "search_type": "goods", "highlight_flags": flags,
            "is_intervened": false, "link": "https://shop.example/1?a=\"b\"",
            "icon": "https://pictures.example/day.png",
            "icon_night": "https://search.example.com/media/night.png",
        }),
        json!({
            "text": "竹笋做法", "type": "top_note", "search_type": "notes", "highlight_flags": flags,
            "is_intervened": false, "link": "", "icon": "https://search.example.com/icon/suggest.png",
            "icon_night": "https://search.example.com/icon/suggest-night.png",
        }),
    ];
    assert_eq!(suggested(&directory, "竹笋"), expected);
    // The same entries by sound.
    assert_eq!(texts(&suggested(&directory, "zhusun")), ["竹笋礼盒", "竹笋做法"]);
}

#[test]
fn an_entry_is_suggested_within_its_time() {
    let directory = Directory::new();
    let now = now();
    let lines = [
        json!({ "text": "竹一", "weight": 9, "valid_from": now - 1_000, "valid_to": now + 100_000 }),
        json!({ "text": "竹二", "weight": 8, "valid_from": now - 1_000 }),
        json!({ "text": "竹三", "weight": 7, "valid_to": now + 100_000 }),
        json!({ "text": "竹四", "weight": 6, "valid_from": now + 100_000 }),
        json!({ "text": "竹五", "weight": 5, "valid_to": now - 1_000 }),
        json!({ "text": "竹六", "weight": 4 }),
    ];
    entries(&directory, lines).succeeded();
    assert_eq!(texts(&suggested(&directory, "竹")), ["竹一", "竹二", "竹三", "竹六"]);
}

#[test]
fn the_identity_is_the_normal_form_and_the_search_type() {
    let directory = Directory::new();
    let first =
        entries(&directory, [json!({ "text": "竹笋", "weight": 2 }), json!({ "text": "竹荪", "weight": 3 })]);
    check_figures(&first.succeeded().json(), 2, 2, 0, 0);
    assert_eq!(texts(&suggested(&directory, "竹")), ["竹荪", "竹笋"]);
    // The traditional form is the same entry; goods of that name are another one.
    let update = entries(
        &directory,
        [
            json!({ "text": "竹筍", "weight": 9 }),
            json!({ "text": "竹筍", "weight": 1, "search_type": "goods" }),
        ],
    );
    check_figures(&update.succeeded().json(), 2, 1, 1, 0);
    let suggested = suggested(&directory, "竹");
    assert_eq!(texts(&suggested)[0], "竹筍");
    assert_eq!(suggested.iter().filter(|item| item["search_type"] == "notes").count(), 2);
}

#[test]
fn bad_entries_are_told() {
    let directory = Directory::new();
    let with = |key: &str, value: Value| {
        let mut line = json!({ "text": "竹笋", "weight": 1 });
        line[key] = value;
        line
    };
    let cases = [
        (json!({ "weight": 1 }), "text"),
        (json!({ "text": " ", "weight": 1 }), "text"),
        (with("text", json!(5)), "text"),
        (with("weight", json!(0)), "weight"),
        (with("weight", json!("1")), "weight"),
        (with("weight", json!(1.5)), "weight"),
        (with("search_type", json!("videos")), "search_type"),
        (with("search_type", json!(1)), "search_type"),
        (with("type", json!(1)), "type"),
        (with("link", json!(null)), "link"),
        (with("link", json!("a".repeat(2_049))), "link"),
        (with("icon", json!(1)), "icon"),
        (with("icon_night", json!("a".repeat(2_049))), "icon_night"),
        (with("valid_from", json!("2023-11-14")), "valid_from"),
        (with("valid_to", json!(1.5)), "valid_to"),
    ];
    let lines = cases.iter().map(|(line, _)| line.clone()).chain([with("colour", json!("red"))]);
    let summary = entries(&directory, lines).exited(3).json();
    check_figures(&summary, 16, 1, 0, 15);
    assert_eq!(summary["unknown_keys"], json!({ "colour": 1 }));
    let expected: Vec<(u64, String)> = (1..).zip(cases.map(|(_, key)| key.to_owned())).collect();
    assert_eq!(rejected_keys(&summary), expected);
    assert_eq!(texts(&suggested(&directory, "竹")), ["竹笋"]);
}
