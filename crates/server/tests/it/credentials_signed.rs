//! Signed calls: keys that overlap, access tokens that were revoked, nonces that may be used once.

use crate::support::{Answer, Application, Directory, Server, borrowed, now, target, wait_for};

const SEARCH: &str = "/data/stream/search/v4/";
const REGISTER: &str = "/access_token/register/wap/v4/";

fn ret(answer: &Answer) -> i64 {
    answer.json()["ret"].as_i64().unwrap()
}

fn searched(server: &Server, application: &Application, access_token: &str) -> i64 {
    ret(&application.search(server, access_token, &[("keyword", "蓝鲸")]))
}

#[test]
fn both_keys_sign_until_the_overlap_ends() {
    let directory = Directory::new();
    let old = directory.application("a");
    let server = directory.serve();
    let rotate = |overlap: &str| {
        let rotate = ["app", "rotate", "--partner", "a", "--overlap", overlap, "--json"];
        let made = directory.run(&rotate).succeeded().json();
        Application::new("a", made["secure_key"].as_str().unwrap())
    };
    let new = rotate("7d");
    let register = |application: &Application| ret(&server.get(&application.register_target("u")));
    wait_for("the new key", || (register(&new) == 0).then_some(()));
    let access_token = new.register(&server, "u");
    assert_eq!(register(&old), 0);
    assert_eq!((searched(&server, &old, &access_token), searched(&server, &new, &access_token)), (0, 0));

    let last = rotate("0");
    wait_for("the end of the old keys", || (register(&new) == 10003).then_some(()));
    assert_eq!((register(&old), searched(&server, &old, &access_token)), (10003, 10003));
    assert_eq!(searched(&server, &last, &access_token), 0, "access tokens outlive the key");
}

#[test]
fn access_tokens_are_revoked_by_user_application_and_all() {
    let directory = Directory::new();
    let (one, two) = (directory.application("one"), directory.application("two"));
    let server = directory.serve();
    let (user, other, foreign) =
        (one.register(&server, "u"), one.register(&server, "v"), two.register(&server, "u"));
    let rets = || {
        (searched(&server, &one, &user), searched(&server, &one, &other), searched(&server, &two, &foreign))
    };
    assert_eq!(rets(), (0, 0, 0));

    directory.run(&["app", "revoke", "--partner", "one", "--user", "u"]).succeeded();
    wait_for("the user's end", || (rets().0 == 1).then_some(()));
    assert_eq!(rets(), (1, 0, 0));
    let again = one.register(&server, "u");
    assert_eq!(searched(&server, &one, &again), 0, "one of the same second lives");

    directory.run(&["app", "revoke", "--partner", "one", "--json"]).succeeded();
    wait_for("the application's end", || (rets().1 == 1).then_some(()));
    assert_eq!((rets(), searched(&server, &one, &again)), ((1, 1, 0), 1));

    directory.run(&["app", "revoke", "--all"]).succeeded();
    wait_for("everybody's end", || (rets().2 == 1).then_some(()));
    for application in [&one, &two] {
        let again = application.register(&server, "u");
        assert_eq!(searched(&server, application, &again), 0);
    }
    let server = {
        server.stop();
        directory.serve()
    };
    assert_eq!(searched(&server, &two, &foreign), 1, "a restart revives nothing");
}

#[test]
fn a_repeated_nonce_is_refused_where_the_application_asks_for_it() {
    let directory = Directory::new();
    let application = directory.application("a");
    let server = directory.serve();
    let access_token = application.register(&server, "u");
    let timestamp = now().to_string();
    let call = |nonce: &str, keyword: &str| {
        let mut parameters = application.signed_at(&timestamp, nonce, None);
        parameters.extend([("access_token", access_token.clone()), ("keyword", keyword.to_owned())]);
        server.get(&target(SEARCH, &borrowed(&parameters)))
    };
    assert_eq!(
        (ret(&call("same", "蓝鲸")), ret(&call("same", "蓝鲸"))),
        (0, 0),
        "by default it may be repeated"
    );

    let update = ["app", "update", "--partner", "a", "--refuse-repeated-nonces", "true"];
    directory.run(&update).succeeded();
    // The first one that is told apart has been taken by the one before it.
    wait_for("the refusal", || (ret(&call("same", "蓝鲸")) == 10005).then_some(()));
    let refused = call("same", "蓝鲸");
    assert_eq!((refused.status, refused.json().as_object().unwrap().len()), (200, 3));
    assert_eq!(refused.json()["msg"], "nonce was already used with this timestamp");

    assert_eq!(ret(&call("refused-first", "")), 10001);
    assert_eq!(ret(&call("refused-first", "蓝鲸")), 0, "a refused call uses nothing up");
    assert_eq!(ret(&call("refused-first", "蓝鲸")), 10005);
    assert_eq!(ret(&call("refused-first", "")), 10005, "before the other parameters");
    let mut forged = application.signed_at(&timestamp, "refused-first", None);
    forged[3].1 = "0".repeat(40);
    assert_eq!(ret(&server.get(&target(SEARCH, &borrowed(&forged)))), 10003, "after the signature");

    let register = |nonce: &str| {
        let signed = application.signed_at(&timestamp, nonce, Some("u"));
        ret(&server.get(&target(REGISTER, &borrowed(&signed))))
    };
    assert_eq!((register("first"), register("first"), register("second")), (0, 10005, 0));
}

/// An application for whose key a search with nonce `894038` and a registration with nonce `8` and uuid `94038` have one
/// signature: most keys sort so that the same characters are signed.
fn application_with_one_signature_for_two_calls(directory: &Directory, timestamp: &str) -> Application {
    for number in 0..100 {
        let application = directory.application(&format!("a{number}"));
        let search = application.signed_at(timestamp, "894038", None);
        let registration = application.signed_at(timestamp, "8", Some("94038"));
        if search[3].1 == registration[3].1 {
            return application;
        }
    }
    panic!("no key sorts the parts as the example needs it")
}

#[test]
fn a_signature_is_good_for_one_call_however_its_parts_are_cut() {
    let directory = Directory::new();
    // Not the second in which the user below is registered, with the same nonce.
    let timestamp = (now() - 60).to_string();
    let application = application_with_one_signature_for_two_calls(&directory, &timestamp);
    let partner = application.partner.clone();
    directory.run(&["app", "update", "--partner", &partner, "--refuse-repeated-nonces", "true"]).succeeded();
    let server = directory.serve();
    let access_token = application.register(&server, "u");
    let search = |keyword: &str| {
        let mut parameters = application.signed_at(&timestamp, "894038", None);
        parameters.extend([("access_token", access_token.clone()), ("keyword", keyword.to_owned())]);
        ret(&server.get(&target(SEARCH, &borrowed(&parameters))))
    };
    let register = |change: fn(&str) -> String| {
        let mut parameters = application.signed_at(&timestamp, "8", Some("94038"));
        parameters[3].1 = change(&parameters[3].1);
        ret(&server.get(&target(REGISTER, &borrowed(&parameters))))
    };
    assert_eq!(search(""), 10001, "refused: neither nonce nor signature is used up");
    assert_eq!(search("蓝鲸"), 0);
    assert_eq!(register(str::to_owned), 10005);
    assert_eq!(register(str::to_uppercase), 10005);
    assert_eq!(search("蓝鲸"), 10005);
}
