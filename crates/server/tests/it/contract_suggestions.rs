//! Contract 1, keyword suggestions, from outside: envelope, refusals, decoding, flags, pictures, addresses.

use serde_json::{Value, json};

use crate::support::{Answer, Directory, demo, encode, target};

const PATH: &str = "/api/xiaohongshu/search-recommend/v1";
const JSON: &str = "application/json; charset=utf-8";

/// Key names in the order they came.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn is_hex(text: &Value, digits: usize) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.as_str().is_some_and(|text| text.len() == digits && text.bytes().all(is_digit))
}

/// `YYYY-MM-DD HH:MM:SS`, Asia/Shanghai: within a minute of the clock.
#[track_caller]
fn check_record_time(time: &Value) {
    let text = time.as_str().unwrap();
    assert_eq!(text.len(), 19, "{text}");
    let parsed: jiff::civil::DateTime = text.replace(' ', "T").parse().unwrap();
    let instant = parsed.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).unwrap().timestamp();
    let away = instant.as_second().abs_diff(crate::support::now());
    assert!(away <= 60, "{text} is {away} s away");
}

/// A refusal: status, code, the whole message, and the envelope's form.
#[track_caller]
fn check_refusal(answer: &Answer, status: u16, code: i64, message: &str) {
    let body = answer.json();
    assert_eq!((answer.status, body["code"].as_i64()), (status, Some(code)), "{body}");
    assert_eq!(answer.header("content-type"), Some(JSON));
    assert_eq!(keys(&body), ["code", "data", "message", "recordTime", "requestId"]);
    assert_eq!(body["data"], Value::Null);
    assert!(body["message"].as_str().unwrap().starts_with(message), "{body} does not begin with {message:?}");
    check_record_time(&body["recordTime"]);
    assert!(is_hex(&body["requestId"], 32));
}

/// A refusal with code 400 that names what is wrong.
#[track_caller]
fn check_invalid(answer: &Answer, named: &str) {
    check_refusal(answer, 400, 400, "Invalid Parameters: ");
    assert!(answer.text().contains(named), "{} does not name {named}", answer.text());
}

/// The texts of a successful answer.
#[track_caller]
fn texts(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    assert_eq!((answer.status, &body["code"]), (200, &json!(0)), "{body}");
    body["data"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_success_has_every_key_in_its_place() {
    let answer = demo().suggest(&demo().token, "美食");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(JSON)));
    let body = answer.json();
    assert_eq!(keys(&body), ["code", "data", "message", "recordTime", "requestId"]);
    assert_eq!((&body["code"], &body["message"]), (&json!(0), &json!("success")));
    check_record_time(&body["recordTime"]);
    let data = &body["data"];
    assert_eq!(keys(data), ["search_cpl_id", "result", "items", "word_request_id"]);
    assert_eq!(data["result"], json!({ "success": true, "message": "success" }));
    assert!(is_hex(&data["search_cpl_id"], 32) && is_hex(&data["word_request_id"], 32));
    let items = data["items"].as_array().unwrap();
    assert_eq!(items.len(), 15);
    for item in items {
        assert_eq!(
            keys(item),
            ["text", "type", "search_type", "highlight_flags", "is_intervened", "link", "icon", "icon_night"]
        );
        assert_eq!((&item["type"], &item["search_type"]), (&json!("top_note"), &json!("notes")));
        assert_eq!((&item["is_intervened"], &item["link"]), (&json!(false), &json!("")));
        let flags = item["highlight_flags"].as_array().unwrap();
        assert_eq!(flags.len(), item["text"].as_str().unwrap().chars().count(), "{item}");
        assert!(flags.iter().all(Value::is_boolean));
    }
    let again = demo().suggest(&demo().token, "美食").json();
    for id in ["search_cpl_id", "word_request_id"] {
        assert_ne!(data[id], again["data"][id], "{id} names one answer");
    }
    assert_ne!(body["requestId"], again["requestId"]);
}

