//! Statements in pages of JSON, and whole as comma-separated values.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::{Value, json};

use super::House;
use crate::writing::check_problem;

/// More than are read at once.
const ENTRIES: usize = 2_100;

/// A house whose account has many entries, the first with a note that needs quoting.
fn house() -> House {
    let house = House::new();
    house.account("team", "0");
    let notes = ["a, \"b\"", "=1+1"].map(|note| json!({ "amount": "-1", "note": note }));
    for note in notes {
        house.said(201, "POST", "/v1/admin/accounts/team/corrections", note);
    }
    house
}

/// The head and the body of an answer of any length: HTTP/1.0 ends it with the connection.
fn streamed(house: &House, target: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(&house.server.address).unwrap();
    let authorization = house.owner.authorization();
    write!(stream, "GET {target} HTTP/1.0\r\nAuthorization: {authorization}\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

#[test]
fn all_of_it_comes_as_comma_separated_values() {
    let house = house();
    let top_up = json!({ "amount": "0.0001" });
    for _ in 2..ENTRIES {
        house.said(201, "POST", "/v1/admin/accounts/team/top-up", top_up.clone());
    }
    let target = "/v1/admin/accounts/team/statement";
    let (head, body) = streamed(&house, &format!("{target}?format=csv"), "");
    assert!(head.contains("200 ok") && head.contains("content-type: text/csv; charset=utf-8"), "{head}");
    let lines: Vec<&str> = body.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), ENTRIES + 1);
    assert_eq!(lines[0], "entry,time,kind,amount,held,calls,caller,api,day,lease,reverses,who,note");
    assert!(lines[1].ends_with(r#",operator owner,"a, ""b""""#), "{}", lines[1]);
    assert!(lines[2].ends_with(",operator owner,'=1+1"), "{}", lines[2]);
    for (number, line) in lines.iter().enumerate().skip(1) {
        assert!(line.starts_with(&format!("{number},")), "entry {number}: {line}");
    }
    let accepted = streamed(&house, target, "Accept: application/xml, text/csv;q=0.9\r\n");
    assert_eq!(accepted.1, body);
    let json = streamed(&house, &format!("{target}?format=json&limit=1"), "Accept: text/csv\r\n");
    assert!(json.0.contains("content-type: application/json"), "{}", json.0);

    // In pages it is the same.
    let (mut ids, mut after) = (Vec::new(), json!(0));
    while !after.is_null() {
        let page = house.read(&format!("{target}?limit=700&after={after}"));
        ids.extend(page["entries"].as_array().unwrap().iter().map(|entry| entry["entry"].as_u64().unwrap()));
        after = page["next"].clone();
    }
    assert_eq!(ids, (1..=ENTRIES as u64).collect::<Vec<_>>());
}

#[test]
fn periods_and_pages_are_checked() {
    let house = house();
    let target = "/v1/admin/accounts/team/statement";
    let count = |query: &str| house.read(&format!("{target}?{query}"))["entries"].as_array().unwrap().len();
    assert_eq!(count("from=2020-01-01"), 2);
    assert_eq!(count("to=2020-01-01"), 0);
    assert_eq!(count("from=2020-01-01T00:00:00%2B08:00&to=9999-01-01"), 2);
    let page = house.read(&format!("{target}?limit=2"));
    assert_eq!(
        (page["entries"].as_array().unwrap().len(), &page["next"]),
        (2, &Value::Null),
        "there is no more"
    );
    for (query, words) in [
        ("from=yesterday", "from must be a day such as 2026-11-27"),
        ("to=2026-11-27T12:00:00+08:00", "to must be a day"),
        ("from=2026-11-28&to=2026-11-20", "to lies before from"),
        ("limit=0", "limit must be a whole number from 1 to 1000"),
        ("limit=1001", "limit must be"),
        ("after=-1", "after must be a whole number"),
        ("format=xml", "format must be `json` or `csv`"),
        ("format=csv&limit=5", "after and limit are for pages of JSON"),
        ("colour=red", "\"colour\" is not known; this call has from, to, after, limit, format"),
        ("from=%", "not followed by two hexadecimal digits"),
    ] {
        check_problem(&house.owner.call("GET", &format!("{target}?{query}"), ""), 400, words);
    }
    check_problem(
        &house.owner.call("GET", "/v1/admin/accounts/nobody/statement?format=csv", ""),
        404,
        "\"nobody\"",
    );
}
