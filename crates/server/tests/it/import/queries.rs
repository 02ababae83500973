//! Query logs: NDJSON and TSV, counts that never double, and users of whom only a hash is kept.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command},
};

use serde_json::json;

use super::{check_figures, import, rejected_keys};
use crate::stored::{Stored, Total};
use crate::support::{Directory, joined, now, shown, wait_for};

/// The log of a directory.
fn log(directory: &Directory) -> BTreeMap<String, Total> {
    let stored = Stored::open(&directory.data());
    let log = stored.log();
    stored.close();
    log
}

fn total(count: i64, results: i64, clicks: i64, last_hour: i64) -> Total {
    Total { count, results, clicks, last_hour }
}

/// The hour of 2023-11-14T22:13:20Z.
const HOUR: i64 = 1_700_000_000 / 3_600;
/// The hour in which 2023-11-14 began in Shanghai.
const DAY: i64 = 472_192;

fn queries(directory: &Directory, arguments: &[&str], lines: &str) -> crate::support::Ran {
    import(directory, &[&["--kind", "queries"], arguments].concat(), lines)
}

#[test]
fn objects_with_all_keys_and_with_one() {
    let directory = Directory::new();
    let time = 1_700_000_000;
    let lines = joined([
        json!({ "query": " 竹笋 ", "time": time, "user": "u1", "count": 3, "results": 7, "clicked": true }),
        json!({ "query": "竹 笋", "time": time - 7_200, "count": 2, "results": 0, "clicked": false }),
        json!({ "query": "ＷＩＦＩ", "time": time }),
        json!({ "query": "wifi", "time": time, "colour": "red" }),
        json!({ "query": "" }),
        json!({ "count": 1 }),
        json!({ "query": 5 }),
        json!({ "query": "竹", "count": 0 }),
        json!({ "query": "竹", "count": "1" }),
        json!({ "query": "竹", "time": "2023-11-14" }),
        json!({ "query": "竹", "time": 1_700_000_000_000_i64 }),
        json!({ "query": "竹", "user": 7 }),
        json!({ "query": "竹", "results": -1 }),
        json!({ "query": "竹", "clicked": 1 }),
    ]);
    let summary = queries(&directory, &[], &lines).exited(3).json();
    check_figures(&summary, 14, 4, 0, 10);
    assert_eq!(summary["unknown_keys"], json!({ "colour": 1 }));
    let keys =
        ["query", "query", "query", "count", "count", "time", "time", "user", "results", "clicked"].iter();
    let expected: Vec<(u64, String)> = (5..).zip(keys.map(|&key| key.to_owned())).collect();
    assert_eq!(rejected_keys(&summary), expected);
    let expected = [("竹笋", total(5, 7, 1, HOUR)), ("wifi", total(2, 0, 0, HOUR))];
    assert_eq!(log(&directory), expected.map(|(key, total)| (key.to_owned(), total)).into());
    let suggested = directory.run(&["suggest", "竹"]).succeeded().stdout;
    assert_eq!(suggested, "竹笋\n");
}

#[test]
fn a_line_without_a_time_was_asked_now() {
    let directory = Directory::new();
    let before = now() / 3_600;
    queries(&directory, &[], "{\"query\":\"竹笋\"}\n").succeeded();
    let hour = log(&directory)["竹笋"].last_hour;
    assert!((before..=now() / 3_600).contains(&hour), "{hour}");
}

