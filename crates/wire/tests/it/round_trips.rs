//! Answers with the documents' keys, order and types, and values of our own.

use serde_json::Value;
use wire::content::{Item, SearchAnswer};
use wire::suggestions::{Data, Envelope};

const SEARCH: &str = include_str!("../fixtures/search.json");
const SUGGESTIONS: &str = include_str!("../fixtures/suggestions.json");

/// JSON without the white space outside of its strings.
pub(crate) fn compact(json: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    json.chars()
        .filter(|character| {
            let kept = inside || !character.is_ascii_whitespace();
            match character {
                '"' if !escaped => inside = !inside,
                _ => {}
            }
            escaped = inside && *character == '\\' && !escaped;
            kept
        })
        .collect()
}

/// A search answer read and written again gives the same bytes.
pub(crate) fn check_search(json: &str) -> SearchAnswer {
    let answer: SearchAnswer = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&answer).unwrap(), compact(json));
    answer
}

/// A suggestion answer read and written again gives the same value, as the order of keys inside an
/// item varies.
pub(crate) fn check_suggestions(json: &str) {
    let envelope: Envelope<Data> = serde_json::from_str(json).unwrap();
    let before: Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_value(&envelope).unwrap(), before);
    let items = envelope.data.unwrap().items;
    assert_eq!(items.len(), 15);
    for item in items {
        assert_eq!(item.highlight_flags.len(), item.text.chars().count(), "{}", item.text);
    }
}

/// An item is a line of an import once its kind is said, and is answered as it was.
pub(crate) fn check_import(item: &Item) {
    let line = serde_json::to_string(item).unwrap();
    let found = wire::import::content_line(&line, Some("http://127.0.0.1:8080")).unwrap();
    assert!(found.unknown_keys.is_empty(), "{:?}", found.unknown_keys);
    let counters = wire::template::Counters {
        read: found.read_count.unwrap_or_default(),
        comment: found.comment_count.unwrap_or_default(),
        digg: found.digg_count.unwrap_or_default(),
        share: found.share_count.unwrap_or_default(),
        watch: found.watch_count.unwrap_or_default(),
    };
    let context =
        wire::template::AnswerContext { base: "http://other", default_author: "", related_score: None };
    let mut out = Vec::new();
    wire::template::write(&found.answer, &counters, found.publish_time.unwrap(), &context, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), line);
}

#[test]
fn a_search_answer_keeps_its_bytes() {
    let answer = check_search(SEARCH);
    check_import(&answer.data[0]);
}

#[test]
fn a_suggestion_answer_keeps_its_value() {
    check_suggestions(SUGGESTIONS);
}

#[test]
fn an_answer_without_the_usual_keys_is_read() {
    let answer: SearchAnswer = serde_json::from_str(
        r#"{"ret":0,"msg":"success","req_id":"r","later":1,"data":[{"title":"t","later":{}}]}"#,
    )
    .unwrap();
    assert_eq!(answer.data[0].title, "t");
    assert!(!answer.has_more);
}
