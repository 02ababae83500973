#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn entry(path: &str) -> Entry<'_> {
    Entry {
        time_ms: 1_795_000_000_007,
        method: "GET",
        path,
        code: Some(0),
        status: 200,
        duration_us: 137,
        keyword_chars: Some(2),
        bytes: 4_096,
    }
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_line_says_what_happened() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("access.log");
    let log = AccessLog::file(&path).unwrap();
    log.log(&entry("/ping"));
    log.log(&Entry { code: None, keyword_chars: None, status: 404, ..entry("/x") });
    log.flush();
    let text = std::fs::read_to_string(&path).unwrap();
    let first = "{\"time\":\"2026-11-18T11:06:40.007Z\",\"method\":\"GET\",\"path\":\"/ping\",\"code\":0,\
                 \"status\":200,\"duration_us\":137,\"keyword_chars\":2,\"bytes\":4096}\n";
    let second = "{\"time\":\"2026-11-18T11:06:40.007Z\",\"method\":\"GET\",\"path\":\"/x\",\"status\":404,\
                  \"duration_us\":137,\"bytes\":4096}\n";
    assert_eq!(text, format!("{first}{second}"));
}

#[test]
fn a_path_cannot_break_a_line_and_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("access.log");
    let log = AccessLog::file(&path).unwrap();
    log.log(&entry("/a\"b\\c\n{\"code\":1}\u{1}\u{7f}\u{2028}"));
    log.log(&entry(&format!("/{}", "求".repeat(100))));
    log.log(&Entry { method: "VERYLONGMETHODNAMEINDEED", time_ms: i64::MIN, ..entry("/") });
    log.flush();
    let lines = lines(&path);
    assert_eq!(lines[0]["path"], "/a\"b\\c\n{\"code\":1}\u{1}\u{7f}\u{2028}");
    assert_eq!(lines[1]["path"], format!("/{}", "求".repeat(85)));
    assert_eq!(lines[2]["method"], "VERYLONGMETHODNA");
}

#[test]
fn a_file_that_was_moved_away_is_followed_by_a_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("access.log");
    let moved = directory.path().join("access.log.1");
    let log = AccessLog::file(&path).unwrap();
    log.log(&entry("/old"));
    log.flush();
    std::fs::rename(&path, &moved).unwrap();
    log.log(&entry("/new"));
    log.flush();
    assert_eq!(lines(&moved)[0]["path"], "/old");
    assert_eq!(lines(&path)[0]["path"], "/new");
    assert_eq!(log.failed_writes(), 0);
}

#[test]
fn the_end_writes_everything_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("access.log");
    let log = AccessLog::file(&path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let log = &log;
            scope.spawn(move || {
                for number in 0..1_000 {
                    log.log(&Entry { duration_us: thread, bytes: number, ..entry("/") });
                }
            });
        }
    });
    drop(log);
    let lines = lines(&path);
    assert_eq!(lines.len(), 4_000);
    for thread in 0..4 {
        let of_thread = lines.iter().filter(|line| line["duration_us"] == thread);
        let numbers: Vec<u64> = of_thread.map(|line| line["bytes"].as_u64().unwrap()).collect();
        assert!(numbers.is_sorted(), "lines of one thread stay in their order");
    }
}

#[test]
fn a_log_that_cannot_be_written_counts_its_losses() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("logs");
    std::fs::create_dir(&inner).unwrap();
    let log = AccessLog::file(&inner.join("access.log")).unwrap();
    std::fs::remove_dir_all(&inner).unwrap();
    log.log(&entry("/one"));
    log.log(&entry("/two"));
    log.flush();
    assert_eq!(log.failed_writes(), 2);
    std::fs::create_dir(&inner).unwrap();
    log.log(&entry("/three"));
    log.flush();
    assert_eq!(lines(&inner.join("access.log")).len(), 1);
    assert_eq!(log.failed_writes(), 2);
}

#[test]
fn a_log_that_is_off_does_nothing() {
    let log = AccessLog::off();
    log.log(&entry("/"));
    log.flush();
    assert_eq!(log.failed_writes(), 0);
}

#[test]
fn more_than_a_buffer_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("access.log");
    let log = AccessLog::file(&path).unwrap();
    let long = "x".repeat(200);
    for _ in 0..2_000 {
        log.log(&entry(&long));
    }
    log.flush();
    assert_eq!(lines(&path).len(), 2_000);
}
