//! Refusals of our own API: problem documents (RFC 9457).

use serde::{Deserialize, Serialize};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a call under `/v1/` was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank`: there is no more to read than what stands here.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of refusal, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence that names what is wrong and says what to do.
    pub detail: String,
}

impl Problem {
    /// A problem of that status.
    pub fn new(status: u16, title: &str, detail: &str) -> Self {
        Self { kind: "about:blank".to_owned(), title: title.to_owned(), status, detail: detail.to_owned() }
    }
}
