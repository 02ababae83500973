//! `/openapi.json` against the server: every method of every path under `/v1/admin`, who may use it, and the form of what
//! it answers.

use serde_json::{Value, json};

use super::House;

/// Calls in an order in which each of them can be answered, with their bodies.
const CALLS: [(&str, &str, &str); 27] = [
    ("post", "/v1/admin/accounts", r#"{"name":"n","balance":"5"}"#),
    ("get", "/v1/admin/accounts", ""),
    (
        "post",
        "/v1/admin/tokens",
        r#"{"name":"n","account":"n","limits":{"suggest":{"quota":5,"rate":null}}}"#,
    ),
    ("get", "/v1/admin/tokens", ""),
    ("post", "/v1/admin/tokens/{name}/rotation", r#"{"overlap":"1h"}"#),
    ("get", "/v1/admin/tokens/{name}", ""),
    ("patch", "/v1/admin/tokens/{name}", r#"{"limits":{"suggest":{"quota":null}}}"#),
    ("post", "/v1/admin/apps", r#"{"partner":"n","account":"n","refuse_repeated_nonces":true}"#),
    ("get", "/v1/admin/apps", ""),
    ("post", "/v1/admin/apps/{partner}/rotation", ""),
    ("get", "/v1/admin/apps/{partner}", ""),
    ("patch", "/v1/admin/apps/{partner}", r#"{"enabled":true}"#),
    ("post", "/v1/admin/apps/{partner}/revocation", r#"{"user":"u"}"#),
    ("post", "/v1/admin/revocation", ""),
    ("get", "/v1/admin/accounts/{account}", ""),
    ("patch", "/v1/admin/accounts/{account}", r#"{"low_balance":"1"}"#),
    ("post", "/v1/admin/accounts/{account}/top-up", r#"{"amount":"1","note":"x"}"#),
    ("post", "/v1/admin/accounts/{account}/corrections", r#"{"amount":"-1"}"#),
    ("post", "/v1/admin/entries/{entry}/reversal", r#"{"note":"x"}"#),
    ("get", "/v1/admin/accounts/{account}/statement", ""),
    ("post", "/v1/admin/operators", r#"{"name":"n","role":"reader"}"#),
    ("get", "/v1/admin/operators", ""),
    ("patch", "/v1/admin/operators/{name}", r#"{"enabled":false}"#),
    ("get", "/v1/admin/audit", ""),
    ("get", "/v1/admin/usage", ""),
    // Twice, with an answer that is not the first one's.
    ("get", "/v1/admin/audit?limit=1", ""),
    ("post", "/v1/admin/accounts", r#"{"name":"n"}"#),
];

#[test]
fn calls_are_as_they_are_described() {
    let house = House::new();
    let document = house.server.get("/openapi.json").json();
    let mut made: Vec<(String, &str)> = Vec::new();
    for (method, path, body) in CALLS {
        let target = ["{name}", "{partner}", "{account}"]
            .iter()
            .fold(path.to_owned(), |target, part| target.replace(part, "n"));
        let target = target.replace("{entry}", "1");
        let path = path.split('?').next().unwrap();
        let call = &document["paths"][path][method];
        let verb = method.to_uppercase();
        let role = call["x-role"].as_str().unwrap_or_else(|| panic!("{verb} {path} is not described"));
        let refused = house.reader.call(&verb, &target, "?");
        assert_eq!(refused.status == 403, role == "owner", "{verb} {path}: {}", refused.text());
        assert_eq!(call["responses"].get("403").is_some(), role == "owner", "{verb} {path}");
        let answer = house.owner.call(&verb, &target, body);
        let told = resolved(&document, &call["responses"][answer.status.to_string()]);
        let media = answer.header("content-type").unwrap();
        let schema = &told["content"][media]["schema"];
        assert!(schema.is_object(), "{verb} {target}: {} {media} {}", answer.status, answer.text());
        check(&document, schema, &answer.json(), &format!("{verb} {path}"));
        made.push((path.to_owned(), method));
    }
    check_methods(&house, &document, &made);
}

/// Every method that a path has is described and was called.
fn check_methods(house: &House, document: &Value, made: &[(String, &str)]) {
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in paths.iter().filter(|(path, _)| path.starts_with("/v1/admin")) {
        let answer = house.owner.call("PUT", &path.replace(['{', '}'], ""), "");
        assert_eq!(answer.status, 405, "{path}");
        let allowed = answer.header("allow").unwrap().to_lowercase();
        let allowed: Vec<&str> = allowed.split(", ").filter(|method| *method != "head").collect();
        let described: Vec<&str> = methods.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(allowed, described, "{path}");
        for method in described {
            assert!(made.contains(&(path.clone(), method)), "{method} {path} was not called");
        }
    }
}

/// What a reference leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// A value has the form of its schema: types, what is required, and nothing that is not named.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolved(document, schema);
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{place}: the type {other}"),
    };
    let types = if schema["type"].is_array() { schema["type"].clone() } else { json!([schema["type"]]) };
    let types = types.as_array().unwrap();
    assert!(types.iter().any(|name| is(name.as_str().unwrap())), "{place}: {value} is none of {types:?}");
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{place}: {value} is none of {words:?}");
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(document, &schema["items"], item, &format!("{place}[{index}]"));
    }
    // What has no properties in its schema may have any.
    if let (Some(fields), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(fields.contains_key(required.as_str().unwrap()), "{place}: no {required} in {value}");
        }
        for (name, field) in fields {
            let property = properties.get(name).unwrap_or_else(|| panic!("{place}: {name} is not described"));
            check(document, property, field, &format!("{place}.{name}"));
        }
    }
}
