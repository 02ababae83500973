//! No secret is printed, neither by an error nor by `Debug`.

use std::error::Error as _;
use std::fmt::Write;

use client::{Client, SearchRequest};

use crate::stub::Stub;

const SECRET: &str = "hush";

/// The error and everything it came from, in both printed forms.
fn printed(error: &client::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(inner) = source {
        write!(text, " {inner} {inner:?}").unwrap();
        source = inner.source();
    }
    text
}

#[tokio::test]
async fn transport_errors_do_not_tell_the_address() {
    // Nobody listens behind a listener that is gone.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(&base).unwrap();
    let error = client.suggest(SECRET, "k").await.unwrap_err();
    assert!(error.is_temporary());
    assert!(!printed(&error).contains(SECRET), "{}", printed(&error));
    let user = client.content("demo", SECRET).user(SECRET);
    let error = user.search(&SearchRequest::new("k")).await.unwrap_err();
    assert!(!printed(&error).contains(SECRET) && !printed(&error).contains("signature"));
}

#[tokio::test]
async fn malformed_answers_are_not_quoted() {
    let body = r#"{"ret":0,"msg":"success","data":{"access_token":"A","expires_in":"hush"}}"#;
    let stub = Stub::new("200 OK", body).await;
    let error = Client::new(&stub.base).unwrap().content("demo", "key").register("u").await.unwrap_err();
    assert!(!printed(&error).contains(SECRET), "{}", printed(&error));
}

#[test]
fn debug_forms_hold_no_secret() {
    let content = Client::new("http://127.0.0.1:1").unwrap().content("demo", SECRET);
    let shown = format!("{content:?} {:?}", content.user(SECRET));
    assert!(shown.contains("demo") && !shown.contains(SECRET), "{shown}");
}

#[test]
fn base_errors_do_not_repeat_passwords() {
    let error = Client::new("http://user:hush@h").unwrap_err();
    assert!(!printed(&error).contains(SECRET));
}
