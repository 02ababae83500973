//! Contract 2's refusals: every one is HTTP 200 with its code, and has exactly `ret`, `msg` and `req_id`.

use serde_json::Value;

use crate::{
    library::{Library, is_req_id, library},
    support::{Answer, Directory, borrowed, now, target},
};

const SEARCH: &str = "/data/stream/search/v4/";
const REGISTER: &str = "/access_token/register/wap/v4/";

#[track_caller]
fn check(answer: &Answer, ret: i64, named: &str) {
    check_keys(answer, ret, named, &["ret", "msg", "req_id"]);
}

#[track_caller]
fn check_keys(answer: &Answer, ret: i64, named: &str, expected: &[&str]) {
    let body = answer.json();
    assert_eq!((answer.status, body["ret"].as_i64()), (200, Some(ret)), "{body}");
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, expected);
    assert!(is_req_id(&body["req_id"]), "{body}");
    let message = body["msg"].as_str().unwrap();
    assert!(!message.is_empty() && message.contains(named), "{message:?} does not name {named:?}");
}

/// A good search's parameters: a test changes or drops some.
fn good(library: &Library) -> Vec<(&'static str, String)> {
    let mut parameters = library.application.signed();
    parameters.extend([("access_token", library.access_token.clone()), ("keyword", "蓝鲸".to_owned())]);
    parameters
}

/// The answer to a good search with one parameter changed.
fn with(library: &Library, name: &'static str, value: &str) -> Answer {
    let mut parameters = good(library);
    parameters.retain(|(known, _)| *known != name);
    parameters.push((name, value.to_owned()));
    library.server.get(&target(SEARCH, &borrowed(&parameters)))
}

/// The answer to a good search with one parameter left out.
fn without(library: &Library, name: &str) -> Answer {
    let mut parameters = good(library);
    parameters.retain(|(known, _)| *known != name);
    library.server.get(&target(SEARCH, &borrowed(&parameters)))
}

/// The answer to a search signed for this time and nonce.
fn signed_at(library: &Library, timestamp: &str, nonce: &str) -> Answer {
    let mut parameters = library.application.signed_at(timestamp, nonce, None);
    parameters.extend([("access_token", library.access_token.clone()), ("keyword", "蓝鲸".to_owned())]);
    library.server.get(&target(SEARCH, &borrowed(&parameters)))
}

#[test]
fn partners() {
    let library = library();
    check(&with(library, "partner", "nobody"), 10002, "partner");
    check(&with(library, "partner", &library.disabled_application.partner), 10002, "partner");
    check(&without(library, "partner"), 10001, "partner");
    check(&with(library, "partner", ""), 10001, "partner");
    check(&library.server.get(SEARCH), 10001, "partner");
    let disabled = &library.disabled_application;
    let registration = library.server.get(&disabled.register_target("u"));
    check_keys(&registration, 10002, "partner", &["ret", "msg", "message", "req_id"]);
}

#[test]
fn timestamps() {
    let library = library();
    for late in [-3_700, 3_700, -86_400] {
        check(&signed_at(library, &(now() + late).to_string(), "123456"), 10004, "timestamp");
    }
    for early in [-3_500, 3_500] {
        assert_eq!(signed_at(library, &(now() + early).to_string(), "123456").json()["ret"], 0);
    }
    let milliseconds = (now() * 1000).to_string();
    for malformed in
        [milliseconds.as_str(), "169562403", "16956240330", "169562403x", "+169562403", " 1695624033", ""]
    {
        check(&signed_at(library, malformed, "123456"), 10001, "timestamp");
    }
    check(&without(library, "timestamp"), 10001, "timestamp");
}

