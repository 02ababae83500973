//! Lines of query logs.

use proptest::prelude::*;
use wire::import::{QueryColumns, QueryLine, query_json};

fn refused(line: &str, key: &str) {
    assert_eq!(query_json(line).unwrap_err().key, key, "{line}");
}

/// Query, count, time, user, results, clicked.
type Summary<'a> = (&'a str, i64, Option<i64>, Option<&'a str>, Option<i64>, Option<bool>);

fn summary(line: &QueryLine) -> Summary<'_> {
    (&line.query, line.count, line.time, line.user.as_deref(), line.results, line.clicked)
}

#[test]
fn json_lines_are_read() {
    let full = r#"{"query":" 美食 ","time":5,"user":"u","count":2,"results":0,"clicked":true,"page":1}"#;
    let line = query_json(full).unwrap();
    assert_eq!(summary(&line), ("美食", 2, Some(5), Some("u"), Some(0), Some(true)));
    assert_eq!(line.unknown_keys, ["page"]);
    let small = query_json(r#"{"query":"q"}"#).unwrap();
    assert_eq!(summary(&small), ("q", 1, None, None, None, None));
}

#[test]
fn wrong_json_lines_name_the_key() {
    refused("{}", "query");
    refused(r#"{"query":" "}"#, "query");
    refused(r#"{"query":1}"#, "query");
    refused(r#"{"query":"q","count":0}"#, "count");
    refused(r#"{"query":"q","count":"2"}"#, "count");
    refused(r#"{"query":"q","time":1700000000000}"#, "time");
    refused(r#"{"query":"q","time":"2026-01-01"}"#, "time");
    refused(r#"{"query":"q","user":5}"#, "user");
    refused(r#"{"query":"q","results":-1}"#, "results");
    refused(r#"{"query":"q","clicked":1}"#, "clicked");
    refused("query", "line");
}

#[test]
fn a_header_names_the_columns() {
    let columns =
        QueryColumns::parse_header("\u{feff}date\tsource\tQuery\theat\tclicked\tuser\tresults\r\n").unwrap();
    assert_eq!(columns.ignored(), ["source", "heat"]);
    let line = columns.line("1970-01-02\tweb\t 春 天 \t99\ttrue\tu1\t7\r\n").unwrap();
    assert_eq!(summary(&line), ("春 天", 1, Some(57_600), Some("u1"), Some(7), Some(true)));
    let short = columns.line("\t\t夏").unwrap();
    assert_eq!(summary(&short), ("夏", 1, None, None, None, None));
    assert_eq!(columns.line("1970-01-02\tweb").unwrap_err().key, "query");
    assert_eq!(columns.line("1\t2\t3\t4\t1\t6\t7\t8").unwrap_err().key, "line");
    assert_eq!(columns.line("1970-13-02\t\tq").unwrap_err().key, "time");
    assert_eq!(columns.line("\t\tq\t\tyes").unwrap_err().key, "clicked");
    let count = QueryColumns::parse_header("count\tquery").unwrap();
    assert_eq!(count.line("3\tq").unwrap().count, 3);
    assert_eq!(count.line("0\tq").unwrap_err().key, "count");
}

#[test]
fn without_a_header_the_place_tells() {
    assert_eq!(QueryColumns::parse_header("火锅\t17026"), None);
    let columns = QueryColumns::positional();
    assert!(columns.ignored().is_empty());
    let read = |line: &str| columns.line(line).unwrap();
    assert_eq!(summary(&read("火锅")), ("火锅", 1, None, None, None, None));
    assert_eq!(summary(&read("火锅\t3")), ("火锅", 3, None, None, None, None));
    assert_eq!(summary(&read("火锅\t3\t1700000000")), ("火锅", 3, Some(1_700_000_000), None, None, None));
    assert_eq!(summary(&read("火锅\t\t1970-01-01")), ("火锅", 1, Some(-28_800), None, None, None));
    assert_eq!(summary(&read("火锅\t1970-01-01")), ("火锅", 1, Some(-28_800), None, None, None));
    for (line, key) in [("", "query"), ("q\tx", "count"), ("q\t1\tx", "time"), ("q\t1\t2\t3", "line")] {
        assert_eq!(columns.line(line).unwrap_err().key, key, "{line}");
    }
}

#[test]
fn numbers_end_at_a_limit_that_is_named() {
    let largest = 1_000_000_000_000_i64;
    let json = |key: &str, number: i64| query_json(&format!(r#"{{"query":"q","{key}":{number}}}"#));
    assert_eq!(json("count", largest).unwrap().count, largest);
    assert_eq!(json("results", largest).unwrap().results, Some(largest));
    let columns = QueryColumns::parse_header("query\tcount\tresults").unwrap();
    let read = columns.line(&format!("q\t{largest}\t{largest}")).unwrap();
    assert_eq!((read.count, read.results), (largest, Some(largest)));
    for number in [largest + 1, i64::MAX] {
        let refused = [
            ("count", json("count", number)),
            ("results", json("results", number)),
            ("count", columns.line(&format!("q\t{number}"))),
            ("results", columns.line(&format!("q\t1\t{number}"))),
            ("count", QueryColumns::positional().line(&format!("q\t{number}"))),
        ];
        for (key, outcome) in refused {
            let error = outcome.unwrap_err();
            assert!(error.key == key && error.reason.contains("1000000000000"), "{error}");
        }
    }
    assert_eq!(columns.line("q\t99999999999999999999").unwrap_err().key, "count");
}

proptest! {
    #[test]
    fn any_table_is_taken_or_refused(header in "(query|count|time|[a-z\t]){0,8}", line in "[0-9a-z美\t\r\n-]{0,30}") {
        let columns = QueryColumns::parse_header(&header).unwrap_or_else(QueryColumns::positional);
        if let Ok(found) = columns.line(&line) {
            prop_assert!(!found.query.is_empty() && found.count >= 1);
        }
    }

    #[test]
    fn any_string_is_a_line_or_not(text in any::<String>()) {
        if let Some(columns) = QueryColumns::parse_header(&text) {
            let _outcome = columns.line(&text);
        }
        let _outcome = QueryColumns::positional().line(&text);
    }
}
