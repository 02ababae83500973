//! Lines of suggestion entries, which an operator gives.

use super::address::address;
use super::values::{check_characters, integer, line_object, short_string, string, unix_seconds};
use super::{LineError, MAX_ADDRESS_BYTES, MAX_COUNT};
use crate::suggestions::Extra;

const MAX_TEXT_CHARACTERS: usize = 512;
const MAX_TYPE_CHARACTERS: usize = 64;

/// One suggestion entry, checked. Its identity is (normal form of the text, search type).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryLine {
    /// The suggested text, trimmed.
    pub text: String,
    /// Its weight, 1 (which is also the default) to [`MAX_COUNT`].
    pub weight: u64,
    /// 0 notes, 1 goods.
    pub search_type: u8,
    /// Unix seconds from which it is suggested.
    pub valid_from: Option<i64>,
    /// Unix seconds after which it is not.
    pub valid_to: Option<i64>,
    /// `type`, `link`, `icon` and `icon_night` as [`Extra::encode`] writes them; empty when all
    /// have their defaults.
    pub extra: Vec<u8>,
    /// Keys that were left out.
    pub unknown_keys: Vec<String>,
}

/// Reads one line of suggestion entries.
///
/// # Errors
/// When the line is not a JSON object, `text` is missing, or a known key has a wrong type or passes
/// a limit.
pub fn entry_line(line: &str) -> Result<EntryLine, LineError> {
    let (mut text, mut weight, mut search_type) = (None, 1, 0);
    let (mut valid_from, mut valid_to) = (None, None);
    let mut extra = Extra::default();
    let mut unknown_keys = Vec::new();
    for (key, value) in line_object(line)? {
        match key.as_str() {
            "text" => text = Some(string(&key, value)?),
            "weight" => weight = integer(&key, &value, 1, MAX_COUNT)?.unsigned_abs(),
            "search_type" => search_type = search_type_number(&string(&key, value)?)?,
            "type" => extra.r#type = short_string(&key, value, MAX_TYPE_CHARACTERS)?,
            "link" => extra.link = link(&key, string(&key, value)?)?,
            "icon" => extra.icon = address(&key, value, None)?.unwrap_or_default(),
            "icon_night" => extra.icon_night = address(&key, value, None)?.unwrap_or_default(),
            "valid_from" => valid_from = Some(unix_seconds(&key, &value)?),
            "valid_to" => valid_to = Some(unix_seconds(&key, &value)?),
            _ => unknown_keys.push(key),
        }
    }
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to < from
    {
        return Err(LineError::new("valid_to", "is before valid_from"));
    }
    let text = checked_text(text.as_deref())?;
    Ok(EntryLine { text, weight, search_type, valid_from, valid_to, extra: extra.encode(), unknown_keys })
}

fn checked_text(text: Option<&str>) -> Result<String, LineError> {
    let trimmed = text.unwrap_or_default().trim();
    if trimmed.is_empty() {
        return Err(LineError::new("text", "is required and must not be empty"));
    }
    check_characters("text", trimmed, MAX_TEXT_CHARACTERS)?;
    Ok(trimmed.to_owned())
}

fn search_type_number(name: &str) -> Result<u8, LineError> {
    match name {
        "notes" => Ok(0),
        "goods" => Ok(1),
        _ => Err(LineError::new("search_type", "must be notes or goods")),
    }
}

/// A link is kept as it is, a page of this server too: it is the operator's choice.
fn link(key: &str, text: String) -> Result<String, LineError> {
    if text.len() > MAX_ADDRESS_BYTES {
        let length = text.len();
        return Err(LineError::new(
            key,
            format!("has {length} bytes; at most {MAX_ADDRESS_BYTES} are allowed"),
        ));
    }
    Ok(text)
}
