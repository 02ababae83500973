//! The envelope and its data, as types for reading and for comparison; the server writes answers
//! with [`super::write_success`].

use serde::{Deserialize, Serialize};

/// The envelope around every answer.
///
/// The server always writes all five keys. The documentation's sample shows only `code` and `data`,
/// so reading takes the others as they come, and an envelope read without them is written without
/// them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// 0 for success, see [`super::Code`].
    pub code: i64,
    /// `null` in every failure.
    // By path, because serde would otherwise ask for `T: Default`.
    #[serde(default = "Option::default")]
    pub data: Option<T>,
    /// `success`, or the meaning of the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `YYYY-MM-DD HH:MM:SS`, Asia/Shanghai; empty when it was absent.
    #[serde(default, rename = "recordTime", skip_serializing_if = "String::is_empty")]
    pub record_time: String,
    /// Opaque; empty when it was absent.
    #[serde(default, rename = "requestId", skip_serializing_if = "String::is_empty")]
    pub request_id: String,
}

/// The data of a successful suggestion answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// Names this completion request.
    pub search_cpl_id: String,
    /// Always a success: failures have no data.
    pub result: Outcome,
    /// The suggestions, best first.
    pub items: Vec<Item>,
    /// Names this list of words.
    pub word_request_id: String,
}

/// Whether the list was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it was.
    pub success: bool,
    /// `success`.
    pub message: String,
}

impl Default for Outcome {
    fn default() -> Self {
        Self { success: true, message: "success".to_owned() }
    }
}

/// One suggestion. The order of the fields is the order of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// The suggested text.
    pub text: String,
    /// `top_note`, unless an operator says otherwise.
    pub r#type: String,
    /// `notes` or `goods`.
    pub search_type: String,
    /// One flag a code point of `text`: whether the typed keyword accounts for it.
    pub highlight_flags: Vec<bool>,
    /// Whether an operator placed it.
    pub is_intervened: bool,
    /// Empty for notes.
    pub link: String,
    /// The address of the light picture.
    pub icon: String,
    /// The address of the dark picture.
    pub icon_night: String,
}
