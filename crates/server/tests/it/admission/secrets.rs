//! A whole run with every secret that there is, and a look for each of them in every byte that the run wrote.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{KEYWORD, SEARCH, SUGGEST, account, code, suggested, token};
use crate::{
    alarms::{Hook, PATH, SECRET, figure},
    support::{Application, Directory, Server, article, borrowed, encode, joined, now, target, wait_for},
};

/// Long enough to be found by nothing but itself.
const WRONG_TOKEN: &str = "wrong-token-7f31c9/é+ä";
const WRONG_KEY: &str = "wrong-operator-key-2b90";
const WRONG_ACCESS_TOKEN: &str = "AwrongAccessToken6d2f";
const USER: &str = "private-user/77+é";

/// What must not stand anywhere, and what was written.
#[derive(Default)]
struct Run {
    secrets: Vec<(&'static str, Vec<u8>)>,
    written: Vec<(String, Vec<u8>)>,
}

impl Run {
    fn secret(&mut self, name: &'static str, value: &str) -> String {
        self.secrets.push((name, value.as_bytes().to_vec()));
        value.to_owned()
    }

    /// Keeps what a command wrote.
    fn command(&mut self, directory: &Directory, arguments: &[&str]) {
        let ran = directory.run(arguments);
        self.wrote(&format!("stdout of {arguments:?}"), ran.stdout);
        self.wrote(&format!("stderr of {arguments:?}"), ran.stderr);
    }

    /// Runs a command that prints a secret on standard output, for this one time.
    fn making(&mut self, directory: &Directory, field: &'static str, arguments: &[&str]) -> String {
        let ran = directory.run(&[arguments, &["--json"]].concat()).succeeded();
        self.wrote(&format!("stderr of {arguments:?}"), ran.stderr.clone());
        let made: Value = serde_json::from_str(&ran.stdout).unwrap();
        self.secret(field, made[field].as_str().unwrap())
    }

    fn wrote(&mut self, place: &str, bytes: impl Into<Vec<u8>>) {
        self.written.push((place.to_owned(), bytes.into()));
    }

    /// Every file of a directory and of those in it.
    fn files(&mut self, directory: &Path) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                self.files(&path);
            } else if path.file_name().is_some_and(|name| name != "master.key" && name != "qiusuo.toml") {
                self.wrote(&path.to_string_lossy(), std::fs::read(&path).unwrap());
            }
        }
    }

    /// Looks for every secret in everything, in each of the forms that it might have.
    #[track_caller]
    fn check(&self) {
        let mut wanted: HashMap<[u8; BEGINNING], Vec<(&str, Vec<u8>)>> = HashMap::new();
        for (name, secret) in &self.secrets {
            for form in forms(secret) {
                wanted.entry(*form.first_chunk().unwrap()).or_default().push((name, form));
            }
        }
        for (place, bytes) in &self.written {
            for (at, beginning) in bytes.array_windows().enumerate() {
                let mut forms = wanted.get(beginning).into_iter().flatten();
                if let Some((name, form)) = forms.find(|(_, form)| bytes[at..].starts_with(form)) {
                    panic!("{place} tells the {name} as {}", String::from_utf8_lossy(form));
                }
            }
        }
    }
}

/// Bytes by which a place that may be the beginning of a secret is found.
const BEGINNING: usize = 4;

/// A secret as it is, in hexadecimal digits and percent-encoded, in either case.
fn forms(secret: &[u8]) -> [Vec<u8>; 5] {
    let all = |write: &dyn Fn(u8) -> String| {
        secret.iter().map(|byte| write(*byte)).collect::<String>().into_bytes()
    };
    let encoded = |byte: u8, digits: String| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{digits}"),
    };
    [
        secret.to_vec(),
        all(&|byte| format!("{byte:02x}")),
        all(&|byte| format!("{byte:02X}")),
        all(&|byte| encoded(byte, format!("{byte:02x}"))),
        all(&|byte| encoded(byte, format!("{byte:02X}"))),
    ]
}