#[test]
fn rows_under_a_header() {
    let directory = Directory::new();
    let rows = "date\tsource\tquery\tcount\tuser\tresults\tclicked\theat\n\
        2023-11-14\tweb\t竹笋\t3\tu1\t7\ttrue\t9.5\n\
        1700000000\tapp\t竹笋\t\t\t\t\t\n\
        \n\
        2023-13-01\tapp\t竹\t1\tu\t1\t1\t1\n\
        2023-11-14\tapp\t竹\t0\tu\t1\t1\t1\n\
        2023-11-14\tapp\t \t1\tu\t1\t1\t1\n\
        2023-11-14\tapp\t竹\t1\tu\tmany\t1\t1\n\
        2023-11-14\tapp\t竹\t1\tu\t1\tmaybe\t1\n\
        2023-11-14\tapp\t竹\t1\tu\t1\t1\t1\t1\n\
        2023-11-14\tapp\t笋\n";
    let summary = queries(&directory, &[], rows).exited(3).json();
    check_figures(&summary, 9, 3, 0, 6);
    assert_eq!(summary["ignored_columns"], json!(["source", "heat"]));
    let keys = ["time", "count", "query", "results", "clicked", "line"].map(str::to_owned);
    assert_eq!(rejected_keys(&summary), (5..).zip(keys).collect::<Vec<_>>());
    let expected = [("竹笋", total(4, 7, 1, HOUR)), ("笋", total(1, 0, 0, DAY))];
    assert_eq!(log(&directory), expected.map(|(key, total)| (key.to_owned(), total)).into());

    let file = shown(&directory.write("other.tsv", "Query\tcolour\n竹荪\tred\n"));
    let ran = directory.run(&["import", "--kind", "queries", &file]).succeeded();
    assert!(ran.stderr.contains("ignored columns: colour"), "{}", ran.stderr);
}

#[test]
fn rows_without_a_header() {
    let directory = Directory::new();
    let rows = "竹笋\n竹笋\t2\n竹笋\t3\t2023-11-14\n竹荪\t4\t1700000000\n笋\tmany\n笋\t1\t1700000000\tx\n";
    let summary = queries(&directory, &[], rows).exited(3).json();
    check_figures(&summary, 6, 4, 0, 2);
    assert_eq!(rejected_keys(&summary), [(5, "count".to_owned()), (6, "line".to_owned())]);
    let log = log(&directory);
    assert_eq!(log["竹笋"].count, 6);
    assert!(log["竹笋"].last_hour >= now() / 3_600 - 1);
    assert_eq!(log["竹荪"], total(4, 0, 0, HOUR));
    assert_eq!(log.len(), 2);
}

#[test]
fn a_finished_file_is_refused_unless_again() {
    let directory = Directory::new();
    let rows = "竹笋\t2\n竹荪\t3\n";
    queries(&directory, &[], rows).succeeded();
    let counts = || log(&directory).into_values().map(|total| total.count).collect::<Vec<_>>();
    assert_eq!(counts(), [2, 3]);
    let refused = queries(&directory, &[], rows).exited(1);
    assert!(refused.stderr.contains("imported before") && refused.stderr.contains("--again"));
    // Under another name it is the same file, and beside a new one it is refused too.
    let other = shown(&directory.write("other", rows));
    directory.run(&["import", "--kind", "queries", &other]).exited(1);
    assert_eq!(counts(), [2, 3]);

    let summary = queries(&directory, &["--again"], rows).succeeded().json();
    check_figures(&summary, 2, 2, 0, 0);
    assert_eq!(counts(), [4, 6]);
    queries(&directory, &[], rows).exited(1);
    // One more line makes another file.
    queries(&directory, &[], &format!("{rows}竹叶\n")).succeeded();
    assert_eq!(counts(), [1, 6, 9]);
}

#[test]
fn a_finished_file_does_not_keep_others_out() {
    let directory = Directory::new();
    let [old, new] =
        [("old", "竹笋\t2\n"), ("new", "竹荪\t3\n")].map(|(name, rows)| shown(&directory.write(name, rows)));
    directory.run(&["import", "--kind", "queries", &old]).succeeded();
    let ran = directory.run(&["import", "--kind", "queries", "--json", &old, &new]).succeeded();
    assert!(ran.stderr.contains(&old) && ran.stderr.contains("imported before"), "{}", ran.stderr);
    check_figures(&ran.json(), 1, 1, 0, 0);
    let counts: Vec<i64> = log(&directory).into_values().map(|total| total.count).collect();
    assert_eq!(counts, [2, 3]);
    directory.run(&["import", "--kind", "queries", &old, &new]).exited(1);
}

