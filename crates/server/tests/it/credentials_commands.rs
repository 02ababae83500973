//! Credentials on the command line: limits, rotation, the audit log. Real processes, on stopped and running servers.

use serde_json::{Value, json};

use crate::support::{Directory, wait_for};

#[test]
fn limits_are_set_shown_and_lifted() {
    let directory = Directory::new();
    let made = directory
        .run(&[
            "token", "create", "--name", "web", "--rate", "300/m", "--quota", "7777", "--deny", "search",
            "--json",
        ])
        .succeeded()
        .json();
    let keys: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["token", "name", "id", "limits"]);
    let expected = json!({
        "suggest": {
            "allowed": true, "rate": "300/m", "burst": null, "quota": 7777, "cap": null, "price": "0.0000",
            "set": ["rate", "quota"],
        },
        "search": {
            "allowed": false, "rate": null, "burst": null, "quota": null, "cap": null, "price": "0.0000",
            "set": ["allowed"],
        },
    });
    assert_eq!(made["limits"], expected);
    let show = || directory.run(&["token", "show", "web", "--json"]).succeeded().json();
    assert_eq!((show()["limits"].clone(), show()["account"].clone()), (expected, Value::Null));
    let begins = show()["prefix"].as_str().unwrap().to_owned();
    assert!(made["token"].as_str().unwrap().starts_with(&begins));

    let update = |arguments: &[&str]| {
        let all = [&["token", "update", "web", "--json"], arguments].concat();
        directory.run(&all).succeeded().json()["limits"].clone()
    };
    let changed = update(&["--quota", "none", "--burst", "50"]);
    assert_eq!(changed, show()["limits"]);
    assert_eq!((&changed["suggest"]["quota"], &changed["suggest"]["burst"]), (&Value::Null, &json!(50)));
    assert_eq!(changed["suggest"]["rate"], "300/m", "what is not given stays");
    let lifted = update(&["--quota", "default", "--rate", "none", "--allow", "search"]);
    assert_eq!(lifted["suggest"]["set"], json!(["rate", "burst"]));
    assert_eq!(lifted["search"]["allowed"], true);

    let table = directory.run(&["token", "show", "web"]).succeeded().stdout;
    let row = |line: &&str| line.trim_start().starts_with("suggest rate");
    let rate: Vec<&str> = table.lines().find(row).unwrap().split_whitespace().collect();
    assert_eq!(rate, ["suggest", "rate", "none", "set"]);
}

#[test]
fn an_application_says_whether_its_nonces_may_be_used_again() {
    let directory = Directory::new();
    let made = directory.run(&["app", "create", "--partner", "a", "--json"]).succeeded().json();
    let keys: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["partner", "secure_key"]);
    let show = || directory.run(&["app", "show", "a", "--json"]).succeeded().json();
    assert_eq!(show()["refuse_repeated_nonces"], false);
    let update =
        ["app", "update", "--partner", "a", "--refuse-repeated-nonces", "true", "--rate", "5/s", "--json"];
    let updated = directory.run(&update).succeeded().json();
    assert_eq!(updated, show());
    assert_eq!(
        (&updated["refuse_repeated_nonces"], &updated["limits"]["search"]["rate"]),
        (&json!(true), &json!("5/s"))
    );
    assert_eq!(updated["limits"]["suggest"]["rate"], Value::Null, "limits are of the API that it calls");
    let other = ["app", "update", "--partner", "a", "--api", "suggest", "--quota", "0", "--json"];
    assert_eq!(directory.run(&other).succeeded().json()["limits"]["suggest"]["quota"], 0);
}

#[test]
fn what_cannot_be_set_is_refused_by_name() {
    let directory = Directory::new();
    directory.token("web");
    let refused = |arguments: &[&str], named: &str| {
        let ran = directory.run(arguments).exited(1);
        assert!(ran.stderr.contains(named), "{}", ran.stderr);
    };
    refused(&["token", "update", "web"], "nothing to change was given");
    refused(&["app", "update", "--partner", "a"], "nothing to change was given");
    refused(&["token", "update", "web", "--price", "0.0001"], "no account that pays");
    refused(&["token", "update", "web", "--cap", "1"], "no account that pays");
    refused(&["token", "update", "web", "--account", "nobody"], "no account \"nobody\"");
    refused(&["token", "update", "web", "--allow", "suggest", "--deny", "suggest"], "--allow and in --deny");
    refused(&["token", "update", "other", "--quota", "1"], "\"other\"");
    refused(&["token", "show", "other"], "`other`");
    refused(&["token", "rotate", "--name", "other"], "\"other\"");
    refused(&["app", "rotate", "--partner", "other"], "\"other\"");
    refused(&["app", "revoke", "--partner", "other", "--user", "u"], "`other`");
    let shown = directory.run(&["token", "show", "web", "--json"]).succeeded().json();
    assert_eq!(shown["limits"]["suggest"]["set"], json!([]), "what is refused changes nothing");
}

