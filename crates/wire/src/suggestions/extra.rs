//! What an operator says of a suggestion beside its text: kept as opaque bytes by everything
//! between the import and the answer.

use crate::json::push_escaped;

/// The `type` of a suggestion for which nothing else is said.
pub const DEFAULT_TYPE: &str = "top_note";

/// The answer's fields that only an operator can set.
///
/// Addresses that begin with `/` are this server's own and get its base address in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// The item's `type`.
    pub r#type: String,
    /// The item's `link`.
    pub link: String,
    /// The light picture; empty for the server's own.
    pub icon: String,
    /// The dark picture; empty for the server's own.
    pub icon_night: String,
}

impl Default for Extra {
    fn default() -> Self {
        Self {
            r#type: DEFAULT_TYPE.to_owned(),
            link: String::new(),
            icon: String::new(),
            icon_night: String::new(),
        }
    }
}

impl Extra {
    /// Writes the four fields: one a line, escaped as inside a JSON string, so that an answer only
    /// copies them. Defaults are empty, and all four defaults are no bytes at all.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if *self == Self::default() {
            return out;
        }
        let shown_type = if self.r#type == DEFAULT_TYPE { "" } else { &self.r#type };
        for (index, field) in [shown_type, &self.link, &self.icon, &self.icon_night].into_iter().enumerate() {
            if index > 0 {
                out.push(b'\n');
            }
            push_escaped(&mut out, field);
        }
        out
    }

    /// Reads what [`Extra::encode`] wrote; `None` for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let mut fields = std::str::from_utf8(bytes).ok()?.split('\n').map(unescape);
        let shown_type = fields.next()??;
        let extra = Self {
            r#type: if shown_type.is_empty() { DEFAULT_TYPE.to_owned() } else { shown_type },
            link: fields.next()??,
            icon: fields.next()??,
            icon_night: fields.next()??,
        };
        fields.next().is_none().then_some(extra)
    }
}

/// The four fields as they stand, still escaped.
pub(super) fn raw_fields(bytes: &[u8]) -> [&[u8]; 4] {
    if bytes.is_empty() {
        return [&[]; 4];
    }
    let mut fields = bytes.split(|byte| *byte == b'\n');
    std::array::from_fn(|_| fields.next().unwrap_or_default())
}

fn unescape(field: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{field}\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn defaults_take_no_bytes() {
        assert!(Extra::default().encode().is_empty());
        assert_eq!(Extra::decode(b""), Some(Extra::default()));
        for bad in [b"x".as_slice(), b"\n\n", b"\n\n\n\n", b"\"\n\n\n", b"\xff\n\n\n"] {
            assert_eq!(Extra::decode(bad), None);
        }
    }

    proptest! {
        #[test]
        fn fields_come_back(r#type in ".+", link: String, icon: String, icon_night: String) {
            let extra = Extra { r#type, link, icon, icon_night };
            prop_assert_eq!(Extra::decode(&extra.encode()), Some(extra));
        }
    }
}
