//! A token, an application or the audit log as it is printed.

use std::process::ExitCode;

use anyhow::Result;
use engine::{Amount, Api, AuditRow, Limit, LimitRecord, Limits, Listed, ShownCaller};
use serde_json::{Value, json};

use crate::{cli::Global, output};

/// Prints a caller with the limits in force.
pub(super) fn shown(global: &Global, name: &str, caller: &ShownCaller) -> Result<ExitCode> {
    if global.json {
        output::json(&document(name, caller))?;
        return Ok(ExitCode::SUCCESS);
    }
    let listed = &caller.listed;
    let mut rows = vec![
        row(name, &listed.name),
        row("account", &account(listed)),
        row("state", state(listed.enabled)),
        row("created", &time(listed.created_ms)),
    ];
    if !listed.prefix.is_empty() {
        rows.push(row("begins", &listed.prefix));
    }
    if let Some(until_ms) = caller.previous_until_ms {
        rows.push(row("old secret until", &time(until_ms)));
    }
    if let Some(refused) = caller.refuse_repeated_nonces {
        rows.push(row("repeated nonces", if refused { "refused" } else { "taken" }));
    }
    for api in Api::ALL {
        let limits = fields(&caller.limits[api as usize]);
        let set = set(&caller.set[api as usize]);
        for (field, value) in limits {
            let from = if set.contains(&field) { "set" } else { "default" };
            let value = match value {
                Value::Null => "none".to_owned(),
                Value::String(text) => text,
                other => other.to_string(),
            };
            rows.push(vec![format!("{} {field}", api.name()), value, from.to_owned()]);
        }
    }
    output::table(&["what", "value", "from"], rows)?;
    Ok(ExitCode::SUCCESS)
}

fn row(what: &str, value: &str) -> Vec<String> {
    vec![what.to_owned(), value.to_owned(), String::new()]
}

fn document(name: &str, caller: &ShownCaller) -> Value {
    let listed = &caller.listed;
    let mut document = json!({
        name: listed.name,
        "enabled": listed.enabled,
        "created": time(listed.created_ms),
        "account": listed.account.as_ref().map(|paying| paying.number),
        "account_name": listed.account.as_ref().map(|paying| paying.name.as_str()),
        "limits": limits(caller),
    });
    if !listed.prefix.is_empty() {
        document["prefix"] = json!(listed.prefix);
    }
    if let Some(until_ms) = caller.previous_until_ms {
        document["previous_until"] = json!(time(until_ms));
    }
    if let Some(refused) = caller.refuse_repeated_nonces {
        document["refuse_repeated_nonces"] = json!(refused);
    }
    document
}

/// The limits in force by API, each with the names of those that an operator set.
pub(super) fn limits(caller: &ShownCaller) -> Value {
    let of = |api: Api| {
        let in_force = fields(&caller.limits[api as usize]).map(|(field, value)| (field.to_owned(), value));
        let mut object = serde_json::Map::from_iter(in_force);
        object.insert("set".to_owned(), json!(set(&caller.set[api as usize])));
        (api.name().to_owned(), Value::Object(object))
    };
    Value::Object(Api::ALL.into_iter().map(of).collect())
}

fn fields(limits: &Limits) -> [(&'static str, Value); 6] {
    let money = |amount: Amount| amount.to_string();
    [
        ("allowed", json!(limits.allowed)),
        ("rate", json!(limits.rate.map(|rate| rate.to_string()))),
        ("burst", json!(limits.burst.filter(|_| limits.rate.is_some()))),
        ("quota", json!(limits.quota)),
        ("cap", json!(limits.cap.map(money))),
        ("price", json!(money(limits.price))),
    ]
}

/// The names of the limits that an operator set.
fn set(record: &LimitRecord) -> Vec<&'static str> {
    let is_set = [
        ("allowed", record.allowed.is_some()),
        ("rate", record.rate != Limit::Default),
        ("burst", record.burst.is_some()),
        ("quota", record.quota != Limit::Default),
        ("cap", record.cap != Limit::Default),
        ("price", record.price.is_some()),
    ];
    is_set.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect()
}

/// Prints the audit log.
pub(super) fn audit(global: &Global, rows: &[AuditRow]) -> Result<ExitCode> {
    if !global.json {
        let line = |row: &AuditRow| {
            let AuditRow { id, at_ms, record } = row.clone();
            let [before, after] = [record.before, record.after].map(Option::unwrap_or_default);
            vec![id.to_string(), time(at_ms), record.who, record.action, record.subject, before, after]
        };
        output::table(&["id", "at", "who", "action", "subject", "before", "after"], rows.iter().map(line))?;
        return Ok(ExitCode::SUCCESS);
    }
    for row in rows {
        let parsed = |text: &Option<String>| {
            text.as_ref().map(|text| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!(text)))
        };
        let record = &row.record;
        output::json(&json!({
            "id": row.id,
            "at": time(row.at_ms),
            "who": record.who,
            "action": record.action,
            "subject": record.subject,
            "before": parsed(&record.before),
            "after": parsed(&record.after),
        }))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The account that pays, by name.
pub(super) fn account(listed: &Listed) -> String {
    listed.account.as_ref().map_or_else(String::new, |paying| paying.name.clone())
}

/// Whether it is in force.
pub(super) fn state(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}

/// A moment in Unix milliseconds as RFC 3339; empty for one beyond all calendars.
pub(super) fn time(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).map_or_else(|_| String::new(), |time| time.to_string())
}