/// A search with a signature of its own.
fn signed_search(application: &Application, access_token: &str, further: &[(&'static str, &str)]) -> String {
    let mut parameters = application.signed();
    parameters.extend([("access_token", access_token.to_owned()), ("keyword", KEYWORD.to_owned())]);
    parameters.retain(|(known, _)| further.iter().all(|(name, _)| name != known));
    parameters.extend(further.iter().map(|(name, value)| (*name, (*value).to_owned())));
    target(SEARCH, &borrowed(&parameters))
}

/// Calls the suggestions with a token in every way that is refused or breaks, and in one that succeeds.
fn call_suggestions(server: &Server, good: &str) {
    let with = |token: &str, more: &[(&str, &str)]| suggested(server, token, more);
    assert_eq!(with(good, &[]), 0);
    assert_eq!(with(WRONG_TOKEN, &[]), 100);
    for fault in ["301", "500", "503", "x"] {
        with(good, &[("qiusuo_fault", fault)]);
    }
    let plain = format!("{SUGGEST}?token={good}");
    for target in [
        format!("{plain}&keyword=%zz"),
        format!("{plain}&keyword="),
        format!("{plain}&keyword=x&pad={}", "x".repeat(9_000)),
        format!("/api/other?token={good}"),
        format!("/user/get-balance?token={good}"),
        format!("/user/get-usage-summary?token={good}"),
        format!("/user/get-balance?token={}", encode(WRONG_TOKEN)),
        format!("/nowhere?token={good}"),
        format!("/?keyword=x&token={good}"),
    ] {
        server.get(&target);
    }
    server.http().send("POST", &plain, &[], good.as_bytes());
    server.http().send("GET", SUGGEST, &[("Authorization", &format!("Bearer {good}"))], b"");
    server.http().send("GET", &plain, &[("Referer", &format!("http://h/?token={good}"))], b"");
}

/// The same for signed calls; tells the secrets that come up in them.
fn call_content(run: &mut Run, server: &Server, application: &Application) -> String {
    let registration = application.signed_registration(USER);
    run.secret("signature of a registration", &registration[3].1);
    let register = target("/access_token/register/wap/v4/", &borrowed(&registration));
    let registered = server.get(&register).json();
    let access_token = run.secret("access_token", registered["data"]["access_token"].as_str().unwrap());
    let good = application.signed_at(&now().to_string(), "a-nonce", None);
    let signature = run.secret("signature", &good[3].1);
    let wrong_signature = run.secret("wrong signature", &signature.chars().rev().collect::<String>());
    let found = target(
        SEARCH,
        &[&borrowed(&good)[..], &[("access_token", &access_token), ("keyword", KEYWORD)]].concat(),
    );
    assert_eq!(code(&server.get(&found)), 0);
    for (further, ret) in [
        (("signature", wrong_signature.as_str()), 10003),
        (("signature", &signature[1..]), 10001),
        (("access_token", WRONG_ACCESS_TOKEN), 1),
        (("qiusuo_fault", "10000"), 10000),
        (("qiusuo_fault", "10010"), 10010),
        (("count", &signature), 10001),
    ] {
        let answer = server.get(&signed_search(application, &access_token, &[further]));
        assert_eq!(code(&answer), ret, "{}", answer.text());
    }
    server.get(&format!("{found}&city=%zz"));
    server.http().send("POST", &found, &[], b"");
    server.http().send("POST", &register, &[], format!("uuid={}", encode(USER)).as_bytes());
    server.http().send("POST", "/access_token/register/wap/v4/", &[], register.as_bytes());
    access_token
}

/// Calls of an operator, known and unknown.
fn call_as_operator(server: &Server, key: &str) {
    let bearer = |key: &str| format!("Bearer {key}");
    let line = article(2, "第二篇").to_string();
    wait_for("the operator", || {
        let put =
            server.http().send("POST", "/v1/items", &[("Authorization", &bearer(key))], line.as_bytes());
        (put.status == 200).then_some(())
    });
    for (key, path) in [(key, "/v1/items/404"), (key, "/v1/nowhere"), (WRONG_KEY, "/v1/items/2")] {
        server.http().send("GET", path, &[("Authorization", &bearer(key))], b"");
    }
    server.get(&format!("/v1/items/2?key={key}"));
}

#[test]
fn nothing_that_a_run_writes_tells_a_secret() {
    let (hook, directory, mut run) = (Hook::answering(500), Directory::new(), Run::default());
    let settings = "[server]\nfaults = true\n[log]\nlevel = \"trace\"\n";
    directory.configure(&format!("{settings}{}low_balance = \"10\"\n", hook.configuration()));
    for (name, value) in [
        ("webhook secret", SECRET),
        ("path of the webhook", "hush-path"),
        ("query of the webhook", "hush-query"),
        ("wrong token", WRONG_TOKEN),
        ("wrong operator key", WRONG_KEY),
        ("wrong access token", WRONG_ACCESS_TOKEN),
        ("uuid", USER),
    ] {
        run.secret(name, value);
    }
    // A line that is refused stands in a file of rejects, as it was given.
    let mut bad = article(3, "第三篇");
    bad["group_type"] = "nothing".into();
    let lines = directory.write("lines.ndjson", joined([article(1, KEYWORD), bad]));
    run.command(&directory, &["import", lines.to_str().unwrap()]);
    account(&directory, "payer", "1");
    let charged = ["--account", "payer", "--price", "0.0100", "--quota", "1000"];
    let first = token(&directory, "t", &charged);
    run.secret("token", &first);
    let secure_key =
        run.making(&directory, "secure_key", &[&["app", "create", "--partner", "a"][..], &charged].concat());
    let application = Application::new("a", &secure_key);
    let operator = run.making(&directory, "key", &["operator", "create", "--name", "li", "--role", "owner"]);

    let server = directory.serve();
    call_suggestions(&server, &first);
    let access_token = call_content(&mut run, &server, &application);
    call_as_operator(&server, &operator);
    let second = run.making(&directory, "token", &["token", "rotate", "--name", "t"]);
    let new_key = run.making(&directory, "secure_key", &["app", "rotate", "--partner", "a"]);
    let rotated = Application::new("a", &new_key);
    wait_for("the new token", || (suggested(&server, &second, &[]) == 0).then_some(()));
    wait_for("the new key", || (code(&server.get(&rotated.register_target(USER))) == 0).then_some(()));
    call_suggestions(&server, &second);
    assert_eq!(code(&rotated.search(&server, &access_token, &[("keyword", KEYWORD)])), 0);
    for arguments in [
        &["app", "revoke", "--partner", "a", "--user", USER][..],
        &["token", "list"],
        &["token", "show", "t", "--json"],
        &["app", "list"],
        &["app", "show", "a", "--json"],
        &["operator", "list", "--json"],
        &["audit", "--json"],
        &["account", "show", "payer", "--json"],
        &["account", "statement", "payer", "--csv"],
        &["doctor", "--json"],
    ] {
        run.command(&directory, arguments);
    }
    for arguments in [&["config", "--json"][..], &["config"]] {
        // Where alarms go is what it is asked for; the log does not tell that.
        run.wrote("config", directory.run(arguments).succeeded().stdout.replace(PATH, ""));
    }
    wait_for("an alarm that is not taken", || figure(&server, "qiusuo_alarms_failed_total"));
    for path in ["/metrics", "/readyz", "/healthz"] {
        run.wrote(path, server.get(path).body);
    }
    let stopped = server.stop().succeeded();
    assert!(stopped.stderr.contains("the program panicked"), "a defect was provoked");
    run.wrote("stdout of the server", stopped.stdout);
    run.wrote("stderr of the server", stopped.stderr);
    check_master_key(&directory, &mut run);
    run.files(&directory.data());
    let places: Vec<&str> = run.written.iter().map(|(place, _)| place.as_str()).collect();
    for expected in ["qiusuo.db", "access.log", "leases", "rejects"] {
        assert!(places.iter().any(|place| place.contains(expected)), "{expected} is not in {places:?}");
    }
    run.check();
}

/// The key that encrypts the others is readable by nobody else, and stands nowhere but in its file.
fn check_master_key(directory: &Directory, run: &mut Run) {
    let path = directory.data().join("master.key");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let digits = std::fs::read_to_string(path).unwrap();
    let digits = digits.trim();
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    let key: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
    assert_eq!(key.len(), 32);
    // Its hexadecimal digits are one of the forms that are looked for.
    run.secrets.push(("master.key", key));
}

#[test]
fn secrets_would_be_found_in_every_form() {
    for form in [&b"a/\xc3\xa9b"[..], b"612fc3a962", b"612FC3A962", b"a%2F%C3%A9b", b"a%2f%c3%a9b"] {
        let mut run = Run::default();
        run.secret("secret", "a/éb");
        run.wrote("there", [b"before ", form, b" after"].concat());
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.check()));
        assert!(told.is_err(), "{}", String::from_utf8_lossy(form));
    }
}
