//! The rules of the import forms, through `qiusuo import`.

mod content;
mod entries;
mod files;
mod limits;
mod queries;
mod round_trip;
mod types;

use std::path::Path;

use serde_json::Value;

use crate::support::{Directory, Ran, shown};

/// Imports lines with `--json` and further arguments.
fn import(directory: &Directory, arguments: &[&str], lines: &str) -> Ran {
    let file = shown(&directory.write("lines", lines));
    directory.run(&[&["import", "--json"], arguments, &[&*file]].concat())
}

/// Looks at the four figures of a summary.
#[track_caller]
fn check_figures(summary: &Value, read: u64, accepted: u64, updated: u64, rejected: u64) {
    let figure = |name: &str| summary[name].as_u64().unwrap();
    let found = (figure("read"), figure("accepted"), figure("updated"), figure("rejected"));
    assert_eq!(found, (read, accepted, updated, rejected), "{summary}");
    assert_eq!(read, accepted + updated + rejected);
}

/// The items of a search from the command line.
#[track_caller]
fn found(directory: &Directory, keyword: &str) -> Vec<Value> {
    let answer = directory.run(&["search", keyword, "--count", "20", "--json"]).succeeded().json();
    assert_eq!(answer["ret"], 0, "{answer}");
    answer["data"].as_array().unwrap().clone()
}

/// The one item of a search.
#[track_caller]
fn found_one(directory: &Directory, keyword: &str) -> Value {
    let found = found(directory, keyword);
    assert_eq!(found.len(), 1, "{keyword}: {found:?}");
    found[0].clone()
}

/// The told rejects: line number, key and reason.
#[track_caller]
fn rejects(path: &Path) -> Vec<(u64, String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let reject = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| line[name].as_str().unwrap().to_owned();
        assert!(!field("file").is_empty() && !field("reason").is_empty(), "{line}");
        (line["line"].as_u64().unwrap(), field("key"), field("reason"))
    };
    text.lines().map(reject).collect()
}

/// The rejects that a summary names, as lines and keys.
#[track_caller]
fn rejected_keys(summary: &Value) -> Vec<(u64, String)> {
    let told = rejects(Path::new(summary["rejects"].as_str().unwrap()));
    told.into_iter().map(|(line, key, _)| (line, key)).collect()
}
