//! The same checks over the vendors' own documents, where their folder is named.

use std::io::Write;
use std::path::Path;

use crate::round_trips::{check_import, check_search, check_suggestions};

#[test]
fn the_vendors_samples_keep_their_form() {
    let Some(folder) = std::env::var_os("QIUSUO_SEEDS") else {
        let notice =
            "SKIPPED: the vendors' sample answers were not checked; set QIUSUO_SEEDS to their folder\n";
        // Straight to the stream: the test harness holds back what the print macros write.
        std::io::stderr().write_all(notice.as_bytes()).unwrap();
        return;
    };
    let (mut searches, mut suggestions) = (0, 0);
    for entry in std::fs::read_dir(Path::new(&folder)).unwrap() {
        let document = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        if let Some(sample) = sample_with(&document, "\"word_request_id\"") {
            check_suggestions(&sample);
            suggestions += 1;
        } else if let Some(sample) = sample_with(&document, "\"req_id\"") {
            let answer = check_search(&sample);
            check_import(&answer.data[0]);
            searches += 1;
        }
    }
    assert_eq!((searches, suggestions), (1, 1), "one sample of either interface");
}

/// The first JSON object at the beginning of a line that has this key, without the marks `,...` that
/// stand for left-out items.
fn sample_with(document: &str, key: &str) -> Option<String> {
    document.match_indices("\n{").find_map(|(index, _)| {
        let text = document[index + 1..].replace("},...", "}");
        let mut values = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
        values.next()?.ok()?;
        let sample = text[..values.byte_offset()].to_owned();
        sample.contains(key).then_some(sample)
    })
}
