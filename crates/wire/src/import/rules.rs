//! Lines of rules: what an operator places or bans among the suggestions, and synonyms for the search. The one form that is read is also
//! the one that is written, so an export can be imported as it is.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use super::LineError;
use super::values::{integer, line_object, moment, string};

/// The keys of a line, each spelled here and nowhere else.
const ID: &str = "id";
const RULE: &str = "rule";
const PREFIX: &str = "prefix";
const TEXT: &str = "text";
const PATTERN: &str = "pattern";
const POSITION: &str = "position";
const VALID_FROM: &str = "valid_from";
const VALID_TO: &str = "valid_to";

const FROM: &str = "from";
const WORDS: &str = "words";

/// The values of `rule`.
const PIN: &str = "pin";
const BAN: &str = "ban";
const SYNONYMS: &str = "synonyms";

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// For what is typed, a text stands at a position.
    Pin {
        /// What must be typed.
        prefix: String,
        /// The text that is shown.
        text: String,
        /// Its place in the list, counted from 1.
        position: i64,
        /// Unix seconds from which the rule counts.
        valid_from: Option<i64>,
        /// Unix seconds from which it no longer does.
        valid_to: Option<i64>,
    },
    /// No suggestion holds this text.
    BanText(String),
    /// No suggestion matches this regular expression.
    BanPattern(String),
    /// Words that are found by one another.
    Synonyms {
        /// The word that finds the others, where they do not find it.
        from: Option<String>,
        /// The words.
        words: Vec<String>,
    },
}

/// A rule on a line, with its number where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLine {
    /// The rule's number in its directory. An export has none, and an import takes no notice of one.
    pub id: Option<i64>,
    /// The rule.
    pub rule: Rule,
}

/// Reads one line of rules.
///
/// A key that is not known refuses the line: a misspelt end of a time window must not make a rule without an
/// end.
///
/// # Errors
/// When the line is not a JSON object, a key is missing, unknown or does not belong to this kind of rule, or a
/// value has a wrong type.
pub fn rule_line(line: &str) -> Result<RuleLine, LineError> {
    let mut object = line_object(line)?;
    let id = object.shift_remove(ID).map(|value| integer(ID, &value, 0, i64::MAX)).transpose()?;
    let mut take = |key: &'static str| object.shift_remove(key);
    let rule = match take(RULE) {
        Some(Value::String(name)) if name == PIN => Rule::Pin {
            prefix: required(PREFIX, take(PREFIX))?,
            text: required(TEXT, take(TEXT))?,
            position: match take(POSITION) {
                Some(value) => integer(POSITION, &value, 1, i64::MAX)?,
                None => return Err(LineError::new(POSITION, "is required, counted from 1")),
            },
            valid_from: take(VALID_FROM).map(|value| moment(VALID_FROM, &value)).transpose()?,
            valid_to: take(VALID_TO).map(|value| moment(VALID_TO, &value)).transpose()?,
        },
        Some(Value::String(name)) if name == BAN => match (take(TEXT), take(PATTERN)) {
            (Some(text), None) => Rule::BanText(required(TEXT, Some(text))?),
            (None, Some(pattern)) => Rule::BanPattern(required(PATTERN, Some(pattern))?),
            _ => {
                return Err(LineError::new(TEXT, "or `pattern` is required for a ban, and only one of them"));
            }
        },
        Some(Value::String(name)) if name == SYNONYMS => Rule::Synonyms {
            from: take(FROM).map(|from| required(FROM, Some(from))).transpose()?,
            words: match take(WORDS) {
                Some(Value::Array(words)) => {
                    words.into_iter().map(|word| required(WORDS, Some(word))).collect::<Result<_, _>>()?
                }
                _ => return Err(LineError::new(WORDS, "is required and must be a list of texts")),
            },
        },
        _ => return Err(LineError::new(RULE, "is required and must be pin, ban or synonyms")),
    };
    match object.keys().next() {
        Some(key) => Err(LineError::new(key, "is not a key of this kind of rule")),
        None => Ok(RuleLine { id, rule }),
    }
}

/// A text that is there and not blank; a text is trimmed, as keywords are.
fn required(key: &str, value: Option<Value>) -> Result<String, LineError> {
    let text = value.map(|value| string(key, value)).transpose()?.unwrap_or_default();
    // A space may be a part of a pattern.
    let kept = if key == PATTERN { &text } else { text.trim() };
    if kept.is_empty() {
        return Err(LineError::new(key, "is required and must not be empty"));
    }
    Ok(kept.to_owned())
}

