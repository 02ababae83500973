//! Imports that are killed on the way, and run again as they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::stored::{Stored, Total, searchable};
use crate::support::{DEADLINE, Directory, Process, joined, shown};

/// Items of a content import: five transactions.
const ITEMS: i64 = 20_000;
/// Lines of a query log: eight transactions.
const LINES: i64 = 40_000;
/// Every line of a query log whose number is a multiple of this one is bad.
const BAD: i64 = 977;
/// Different queries of a log.
const QUERIES: i64 = 400;
/// The longest part of a transaction that passes before the kill.
const PART: Duration = Duration::from_millis(50);

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) % limit
    }
}

/// Kills an import once the store has `reach`, somewhere inside the next transaction.
fn kill_after(mut import: Process, reach: i64, dice: &mut Dice, stored: impl Fn() -> i64) {
    let (started, mut seen) = (Instant::now(), 0);
    let (mut since, mut transaction) = (started, Duration::ZERO);
    while seen < reach {
        let now = stored();
        if now > seen {
            (seen, transaction, since) = (now, since.elapsed(), Instant::now());
        }
        assert!(import.is_running(), "the import ended before it was killed:\n{}", import.stderr());
        assert!(started.elapsed() < DEADLINE, "{seen} of {reach} after {DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(transaction.min(PART) * dice.below(100) as u32 / 100);
    assert_eq!(import.kill().code, None, "the import ended before it was killed");
}

fn title(group_id: i64) -> String {
    format!("菜谱{group_id}")
}

fn content() -> String {
    joined((1..=ITEMS).map(|id| {
        json!({
            "group_id": id, "group_type": "tuwen", "title": title(id), "digg_count": id % 7,
            "content": "切好，下锅，出锅。"
        })
    }))
}

#[test]
fn content_is_in_once_after_a_kill_at_any_point() {
    let lines = content();
    for seed in 1..=5 {
        let mut dice = Dice(seed);
        let directory = Directory::new();
        let file = shown(&directory.write("items.ndjson", &lines));
        let import = directory.start(&["import", &file]);
        let stored = Stored::open(&directory.data());
        let reach = 1_000 * (1 + dice.below(12) as i64);
        kill_after(import, reach, &mut dice, || stored.count());
        let before = stored.count();
        assert!(0 < before && before < ITEMS, "seed {seed}: {before} items");
        assert_eq!(before, stored.items().len() as i64, "seed {seed}");
        stored.close();

        let summary = directory.run(&["import", "--json", &file]).succeeded().json();
        assert_eq!(summary["read"], ITEMS, "seed {seed}: {summary}");
        assert_eq!(summary["updated"], before, "seed {seed}: {summary}");
        assert_eq!(summary["accepted"], ITEMS - before, "seed {seed}: {summary}");
        check_items(&directory, seed);
    }
}

/// Whether exactly the items of the file are in, each once, and all of them can be found.
fn check_items(directory: &Directory, seed: u64) {
    let stored = Stored::open(&directory.data());
    assert_eq!(stored.count(), ITEMS, "seed {seed}");
    let items = stored.items();
    assert_eq!(items.len() as i64, ITEMS, "seed {seed}");
    for (item, id) in items.iter().zip(1..) {
        assert_eq!((item.group_id, &item.title, item.digg_count), (id, &title(id), id % 7), "seed {seed}");
    }
    stored.close();
    let (documents, found) = searchable(&directory.data(), "菜谱");
    assert_eq!(documents, ITEMS as u64, "seed {seed}");
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 1_000, "seed {seed}: repeated or missing");
}

/// A line of the log; `None` for a bad one.
fn query(number: i64) -> Option<(String, i64)> {
    (number % BAD != 0).then(|| (format!("菜谱{}", number * number % QUERIES), 1 + number % 3))
}

fn log_line(number: i64) -> Value {
    let Some((query, count)) = query(number) else { return json!({ "query": "", "count": 1 }) };
    json!({
        "query": query, "count": count, "time": 1_700_000_000 + number, "user": format!("u{}", number % 50),
        "results": 2, "clicked": number % 2 == 0,
    })
}

/// The same log with tabs, below a header.
fn log_row(number: i64) -> String {
    let (query, count) = query(number).unwrap_or_default();
    let clicked = number % 2 == 0;
    format!("{}\tx\t{query}\t{count}\tu{}\t2\t{clicked}\n", 1_700_000_000 + number, number % 50)
}

fn log(lines: i64) -> BTreeMap<String, Total> {
    let mut log: BTreeMap<String, Total> = BTreeMap::new();
    for number in 1..=lines {
        let Some((query, count)) = query(number) else { continue };
        let total = log.entry(engine::query_key(&query)).or_default();
        total.count += count;
        total.results += 2;
        total.clicks += i64::from(number % 2 == 0);
        total.last_hour = (1_700_000_000 + number) / 3_600;
    }
    log
}

#[test]
fn a_query_log_is_counted_once_after_a_kill_at_any_point() {
    let json: String = joined((1..=LINES).map(log_line));
    let header = "time\tsource\tquery\tcount\tuser\tresults\tclicked\n".to_owned();
    let tabs = header + &(1..=LINES).map(log_row).collect::<String>();
    let packed = zstd::encode_all(tabs.as_bytes(), 1).unwrap();
    let whole = log(LINES);
    for seed in 1..=5 {
        // In the log with tabs the header is a line too.
        let (name, lines, first) = match seed % 3 {
            0 => ("log.ndjson", json.as_bytes(), 0),
            1 => ("log.tsv", tabs.as_bytes(), 1),
            _ => ("log.tsv.zst", &*packed, 1),
        };
        let mut dice = Dice(seed);
        let directory = Directory::new();
        let file = shown(&directory.write(name, lines));
        let arguments = ["import", "--kind", "queries", "--no-wait", "--json", &file];
        let import = directory.start(&arguments);
        let stored = Stored::open(&directory.data());
        kill_after(import, 1 + dice.below(5) as i64, &mut dice, || stored.changes());
        let before = stored.log();
        assert!(!before.is_empty() && before != whole, "seed {seed}");
        stored.close();

        let summary = directory.run(&arguments).exited(3).json();
        let resumed = summary["resumed_lines"].as_i64().unwrap() - first;
        assert_eq!(before, log(resumed), "seed {seed}: what was there is not the log's beginning");
        assert_eq!(summary["read"], LINES - resumed, "seed {seed}: {summary}");
        let rejected = LINES / BAD - resumed / BAD;
        assert_eq!(summary["rejected"], rejected, "seed {seed}: {summary}");
        assert_eq!(summary["accepted"], LINES - resumed - rejected, "seed {seed}: {summary}");

        let stored = Stored::open(&directory.data());
        assert_eq!(stored.log(), whole, "seed {seed}");
        stored.close();
        let told: BTreeSet<i64> = (1..=LINES / BAD).map(|number| number * BAD + first).collect();
        assert_eq!(rejected_lines(&directory), told, "seed {seed}");
        let refused = directory.run(&arguments).exited(1);
        assert!(refused.stderr.contains("imported before"), "{}", refused.stderr);
    }
}

/// The numbers of the rejected lines that all imports together told of.
fn rejected_lines(directory: &Directory) -> BTreeSet<i64> {
    let files = std::fs::read_dir(directory.data().join("rejects")).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let number = |line: &str| serde_json::from_str::<Value>(line).ok().and_then(|line| line["line"].as_i64());
    // The last line of a killed import may be torn.
    texts.flat_map(|text| text.lines().filter_map(number).collect::<Vec<_>>()).collect()
}
