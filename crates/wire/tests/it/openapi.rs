//! The description of the calls agrees with the types, key by key.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use wire::{
    content::{ErrorAnswer, Image, Item, SearchAnswer, SingleAnswer, UserInfo, Video, VideoDetail},
    import::{COUNTER_KEYS, content_line, counters_line},
    items::{Figures, ItemResult, Outcome, Summary},
    problem::Problem,
};

fn document() -> Value {
    serde_json::from_str(wire::OPENAPI).unwrap()
}

/// The keys that the document gives a schema.
fn keys(schema: &str) -> BTreeSet<String> {
    let document = document();
    let properties = document["components"]["schemas"][schema]["properties"].as_object();
    properties.unwrap_or_else(|| panic!("no schema {schema}")).keys().cloned().collect()
}

/// A value with every one of its keys has exactly those of the schema, and all that the schema requires.
fn check(schema: &str, full: &impl Serialize) {
    let written = serde_json::to_value(full).unwrap();
    let written: BTreeSet<String> = written.as_object().unwrap().keys().cloned().collect();
    assert_eq!(written, keys(schema), "{schema}");
}

/// What is required is what is always written.
fn check_required(schema: &str, least: &impl Serialize) {
    let written = serde_json::to_value(least).unwrap();
    let written: BTreeSet<&str> = written.as_object().unwrap().keys().map(String::as_str).collect();
    let document = document();
    let required = document["components"]["schemas"][schema]["required"].as_array().unwrap().clone();
    let required: BTreeSet<&str> = required.iter().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(written, required, "{schema}");
}

fn full_item() -> Item {
    Item {
        article_read_count: Some(1),
        content_images: vec![Image::default()],
        cover_images: vec![Image::default()],
        related_score: Some(0.5),
        video_watch_count: Some(1),
        video_detail: Some(VideoDetail { video_list: vec![Video::default()], ..VideoDetail::default() }),
        ..Item::default()
    }
}

#[test]
fn answers_have_the_keys_of_their_schemas() {
    check("Item", &full_item());
    check_required("Item", &Item::default());
    check("Image", &Image::default());
    check("UserInfo", &UserInfo::default());
    check("VideoDetail", &VideoDetail::default());
    check("Video", &Video::default());
    check("SearchAnswer", &SearchAnswer::default());
    check_required("SearchAnswer", &SearchAnswer::default());
    check("SingleAnswer", &SingleAnswer::default());
    check_required("SingleAnswer", &SingleAnswer::default());
    let error = ErrorAnswer { ret: 1, msg: String::new(), req_id: String::new() };
    check("ErrorAnswer", &error);
    check_required("ErrorAnswer", &error);
    check("Problem", &Problem::new(404, "", ""));
    check_required("Problem", &Problem::new(404, "", ""));
}

#[test]
fn results_have_the_keys_of_their_schemas() {
    let text = Some(String::new());
    let full = ItemResult {
        unknown_keys: vec![String::new()],
        key: text.clone(),
        reason: text.clone(),
        remedy: text,
        searchable: Some(true),
        ..ItemResult::new(Some(1), Some(1), Outcome::Created)
    };
    check("ItemResult", &full);
    check_required("ItemResult", &ItemResult::new(None, None, Outcome::Created));
    check("Figures", &Figures { searchable: Some(true), ..Figures::default() });
    check_required("Figures", &Figures::default());
    check("Summary", &Summary::default());
    let document = document();
    let words = &document["components"]["schemas"]["ItemResult"]["properties"]["result"]["enum"];
    for word in words.as_array().unwrap() {
        let outcome: Outcome = serde_json::from_value(word.clone()).unwrap();
        assert_eq!(word, outcome.name());
    }
    assert_eq!(words.as_array().unwrap().len(), 8);
}

#[test]
fn lines_are_read_with_every_key_of_their_schemas() {
    let mut line = serde_json::to_value(full_item()).unwrap();
    for (key, value) in [
        ("group_id", json!("7")),
        ("title", json!("一")),
        ("article_type", json!("图文")),
        ("group_type", json!("tuwen")),
        ("content", json!("正文")),
        ("tags", json!(["一"])),
        ("status", json!("offline")),
    ] {
        line[key] = value;
    }
    check("ContentLine", &line);
    let read = content_line(&line.to_string(), None).unwrap();
    assert_eq!((read.unknown_keys, read.online), (Vec::<String>::new(), false));

    let counters: BTreeSet<String> = COUNTER_KEYS.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(keys("Counters"), counters);
    let with_id: BTreeSet<String> = counters.iter().cloned().chain(["group_id".to_owned()]).collect();
    assert_eq!(keys("CountersLine"), with_id);
    let line: serde_json::Map<String, Value> = with_id.into_iter().map(|key| (key, json!(1))).collect();
    assert!(counters_line(&Value::Object(line).to_string()).is_ok());
}

/// Every reference leads somewhere.
#[test]
fn references_lead_to_schemas() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = wire::OPENAPI;
    let mut used = BTreeSet::new();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
        used.insert(name.to_owned());
    }
    assert_eq!(used, schemas.keys().cloned().collect(), "no schema is left over");
    let responses = document["components"]["responses"].as_object().unwrap();
    let names = text.split("\"#/components/responses/").skip(1).map(|part| part.split('"').next().unwrap());
    let used: BTreeSet<&str> = names.collect();
    assert_eq!(used, responses.keys().map(String::as_str).collect(), "no response is missing or left over");
}
