//! A token, an application or the audit log as it is printed.

use std::process::ExitCode;

use anyhow::Result;
use engine::{Api, AuditRow, Listed, ShownCaller};
use serde_json::Value;

use crate::{
    accounts::time_text,
    cli::Global,
    credentials::{audit_json, caller_json, fields, set},
    output,
};

/// Prints a caller with the limits in force.
pub(super) fn shown(global: &Global, name: &str, caller: &ShownCaller) -> Result<ExitCode> {
    if global.json {
        output::json(&caller_json(name, caller))?;
        return Ok(ExitCode::SUCCESS);
    }
    let listed = &caller.listed;
    let mut rows = vec![
        row(name, &listed.name),
        row("account", &account(listed)),
        row("state", state(listed.enabled)),
        row("created", &time_text(listed.created_ms)),
    ];
    if !listed.prefix.is_empty() {
        rows.push(row("begins", &listed.prefix));
    }
    if let Some(until_ms) = caller.previous_until_ms {
        rows.push(row("old secret until", &time_text(until_ms)));
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

/// Prints the audit log.
pub(super) fn audit(global: &Global, rows: &[AuditRow]) -> Result<ExitCode> {
    if !global.json {
        let line = |row: &AuditRow| {
            let AuditRow { id, at_ms, record } = row.clone();
            let [before, after] = [record.before, record.after].map(Option::unwrap_or_default);
            vec![id.to_string(), time_text(at_ms), record.who, record.action, record.subject, before, after]
        };
        output::table(&["id", "at", "who", "action", "subject", "before", "after"], rows.iter().map(line))?;
        return Ok(ExitCode::SUCCESS);
    }
    rows.iter().try_for_each(|row| output::json(&audit_json(row)))?;
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
