//! Errors on demand: each that may happen to an admitted call, in both dialects, and what a defect leaves behind.

use serde_json::{Value, json};

use crate::{
    library::{is_req_id, keys},
    support::{Answer, Application, Directory, Server, article, borrowed, joined, target},
};

const SUGGEST: &str = "/api/xiaohongshu/search-recommend/v1";
const SEARCH: &str = "/data/stream/search/v4/";
const SINGLE: &str = "/article/single/info/";
const RELATED: &str = "/data/stream/related/v1/";
/// Nothing that a server writes may have it.
const KEYWORD: &str = "竹笋焖肉";

/// A server with one item, and who calls it.
struct Site {
    server: Server,
    token: String,
    application: Application,
    access_token: String,
    directory: Directory,
}

impl Site {
    fn new(configuration: &str) -> Site {
        let directory = Directory::new();
        directory.configure(configuration);
        directory.import(&joined([article(1, KEYWORD)]));
        let (token, application) = (directory.token("t"), directory.application("a"));
        let server = directory.serve();
        let access_token = application.register(&server, "user");
        Site { server, token, application, access_token, directory }
    }

    fn suggest(&self, fault: &str) -> Answer {
        let parameters = [("token", self.token.as_str()), ("keyword", KEYWORD), ("qiusuo_fault", fault)];
        self.server.get(&target(SUGGEST, &parameters))
    }

    fn content(&self, path: &str, fault: &str) -> Value {
        let signed = self.application.signed();
        let own = [
            ("access_token", self.access_token.as_str()),
            ("keyword", KEYWORD),
            ("group_id", "1"),
            ("qiusuo_fault", fault),
        ];
        let answer = self.server.get(&target(path, &[&borrowed(&signed), &own[..]].concat()));
        assert_eq!(answer.status, 200, "{path} {fault}");
        answer.json()
    }

    /// The figure of a code, 0 where it never came.
    fn counted(&self, api: &str, code: i64) -> u64 {
        let text = self.server.get("/metrics").text();
        let name = format!("qiusuo_calls_total{{api=\"{api}\",code=\"{code}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
    }
}

#[test]
fn every_code_of_an_admitted_suggestion_can_be_had() {
    let site = Site::new("[server]\nfaults = true\n");
    for (code, status, message) in [
        (301, 200, "Collection Failed. Please Retry."),
        (500, 500, "Internal Server Error"),
        (503, 503, "Service temporarily unavailable"),
    ] {
        let answer = site.suggest(&code.to_string());
        let body = answer.json();
        assert_eq!(keys(&body), ["code", "data", "message", "recordTime", "requestId"]);
        assert_eq!(
            (answer.status, &body["code"], &body["data"]),
            (status, &json!(code), &Value::Null),
            "{body}"
        );
        assert_eq!(body["message"], message);
        assert_eq!(answer.header("retry-after"), (code == 503).then_some("1"));
        assert_eq!(site.counted("suggest", code), 1);
    }
    for wrong in ["", "0", "100", "10010", "x"] {
        let body = site.suggest(wrong).json();
        let message = "Invalid Parameters: qiusuo_fault must be one of 301, 500, 503";
        assert_eq!((&body["code"], &body["message"]), (&json!(400), &json!(message)), "{wrong}");
    }
    // Whoever is refused before is refused for that.
    let stranger = site.server.get(&format!("{SUGGEST}?token=x&keyword=a&qiusuo_fault=500"));
    assert_eq!(stranger.json()["code"], 100);
    assert_eq!(site.server.suggest(&site.token, KEYWORD).json()["code"], 0, "the server goes on");
}

#[test]
fn every_code_of_an_admitted_search_can_be_had() {
    let site = Site::new("[server]\nfaults = true\n");
    let meaning = |ret: i64| wire::content::Ret::from_number(ret).unwrap().meaning();
    for (path, api, codes) in [
        (SEARCH, "search", &[10000, 10010][..]),
        (SINGLE, "single", &[22, 10000, 10010]),
        (RELATED, "related", &[22, 10000, 10010]),
    ] {
        for ret in codes {
            let body = site.content(path, &ret.to_string());
            assert_eq!(keys(&body), ["ret", "msg", "req_id"], "{path} {ret}");
            assert_eq!((&body["ret"], &body["msg"]), (&json!(ret), &json!(meaning(*ret))), "{path}");
            assert!(is_req_id(&body["req_id"]), "{body}");
            assert_eq!(site.counted(api, *ret), 1, "{path} {ret}");
        }
        let body = site.content(path, "301");
        assert_eq!(body["ret"], 10001, "{path}");
        assert!(body["msg"].as_str().unwrap().starts_with("qiusuo_fault must be one of "), "{body}");
    }
    assert_eq!(site.content(SEARCH, "22")["ret"], 10001);
    let body = site.application.search(&site.server, &site.access_token, &[("keyword", KEYWORD)]).json();
    assert_eq!((&body["ret"], body["data"].as_array().unwrap().len()), (&json!(0), 1), "the server goes on");
}

#[test]
fn a_defect_is_in_both_logs_without_what_the_caller_sent() {
    let site = Site::new("[server]\nfaults = true\n[suggest]\nhttp_status = \"always_200\"\n");
    assert_eq!(site.suggest("500").status, 200);
    site.content(SEARCH, "10000");
    let Site { server, token, access_token, directory, .. } = site;
    let stderr = server.stop().succeeded().stderr;
    let told: Vec<&str> = stderr.lines().filter(|line| line.contains("the program panicked")).collect();
    assert_eq!(told.len(), 2, "{stderr}");
    assert!(
        told.iter().all(|line| line.contains("faults.rs:") && line.contains("asked for a defect")),
        "{stderr}"
    );
    assert!(stderr.contains("server.faults is on"), "{stderr}");
    for secret in [KEYWORD, &token, &access_token] {
        assert!(!stderr.contains(secret), "{stderr}");
    }
    let log = std::fs::read_to_string(directory.data().join("access.log")).unwrap();
    let codes: Vec<i64> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| [SUGGEST, SEARCH].contains(&line["path"].as_str().unwrap()))
        .map(|line| line["code"].as_i64().unwrap())
        .collect();
    assert_eq!(codes, [500, 10000]);
}

#[test]
fn without_the_setting_nobody_knows_the_parameter() {
    let site = Site::new("");
    for fault in ["500", "301", "x"] {
        assert_eq!(site.suggest(fault).json()["code"], 0, "{fault}");
    }
    for path in [SEARCH, SINGLE, RELATED] {
        assert_eq!(site.content(path, "10000")["ret"], 0, "{path}");
    }
    assert!(!site.server.stop().succeeded().stderr.contains("panicked"));
}