impl Serialize for RuleLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = self.id {
            map.serialize_entry(ID, &id)?;
        }
        match &self.rule {
            Rule::Pin { prefix, text, position, valid_from, valid_to } => {
                map.serialize_entry(RULE, PIN)?;
                map.serialize_entry(PREFIX, prefix)?;
                map.serialize_entry(TEXT, text)?;
                map.serialize_entry(POSITION, position)?;
                for (key, moment) in [(VALID_FROM, valid_from), (VALID_TO, valid_to)] {
                    if let Some(seconds) = moment {
                        map.serialize_entry(key, seconds)?;
                    }
                }
            }
            Rule::BanText(text) => {
                map.serialize_entry(RULE, BAN)?;
                map.serialize_entry(TEXT, text)?;
            }
            Rule::BanPattern(pattern) => {
                map.serialize_entry(RULE, BAN)?;
                map.serialize_entry(PATTERN, pattern)?;
            }
            Rule::Synonyms { from, words } => {
                map.serialize_entry(RULE, SYNONYMS)?;
                if let Some(from) = from {
                    map.serialize_entry(FROM, from)?;
                }
                map.serialize_entry(WORDS, words)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(line: &str, key: &str, reason: &str) {
        let error = rule_line(line).unwrap_err();
        assert!(error.key == key && error.reason.contains(reason), "{line}: {error}");
    }

    #[test]
    fn rules_are_read_and_written_in_one_form() {
        for line in [
            r#"{"id":7,"rule":"pin","prefix":"美食","text":"美食节","position":2,"valid_from":1,"valid_to":2}"#,
            r#"{"rule":"pin","prefix":"美食","text":"美食节","position":1}"#,
            r#"{"rule":"ban","text":"竹叶"}"#,
            r#"{"rule":"ban","pattern":" ^竹. "}"#,
            r#"{"rule":"synonyms","words":["肯德基","KFC"]}"#,
            r#"{"rule":"synonyms","from":"土豆","words":["马铃薯"]}"#,
        ] {
            assert_eq!(serde_json::to_string(&rule_line(line).unwrap()).unwrap(), line);
        }
    }

    #[test]
    fn moments_have_every_form() {
        let line = r#"{"rule":"pin","prefix":" a ","text":" b ","position":1,"valid_to":"2026-01-01"}"#;
        let expected = Rule::Pin {
            prefix: "a".to_owned(),
            text: "b".to_owned(),
            position: 1,
            valid_from: None,
            valid_to: Some(1_767_196_800),
        };
        assert_eq!(rule_line(line).unwrap().rule, expected);
    }

    #[test]
    fn wrong_rules_name_the_key() {
        refused("[]", "line", "JSON object");
        refused("{}", "rule", "pin, ban or synonyms");
        refused(r#"{"rule":"allow"}"#, "rule", "pin, ban or synonyms");
        refused(r#"{"rule":"synonyms"}"#, "words", "list of texts");
        refused(r#"{"rule":"synonyms","words":["a",1]}"#, "words", "string");
        refused(r#"{"rule":"synonyms","words":["a"," "]}"#, "words", "empty");
        refused(r#"{"rule":"synonyms","words":["a","b"],"text":"c"}"#, "text", "not a key");
        refused(r#"{"rule":"pin","text":"a","position":1}"#, "prefix", "required");
        refused(r#"{"rule":"pin","prefix":"a","text":" ","position":1}"#, "text", "empty");
        refused(r#"{"rule":"pin","prefix":"a","text":"b"}"#, "position", "required");
        refused(r#"{"rule":"pin","prefix":"a","text":"b","position":0}"#, "position", "from 1");
        refused(
            r#"{"rule":"pin","prefix":"a","text":"b","position":1,"valid_to":"soon"}"#,
            "valid_to",
            "RFC 3339",
        );
        refused(
            r#"{"rule":"pin","prefix":"a","text":"b","position":1,"valid_until":1}"#,
            "valid_until",
            "not a key",
        );
        refused(r#"{"rule":"ban"}"#, "text", "pattern");
        refused(r#"{"rule":"ban","text":"a","pattern":"b"}"#, "text", "only one");
        refused(r#"{"rule":"ban","text":"a","position":1}"#, "position", "not a key");
        refused(r#"{"rule":"ban","text":5}"#, "text", "string");
    }

    fn rule() -> impl Strategy<Value = Rule> {
        let text = || "[a-z美食\"\\\\]{1,5}";
        prop_oneof![
            (text(), text(), 1..=15_i64, proptest::option::of(0..10_i64), proptest::option::of(0..10_i64))
                .prop_map(|(prefix, text, position, valid_from, valid_to)| Rule::Pin {
                    prefix,
                    text,
                    position,
                    valid_from,
                    valid_to
                }),
            text().prop_map(Rule::BanText),
            text().prop_map(Rule::BanPattern),
            (proptest::option::of(text()), proptest::collection::vec(text(), 1..4))
                .prop_map(|(from, words)| Rule::Synonyms { from, words }),
        ]
    }

    proptest! {
        #[test]
        fn rules_come_back(rule in rule(), id in proptest::option::of(0..100_i64)) {
            let line = RuleLine { id, rule };
            prop_assert_eq!(rule_line(&serde_json::to_string(&line).unwrap()).unwrap(), line);
        }

        #[test]
        fn any_line_is_read_or_refused(line: String) {
            let _outcome = rule_line(&line);
        }
    }
}
