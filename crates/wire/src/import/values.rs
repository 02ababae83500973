//! Typed reading of JSON values, with errors that name the key, the type and the limit.

use serde_json::{Map, Value};

use super::{LineError, MAX_LINE_BYTES};
use crate::time::{self, MOMENTS};

/// Checks the line's length and leaves out a byte order mark and the line's end.
pub(super) fn line_text(line: &str) -> Result<&str, LineError> {
    if line.len() > MAX_LINE_BYTES {
        return Err(LineError::new("line", format!("is longer than {MAX_LINE_BYTES} bytes (4 MiB)")));
    }
    Ok(line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']))
}

/// Reads the line's one JSON object.
pub(super) fn line_object(line: &str) -> Result<Map<String, Value>, LineError> {
    let text = line_text(line)?;
    if text.trim().is_empty() {
        return Err(LineError::new("line", "is empty; it must be a JSON object"));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(LineError::new("line", format!("must be a JSON object, not {}", kind(&other)))),
        Err(error) => Err(LineError::new("line", format!("is not JSON: {error}"))),
    }
}

pub(super) fn object(key: &str, value: Value) -> Result<Map<String, Value>, LineError> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(wrong_type(key, "an object", &other)),
    }
}

pub(super) fn list(key: &str, value: Value, limit: usize) -> Result<Vec<Value>, LineError> {
    match value {
        Value::Array(values) if values.len() <= limit => Ok(values),
        Value::Array(values) => {
            Err(LineError::new(key, format!("has {} entries; at most {limit} are allowed", values.len())))
        }
        other => Err(wrong_type(key, "a list", &other)),
    }
}

/// A string without U+0000, which not every store can keep.
pub(super) fn string(key: &str, value: Value) -> Result<String, LineError> {
    match value {
        Value::String(text) if text.contains('\0') => {
            Err(LineError::new(key, "contains the character U+0000, which cannot be stored"))
        }
        Value::String(text) => Ok(text),
        other => Err(wrong_type(key, "a string", &other)),
    }
}

/// A string of at most `limit` code points.
pub(super) fn short_string(key: &str, value: Value, limit: usize) -> Result<String, LineError> {
    let text = string(key, value)?;
    check_characters(key, &text, limit)?;
    Ok(text)
}

pub(super) fn check_characters(key: &str, text: &str, limit: usize) -> Result<(), LineError> {
    // A text of few bytes cannot have too many characters: the usual case needs no count.
    if text.len() <= limit {
        return Ok(());
    }
    let length = text.chars().count();
    if length > limit {
        return Err(LineError::new(key, format!("has {length} characters; at most {limit} are allowed")));
    }
    Ok(())
}

pub(super) fn boolean(key: &str, value: &Value) -> Result<bool, LineError> {
    value.as_bool().ok_or_else(|| wrong_type(key, "true or false", value))
}

/// A whole number within `minimum` and `maximum`.
pub(super) fn integer(key: &str, value: &Value, minimum: i64, maximum: i64) -> Result<i64, LineError> {
    let Value::Number(number) = value else {
        return Err(wrong_type(key, "a whole number", value));
    };
    match number.as_i64() {
        Some(found) if (minimum..=maximum).contains(&found) => Ok(found),
        _ => Err(LineError::new(
            key,
            format!("must be a whole number from {minimum} to {maximum}, not {number}"),
        )),
    }
}

/// A whole number, 0 or more.
pub(super) fn count(key: &str, value: &Value) -> Result<i64, LineError> {
    integer(key, value, 0, i64::MAX)
}

/// Unix seconds.
pub(super) fn unix_seconds(key: &str, value: &Value) -> Result<i64, LineError> {
    let Value::Number(number) = value else {
        return Err(wrong_type(key, "a whole number of Unix seconds", value));
    };
    number.as_i64().filter(|seconds| MOMENTS.contains(seconds)).ok_or_else(|| no_time(key))
}

/// Unix seconds, or a moment as [`time::moment`] reads it.
pub(super) fn moment(key: &str, value: &Value) -> Result<i64, LineError> {
    let Value::String(text) = value else { return unix_seconds(key, value) };
    time::moment(text).ok_or_else(|| {
        LineError::new(key, "must be Unix seconds, RFC 3339, or `YYYY-MM-DD[ HH:MM[:SS]]` in Beijing time")
    })
}

/// Unix seconds as text.
pub(super) fn unix_seconds_text(key: &str, text: &str) -> Result<i64, LineError> {
    text.parse().ok().filter(|seconds| MOMENTS.contains(seconds)).ok_or_else(|| no_time(key))
}

fn no_time(key: &str) -> LineError {
    LineError::new(key, "must be a whole number of Unix seconds (not milliseconds) in the years 1 to 9999")
}

/// A number that may have a fraction.
pub(super) fn number(key: &str, value: &Value) -> Result<f64, LineError> {
    value.as_f64().ok_or_else(|| wrong_type(key, "a number", value))
}

pub(super) fn wrong_type(key: &str, expected: &str, found: &Value) -> LineError {
    LineError::new(key, format!("must be {expected}, not {}", kind(found)))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
