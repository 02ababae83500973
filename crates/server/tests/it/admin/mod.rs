//! The operators' API under `/v1/admin`, over real processes.

mod accounts;
mod callers;
mod described;
mod money;
mod refusals;
mod roles;
mod statement;

use serde_json::{Value, json};

use crate::{
    support::{Answer, Directory, Server, encode},
    writing::{Operator, key},
};

/// A server with an owner, an editor and a reader.
pub(crate) struct House {
    pub(crate) directory: Directory,
    pub(crate) server: Server,
    pub(crate) owner: Operator,
    pub(crate) editor: Operator,
    pub(crate) reader: Operator,
}

impl House {
    pub(crate) fn new() -> House {
        let directory = Directory::new();
        let keys = ["owner", "editor", "reader"].map(|role| key(&directory, role, role));
        let server = directory.serve();
        let [owner, editor, reader] = keys.map(|key| Operator::new(&server, &key));
        House { directory, server, owner, editor, reader }
    }

    /// What the owner is answered, after a look at the status.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a body reads best where the call is made")]
    pub(crate) fn said(&self, status: u16, method: &str, target: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        checked(&self.owner.call(method, target, &body), status)
    }

    /// What is read there.
    #[track_caller]
    pub(crate) fn read(&self, target: &str) -> Value {
        self.said(200, "GET", target, Value::Null)
    }

    /// Makes an account with money in it.
    #[track_caller]
    pub(crate) fn account(&self, name: &str, balance: &str) {
        self.said(201, "POST", "/v1/admin/accounts", json!({ "name": name, "balance": balance }));
    }
}

/// A JSON answer with that status, which no cache keeps.
#[track_caller]
fn checked(answer: &Answer, status: u16) -> Value {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, Some("application/json")),
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

/// A path with a name in it.
fn at(collection: &str, name: &str, rest: &str) -> String {
    format!("/v1/admin/{collection}/{}{rest}", encode(name))
}