#[test]
fn tokens_that_are_not_in_force_are_code_100() {
    let message = "Invalid or Inactive Token";
    let demo = demo();
    for query in ["keyword=%E7%BE%8E", "token=&keyword=%E7%BE%8E", "token=wrong&keyword=%E7%BE%8E", ""] {
        check_refusal(&demo.get(&format!("{PATH}?{query}")), 401, 100, message);
    }
    check_refusal(&demo.get(PATH), 401, 100, message);
    let other_case = demo.token.to_uppercase();
    check_refusal(&demo.suggest(&other_case, "美"), 401, 100, message);
    let padded = format!(" {}", demo.token);
    check_refusal(&demo.suggest(&padded, "美"), 401, 100, message);
    // The token is checked before the keyword.
    check_refusal(&demo.suggest("wrong", ""), 401, 100, message);
}

#[test]
fn keywords_outside_their_limits_are_code_400() {
    let demo = demo();
    let with_token = format!("{PATH}?token={}", demo.token);
    check_invalid(&demo.get(&with_token), "keyword");
    for blank in ["", "%20", "+", "%E3%80%80%09"] {
        check_invalid(&demo.get(&format!("{with_token}&keyword={blank}")), "keyword");
    }
    check_invalid(&demo.suggest(&demo.token, &"好".repeat(65)), "at most 64");
    let longest = demo.suggest(&demo.token, &format!("  {}  ", "好".repeat(64)));
    assert_eq!(texts(&longest), [""; 0], "an answer without items is a success");
}

#[test]
fn queries_that_cannot_be_decoded_are_code_400() {
    let demo = demo();
    let with_token = format!("{PATH}?token={}&keyword=", demo.token);
    for (raw, named) in [
        ("%", "%25"),
        ("%4", "%25"),
        ("%zz", "%25"),
        ("%E7%BE", "UTF-8"),
        ("%FF", "UTF-8"),
        ("%C0%80", "UTF-8"),
    ] {
        check_invalid(&demo.get(&format!("{with_token}{raw}")), named);
    }
    check_invalid(&demo.get(&format!("{with_token}a&%FF=1")), "UTF-8");
    let fits = 8192 - "token=&keyword=a&pad=".len() - demo.token.len();
    let padded = |length| format!("{with_token}a&pad={}", "x".repeat(length));
    assert_eq!(demo.get(&padded(fits)).status, 200);
    check_invalid(&demo.get(&padded(fits + 1)), "8192");
    check_invalid(&demo.get(&padded(60_000)), "8192");
}

#[test]
fn requests_that_are_no_http_get_a_bare_answer_of_the_http_layer() {
    let http = demo().http();
    let request = |target: &[u8]| {
        let tail: &[u8] = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        http.raw(&[b"GET ", target, tail].concat()).status
    };
    let long = format!("{PATH}?keyword={}", "x".repeat(70_000));
    assert!([414, 431].contains(&request(long.as_bytes())));
    assert_eq!(request(b"/api/xiaohongshu/search-recommend/v1?keyword=a b"), 400);
    // GBK bytes as they are: refused by the HTTP layer or by the endpoint, but refused.
    assert!([400, 401].contains(&request(b"/api/xiaohongshu/search-recommend/v1?keyword=\xc3\xc0")));
    assert_eq!(demo().get("/healthz").status, 200, "the server goes on");
}

#[test]
fn decoding_is_that_of_a_form_once() {
    let demo = demo();
    let get = |query: &str| demo.get(&format!("{PATH}?{query}"));
    let plain = texts(&demo.suggest(&demo.token, "美食"));
    let token = &demo.token;
    let keyword = encode("美食");
    for query in [
        format!("token={token}&keyword=+{keyword}+"),
        format!("keyword={keyword}&token={token}"),
        format!("token={token}&keyword={keyword}&keyword=other&token=wrong&unknown=%E7%BE%8E&=&&"),
        format!("token={token}&keyword={}+{}", encode("美"), encode("食")),
        format!("%74oken={token}&keywor%64={}", keyword.to_lowercase()),
    ] {
        assert_eq!(texts(&get(&query)), plain, "{query}");
    }
    // Twice encoded is not decoded twice.
    assert_eq!(texts(&get(&format!("token={token}&keyword={}", encode(&keyword)))), [""; 0]);
}

