//! How credentials and the audit log look outside, on the command line and in the operators' API: never a secret.

use engine::{Amount, Api, AuditRow, Limit, LimitRecord, Limits, Listed, ShownCaller};
use serde_json::{Value, json};

use crate::accounts::time_text;

/// A credential as a list has it; `name` is what its name is called.
pub(crate) fn listed_json(name: &str, row: &Listed) -> Value {
    let mut fields = json!({ name: row.name, "enabled": row.enabled, "created": time_text(row.created_ms) });
    for (key, value) in [("prefix", &row.prefix), ("role", &row.role)] {
        if !value.is_empty() {
            fields[key] = json!(value);
        }
    }
    if let Some(paying) = &row.account {
        fields["account"] = json!(paying.number.to_string());
        fields["account_name"] = json!(paying.name);
    }
    fields
}

/// A token or an application as JSON, with the limits in force; `name` is what its name is called.
pub(crate) fn caller_json(name: &str, caller: &ShownCaller) -> Value {
    let listed = &caller.listed;
    let mut document = json!({
        name: listed.name,
        "enabled": listed.enabled,
        "created": time_text(listed.created_ms),
        "account": listed.account.as_ref().map(|paying| paying.number.to_string()),
        "account_name": listed.account.as_ref().map(|paying| paying.name.as_str()),
        "limits": limits_json(caller),
    });
    if !listed.prefix.is_empty() {
        document["prefix"] = json!(listed.prefix);
    }
    if let Some(until_ms) = caller.previous_until_ms {
        document["previous_until"] = json!(time_text(until_ms));
    }
    if let Some(refused) = caller.refuse_repeated_nonces {
        document["refuse_repeated_nonces"] = json!(refused);
    }
    document
}

/// The limits in force by API, each with the names of those that an operator set.
pub(crate) fn limits_json(caller: &ShownCaller) -> Value {
    let of = |api: Api| {
        let in_force = fields(&caller.limits[api as usize]).map(|(field, value)| (field.to_owned(), value));
        let mut object = serde_json::Map::from_iter(in_force);
        object.insert("set".to_owned(), json!(set(&caller.set[api as usize])));
        (api.name().to_owned(), Value::Object(object))
    };
    Value::Object(Api::ALL.into_iter().map(of).collect())
}

/// Every limit by name, as it is shown; null where there is none.
pub(crate) fn fields(limits: &Limits) -> [(&'static str, Value); 6] {
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
pub(crate) fn set(record: &LimitRecord) -> Vec<&'static str> {
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

/// A change of the audit log.
pub(crate) fn audit_json(row: &AuditRow) -> Value {
    let parsed = |text: &Option<String>| {
        text.as_ref().map(|text| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!(text)))
    };
    let record = &row.record;
    json!({
        "id": row.id,
        "at": time_text(row.at_ms),
        "who": record.who,
        "action": record.action,
        "subject": record.subject,
        "before": parsed(&record.before),
        "after": parsed(&record.after),
    })
}
