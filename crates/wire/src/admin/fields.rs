//! Reading a JSON object field by field, with errors that name the field and say what it should be.

use serde_json::{Map, Value};

use crate::import::LineError;

/// A setting that can be lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting<T> {
    /// `"default"`: as the configuration says.
    Default,
    /// `null` or `"none"`: no limit.
    None,
    /// This.
    At(T),
}

/// The words of a setting.
const DEFAULT: &str = "default";
const NONE: &str = "none";

/// The fields of an object that were not read yet.
pub(super) struct Fields {
    /// Where the object stands: empty, or with a point at its end.
    path: String,
    fields: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Fields {
    /// The fields of a body; an empty one has none.
    pub(super) fn of_body(body: &str) -> Result<Fields, LineError> {
        let trimmed = body.trim();
        let value =
            if trimmed.is_empty() { Ok(Value::Object(Map::new())) } else { serde_json::from_str(trimmed) };
        match value {
            Ok(Value::Object(fields)) => Ok(Fields { path: String::new(), fields, known: Vec::new() }),
            Ok(_) => Err(LineError::new("the body", "must be a JSON object")),
            Err(error) => Err(LineError::new("the body", format!("is not JSON: {error}"))),
        }
    }

    /// A field as it is; `None` where it is not given.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.fields.swap_remove(name)
    }

    /// A text; `None` where it is not given.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, LineError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "must be a string")),
        }
    }

    /// A text that has to be there.
    pub(super) fn required(&mut self, name: &'static str) -> Result<String, LineError> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "is required"))
    }

    /// A text that may be taken away by `null`.
    pub(super) fn text_or_null(&mut self, name: &'static str) -> Result<Option<Option<String>>, LineError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) => Ok(Some(Some(text))),
            Some(_) => Err(self.wrong(name, "must be a string or null")),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, LineError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.wrong(name, "must be true or false")),
        }
    }

    /// A setting whose value is a text.
    pub(super) fn text_setting(&mut self, name: &'static str) -> Result<Option<Setting<String>>, LineError> {
        self.setting(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    /// A setting whose value is a whole number.
    pub(super) fn number_setting(&mut self, name: &'static str) -> Result<Option<Setting<i64>>, LineError> {
        self.setting(name, "a whole number", Value::as_i64)
    }

    fn setting<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<Setting<T>>, LineError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let setting = match value.as_str() {
            Some(DEFAULT) => Some(Setting::Default),
            Some(NONE) => Some(Setting::None),
            _ if value.is_null() => Some(Setting::None),
            _ => read(&value).map(Setting::At),
        };
        let refuse = || self.wrong(name, &format!("must be {expected}, null for none, or \"{DEFAULT}\""));
        setting.map(Some).ok_or_else(refuse)
    }

    /// An object; one without fields where it is not given.
    pub(super) fn object(&mut self, name: &'static str) -> Result<Fields, LineError> {
        let path = format!("{}{name}.", self.path);
        match self.take(name) {
            None => Ok(Fields { path, fields: Map::new(), known: Vec::new() }),
            Some(Value::Object(fields)) => Ok(Fields { path, fields, known: Vec::new() }),
            Some(_) => Err(self.wrong(name, "must be an object")),
        }
    }

    /// Refuses what nobody asked for: it would be lost without a word.
    pub(super) fn end(self) -> Result<(), LineError> {
        let Some(unknown) = self.fields.keys().next() else { return Ok(()) };
        let remedy = match self.known.as_slice() {
            [] => "leave it out: nothing is read here".to_owned(),
            known => format!("the fields here are {}", known.join(", ")),
        };
        Err(self.wrong(unknown, &format!("is not known; {remedy}")))
    }

    fn wrong(&self, name: &str, reason: &str) -> LineError {
        LineError::new(format!("{}{name}", self.path), reason)
    }
}
