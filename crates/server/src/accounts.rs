//! How accounts and ledger entries look outside, on the command line and in the operators' API.

use std::collections::HashMap;

use engine::{Account, Entry, Period, first_minute_of_day};
use jiff::{
    Timestamp,
    civil::Date,
    tz::{self, TimeZone},
};
use serde_json::{Value, json};

use crate::output;

/// The columns of a statement.
pub(crate) const ENTRY_COLUMNS: [&str; 13] = [
    "entry", "time", "kind", "amount", "held", "calls", "caller", "api", "day", "lease", "reverses", "who",
    "note",
];

/// Milliseconds of a minute and of a day.
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// An account as JSON.
pub(crate) fn account_json(account: &Account) -> Value {
    json!({
        "account": account.id.to_string(),
        "name": account.name,
        "balance": account.balance.to_string(),
        "held": account.held.to_string(),
        "low_balance": account.low_balance.map(|amount| amount.to_string()),
        "created": time_text(account.created_ms),
    })
}

/// A ledger entry as JSON: what does not apply is left out.
pub(crate) fn entry_json(entry: &Entry, names: &HashMap<i64, String>) -> Value {
    let mut fields = serde_json::Map::new();
    for (name, value) in ENTRY_COLUMNS.iter().zip(entry_row(entry, names)) {
        let value = match *name {
            "entry" | "calls" | "lease" | "reverses" => value.parse::<i64>().map_or(Value::Null, Value::from),
            _ if value.is_empty() => Value::Null,
            _ => Value::from(value),
        };
        if !value.is_null() {
            fields.insert((*name).to_owned(), value);
        }
    }
    fields.into()
}

/// A ledger entry as a line of a table.
pub(crate) fn entry_row(entry: &Entry, names: &HashMap<i64, String>) -> Vec<String> {
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let caller =
        entry.caller.map(|caller| names.get(&caller).cloned().unwrap_or_else(|| format!("caller {caller}")));
    vec![
        entry.id.to_string(),
        time_text(entry.at_ms),
        entry.kind.name().to_owned(),
        entry.amount.to_string(),
        entry.held.to_string(),
        entry.calls.to_string(),
        caller.unwrap_or_default(),
        entry.api.map(|api| api.name().to_owned()).unwrap_or_default(),
        entry.day.map(day_text).unwrap_or_default(),
        number(entry.lease),
        number(entry.reverses),
        entry.who.clone(),
        entry.note.clone(),
    ]
}

/// A ledger entry as a line of comma-separated values, RFC 4180.
pub(crate) fn entry_csv(entry: &Entry, names: &HashMap<i64, String>) -> String {
    let quoted = |value: String| {
        // A spreadsheet would take some beginnings for a formula; an amount below 0 is none.
        let is_formula = value.starts_with(['=', '@', '+', '\t'])
            || (value.starts_with('-') && value.parse::<f64>().is_err());
        let value = if is_formula { format!("'{value}") } else { value };
        if value.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            value
        }
    };
    entry_row(entry, names).into_iter().map(quoted).collect::<Vec<_>>().join(",")
}

/// A moment, as text in UTC.
pub(crate) fn time_text(unix_ms: i64) -> String {
    Timestamp::from_millisecond(unix_ms).map_or_else(|_| String::new(), |time| time.to_string())
}

/// A moment, as text in the time of Asia/Shanghai.
pub(crate) fn shanghai_text(unix_ms: i64) -> String {
    let zone = TimeZone::fixed(tz::offset(8));
    let text = |time: Timestamp| time.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    Timestamp::from_millisecond(unix_ms).map(text).unwrap_or_default()
}

/// A day in Asia/Shanghai, counted from 1970, as text.
pub(crate) fn day_text(day: i64) -> String {
    let date = i32::try_from(day)
        .ok()
        .and_then(|days| Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok());
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// The period from one day or moment to another; a last day is part of it. What is not given is open.
///
/// # Errors
/// When a text is neither a day nor a moment.
pub(crate) fn period(from: Option<&str>, to: Option<&str>) -> anyhow::Result<Period> {
    Ok(Period {
        from_ms: from.map(|text| moment(text, 0)).transpose()?.unwrap_or(0),
        to_ms: to.map(|text| moment(text, DAY_MS)).transpose()?.unwrap_or(i64::MAX),
    })
}

/// A moment; a day is its beginning in Asia/Shanghai and `of_day` milliseconds.
fn moment(text: &str, of_day: i64) -> anyhow::Result<i64> {
    if let Ok(date) = text.parse::<Date>()
        && text.len() == "2026-11-27".len()
    {
        let days = Date::constant(1970, 1, 1).until(date)?.get_days();
        return Ok(first_minute_of_day(i64::from(days)) * MINUTE_MS + of_day);
    }
    let time = text.parse::<Timestamp>().map_err(|_| {
        output::hinted(
            format!("`{text}` is neither a day nor a moment"),
            "give a day such as 2026-11-27, which is one in Asia/Shanghai, or a moment such as 2026-11-27T12:00:00+08:00",
        )
    })?;
    Ok(time.as_millisecond())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_shanghai_and_the_last_one_is_part_of_a_period() {
        let day = period(Some("2026-11-27"), Some("2026-11-27")).unwrap();
        assert_eq!(time_text(day.from_ms), "2026-11-26T16:00:00Z");
        assert_eq!(time_text(day.to_ms), "2026-11-27T16:00:00Z");
        let moments = period(Some("2026-11-27T12:00:00+08:00"), Some("2026-11-27T05:00:00Z")).unwrap();
        assert_eq!(moments.to_ms - moments.from_ms, 3_600_000);
        assert_eq!(shanghai_text(day.from_ms), "2026-11-27T00:00:00+08:00");
        assert_eq!(period(None, None).unwrap(), Period { from_ms: 0, to_ms: i64::MAX });
        for text in ["yesterday", "2026-13-01", "2026-11-27T12:00:00", ""] {
            assert!(period(Some(text), None).is_err(), "{text}");
        }
        assert_eq!(day_text(engine::day_of_minute(day.from_ms / MINUTE_MS)), "2026-11-27");
        assert_eq!(day_text(engine::day_of_minute(day.from_ms / MINUTE_MS - 1)), "2026-11-26");
    }
}