#[test]
fn any_header_name_passes() {
    let headers = [("JUSTONEAPI_PYTHON_SKD_VERSION", "3.0.98"), ("x_y", "z")];
    let target = target(PATH, &[("token", &demo().token), ("keyword", "美食")]);
    assert_eq!(texts(&demo().http().send("GET", &target, &headers, b"")).len(), 15);
}

#[test]
fn head_is_get_without_a_body() {
    let http = demo().http();
    let good = target(PATH, &[("token", &demo().token), ("keyword", "美食")]);
    let get = http.get(&good);
    let head = http.send("HEAD", &good, &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), Some(JSON));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert_eq!(http.send("HEAD", PATH, &[], b"").status, 401);
}

#[test]
fn other_methods_and_paths_are_refused_in_the_envelope() {
    let demo = demo();
    let good = target(PATH, &[("token", &demo.token), ("keyword", "美食")]);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let answer = demo.http().send(method, &good, &[], b"");
        check_refusal(&answer, 405, 400, "Invalid Parameters: method");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method}");
    }
    // The method comes before the token.
    assert_eq!(demo.http().send("POST", PATH, &[], b"keyword=a").status, 405);
    for path in
        ["/api/", "/api", "/api/xiaohongshu", "/api/xiaohongshu/search-recommend/v2", &format!("{PATH}/x")]
    {
        check_refusal(&demo.get(path), 404, 400, "Invalid Parameters: path");
    }
}

#[test]
fn always_200_is_for_every_refusal() {
    let directory = Directory::new();
    directory.configure("[suggest]\nhttp_status = \"always_200\"\n");
    let token = directory.token("t");
    let server = directory.serve();
    check_refusal(&server.suggest("wrong", "美"), 200, 100, "Invalid or Inactive Token");
    check_refusal(&server.suggest(&token, ""), 200, 400, "Invalid Parameters: keyword");
    check_refusal(&server.get("/api/other"), 200, 400, "Invalid Parameters: path");
    let post = server.http().send("POST", PATH, &[], b"");
    check_refusal(&post, 200, 400, "Invalid Parameters: method");
    assert_eq!(texts(&server.suggest(&token, "美")), [""; 0]);
}