#[test]
fn the_window_of_timestamps_is_a_setting() {
    let directory = Directory::new();
    directory.configure("[content]\ntimestamp_window_seconds = 60\n");
    let application = directory.application("a");
    let server = directory.serve();
    let register = |away: i64| {
        let signed = application.signed_at(&(now() + away).to_string(), "123456", Some("u"));
        server.get(&target(REGISTER, &borrowed(&signed))).json()["ret"].as_i64()
    };
    assert_eq!((register(0), register(-300), register(300)), (Some(0), Some(10004), Some(10004)));
}

#[test]
fn signatures_and_nonces() {
    let library = library();
    let signature = good(library)[3].1.clone();
    assert_eq!(with(library, "signature", &signature.to_uppercase()).json()["ret"], 0, "hex in either case");
    let wrong = if signature.starts_with('0') { "1" } else { "0" }.to_owned() + &signature[1..];
    check(&with(library, "signature", &wrong), 10003, "signature");
    check(&with(library, "nonce", "another"), 10003, "signature");
    let other = library.other_application.signed();
    check(&with(library, "signature", &other[3].1), 10003, "signature");
    for malformed in ["", &signature[1..], &format!("{signature}0"), &signature.replace(&signature[..1], "g")]
    {
        check(&with(library, "signature", malformed), 10001, "signature");
    }
    check(&without(library, "signature"), 10001, "signature");
    check(&without(library, "nonce"), 10001, "nonce");
    check(&signed_at(library, &now().to_string(), ""), 10001, "nonce");
    check(&signed_at(library, &now().to_string(), &"n".repeat(65)), 10001, "nonce");
    assert_eq!(signed_at(library, &now().to_string(), &"n".repeat(64)).json()["ret"], 0);
    assert_eq!(signed_at(library, &now().to_string(), "空 +&").json()["ret"], 0, "decoded values are signed");
}

#[test]
fn dead_access_tokens() {
    let library = library();
    check(&without(library, "access_token"), 1, "access_token");
    let others = library.other_application.register(&library.server, "u");
    let good = &library.access_token;
    let last = if good.ends_with('0') { "1" } else { "0" };
    let forged = format!("{}{last}", &good[..good.len() - 1]);
    for dead in
        ["", "A", "garbage", "好好好", &"A".repeat(46), &good[1..], &good.to_lowercase(), &forged, &others]
    {
        check(&with(library, "access_token", dead), 1, "access_token");
    }
}

#[test]
fn search_parameters() {
    let library = library();
    for (name, values) in [
        ("keyword", &["", " ", "\u{3000}", "\t\n"][..]),
        ("count", &["21", "-1", "x", "", "1.5", " 1", "99999999999999999999"]),
        ("offset", &["-1", "x", "", "1.5", "+1"]),
        (
            "need_group_types",
            &["news", "tuwen,", ",tuwen", "Tuwen", "tuwen，short_video", "tuwen short_video"],
        ),
        ("search_id", &["", "美食", "a\u{7f}", "\n"]),
    ] {
        for value in values {
            check(&with(library, name, value), 10001, name);
        }
    }
    check(&without(library, "keyword"), 10001, "keyword");
    check(&with(library, "keyword", &"好".repeat(65)), 10001, "64");
    assert_eq!(with(library, "keyword", &"好".repeat(64)).json()["ret"], 0);
    check(&with(library, "count", "21"), 10001, "20");
    check(&with(library, "search_id", &"x".repeat(129)), 10001, "search_id");
}

