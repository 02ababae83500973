//! The vendor's own sample list, where the folder of its documents is named: its texts, given to us as a query log, come
//! back in its order with its flags.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::{Directory, joined, shown};

#[test]
fn the_vendors_list_has_our_flags() {
    let Some(folder) = std::env::var_os("QIUSUO_SEEDS") else {
        let notice = "SKIPPED: the flags of the vendor's sample list were not compared; set QIUSUO_SEEDS\n";
        // Straight to the stream: the test harness holds back what the print macros write.
        std::io::stderr().write_all(notice.as_bytes()).unwrap();
        return;
    };
    let documents = std::fs::read_dir(folder).unwrap();
    let documents = documents.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let sample = documents.filter_map(|document| sample(&document)).next().unwrap();
    let theirs: Vec<(Value, Value)> = items(&sample);
    assert_eq!(theirs.len(), 15);

    // So far apart that a text's length, which counts a little too, does not change their order.
    let counts = (1..=theirs.len()).rev().map(|place| 1u64 << (2 * place));
    let log =
        joined(theirs.iter().zip(counts).map(|((text, _), count)| json!({ "query": text, "count": count })));
    let directory = Directory::new();
    let file = shown(&directory.write("log.ndjson", log));
    directory.run(&["import", "--kind", "queries", &file]).succeeded();
    // What was typed is what all of them begin with: the flagged part of any.
    let (text, flags) = &theirs[0];
    let typed = flags.as_array().unwrap().iter().filter(|flag| **flag == Value::Bool(true)).count();
    let keyword: String = text.as_str().unwrap().chars().take(typed).collect();
    let ours = directory.run(&["suggest", &keyword, "--json"]).succeeded().json();
    assert_eq!(items(&ours), theirs);
}

/// The sample answer of a document, if it is one of suggestions.
fn sample(document: &str) -> Option<Value> {
    document.match_indices("\n{").find_map(|(index, _)| {
        let mut values = serde_json::Deserializer::from_str(&document[index + 1..]).into_iter::<Value>();
        values.next()?.ok().filter(|value| value["data"]["word_request_id"].is_string())
    })
}

fn items(answer: &Value) -> Vec<(Value, Value)> {
    let items = answer["data"]["items"].as_array().unwrap();
    items.iter().map(|item| (item["text"].clone(), item["highlight_flags"].clone())).collect()
}