#[test]
fn flags_mark_what_the_typed_input_accounts_for() {
    let directory = Directory::new();
    let entries = ["美.女壁纸", "美女头像美女", "ABC教程", "深圳美食", "绿豆汤"];
    let lines: String =
        entries.iter().map(|text| format!("{}\n", json!({ "text": text, "weight": 5 }))).collect();
    let file = directory.write("entries.ndjson", lines);
    directory.run(&["import", "--kind", "entries", file.to_str().unwrap()]).succeeded();
    let token = directory.token("t");
    let server = directory.serve();
    let check = |typed: &str, text: &str, expected: &str| {
        let body = server.suggest(&token, typed).json();
        let items = body["data"]["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["text"] == text);
        let item = item.unwrap_or_else(|| panic!("{typed} does not suggest {text}: {body}"));
        let flags = item["highlight_flags"].as_array().unwrap().iter();
        let shown: String = flags.map(|flag| if flag.as_bool().unwrap() { 'T' } else { 'F' }).collect();
        assert_eq!(shown, expected, "{typed} in {text}");
    };
    check("美女", "美女头像美女", "TTFFFF");
    check("美 女", "美女头像美女", "TTFFFF");
    check("abc", "ABC教程", "TTTFF");
    check("ＡＢ", "ABC教程", "TTFFF");
    check("深圳", "深圳美食", "TTFF");
    check("shenzhen", "深圳美食", "TTFF");
    check("shenzh", "深圳美食", "TTFF");
    check("szm", "深圳美食", "TTTF");
    check("綠豆", "绿豆汤", "TTF");
    check("lvdou", "绿豆汤", "TTF");
}

#[test]
fn a_word_is_found_by_its_sound() {
    for typed in ["美食", "meishi", "MeiShi", "ms"] {
        let items = demo().suggestions(typed);
        assert_eq!(items.len(), 15, "{typed}");
        assert!(items.iter().any(|item| item["text"].as_str().unwrap().starts_with("美食")), "{typed}");
    }
}

#[test]
fn the_icons_are_pictures_of_this_server() {
    let items = demo().suggestions("美食");
    for (key, path) in [("icon", "/icon/suggest.png"), ("icon_night", "/icon/suggest-night.png")] {
        assert_eq!(items[0][key], format!("{}{path}", demo().base()));
        let picture = demo().get(path);
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
        assert!(picture.body.starts_with(b"\x89PNG\r\n\x1a\n"));
    }
}

/// The beginning of the icon's address for a `Host`.
fn base_for(server: &crate::support::Server, token: &str, host: &str) -> String {
    let target = target(PATH, &[("token", token), ("keyword", "美食")]);
    let answer = server.http().send("GET", &target, &[("Host", host)], b"");
    let body = answer.json();
    let icon = body["data"]["items"][0]["icon"].as_str().unwrap_or_else(|| panic!("{host}: {body}"));
    icon.strip_suffix("/icon/suggest.png").unwrap().to_owned()
}

#[test]
fn addresses_follow_a_valid_host() {
    let demo = demo();
    let base = |host: &str| base_for(demo, &demo.token, host);
    assert_eq!(base("search.example"), "http://search.example");
    assert_eq!(base("search.example:8080"), "http://search.example:8080");
    assert_eq!(base("[::1]:80"), "http://[::1]:80");
    for host in [
        "user@search.example",
        "a/b",
        "a b",
        "x\"y",
        "a?b",
        "",
        "<b>",
        "a;b",
        "a..b",
        "a:b",
        "a:99999",
        "a:",
        "[::1",
    ] {
        assert_eq!(base(host), demo.base(), "{host:?} is not a valid authority");
    }
}

#[test]
fn addresses_follow_what_was_asked_without_a_host() {
    let demo = demo();
    let target = target(PATH, &[("token", &demo.token), ("keyword", "美食")]);
    let icon =
        |request: String| demo.http().raw(request.as_bytes()).json()["data"]["items"][0]["icon"].clone();
    assert_eq!(icon(format!("GET {target} HTTP/1.0\r\n\r\n")), format!("{}/icon/suggest.png", demo.base()));
    let absolute = format!(
        "GET http://search.example{target} HTTP/1.1\r\nHost: search.example\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(icon(absolute), "http://search.example/icon/suggest.png");
}

#[test]
fn addresses_begin_with_the_public_url_where_it_is_set() {
    let directory = Directory::new();
    directory.configure("[server]\npublic_url = \"https://search.example/\"\n");
    let file = directory.write("entries.ndjson", "{\"text\":\"美食\",\"weight\":3}\n");
    directory.run(&["import", "--kind", "entries", file.to_str().unwrap()]).succeeded();
    let token = directory.token("t");
    let server = directory.serve();
    for host in ["elsewhere.example", "a/b", &server.address] {
        assert_eq!(base_for(&server, &token, host), "https://search.example");
    }
}

#[test]
fn ping_answers_without_a_token() {
    let answer = demo().get("/ping");
    let body = answer.json();
    assert_eq!((answer.status, &body["code"]), (200, &json!(0)));
    assert_eq!(keys(&body), ["code", "data", "message", "recordTime", "requestId"]);
    assert_eq!(demo().http().send("HEAD", "/ping", &[], b"").status, 200);
}
