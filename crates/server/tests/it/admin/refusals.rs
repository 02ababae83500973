//! What is wrong is named, with what to do.

use serde_json::json;

use super::{House, at};
use crate::writing::check_problem;

#[test]
fn bodies_that_are_wrong_change_nothing() {
    let house = House::new();
    house.account("team", "1");
    house.said(201, "POST", "/v1/admin/tokens", json!({ "name": "web" }));
    house.said(201, "POST", "/v1/admin/apps", json!({ "partner": "a" }));
    let audit = house.read("/v1/admin/audit");
    let top_up = "/v1/admin/accounts/team/top-up";
    let token = "/v1/admin/tokens/web";
    let suggest = |fields: &str| format!(r#"{{"limits":{{"suggest":{fields}}}}}"#);
    let long = "x".repeat(65);
    for (status, method, target, body, words) in [
        (400, "POST", top_up, "", "amount is required"),
        (400, "POST", top_up, "{", "the body is not JSON"),
        (400, "POST", top_up, "[]", "the body must be a JSON object"),
        (400, "POST", top_up, r#"{"amount":7}"#, "amount must be a string"),
        (400, "POST", top_up, r#"{"amount":"7,5"}"#, "amount cannot be read: an amount is a decimal"),
        (400, "POST", top_up, r#"{"amount":"1.00001"}"#, "up to four digits"),
        (400, "POST", top_up, r#"{"amount":"0"}"#, "must be above 0; a correction takes money out"),
        (
            400,
            "POST",
            top_up,
            r#"{"amount":"1","memo":"x"}"#,
            "memo is not known; the fields here are amount, note",
        ),
        (400, "POST", top_up, r#"{"amount":"1","note":"a\nb"}"#, "the note cannot be used"),
        (400, "POST", "/v1/admin/accounts/team/top-up?dry=1", r#"{"amount":"1"}"#, "\"dry\" is not known"),
        (400, "POST", "/v1/admin/accounts/team/corrections", r#"{"amount":"0"}"#, "must not be 0"),
        (404, "POST", "/v1/admin/accounts/nobody/top-up", r#"{"amount":"1"}"#, "no account \"nobody\""),
        (400, "POST", "/v1/admin/accounts", r#"{"name":"7"}"#, "put a letter in"),
        (400, "POST", "/v1/admin/accounts", r#"{"name":"x","balance":"-1"}"#, "must not be below 0"),
        (409, "POST", "/v1/admin/accounts", r#"{"name":"team"}"#, "account \"team\" exists already"),
        (400, "PATCH", "/v1/admin/accounts/team", "{}", "the field here is low_balance"),
        (404, "PATCH", "/v1/admin/accounts/9", r#"{"low_balance":null}"#, "no account \"9\""),
        (400, "POST", "/v1/admin/entries/one/reversal", "", "named by its number"),
        (404, "POST", "/v1/admin/entries/99/reversal", "", "\"99\""),
        (400, "POST", "/v1/admin/tokens", "{}", "name is required"),
        (400, "POST", "/v1/admin/tokens", r#"{"name":""}"#, "it is empty"),
        (400, "POST", "/v1/admin/tokens", &format!(r#"{{"name":"{long}"}}"#), "longer than 64 bytes"),
        (409, "POST", "/v1/admin/tokens", r#"{"name":"web"}"#, "\"web\" exists already"),
        (
            422,
            "POST",
            "/v1/admin/tokens",
            r#"{"name":"x","account":"nobody"}"#,
            "there is no account \"nobody\"",
        ),
        (400, "PATCH", token, "{}", "nothing to change was given"),
        (400, "PATCH", token, r#"{"limits":{}}"#, "nothing to change was given"),
        (400, "PATCH", token, r#"{"refuse_repeated_nonces":true}"#, "refuse_repeated_nonces is not known"),
        (
            400,
            "PATCH",
            token,
            r#"{"limits":{"find":{}}}"#,
            "limits.find is not known; the fields here are suggest, search",
        ),
        (
            400,
            "PATCH",
            token,
            &suggest(r#"{"rate":"5/d"}"#),
            "limits.suggest.rate must be a rate such as 5/s",
        ),
        (
            400,
            "PATCH",
            token,
            &suggest(r#"{"burst":0}"#),
            "limits.suggest.burst must be a number of calls, 1 to",
        ),
        (
            400,
            "PATCH",
            token,
            &suggest(r#"{"quota":-1}"#),
            "limits.suggest.quota must be a number of calls, 0 to",
        ),
        (400, "PATCH", token, &suggest(r#"{"quota":1.5}"#), "limits.suggest.quota must be a whole number"),
        (
            400,
            "PATCH",
            token,
            &suggest(r#"{"cap":"-1"}"#),
            "limits.suggest.cap must be an amount that is not negative",
        ),
        (400, "PATCH", token, &suggest(r#"{"price":0.01}"#), "limits.suggest.price must be a string"),
        (422, "PATCH", token, &suggest(r#"{"price":"0.01"}"#), "has no account that pays"),
        (422, "PATCH", token, &suggest(r#"{"cap":"1"}"#), "has no account that pays"),
        (404, "PATCH", "/v1/admin/tokens/other", r#"{"enabled":true}"#, "\"other\""),
        (404, "GET", "/v1/admin/tokens/other", "", "there is no token \"other\""),
        (404, "POST", "/v1/admin/tokens/other/rotation", "", "\"other\""),
        (
            400,
            "POST",
            "/v1/admin/tokens/web/rotation",
            r#"{"overlap":"soon"}"#,
            "overlap must be a number and m, h or d",
        ),
        (400, "POST", "/v1/admin/apps", r#"{"partner":"a b"}"#, "only letters, digits"),
        (404, "GET", "/v1/admin/apps/other", "", "there is no partner \"other\""),
        (404, "POST", "/v1/admin/apps/other/revocation", "", "\"other\""),
        (400, "POST", "/v1/admin/apps/a/revocation", r#"{"user":""}"#, "user must be the uuid"),
        (400, "POST", "/v1/admin/revocation", r#"{"partner":"a"}"#, "partner is not known; leave it out"),
        (
            400,
            "POST",
            "/v1/admin/operators",
            r#"{"name":"x","role":"king"}"#,
            "`owner`, `editor` or `reader`",
        ),
        (
            409,
            "POST",
            "/v1/admin/operators",
            r#"{"name":"owner","role":"owner"}"#,
            "\"owner\" exists already",
        ),
        (400, "PATCH", "/v1/admin/operators/owner", "{}", "enabled is required"),
        (404, "PATCH", "/v1/admin/operators/nobody", r#"{"enabled":true}"#, "\"nobody\""),
        (400, "GET", "/v1/admin/usage?by=week", "", "by must be `minute`, `hour` or `day`"),
        (400, "GET", "/v1/admin/usage?caller=web", "", "caller must be `token NAME` or `app PARTNER`"),
        (404, "GET", "/v1/admin/usage?caller=token%20other", "", "\"other\""),
        (404, "GET", "/v1/admin/usage?account=other", "", "\"other\""),
        (400, "GET", "/v1/admin/usage?account=1&caller=app%20a", "", "exclude each other"),
        (
            400,
            "GET",
            "/v1/admin/usage?by=minute&from=2026-01-01&to=2026-01-02",
            "",
            "at most one day by minutes",
        ),
        (400, "GET", "/v1/admin/usage?by=hour&from=2020-01-01", "", "at most 31 days by hours"),
        (400, "GET", "/v1/admin/audit?before=x", "", "before must be a whole number"),
        (400, "GET", "/v1/admin/tokens/%FF", "", "percent-encode the UTF-8 bytes"),
        (404, "GET", "/v1/admin", "", "nothing at this path"),
        (404, "GET", "/v1/admin/tokens/a/b", "", "nothing at this path"),
    ] {
        let answer = house.owner.call(method, target, body);
        assert_eq!(answer.status, status, "{method} {target} {body}: {}", answer.text());
        check_problem(&answer, status, words);
    }
    let big = format!(r#"{{"amount":"1","note":"{}"}}"#, "x".repeat(64 << 10));
    check_problem(&house.owner.call("POST", top_up, &big), 413, "at most 65536 bytes");
    let compressed = house.owner.call_with("POST", top_up, &[("Content-Encoding", "gzip")], "{}");
    check_problem(&compressed, 415, "must not be compressed");
    assert_eq!(house.read("/v1/admin/audit"), audit, "nothing was changed");
    assert_eq!(house.read(&at("accounts", "team", ""))["balance"], "1.0000");
}
