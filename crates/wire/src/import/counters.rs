//! Lines of counters: an item's identity and the numbers that it has now.

use serde_json::{Map, Value};

use super::LineError;
use super::content::group_id;
use super::values::{count, line_object};

/// The keys of the counters, as they stand in an item.
pub const COUNTER_KEYS: [&str; 5] =
    ["article_read_count", "comment_count", "digg_count", "share_count", "video_watch_count"];

/// Counters to be set; what is absent keeps its value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountersLine {
    /// The item's identity.
    pub group_id: i64,
    /// `article_read_count`.
    pub read_count: Option<i64>,
    /// `comment_count`.
    pub comment_count: Option<i64>,
    /// `digg_count`.
    pub digg_count: Option<i64>,
    /// `share_count`.
    pub share_count: Option<i64>,
    /// `video_watch_count`.
    pub watch_count: Option<i64>,
}

/// Reads one line of counters: `group_id` and at least one counter.
///
/// # Errors
/// When the line is not such a JSON object. An unknown key is refused too: a counter under a wrong name would
/// otherwise be lost without a word.
pub fn counters_line(line: &str) -> Result<CountersLine, LineError> {
    let object = line_object(line)?;
    if !object.contains_key("group_id") {
        return Err(LineError::new("group_id", "is required"));
    }
    counters(object, None)
}

/// Reads the counters of an item that is known already; `group_id` may stand among them if it is the same.
///
/// # Errors
/// As [`counters_line`].
pub fn counters_of(group_id: i64, text: &str) -> Result<CountersLine, LineError> {
    counters(line_object(text)?, Some(group_id))
}

fn counters(object: Map<String, Value>, known: Option<i64>) -> Result<CountersLine, LineError> {
    let mut line = CountersLine { group_id: known.unwrap_or_default(), ..CountersLine::default() };
    let mut any = false;
    for (key, value) in object {
        if key == "group_id" {
            line.group_id = group_id(&value)?;
            if known.is_some_and(|known| known != line.group_id) {
                return Err(LineError::new("group_id", "is not that of the address; leave it out"));
            }
            continue;
        }
        let counter = match key.as_str() {
            "article_read_count" => &mut line.read_count,
            "comment_count" => &mut line.comment_count,
            "digg_count" => &mut line.digg_count,
            "share_count" => &mut line.share_count,
            "video_watch_count" => &mut line.watch_count,
            _ => return Err(LineError::new(key, format!("is not a counter; they are {}", names()))),
        };
        *counter = Some(count(&key, &value)?);
        any = true;
    }
    if any {
        Ok(line)
    } else {
        Err(LineError::new("line", format!("has no counter; give any of {}", names())))
    }
}

fn names() -> String {
    COUNTER_KEYS.join(", ")
}

/// Reads a `group_id` from an address or a command line.
///
/// # Errors
/// When it is not a decimal number from 1 to 2^63 − 1.
pub fn group_id_text(text: &str) -> Result<i64, LineError> {
    group_id(&Value::String(text.to_owned()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read() {
        let line = counters_line(r#"{"group_id":"7","digg_count":5,"video_watch_count":0}"#).unwrap();
        let expected = CountersLine {
            group_id: 7,
            digg_count: Some(5),
            watch_count: Some(0),
            ..CountersLine::default()
        };
        assert_eq!(line, expected);
        let all = COUNTER_KEYS.map(|key| format!("\"{key}\":1")).join(",");
        let line = counters_of(9, &format!("{{\"group_id\":9,{all}}}")).unwrap();
        let one = Some(1);
        let counters =
            [line.read_count, line.comment_count, line.digg_count, line.share_count, line.watch_count];
        assert_eq!((line.group_id, counters), (9, [one; 5]));
    }

    #[test]
    fn wrong_lines_name_their_key() {
        for (line, key, part) in [
            ("[]", "line", "must be a JSON object"),
            ("", "line", "is empty"),
            (r#"{"digg_count":1}"#, "group_id", "is required"),
            (r#"{"group_id":"0","digg_count":1}"#, "group_id", "from 1"),
            (r#"{"group_id":"x","digg_count":1}"#, "group_id", "from 1"),
            (r#"{"group_id":1}"#, "line", "give any of article_read_count"),
            (r#"{"group_id":1,"digg_count":-1}"#, "digg_count", "from 0"),
            (r#"{"group_id":1,"digg_count":"1"}"#, "digg_count", "a whole number, not a string"),
            (r#"{"group_id":1,"digg_count":null}"#, "digg_count", "not null"),
            (r#"{"group_id":1,"like_count":1}"#, "like_count", "is not a counter"),
        ] {
            let error = counters_line(line).unwrap_err();
            assert!(error.key == key && error.reason.contains(part), "{line}: {error}");
        }
        assert_eq!(counters_of(2, r#"{"group_id":1,"digg_count":1}"#).unwrap_err().key, "group_id");
        assert_eq!(group_id_text("7"), Ok(7));
        for text in ["", "+7", "-7", "0", "9223372036854775808", "7.0"] {
            assert_eq!(group_id_text(text).unwrap_err().key, "group_id", "{text}");
        }
    }
}
