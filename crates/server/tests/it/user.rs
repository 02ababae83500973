//! Contract 1's calls about a token's account.

use serde_json::{Value, json};

use crate::support::{Directory, demo};

#[test]
fn a_token_without_an_account_has_nothing_and_owes_nothing() {
    let demo = demo();
    let answer = demo.get(&format!("/user/get-balance?token={}", demo.token));
    let body = answer.json();
    assert_eq!((answer.status, &body["code"], &body["message"]), (200, &json!(0), &json!("success")));
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "data", "message", "recordTime", "requestId"]);
    assert_eq!(body["data"], json!({ "balance": "0.0000", "currency": "CNY" }));
}

#[test]
fn a_summary_has_thirty_days_that_end_today() {
    let demo = demo();
    let body = demo.get(&format!("/user/get-usage-summary?token={}", demo.token)).json();
    assert_eq!(body["code"], 0, "{body}");
    let trend = &body["data"]["apiTrendDaily"];
    let days: Vec<&str> = trend["days"].as_array().unwrap().iter().map(|day| day.as_str().unwrap()).collect();
    let today = &body["recordTime"].as_str().unwrap()[..10];
    assert_eq!((days.len(), days.last()), (30, Some(&today)));
    assert!(days.is_sorted(), "{days:?}");
    let series = trend["series"].as_array().unwrap();
    let names: Vec<&Value> = series.iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["/api/xiaohongshu/search-recommend/v1", "/data/stream/search/v4/"]);
    assert!(series.iter().all(|row| row["data"].as_array().unwrap().len() == 30), "{body}");
}

#[test]
fn refusals_are_those_of_the_dialect() {
    let demo = demo();
    let token = demo.token.as_str();
    for path in ["/user/get-balance", "/user/get-usage-summary"] {
        for query in ["", "?token=", "?token=wrong"] {
            let answer = demo.get(&format!("{path}{query}"));
            let body = answer.json();
            assert_eq!(
                (answer.status, &body["code"], &body["data"]),
                (401, &json!(100), &Value::Null),
                "{body}"
            );
        }
        let answer = demo.http().send("POST", &format!("{path}?token={token}"), &[], b"");
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")));
        let answer = demo.http().send("HEAD", &format!("{path}?token={token}"), &[], b"");
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(demo.get(&format!("{path}?token=%zz")).json()["code"], 400);
    }
    for path in ["/user", "/user/", "/user/get-balance/", "/user/other/x"] {
        let answer = demo.get(&format!("{path}?token={token}"));
        let body = answer.json();
        assert_eq!((answer.status, &body["code"]), (404, &json!(400)), "{path}: {body}");
        assert!(body["message"].as_str().unwrap().contains("path is not known"), "{body}");
    }
    let other_dialect = demo.get("/user/action/x");
    assert_eq!((other_dialect.status, &other_dialect.json()["ret"]), (200, &json!(10001)));
}

#[test]
fn the_old_era_has_status_200_here_too() {
    let directory = Directory::new();
    directory.configure("[suggest]\nhttp_status = \"always_200\"\n");
    let server = directory.serve();
    for path in ["/user/get-balance", "/user/other"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
}
