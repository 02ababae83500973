//! Shows the configuration as it is in effect.

use std::fmt::Write as _;

use super::keys::{self, Key, MASKED};
use super::{Config, Source, mask::MASK};

impl Config {
    /// The configuration as TOML: every key with its value, what it is for, and where the value comes from.
    /// The text can be used as a configuration file.
    #[must_use]
    pub fn effective(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for key in keys::all() {
            let (table, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
            if table != section {
                let gap = if section.is_empty() { "" } else { "\n" };
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{gap}[{table}]");
                section = table;
            }
            let _ = writeln!(text, "# {}", key.help);
            let _ = writeln!(text, "{name} = {}  # {}", self.shown(key, MASKED), self.source(key.name));
        }
        text
    }

    /// The configuration as JSON: an object of key → `{"value", "source", "place"}`.
    #[must_use]
    pub fn effective_json(&self) -> serde_json::Value {
        let entry = |key: &Key| {
            let source = self.source(key.name);
            let mut entry = serde_json::json!({"value": self.shown(key, MASKED), "source": source.name()});
            if !source.place().is_empty() {
                entry["place"] = source.place().into();
            }
            (key.name.to_owned(), entry)
        };
        serde_json::Value::Object(keys::all().map(entry).collect())
    }

    /// Where the value of a key comes from.
    #[must_use]
    pub fn source(&self, key: &str) -> &Source {
        self.origins.of(key)
    }

    /// The value as it may be shown: a masked one only says whether it is set.
    fn shown(&self, key: &Key, masked: &[&str]) -> toml::Value {
        let value = (key.get)(self);
        let is_secret = masked.contains(&key.name) && value.as_str() != Some("");
        if is_secret { MASK.into() } else { value }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn masked_values_are_not_shown() {
        let config = Config::default();
        let key = keys::find("server.listen").unwrap();
        assert_eq!(config.shown(key, &["server.listen"]).as_str(), Some(MASK));
        assert_eq!(config.shown(key, &[]).as_str(), Some("127.0.0.1:8686"));
        let unset = keys::find("server.public_url").unwrap();
        assert_eq!(config.shown(unset, &["server.public_url"]).as_str(), Some(""));
    }
}
