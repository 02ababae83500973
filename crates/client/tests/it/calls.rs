//! What is sent, and how answers and refusals are read.

use std::time::{SystemTime, UNIX_EPOCH};

use client::{Client, Code, Error, GroupType, Ret, SearchRequest, TypeSet};
use wire::content::PublicParameters;
use wire::signature;

use crate::stub::{Asked, Stub};

const KEY: &str = "3f9a1c5e7b2d4860a1b2c3d4e5f60718";

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn check_stamp(asked: &Asked) {
    let raw = PublicParameters::NAMES
        .into_iter()
        .filter(|name| asked.has(name))
        .map(|name| format!("{name}={}", asked.get(name)))
        .collect::<Vec<_>>()
        .join("&");
    let parameters = wire::query::Parameters::parse(&raw).unwrap();
    let public = PublicParameters::parse(&parameters).unwrap();
    assert!(public.timestamp.seconds.abs_diff(now()) <= 3600);
    assert!((6..=12).contains(&public.nonce.len()));
}

#[tokio::test]
async fn suggestions_are_asked_and_read() {
    let body = r#"{"code":0,"data":{"search_cpl_id":"a","result":{"success":true,"message":"success"},"items":[{"text":"美食 a","highlight_flags":[true]}],"word_request_id":"b"}}"#;
    let stub = Stub::new("200 OK", body).await;
    let data = Client::new(&stub.base).unwrap().suggest("t+1", "美 食&").await.unwrap();
    assert_eq!((data.items[0].text.as_str(), data.word_request_id.as_str()), ("美食 a", "b"));
    let asked = stub.asked().await;
    assert_eq!(asked.path, "/api/xiaohongshu/search-recommend/v1");
    assert_eq!((asked.get("token"), asked.get("keyword")), ("t+1", "美 食&"));
}

#[tokio::test]
async fn a_refused_suggestion_is_an_error_whatever_the_status() {
    let body = r#"{"code":302,"data":null,"message":"Rate Limit Exceeded","recordTime":"2026-01-01 00:00:00","requestId":"r1"}"#;
    for status in ["429 Too Many Requests", "200 OK"] {
        let stub = Stub::new(status, body).await;
        let error = Client::new(&stub.base).unwrap().suggest("t", "k").await.unwrap_err();
        assert_eq!(error.code(), Some(Code::RateLimited));
        assert!(error.is_temporary());
        assert_eq!(error.to_string(), "suggestions answered 302: Rate Limit Exceeded (requestId r1)");
    }
}

#[tokio::test]
async fn a_balance_is_read() {
    let stub = Stub::new("200 OK", r#"{"code":0,"data":{"balance":"1.0000","currency":"CNY"}}"#).await;
    assert_eq!(Client::new(&stub.base).unwrap().balance("t").await.unwrap().balance, "1.0000");
    assert_eq!(stub.asked().await.path, "/user/get-balance");
}

#[tokio::test]
async fn a_user_is_registered() {
    let body = r#"{"ret":0,"msg":"success","message":"success","data":{"access_token":"A1","expires_in":60},"req_id":"r"}"#;
    let stub = Stub::new("200 OK", body).await;
    let client = Client::new(&format!("{}/prefix/", stub.base)).unwrap();
    let user = client.content("demo", KEY).register("user 1").await.unwrap();
    assert_eq!((user.access_token(), user.expires_in()), ("A1", Some(60)));
    let asked = stub.asked().await;
    assert_eq!(asked.path, "/prefix/access_token/register/wap/v4/");
    assert_eq!((asked.get("partner"), asked.get("uuid")), ("demo", "user 1"));
    check_stamp(&asked);
    let expected = signature::sign_register(KEY, asked.get("timestamp"), asked.get("nonce"), "user 1");
    assert_eq!(asked.get("signature"), expected);
}

#[tokio::test]
async fn a_search_sends_what_was_said() {
    let body = r#"{"ret":0,"msg":"success","req_id":"r","search_id":"s","has_more":true,"data":[{"title":"一","group_id":"1"}]}"#;
    let stub = Stub::new("200 OK", body).await;
    let user = Client::new(&stub.base).unwrap().content("demo", KEY).user("A1");
    let types: TypeSet = [GroupType::Tuwen, GroupType::ShortVideo].into_iter().collect();
    let request = SearchRequest {
        offset: 20,
        count: 20,
        types,
        search_id: Some("s".to_owned()),
        ..SearchRequest::new("美食 & a+b")
    };
    let answer = user.search(&request).await.unwrap();
    assert_eq!(answer.data[0].title, "一");
    assert_eq!(request.next_page(&answer).unwrap().offset, 40);

    let asked = stub.asked().await;
    assert_eq!(asked.path, "/data/stream/search/v4/");
    let sent = ["access_token", "keyword", "offset", "count", "need_group_types", "search_id"]
        .map(|name| asked.get(name));
    assert_eq!(sent, ["A1", "美食 & a+b", "20", "20", "tuwen,short_video", "s"]);
    check_stamp(&asked);
    assert_eq!(asked.get("signature"), signature::sign(KEY, asked.get("timestamp"), asked.get("nonce")));
}

#[tokio::test]
async fn a_search_leaves_defaults_out() {
    let stub =
        Stub::new("200 OK", r#"{"ret":0,"msg":"success","req_id":"r","search_id":"s2","data":[]}"#).await;
    let user = Client::new(&stub.base).unwrap().content("demo", KEY).user("A1");
    let request = SearchRequest::new("a");
    let mut answer = user.search(&request).await.unwrap();
    assert_eq!(request.next_page(&answer), None);
    answer.has_more = true;
    let next = request.next_page(&answer).unwrap();
    assert_eq!((next.offset, next.search_id.as_deref()), (10, Some("s2")));
    let asked = stub.asked().await;
    assert!(!asked.has("count") && !asked.has("need_group_types") && !asked.has("search_id"));
}

#[tokio::test]
async fn a_refused_search_is_an_error() {
    let stub = Stub::new("200 OK", r#"{"ret":1,"msg":"register again","req_id":"r9"}"#).await;
    let user = Client::new(&stub.base).unwrap().content("demo", KEY).user("A1");
    let error = user.search(&SearchRequest::new("a")).await.unwrap_err();
    assert_eq!(error.ret(), Some(Ret::AccessToken));
    assert!(!error.is_temporary());
    assert_eq!(error.to_string(), "content search answered 1: register again (req_id r9)");
}

#[tokio::test]
async fn other_answers_are_malformed() {
    for (status, body) in [
        ("200 OK", r#"{"code":0,"data":null}"#),
        ("200 OK", r#"{"code":"0"}"#),
        ("414 URI Too Long", ""),
        ("302 Found", ""),
        ("502 Bad Gateway", "<html>"),
    ] {
        let stub = Stub::new(status, body).await;
        let error = Client::new(&stub.base).unwrap().suggest("t", "k").await.unwrap_err();
        assert!(matches!(&error, Error::Malformed { .. }), "{status} {body}: {error}");
    }
}

#[test]
fn base_addresses_are_checked() {
    for bad in ["", "127.0.0.1:8080", "ftp://h", "http://", "http://u:p@h", "http://h/?x=1", "http://h/#x"] {
        assert!(matches!(Client::new(bad), Err(Error::Base { .. })), "{bad}");
    }
}

#[test]
fn an_https_client_is_made_or_refused() {
    // Where a machine has no certificates this is an error; it must never be a panic.
    if let Err(error) = Client::new("https://h") {
        assert!(matches!(error, Error::Transport(_)), "{error}");
    }
}