#[test]
fn a_rotated_token_overlaps_with_the_one_before() {
    let directory = Directory::new();
    let (first, server) = (directory.token("web"), directory.serve());
    let code = |token: &str| server.suggest(token, "x").json()["code"].as_i64();
    assert_eq!(code(&first), Some(0));
    let rotate = |overlap: &str| {
        let rotate = ["token", "rotate", "--name", "web", "--overlap", overlap, "--json"];
        directory.run(&rotate).succeeded().json()
    };
    let second = rotate("24h");
    let keys: Vec<&str> = second.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["token", "name", "previous_until"]);
    let second_token = second["token"].as_str().unwrap();
    wait_for("the new token", || (code(second_token) == Some(0)).then_some(()));
    assert_eq!(code(&first), Some(0), "both are good");
    let listed = directory.run(&["token", "list", "--json"]).succeeded().json();
    assert!(second_token.starts_with(listed["prefix"].as_str().unwrap()));

    let third = rotate("0");
    assert_eq!(third["previous_until"], Value::Null);
    wait_for("the end of the old ones", || (code(second_token) == Some(100)).then_some(()));
    assert_eq!((code(&first), code(third["token"].as_str().unwrap())), (Some(100), Some(0)));
}

#[test]
fn the_audit_log_tells_who_changed_what_and_no_secret() {
    let directory = Directory::new();
    let token = directory.token("web");
    let application = directory.application("a");
    let made = directory.run(&["operator", "create", "--name", "li", "--json"]).succeeded().json();
    let key = made["key"].as_str().unwrap().to_owned();
    let server = directory.serve();
    directory.run(&["token", "update", "web", "--quota", "5"]).succeeded();
    let rotated = directory.run(&["token", "rotate", "--name", "web", "--json"]).succeeded().json();
    let rotated_key = directory.run(&["app", "rotate", "--partner", "a", "--json"]).succeeded().json();
    directory.run(&["app", "disable", "--partner", "a"]).succeeded();
    directory.run(&["app", "revoke", "--partner", "a", "--user", "reader-42"]).succeeded();
    directory.run(&["app", "revoke", "--all"]).succeeded();
    directory.run(&["operator", "disable", "--name", "li"]).succeeded();

    let ran = directory.run(&["audit", "--json"]).succeeded();
    let rows = ran.json_lines();
    let told =
        |row: &Value| format!("{} {}", row["action"].as_str().unwrap(), row["subject"].as_str().unwrap());
    let told: Vec<String> = rows.iter().map(told).collect();
    let user = told[2].strip_prefix("revoke user ").unwrap();
    let user = user.strip_suffix(" of application a").unwrap();
    assert!(user.len() == 16 && user.bytes().all(|byte| byte.is_ascii_hexdigit()), "not by the uuid: {user}");
    let mut others = told.clone();
    others.remove(2);
    let expected = [
        "disable operator li",
        "revoke all access tokens",
        "update application a",
        "rotate application a",
        "rotate token web",
        "update token web",
        "create operator li",
        "create application a",
        "create token web",
    ];
    assert_eq!(others, expected);
    let update = &rows[6];
    assert_eq!(update["before"]["limits"], json!({}));
    assert_eq!(update["after"]["limits"], json!({ "suggest": { "quota": 5 } }));
    assert!(rows.iter().all(|row| row["who"].as_str().unwrap().starts_with("command line (")));
    assert_eq!(rows[9]["before"], Value::Null);

    let table = directory.run(&["audit"]).succeeded().stdout;
    let stopped = server.stop();
    let secrets = [
        token.as_str(),
        &application.secure_key,
        &key,
        rotated["token"].as_str().unwrap(),
        rotated_key["secure_key"].as_str().unwrap(),
        "reader-42",
    ];
    for secret in secrets {
        for text in [&ran.stdout, &table, &stopped.stdout, &stopped.stderr] {
            assert!(!text.contains(secret), "{secret} stands in {text}");
        }
    }
    assert_eq!(directory.run(&["audit", "--limit", "2", "--json"]).succeeded().json_lines().len(), 2);
}
