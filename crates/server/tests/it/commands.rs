//! The commands beside a server: configuration, signatures, credentials, looking.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    Directory, Process, Server, article, demo, demo_directory, joined, run, shown, target, wait_for,
};

const SUGGEST: &str = "/api/xiaohongshu/search-recommend/v1";

#[test]
fn the_configuration_is_shown_with_its_sources() {
    let directory = Directory::new();
    directory.configure(
        "[server]\nlisten = \"127.0.0.1:7001\"\n[pages]\nmax_bytes = \"8MB\"\n[log]\nlevel = \"warn\"\n",
    );
    let data = shown(&directory.data());
    let variables = [("QIUSUO_LOG_LEVEL", "error"), ("QIUSUO_SERVER_PUBLIC_URL", "https://q.example")];
    let config =
        Process::start_with(["--data", &data, "config", "--json"], &variables, "").wait().succeeded().json();
    let entry = |key: &str| (config[key]["value"].clone(), config[key]["source"].clone());
    assert_eq!(entry("server.listen"), (json!("127.0.0.1:7001"), json!("file")));
    assert!(config["server.listen"]["place"].as_str().unwrap().ends_with("qiusuo.toml:2"));
    assert_eq!(entry("pages.max_bytes"), (json!("8MB"), json!("file")));
    assert_eq!(entry("log.level"), (json!("error"), json!("environment")));
    assert_eq!(entry("server.public_url"), (json!("https://q.example"), json!("environment")));
    assert_eq!(entry("suggest.http_status"), (json!("mapped"), json!("default")));
    // The text form is a configuration file that says the same.
    let text = directory.run(&["config"]).succeeded().stdout;
    let copy = Directory::new();
    copy.configure(&text);
    let original = directory.run(&["config", "--json"]).succeeded().json();
    let copied = copy.run(&["config", "--json"]).succeeded().json();
    for (key, entry) in original.as_object().unwrap() {
        assert_eq!(entry["value"], copied[key]["value"], "{key}");
    }
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let check = |toml: &str, named: &[&str]| {
        let directory = Directory::new();
        directory.configure(toml);
        let refused = directory.run(&["serve", "--listen", "127.0.0.1:0"]).exited(1);
        for name in named {
            assert!(refused.stderr.contains(name), "{name} is not in {}", refused.stderr);
        }
    };
    check("[server]\nlisten_address = \"x\"\n", &["qiusuo.toml:2", "server.listen_address", "server.listen"]);
    check("[server]\nlisten = \"everywhere\"\n", &["qiusuo.toml:2", "server.listen", "everywhere"]);
    check("[server\n", &["qiusuo.toml", "line 1"]);
    check("[server]\ntls_listen = \"127.0.0.1:0\"\n", &["server.tls_listen", "server.tls_certificate"]);
    let nowhere = Directory::new();
    let named = nowhere.run(&["config", "--config", "/nonexistent/q.toml"]).exited(1);
    assert!(named.stderr.contains("/nonexistent/q.toml"), "{}", named.stderr);
}

#[test]
fn sign_gives_the_worked_signatures() {
    const KEY: &str = "3f9a1c5e7b2d4860a1b2c3d4e5f60718";
    let directory = Directory::new();
    let file = shown(&directory.write("key", format!("{KEY}\n")));
    let check = |timestamp: &str, nonce: &str, uuid: Option<&str>, signature: &str| {
        let mut arguments =
            vec!["sign", "--secure-key-file", &file, "--timestamp", timestamp, "--nonce", nonce];
        arguments.extend(uuid.iter().flat_map(|uuid| ["--uuid", uuid]));
        let expected = format!("timestamp={timestamp}&nonce={nonce}&signature={signature}\n");
        assert_eq!(run(&arguments).succeeded().stdout, expected);
        let json = run([&arguments[..], &["--json"]].concat()).succeeded().json();
        assert_eq!(json["signature"], signature);
        arguments[2] = "-";
        assert_eq!(Process::start_with(&arguments, &[], KEY).wait().succeeded().stdout, expected);
    };
    check("1695624033", "123456", None, "0a403725e0720dab41edc027c4eda38214e4388f");
    check("1695624033", "894038", None, "e5d84663c044746d720d864d39c94e3581860525");
    check("1695624033", "aB3dE9", None, "7b84d803e0fcf0c2f4bb1087e1299f22059c7566");
    check("1656048140", "894038", Some("user-0001"), "8410c013d45983dd6855437c7fa4b9f9f55dc027");
    check("1656048140", "894038", Some("Device_XYZ"), "6026bca00df7d0150bbfbb056281a4a886d39c60");
    let missing = run(["sign", "--secure-key-file", "/nonexistent/key"]).exited(1);
    assert!(missing.stderr.contains("/nonexistent/key"), "{}", missing.stderr);
    assert_eq!(Process::start_with(["sign", "--secure-key-file", "-"], &[], "\n").wait().code, Some(1));
}

