//! The vendor's own client, the Python SDK `justoneapi`, against the demo server.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::support::demo;

/// The interpreter that has the SDK.
const INTERPRETER: &str = "QIUSUO_SDK_PYTHON";

/// Calls the endpoint and prints what the SDK made of the answer.
const SCRIPT: &str = r#"
import importlib.metadata, json, sys
from justoneapi import JustOneAPIClient

base, token, keyword = sys.argv[1:]
answer = JustOneAPIClient(token, base_url=base).xiaohongshu.search_recommend_v1(keyword=keyword)
data = answer.data
print(json.dumps({
    "version": importlib.metadata.version("justoneapi"),
    "success": answer.success, "code": answer.code, "message": answer.message,
    "texts": [item["text"] for item in data["items"]] if data else None,
}))
"#;

/// The variable's interpreter, else the one that `scripts/test` makes.
fn interpreter() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(INTERPRETER) {
        return Some(named.into());
    }
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sdk/bin/python");
    usual.exists().then_some(usual)
}

fn call(interpreter: &Path, token: &str, keyword: &str) -> Value {
    let mut command = Command::new(interpreter);
    command.args(["-c", SCRIPT, &demo().base(), token, keyword]).env("no_proxy", "*");
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the SDK failed:\n{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that did not run must not look like one that did")]
fn the_python_sdk_gets_suggestions_and_a_business_failure() {
    let Some(interpreter) = interpreter() else {
        eprintln!("\nSKIPPED: the Python SDK is not set up; scripts/test does it, or set {INTERPRETER}\n");
        return;
    };
    let answer = call(&interpreter, &demo().token, "美食");
    assert_eq!(
        (&answer["success"], &answer["code"], &answer["message"]),
        (&json!(true), &json!(0), &json!("success"))
    );
    assert_eq!(answer["texts"].as_array().unwrap().len(), 15, "{answer}");
    assert_eq!(answer["version"], "3.0.98");
    // A space, which the SDK sends as a plus sign.
    assert_eq!(call(&interpreter, &demo().token, " 美 食 ")["texts"], answer["texts"]);
    let refused = call(&interpreter, "wrong", "美食");
    assert_eq!(
        (&refused["success"], &refused["code"], &refused["texts"]),
        (&json!(false), &json!(100), &Value::Null)
    );
    assert_eq!(refused["message"], "Invalid or Inactive Token");
    let empty = call(&interpreter, &demo().token, " ");
    assert_eq!((&empty["success"], &empty["code"]), (&json!(false), &json!(400)));
}