/// A process that ends with the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_pipe_is_read_once_like_standard_input() {
    let directory = Directory::new();
    let pipe = shown(&directory.file("pipe"));
    let script = "mkfifo \"$0\" && exec cat > \"$0\" < \"$1\"";
    let rows = shown(&directory.write("rows", "竹笋\t2\n竹荪\t3\n"));
    let _writer = Killed(Command::new("sh").args(["-c", script, &pipe, &rows]).spawn().unwrap());
    wait_for("the pipe", || Path::new(&pipe).exists().then_some(()));
    let ran = directory.run(&["import", "--kind", "queries", "--json", &pipe]).succeeded();
    assert!(ran.stderr.contains("cannot be resumed"), "{}", ran.stderr);
    check_figures(&ran.json(), 2, 2, 0, 0);
}

#[test]
fn standard_input_counts_every_time_and_says_so() {
    let directory = Directory::new();
    for round in 1..=2 {
        let import = directory
            .start_with_input(&["import", "--kind", "queries", "--json", "-"], "竹笋\t2\t2023-11-14\n");
        let ran = import.wait().succeeded();
        assert!(ran.stderr.contains("standard input cannot be resumed"), "{}", ran.stderr);
        check_figures(&ran.json(), 1, 1, 0, 0);
        assert_eq!(log(&directory)["竹笋"], total(2 * round, 0, 0, DAY));
    }
}

#[test]
fn only_a_hash_of_a_user_is_kept() {
    let directory = Directory::new();
    let user = "someone-whom-nobody-may-know";
    queries(&directory, &[], &joined([json!({ "query": "竹笋", "user": user })])).succeeded();
    let mut files = vec![directory.data()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            check_without(&path, user.as_bytes());
        }
    }
}

fn check_without(path: &Path, wanted: &[u8]) {
    let bytes = std::fs::read(path).unwrap();
    assert!(!bytes.windows(wanted.len()).any(|window| window == wanted), "{}", path.display());
}

#[test]
fn with_the_threshold_a_line_counts_from_several_users() {
    let directory = Directory::new();
    directory.configure("[suggest]\nminimum_users = 2\n");
    let line = |query: &str, user: &str, more: serde_json::Value| {
        let mut line = json!({ "query": query, "user": user });
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line
    };
    let lines = joined([
        line("竹笋", "u1", json!({})),
        line("竹笋", "u2", json!({ "results": 3 })),
        line("竹荪", "u1", json!({ "count": 9 })),
        line("竹荪", "u1", json!({})),
        line("竹叶", "u1", json!({ "results": 0 })),
        line("竹叶", "u2", json!({ "results": 0 })),
        json!({ "query": "竹林" }),
    ]);
    let summary = queries(&directory, &["--apply-threshold"], &lines).succeeded().json();
    check_figures(&summary, 7, 7, 0, 0);
    let suggested = || directory.run(&["suggest", "竹"]).succeeded().stdout;
    assert_eq!(suggested(), "竹笋\n");
    let told = directory.run(&["suggest", "竹", "--why-not", "竹荪"]).succeeded().stdout;
    assert!(told.contains("1 different users; 2 are needed"), "{told}");
    // Without the option the lines of a log are trusted.
    queries(&directory, &[], &joined([line("竹林", "u1", json!({}))])).succeeded();
    let suggested = suggested();
    assert!(suggested.contains("竹林") && !suggested.contains("竹荪"), "{suggested}");
}

#[test]
fn what_was_typed_on_the_way_does_not_count() {
    let directory = Directory::new();
    let time = 1_700_000_000;
    let line = |query: &str, away: i64| json!({ "query": query, "user": "u1", "time": time + away });
    let lines = joined([line("竹", 0), line("竹笋", 2), line("竹笋汤", 5), line("竹荪", 9)]);
    let summary = queries(&directory, &[], &lines).succeeded().json();
    check_figures(&summary, 4, 4, 0, 0);
    assert_eq!(summary["half_typed"], 2);
    assert_eq!(log(&directory).into_keys().collect::<Vec<_>>(), ["竹笋汤", "竹荪"]);
}
