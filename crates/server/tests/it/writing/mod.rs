//! Writing content over HTTP, and what everybody sees of it.

mod commands;
mod counters;
mod items;
mod limits;
mod roles;
mod takedown;

use serde_json::{Value, json};

use crate::support::{Answer, Application, Directory, Http, Server, article, joined};

/// A server on a directory of its own, an editor of it, and a caller of its search.
pub(crate) struct Site {
    pub(crate) directory: Directory,
    pub(crate) server: Server,
    pub(crate) application: Application,
    pub(crate) access_token: String,
    pub(crate) editor: Operator,
}

/// Somebody with an operator's key.
#[derive(Clone)]
pub(crate) struct Operator {
    http: Http,
    authorization: String,
}

impl Site {
    /// A site with these items.
    pub(crate) fn with(lines: impl IntoIterator<Item = Value>) -> Site {
        let directory = Directory::new();
        directory.import(&joined(lines));
        Site::of(directory)
    }

    /// A site over a directory that has a store.
    pub(crate) fn of(directory: Directory) -> Site {
        let application = directory.application("site");
        let key = key(&directory, "editor", "editor");
        let server = directory.serve();
        let access_token = application.register(&server, "reader");
        let editor = Operator::new(&server, &key);
        Site { directory, server, application, access_token, editor }
    }

    /// Stops the server and starts it again.
    pub(crate) fn restarted(self) -> Site {
        let Site { directory, server, application, access_token, editor } = self;
        server.stop().succeeded();
        let server = directory.serve();
        let editor = Operator { http: server.http(), ..editor };
        Site { directory, server, application, access_token, editor }
    }

    /// One search: the whole answer.
    #[track_caller]
    pub(crate) fn search(&self, keyword: &str) -> Value {
        let answer = self.application.search(&self.server, &self.access_token, &[("keyword", keyword)]);
        let body = answer.json();
        assert_eq!(body["ret"], 0, "{body}");
        body
    }

    /// The ids that a search finds.
    #[track_caller]
    pub(crate) fn found(&self, keyword: &str) -> Vec<String> {
        let answer = self.search(keyword);
        let id = |item: &Value| item["group_id"].as_str().unwrap().to_owned();
        answer["data"].as_array().unwrap().iter().map(id).collect()
    }

    /// One item, through the call for that.
    #[track_caller]
    pub(crate) fn single(&self, group_id: &str) -> Value {
        crate::neighbours::single(&self.application, &self.server, &self.access_token, group_id)
    }
}

impl Operator {
    pub(crate) fn new(server: &Server, key: &str) -> Operator {
        Operator { http: server.http(), authorization: format!("Bearer {key}") }
    }

    /// One call.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, target: &str, body: &str) -> Answer {
        self.call_with(method, target, &[], body)
    }

    /// One call with further headers.
    #[track_caller]
    pub(crate) fn call_with(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let headers = [&[("Authorization", self.authorization.as_str())], headers].concat();
        self.http.send(method, target, &headers, body.as_bytes())
    }

    /// The value of the header that says who calls.
    pub(crate) fn authorization(&self) -> &str {
        &self.authorization
    }

    /// One call of many lines: the status, the results, and the figures of the last line.
    #[track_caller]
    pub(crate) fn lines(&self, target: &str, body: &str) -> (u16, Vec<Value>, Value) {
        let answer = self.call("POST", target, body);
        let text = answer.text();
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"), "{text}");
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let summary = lines.pop().unwrap()["summary"].clone();
        (answer.status, lines, summary)
    }

    /// Puts items that are all good.
    #[track_caller]
    pub(crate) fn put(&self, lines: impl IntoIterator<Item = Value>) {
        let (status, results, _) = self.lines("/v1/items?wait=searchable", &joined(lines));
        assert_eq!(status, 200, "{results:?}");
    }
}

/// Makes an operator of that role and gives the key.
#[track_caller]
pub(crate) fn key(directory: &Directory, name: &str, role: &str) -> String {
    let made = directory.run(&["operator", "create", "--name", name, "--role", role, "--json"]);
    made.succeeded().json()["key"].as_str().unwrap().to_owned()
}

/// The results without what differs from line to line.
pub(crate) fn words(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["result"].as_str().unwrap()).collect()
}

/// Articles about the same thing.
pub(crate) fn teas(ids: std::ops::RangeInclusive<i64>) -> impl Iterator<Item = Value> {
    ids.map(|id| {
        let mut line = article(id, &format!("武夷山岩茶品鉴第{id}期"));
        line["publish_time"] = json!(1_700_000_000);
        line
    })
}

/// A problem document with that status whose detail has these words.
#[track_caller]
pub(crate) fn check_problem(answer: &Answer, status: u16, words: &str) {
    let body = answer.json();
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, Some("application/problem+json")),
        "{body}"
    );
    assert_eq!((&body["type"], &body["status"]), (&json!("about:blank"), &json!(status)));
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.contains(words), "{detail:?} does not say {words:?}");
}