#[test]
fn registrations() {
    let library = library();
    let keys = &["ret", "msg", "message", "req_id"];
    let register = |parameters: &[(&str, &str)]| library.server.get(&target(REGISTER, parameters));
    let signed = library.application.signed_registration("u");
    let signed = borrowed(&signed);
    check_keys(&register(&[]), 10001, "partner", keys);
    check_keys(&register(&signed[..4]), 10001, "uuid", keys);
    check_keys(&register(&[&signed[..4], &[("uuid", "someone-else")]].concat()), 10003, "signature", keys);
    let long = "u".repeat(65);
    let too_long = library.application.signed_registration(&long);
    check_keys(&register(&borrowed(&too_long)), 10001, "uuid", keys);
    let longest = "用".repeat(64);
    assert_eq!(register(&borrowed(&library.application.signed_registration(&longest))).json()["ret"], 0);
    for (name, value) in [("age", "101"), ("age", "-1"), ("gender", "x"), ("birth", "90")] {
        check_keys(&register(&[&signed[..], &[(name, value)]].concat()), 10001, name, keys);
    }
    let stale = library.application.signed_at(&(now() - 4_000).to_string(), "123456", Some("u"));
    check_keys(&register(&borrowed(&stale)), 10004, "timestamp", keys);
}

#[test]
fn the_first_thing_that_is_wrong_is_named() {
    let library = library();
    let stale = (now() - 4_000).to_string();
    let wrong_signature = "0".repeat(40);
    let mut parameters = vec![
        ("partner", "nobody"),
        ("timestamp", stale.as_str()),
        ("nonce", ""),
        ("signature", "short"),
        ("access_token", "dead"),
        ("keyword", ""),
    ];
    let mut expect = |position: usize, value, ret: i64| {
        let answer: Value = library.server.get(&target(SEARCH, &parameters)).json();
        assert_eq!(answer["ret"], ret, "{answer}");
        parameters[position].1 = value;
    };
    let (fresh, signature) =
        (now().to_string(), wire::signature::sign(&library.application.secure_key, &now().to_string(), "n"));
    expect(0, &library.application.partner, 10002);
    expect(1, &fresh, 10004);
    expect(3, &wrong_signature, 10001);
    expect(2, "n", 10001);
    expect(3, &signature, 10003);
    expect(4, &library.access_token, 1);
    expect(5, "蓝鲸", 10001);
    expect(5, "蓝鲸", 0);
}

#[test]
fn methods_and_paths() {
    let library = library();
    let http = library.server.http();
    let good = target(SEARCH, &borrowed(&good(library)));
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        check(&http.send(method, &good, &[], b""), 10001, "method");
        let register = library.application.register_target("u");
        if method != "POST" {
            let answer = http.send(method, &register, &[], b"");
            check_keys(&answer, 10001, "method", &["ret", "msg", "message", "req_id"]);
        }
    }
    for path in [
        "/data/stream/",
        "/data/stream/search/v5/",
        "/data/stream/search/v4/x",
        "/access_token/",
        "/access_token/other/",
        "/article/",
        "/article/single/other/",
        "/user/action/",
        "/user/action/log/other/v2/",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = http.send(method, path, &[], b"");
            assert_eq!((answer.status, answer.json()["ret"].as_i64()), (200, Some(10001)), "{method} {path}");
            assert!(is_req_id(&answer.json()["req_id"]) && answer.json()["msg"].is_string());
        }
    }
    let head = http.send("HEAD", &good, &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn queries_that_cannot_be_decoded() {
    let library = library();
    let good = target(SEARCH, &borrowed(&good(library)));
    for (raw, named) in [("%", "%25"), ("%4", "%25"), ("%zz", "%25"), ("%E7%BE", "UTF-8"), ("%FF", "UTF-8")] {
        check(&library.server.get(&format!("{good}&city={raw}")), 10001, named);
        let register = format!("{}&city={raw}", library.application.register_target("u"));
        check_keys(&library.server.get(&register), 10001, named, &["ret", "msg", "message", "req_id"]);
    }
    check(&library.server.get(&format!("{good}&pad={}", "x".repeat(8_192))), 10001, "8192");
    check(&library.server.get(&format!("{good}&pad={}", "x".repeat(60_000))), 10001, "8192");
    let fits = 8_192 - (good.len() - SEARCH.len() - 1) - "&pad=".len();
    assert_eq!(library.server.get(&format!("{good}&pad={}", "x".repeat(fits))).json()["ret"], 0);
}
