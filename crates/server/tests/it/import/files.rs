//! Where lines come from: files of every form, several of them, standard input; and what breaks.

use std::{io::Write as _, path::Path};

use serde_json::json;

use super::{check_figures, found, import, rejects};
use crate::stored::Stored;
use crate::support::{Directory, article, joined, shown};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn lines(ids: std::ops::RangeInclusive<i64>) -> String {
    joined(ids.map(|id| article(id, "竹笋焖肉")))
}

#[test]
fn files_of_every_form_and_standard_input() {
    let directory = Directory::new();
    let files = [
        directory.write("a.ndjson", lines(1..=2)),
        directory.write("b.jsonl", lines(3..=4)),
        directory.write("c.ndjson.gz", gzip(lines(5..=6).as_bytes())),
        directory.write("d.ndjson.zst", zstd(lines(7..=8).as_bytes())),
        // What a file is, its bytes say.
        directory.write("e.ndjson", gzip(lines(9..=10).as_bytes())),
        directory.write("f.gz", zstd(lines(11..=12).as_bytes())),
        // Two members in one file, as `cat` makes them.
        directory.write("g.gz", [gzip(lines(13..=13).as_bytes()), gzip(lines(14..=14).as_bytes())].concat()),
    ];
    let files = files.map(|file| shown(&file));
    let mut arguments = vec!["import", "--json"];
    arguments.extend(files.iter().map(String::as_str));
    arguments.push("-");
    let ran = directory.start_with_input(&arguments, &lines(15..=16)).wait().succeeded();
    check_figures(&ran.json(), 16, 16, 0, 0);
    assert_eq!(found(&directory, "竹笋").len(), 16);
}

#[test]
fn empty_lines_and_line_ends_do_no_harm() {
    let directory = Directory::new();
    let text = format!(
        "\u{feff}{}\r\n\r\n\n  \t\n{}\n\n{}\r\nno line\n{}",
        article(1, "竹笋焖肉"),
        article(2, "竹笋焖肉"),
        article(3, "竹笋焖肉"),
        article(4, "竹笋焖肉")
    );
    let told = directory.file("told");
    let summary = import(&directory, &["--rejects", &shown(&told)], &text).exited(3).json();
    check_figures(&summary, 5, 4, 0, 1);
    // Lines are numbered as an editor shows them.
    assert_eq!(rejects(&told)[0].0, 8);
    assert_eq!(found(&directory, "竹笋").len(), 4);

    let bytes = [b"\xff\xfe\n".as_slice(), lines(5..=5).as_bytes()].concat();
    let file = shown(&directory.write("bytes", bytes));
    let ran = directory.run(&["import", "--json", "--rejects", &shown(&told), &file]).exited(3);
    check_figures(&ran.json(), 2, 1, 0, 1);
    assert!(rejects(&told)[0].2.contains("UTF-8"));
}

#[test]
fn rejects_of_several_files_say_which() {
    let directory = Directory::new();
    let [one, two] =
        ["one", "two"].map(|name| shown(&directory.write(name, format!("{}bad\n", lines(1..=1)))));
    let told = directory.file("told");
    let ran = directory.run(&["import", "--json", "--rejects", &shown(&told), &one, &two]).exited(3);
    check_figures(&ran.json(), 4, 1, 1, 2);
    let files: Vec<serde_json::Value> = std::fs::read_to_string(&told)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["file"].clone())
        .collect();
    assert_eq!(files, [json!(one), json!(two)]);
}

/// Imports a file that cannot be read to its end.
#[track_caller]
fn check_failed(directory: &Directory, file: &Path, parts: &[&str]) {
    let ran = directory.run(&["import", "--json", &shown(file)]).exited(1);
    assert_eq!(ran.stdout, "");
    for part in parts {
        assert!(ran.stderr.contains(part), "{part} in {}", ran.stderr);
    }
}

#[test]
fn files_that_cannot_be_read_fail() {
    let directory = Directory::new();
    check_failed(&directory, &directory.file("nowhere.ndjson"), &["cannot open", "nowhere.ndjson"]);
    std::fs::create_dir(directory.file("folder")).unwrap();
    check_failed(&directory, &directory.file("folder"), &["folder is a directory"]);
    let whole = gzip(lines(1..=5_000).as_bytes());
    let torn = directory.write("torn.gz", &whole[..whole.len() - 20]);
    check_failed(&directory, &torn, &["damaged"]);
    let whole = zstd(lines(1..=5_000).as_bytes());
    let torn = directory.write("torn.zst", &whole[..whole.len() - 20]);
    check_failed(&directory, &torn, &["damaged"]);
}

#[test]
fn a_bomb_is_refused() {
    let directory = Directory::new();
    let text = format!("{}{}", lines(1..=10), " ".repeat(1 << 10) + "\n").into_bytes();
    let blank = vec![b'\n'; 16 << 20];
    for (name, bytes) in
        [("bomb.gz", gzip(&[&*text, &blank].concat())), ("bomb.zst", zstd(&[&*text, &blank].concat()))]
    {
        assert!(bytes.len() * 200 < blank.len());
        check_failed(&directory, &directory.write(name, bytes), &["200 times its size", "unpack it first"]);
    }
    // One long line is one too.
    let line = gzip(&vec![b'a'; 16 << 20]);
    check_failed(&directory, &directory.write("line.gz", line), &["200 times its size"]);
}

#[test]
fn what_came_before_a_failure_is_in_and_the_files_can_be_run_again() {
    let directory = Directory::new();
    let one = shown(&directory.write("one", lines(1..=3)));
    let two = shown(&directory.file("two"));
    directory.run(&["import", &one, &two]).exited(1);
    assert_eq!(found(&directory, "竹笋").len(), 3);
    directory.write("two", lines(4..=5));
    let ran = directory.run(&["import", "--json", &one, &two]).succeeded();
    check_figures(&ran.json(), 5, 2, 3, 0);
    assert_eq!(found(&directory, "竹笋").len(), 5);
}

#[test]
fn without_waiting_everything_is_stored() {
    let directory = Directory::new();
    let summary = import(&directory, &["--no-wait"], &lines(1..=2_500)).succeeded().json();
    check_figures(&summary, 2_500, 2_500, 0, 0);
    let stored = Stored::open(&directory.data());
    assert_eq!(stored.count(), 2_500);
    stored.close();
    assert_eq!(found(&directory, "竹笋").len(), 20);
}
