//! Running a server: health, figures, access log, shutdown, the lock of a directory.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::Value;

use crate::support::{Directory, article, borrowed, demo, joined, target, wait_for};

const SUGGEST: &str = "/api/xiaohongshu/search-recommend/v1";

#[test]
fn health_and_figures() {
    let demo = demo();
    let alive = demo.get("/healthz");
    assert_eq!((alive.status, alive.text().as_str()), (200, "ok\n"));
    let ready = demo.get("/readyz").json();
    for part in ["ready", "store", "index", "suggestions", "admission"] {
        assert_eq!(ready[part], true, "{ready}");
    }
    assert_eq!(demo.suggest(&demo.token, "美食").status, 200);
    assert_eq!(demo.suggest("wrong", "美食").status, 401);
    demo.search(&[("keyword", "美食")]);
    let answer = demo.get("/metrics");
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    let text = answer.text();
    let figure = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in {text}")).parse::<f64>().unwrap()
    };
    assert!(figure("qiusuo_documents") >= 500.0);
    assert!(figure("qiusuo_suggestion_entries") >= 2_000.0);
    assert!(figure("qiusuo_suggestion_overlay_entries") >= 0.0);
    assert!(figure("qiusuo_suggestion_build_running") <= 1.0);
    assert!(figure("qiusuo_suggestion_build_progress{stage=\"sorting\"}") <= 1.0);
    assert!(figure("qiusuo_page_lists") >= 1.0);
    for api in ["suggest", "search"] {
        assert!(figure(&format!("qiusuo_calls_total{{api=\"{api}\",code=\"0\"}}")) >= 1.0);
        assert!(figure(&format!("qiusuo_call_seconds_count{{api=\"{api}\"}}")) >= 1.0);
    }
    assert!(figure("qiusuo_calls_total{api=\"suggest\",code=\"100\"}") >= 1.0);
}

#[test]
fn search_tests_itself() {
    let directory = Directory::new();
    directory.import(&joined((1..=50).map(|id| article(id, &format!("竹笋焖肉的第{id}种做法 Kitchen")))));
    let server = directory.serve();
    let figures = wait_for("a self-test", || {
        let text = server.get("/metrics").text();
        text.contains("qiusuo_search_self_test_recall").then_some(text)
    });
    let lines: Vec<&str> =
        figures.lines().filter(|line| line.contains("self_test") && !line.starts_with('#')).collect();
    assert!(lines.contains(&"qiusuo_search_self_test_samples_total 40"), "{lines:?}");
    assert!(lines.contains(&"qiusuo_search_self_test_recall 1"), "{lines:?}");
    assert!(!figures.contains("qiusuo_search_self_test_misses_total"), "{lines:?}");
    server.stop().succeeded();
}

/// Asserts that none of the secrets stands in `text`, plain or percent-encoded.
#[track_caller]
fn check_silent(what: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        let encoded = crate::support::encode(secret);
        assert!(!text.contains(secret) && !text.contains(&encoded), "{what} tells {secret}:\n{text}");
        assert!(!text.contains(&encoded.to_lowercase()), "{what} tells {secret}:\n{text}");
    }
}

#[test]
fn logs_tell_of_calls_and_of_nothing_that_is_private() {
    let directory = Directory::new();
    directory.configure("[log]\nlevel = \"trace\"\n");
    directory.import(&joined([article(1, "竹笋焖肉")]));
    let (token, application) = (directory.token("t"), directory.application("a"));
    let server = directory.serve();
    let registration = application.signed_registration("private-user-77");
    let signed = application.signed();
    let register = target("/access_token/register/wap/v4/", &borrowed(&registration));
    let registered = server.get(&register).json();
    let access_token = registered["data"]["access_token"].as_str().unwrap();
    let keyword = "竹笋焖肉";
    let search = application.search_target(access_token, &[("keyword", keyword)]);
    assert_eq!(server.get(&search).json()["data"].as_array().unwrap().len(), 1);
    assert_eq!(server.suggest(&token, keyword).status, 200);
    assert_eq!(server.suggest("wrong-token-99", keyword).status, 401);
    assert_eq!(server.suggest(&token, &keyword.repeat(20)).status, 400);
    let bad_signature = search.replace("signature=", "signature=f");
    assert_eq!(server.get(&bad_signature).json()["ret"], 10001);
    let other_key = search.replace(&signed[3].1, &"e".repeat(40));
    assert_eq!(server.get(&other_key).json()["ret"], 10003);
    assert_eq!(server.get(&format!("/?keyword={}", crate::support::encode(keyword))).status, 200);
    assert_eq!(server.get(&format!("{SUGGEST}?token={token}&keyword=%zz")).status, 400);
    assert_eq!(server.get(&format!("/api/other?token={token}")).status, 404);
    assert_eq!(server.get("/content/1").status, 200);
    assert_eq!(server.http().send("GET", "/v1/x", &[("Authorization", "Bearer key-55")], b"").status, 401);
    let ended = server.stop().succeeded();

    let secrets = [
        keyword,
        &token,
        "wrong-token-99",
        "private-user-77",
        &application.secure_key,
        access_token,
        &signed[3].1,
        &registration[3].1,
        &"e".repeat(40),
        "key-55",
    ];
    check_silent("stderr", &ended.stderr, &secrets);
    check_silent("stdout", &ended.stdout, &secrets);
    let log = std::fs::read_to_string(directory.data().join("access.log")).unwrap();
    check_silent("access.log", &log, &secrets);
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |line: &Value| {
        let number = |key: &str| line.get(key).map(|value| value.as_i64().unwrap());
        (line["path"].as_str().unwrap().to_owned(), number("code"), number("keyword_chars"))
    };
    let told: Vec<_> = lines.iter().map(told).collect();
    let (suggest, search) = (SUGGEST.to_owned(), "/data/stream/search/v4/".to_owned());
    for expected in [
        ("/access_token/register/wap/v4/".to_owned(), Some(0), None),
        (search.clone(), Some(0), Some(4)),
        (search.clone(), Some(10001), None),
        (search, Some(10003), None),
        (suggest.clone(), Some(0), Some(4)),
        (suggest.clone(), Some(100), None),
        (suggest, Some(400), None),
        ("/api/other".to_owned(), Some(400), None),
        ("/".to_owned(), Some(200), None),
        ("/content/1".to_owned(), Some(200), None),
    ] {
        assert!(told.contains(&expected), "{expected:?} is not in {told:#?}");
    }
    for line in &lines {
        assert_eq!(line["method"], "GET");
        let time: jiff::Timestamp = line["time"].as_str().unwrap().parse().unwrap();
        assert!(time.as_second().abs_diff(crate::support::now()) < 600);
        assert!(line["duration_us"].is_u64() && line["status"].is_u64() && line["bytes"].is_u64());
    }
}

