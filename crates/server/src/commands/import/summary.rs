//! What an import did, for people and as JSON.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value, json};

use crate::output;

/// The figures of an import over all its files.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Lines that were read; always `accepted + updated + rejected`.
    pub(super) read: u64,
    /// Lines that made something new.
    pub(super) accepted: u64,
    /// Lines that replaced or added to something.
    pub(super) updated: u64,
    /// Lines that did not enter.
    pub(super) rejected: u64,
    /// Lines without a `group_id`, which got one from their content.
    pub(super) derived_ids: u64,
    /// Lines of a query log that an earlier, interrupted import had counted already.
    pub(super) resumed_lines: u64,
    /// Accepted lines of a query log that were typed on the way to a longer query, and do not count.
    pub(super) half_typed: u64,
    /// Keys that mean nothing here, and how many lines have them.
    pub(super) unknown_keys: BTreeMap<String, u64>,
    /// Columns that mean nothing here.
    pub(super) ignored_columns: Vec<String>,
    /// Where the rejected lines are told, if there are any.
    pub(super) rejects: Option<PathBuf>,
    /// From the start of the command until everything was visible (or stored, with `--no-wait`).
    pub(super) seconds: f64,
}

impl Summary {
    /// Counts a key that means nothing here.
    pub(super) fn unknown(&mut self, keys: impl IntoIterator<Item = (String, u64)>) {
        for (key, count) in keys {
            *self.unknown_keys.entry(key).or_default() += count;
        }
    }

    /// As one JSON document.
    pub(super) fn to_json(&self) -> Value {
        let mut document = json!({
            "read": self.read,
            "accepted": self.accepted,
            "updated": self.updated,
            "rejected": self.rejected,
            "seconds": (self.seconds * 1000.0).round() / 1000.0,
            "derived_ids": self.derived_ids,
            "unknown_keys": self.unknown_keys,
            "ignored_columns": self.ignored_columns,
            "rejects": self.rejects,
        });
        if self.half_typed > 0 {
            document["half_typed"] = json!(self.half_typed);
        }
        if self.resumed_lines > 0 {
            document["resumed_lines"] = json!(self.resumed_lines);
        }
        document
    }

    /// As lines for people, on standard error.
    pub(super) fn tell(&self) {
        let Summary { read, accepted, updated, rejected, seconds, .. } = self;
        output::note(format_args!(
            "{read} lines read in {seconds:.2} s: {accepted} new, {updated} updated, {rejected} rejected"
        ));
        if self.resumed_lines > 0 {
            output::note(format_args!("the first {} lines had been counted before", self.resumed_lines));
        }
        if self.half_typed > 0 {
            output::note(format_args!(
                "{} of them were typed on the way to a longer query and do not count",
                self.half_typed
            ));
        }
        if self.derived_ids > 0 {
            output::note(format_args!(
                "{} lines had no group_id and got one from their content",
                self.derived_ids
            ));
        }
        for (key, count) in &self.unknown_keys {
            output::note(format_args!(
                "the key `{key}` means nothing here and was left out of {count} lines"
            ));
        }
        if !self.ignored_columns.is_empty() {
            output::note(format_args!("ignored columns: {}", self.ignored_columns.join(", ")));
        }
        if let Some(path) = &self.rejects {
            output::note(format_args!("the rejected lines are told in {}", path.display()));
        }
    }
}