#[test]
fn sign_makes_requests_that_a_server_takes() {
    let directory = demo_directory();
    let registration =
        directory.run(&["sign", "--partner", "demo", "--uuid", "signed-user"]).succeeded().stdout;
    assert!(registration.starts_with("partner=demo&timestamp="), "{registration}");
    let answer = demo()
        .get(&format!("/access_token/register/wap/v4/?uuid=signed-user&{}", registration.trim()))
        .json();
    let access_token = answer["data"]["access_token"].as_str().unwrap();
    let signed = directory.run(&["sign", "--partner", "demo"]).succeeded().stdout;
    let search = format!("/data/stream/search/v4/?{}&access_token={access_token}&keyword=a", signed.trim());
    assert_eq!(demo().get(&search).json()["ret"], 0);
    let unknown = directory.run(&["sign", "--partner", "nobody"]).exited(1);
    assert!(unknown.stderr.contains("nobody"), "{}", unknown.stderr);
}

/// A call under `/v1/`.
fn operate(server: &Server, authorization: Option<&str>) -> (u16, Value) {
    let headers: Vec<_> = authorization.iter().map(|value| ("Authorization", *value)).collect();
    let answer = server.http().send("GET", "/v1/nothing", &headers, b"");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    if answer.status == 401 {
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
    let body = answer.json();
    assert_eq!(body["status"], answer.status);
    assert!(
        ["type", "title", "detail"].iter().all(|key| body[key].as_str().is_some_and(|text| !text.is_empty()))
    );
    (answer.status, body)
}

#[test]
fn operators_get_problem_documents() {
    let directory = Directory::new();
    let server = directory.serve();
    let made = directory
        .run(&["operator", "create", "--name", "ops", "--role", "reader", "--json"])
        .succeeded()
        .json();
    assert_eq!((&made["name"], &made["role"]), (&json!("ops"), &json!("reader")));
    let key = made["key"].as_str().unwrap();
    let bearer = format!("Bearer {key}");
    wait_for("the operator's key", || (operate(&server, Some(&bearer)).0 == 404).then_some(()));
    assert_eq!(operate(&server, Some(&format!("bearer {key}"))).0, 404);
    for refused in [None, Some("Bearer wrong"), Some("Bearer"), Some(key), Some(&*format!("Basic {key}"))] {
        assert_eq!(operate(&server, refused).0, 401, "{refused:?}");
    }
    directory.run(&["operator", "disable", "--name", "ops"]).succeeded();
    wait_for("the end of the key", || (operate(&server, Some(&bearer)).0 == 401).then_some(()));
    directory.run(&["operator", "enable", "--name", "ops"]).succeeded();
    wait_for("the key again", || (operate(&server, Some(&bearer)).0 == 404).then_some(()));
    let listed = directory.run(&["operator", "list", "--json"]).succeeded();
    assert!(!listed.stdout.contains(key));
    assert_eq!(listed.json_lines()[0]["role"], "reader");
}

#[test]
fn credentials_made_beside_a_running_server_come_into_force_by_themselves() {
    let directory = Directory::new();
    directory.import(&joined([article(1, "竹笋焖肉")]));
    let server = directory.serve();
    let token = directory.token("one");
    let wait_for_status = |status: u16| {
        wait_for("the token's state", || (server.suggest(&token, "竹").status == status).then_some(()));
    };
    wait_for_status(200);
    directory.run(&["token", "disable", "--name", "one"]).succeeded();
    wait_for_status(401);
    directory.run(&["token", "enable", "--name", "one"]).succeeded();
    wait_for_status(200);

    let application = directory.application("channel.one-1");
    let registered = || server.get(&application.register_target("u")).json();
    wait_for("the application", || (registered()["ret"] == 0).then_some(()));
    let access_token = application.register(&server, "u");
    let ret =
        || application.search(&server, &access_token, &[("keyword", "竹笋")]).json()["ret"].as_i64().unwrap();
    assert_eq!(ret(), 0);
    directory.run(&["app", "disable", "--partner", "channel.one-1"]).succeeded();
    wait_for("the end of the application", || (ret() == 10002).then_some(()));
    assert_eq!(registered()["ret"], 10002);
    directory.run(&["app", "enable", "--partner", "channel.one-1"]).succeeded();
    wait_for("the application again", || (ret() == 0).then_some(()));
}

#[test]
fn secrets_are_shown_once_and_names_are_taken_once() {
    let directory = Directory::new();
    let (token, application) = (directory.token("one"), directory.application("one"));
    assert_ne!(token, directory.token("two"));
    for (list, secret, key) in [("token", &token, "name"), ("app", &application.secure_key, "partner")] {
        let listed = directory.run(&[list, "list", "--json"]).succeeded();
        assert!(!listed.stdout.contains(secret.as_str()) && !listed.stderr.contains(secret.as_str()));
        assert_eq!(listed.json_lines()[0][key], "one");
        assert_eq!(listed.json_lines()[0]["enabled"], true);
        let table = directory.run(&[list, "list"]).succeeded().stdout;
        assert!(table.contains("one") && table.contains("enabled") && !table.contains(secret.as_str()));
    }
    let taken = directory.run(&["app", "create", "--partner", "one"]).exited(1);
    assert!(taken.stderr.contains("one"), "{}", taken.stderr);
    for unknown in [&["app", "disable", "--partner", "nobody"], &["token", "disable", "--name", "nobody"]] {
        assert!(directory.run(unknown).exited(1).stderr.contains("nobody"));
    }
    // Nothing that is secret lies in the directory in the clear.
    let mut files = vec![];
    for entry in std::fs::read_dir(directory.data()).unwrap() {
        let path = entry.unwrap().path();
        files.extend(path.is_file().then(|| std::fs::read(path).unwrap()));
    }
    let everything = String::from_utf8_lossy(&files.concat()).into_owned();
    assert!(!everything.contains(&token) && !everything.contains(&application.secure_key));
}

/// The body without what differs from call to call.
fn without_ids(mut body: Value) -> Value {
    let body_keys = ["recordTime", "requestId", "req_id", "search_id"];
    let data_keys = ["search_cpl_id", "word_request_id"];
    for key in body_keys {
        if let Some(value) = body.get_mut(key) {
            *value = Value::Null;
        }
    }
    for key in data_keys {
        if let Some(value) = body["data"].get_mut(key) {
            *value = Value::Null;
        }
    }
    body
}

/// What the endpoint answers to a caller that knows the server by its usual address, as the command line does.
fn as_usual(target: &str) -> String {
    let answer = demo().http().send("GET", target, &[("Host", "127.0.0.1:8686")], b"");
    without_ids(answer.json()).to_string()
}

#[test]
fn looking_from_the_command_line_gives_the_endpoints_bodies() {
    let demo = demo();
    for keyword in ["美食", "meishi", "火锅", "ms", "没有这样的词"] {
        let printed = demo_directory().run(&["suggest", keyword, "--json"]).succeeded().json();
        let answered = as_usual(&target(SUGGEST, &[("token", &demo.token), ("keyword", keyword)]));
        assert_eq!(without_ids(printed).to_string(), answered, "{keyword}");
    }
    for (arguments, parameters) in [
        (&["美食"][..], &[("keyword", "美食")][..]),
        (
            &["meishi", "--offset", "10", "--count", "3"],
            &[("keyword", "meishi"), ("offset", "10"), ("count", "3")],
        ),
        (
            &["美食", "--types", "tuwen,short_video", "--count", "20"],
            &[("keyword", "美食"), ("need_group_types", "tuwen,short_video"), ("count", "20")],
        ),
    ] {
        let printed = demo_directory().run(&[&["search", "--json"], arguments].concat()).succeeded().json();
        let answered = as_usual(&demo.application.search_target(&demo.access_token, parameters));
        assert_eq!(without_ids(printed).to_string(), answered, "{arguments:?}");
    }
    for command in ["suggest", "search"] {
        let refused = demo_directory().run(&[command, " "]).exited(1);
        assert!(refused.stderr.contains("keyword"), "{}", refused.stderr);
    }
    let lines = demo_directory().run(&["suggest", "美食"]).succeeded().stdout;
    assert_eq!(lines.lines().count(), 15);
    assert_eq!(demo_directory().run(&["search", "美食"]).succeeded().stdout.lines().count(), 10);
}

#[test]
fn looking_needs_no_server() {
    let directory = Directory::new();
    let lines = joined((1..=3).map(|n| article(n, &format!("竹笋焖肉{n}"))));
    directory.start_with_input(&["import", "-"], &lines).wait().succeeded();
    let found = directory.run(&["search", "竹笋", "--json"]).succeeded().json();
    let ids: BTreeSet<&str> =
        found["data"].as_array().unwrap().iter().map(|item| item["group_id"].as_str().unwrap()).collect();
    assert_eq!(ids, BTreeSet::from(["1", "2", "3"]));
    assert_eq!(found["has_more"], false);
    directory.run(&["suggest", "竹", "--json"]).succeeded();
}

/// The master key may come from the environment; then it stands in no file, and nothing goes without it.
#[test]
fn the_master_key_may_stand_in_the_environment_alone() {
    let directory = Directory::new();
    let data = directory.data();
    let run = |key: Option<&str>, arguments: &[&str]| {
        let data = data.to_str().unwrap();
        let arguments = arguments.iter().copied().chain(["--data", data, "--json"]);
        let variables: Vec<(&str, &str)> = key.map(|key| ("QIUSUO_MASTER_KEY", key)).into_iter().collect();
        Process::start_with(arguments, &variables, "").wait()
    };
    let key = "5a".repeat(32);
    run(Some(&key), &["app", "create", "--partner", "one"]).succeeded();
    assert!(!data.join("master.key").exists());
    run(Some(&key), &["sign", "--partner", "one"]).succeeded();
    let without = run(None, &["sign", "--partner", "one"]).exited(1).stderr;
    assert!(without.contains("QIUSUO_MASTER_KEY is not set"), "{without}");
    let wrong = run(Some("5a5a"), &["sign", "--partner", "one"]).exited(1).stderr;
    assert!(wrong.contains("64 hexadecimal digits") && !wrong.contains("5a5a"), "{wrong}");
}