#[test]
fn the_access_log_may_go_elsewhere() {
    let check = |place: &str| {
        let directory = Directory::new();
        directory.configure(&format!("[log]\naccess = \"{place}\"\n"));
        let server = directory.serve();
        assert_eq!(server.suggest("wrong-token-99", "竹笋").status, 401);
        let ended = server.stop().succeeded();
        assert!(!directory.data().join("access.log").exists());
        check_silent(place, &ended.stderr, &["wrong-token-99", "竹笋"]);
        ended.stderr.contains(SUGGEST)
    };
    assert!(check("stderr"));
    assert!(!check("off"));
}

#[test]
fn a_call_under_way_is_answered_before_the_server_ends() {
    let directory = Directory::new();
    let application = directory.application("a");
    let mut server = directory.serve();
    let parameters = application.signed_registration("u");
    let path = target("/access_token/register/wap/v4/", &borrowed(&parameters[..4]));
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let mut idle = TcpStream::connect(&server.address).unwrap();
    // The head of one call, and a connection on which nothing is asked any more.
    let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 512]).unwrap() > 0);
    // The server has begun with the first call once it answers one that came later.
    assert_eq!(server.get("/healthz").status, 200);
    server.process().terminate();
    wait_for("the announcement", || server.stderr().contains("stopping").then_some(()));
    stream.write_all(b"uuid=u").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"ret\":0"), "{answer}");
    let address = server.address.clone();
    let ended = server.wait().succeeded();
    assert!(ended.stderr.ends_with("stopped\n"), "{}", ended.stderr);
    assert!(TcpStream::connect(address).is_err());
    // What was registered is there after the next start, and the lock is free.
    assert_eq!(directory.serve().get("/readyz").status, 200);
}

#[test]
fn a_server_that_ends_refuses_new_calls_in_their_dialects() {
    let directory = Directory::new();
    let (token, application) = (directory.token("t"), directory.application("a"));
    let mut server = directory.serve();
    // Connections on which a call has begun stay open for it; one that the server has not looked at is closed.
    let mut open: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    open.iter_mut().for_each(|stream| stream.write_all(b"GET ").unwrap());
    assert_eq!(server.get("/healthz").status, 200);
    server.process().terminate();
    let mut ask = |target: &str| loop {
        let mut stream = open.pop().expect("a connection that is still open");
        let rest = format!("{target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        let asked = stream.write_all(rest.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
        if asked.is_ok() && !answer.is_empty() {
            return answer;
        }
    };
    let suggest = target(SUGGEST, &[("token", &token), ("keyword", "美")]);
    let refused =
        wait_for("a refusal", || Some(ask(&suggest)).filter(|answer| !answer.starts_with("HTTP/1.1 200")));
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("\r\nretry-after: "), "{refused}");
    assert!(
        refused.contains(r#"{"code":503,"data":null,"message":"Service temporarily unavailable""#),
        "{refused}"
    );
    let searched = ask(&application.search_target("A", &[]));
    assert!(
        searched.starts_with("HTTP/1.1 200") && searched.contains(r#"{"ret":10010,"msg":""#),
        "{searched}"
    );
    assert!(ask("/readyz").starts_with("HTTP/1.1 503"));
    assert!(ask("/v1/x").starts_with("HTTP/1.1 503"));
    drop(open);
    server.wait().succeeded();
}

#[test]
fn interrupts_end_a_server_too() {
    let directory = Directory::new();
    let mut server = directory.serve();
    server.process().signal("INT");
    server.wait().succeeded();
}

#[test]
fn a_second_server_on_a_directory_is_refused_by_name() {
    let directory = Directory::new();
    let mut server = directory.serve();
    for command in ["serve", "demo"] {
        let refused = directory.run(&[command, "--listen", "127.0.0.1:0"]).exited(1);
        assert_eq!(refused.stdout, "");
        if command == "serve" {
            let holder = format!("process {}", server.process().id());
            assert!(
                refused.stderr.contains("qiusuo serve") && refused.stderr.contains(&holder),
                "{}",
                refused.stderr
            );
        }
    }
    assert_eq!(server.get("/readyz").status, 200);
    // Killed on the spot, it leaves nothing that would refuse the next one.
    server.kill();
    directory.serve().stop().succeeded();
}

#[test]
fn a_busy_port_is_named() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let refused = Directory::new().run(&["serve", "--listen", &address]).exited(1);
    assert!(refused.stderr.contains(&address) && refused.stderr.contains("--listen"), "{}", refused.stderr);
}
