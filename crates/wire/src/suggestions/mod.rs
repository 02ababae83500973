//! Contract 1, keyword suggestions: codes, parameters, envelope and data.

mod answer;
mod code;
mod explain;
mod extra;
mod user;
mod writer;

pub use answer::{Data, Envelope, Item, Outcome};
pub use code::{Code, HttpStatusMode};
pub use explain::{BannedText, Explained, ExplainedItem, Explanation, Origin, WhyNot};
pub use extra::{DEFAULT_TYPE, Extra};
pub use user::{Balance, UsageDays, UsageSeries, UsageSummary};
pub use writer::{Answer, ICON, ICON_NIGHT, ItemView, ReadyItems, write_failure, write_success};

pub use crate::query::ParameterError;
use crate::query::{Parameters, trimmed_keyword};

/// The most suggestions an answer has.
pub const MAX_ITEMS: usize = 15;

/// Reads `token`; a missing or empty one is like a wrong one: code 100.
pub fn token(parameters: &Parameters) -> Option<&str> {
    parameters.get("token").filter(|token| !token.is_empty())
}

/// Reads `keyword`: code 400 when it is refused.
///
/// # Errors
/// When it is missing, empty after trimming, or longer than 64 code points.
pub fn keyword(parameters: &Parameters) -> Result<&str, ParameterError> {
    trimmed_keyword(parameters.get("keyword").unwrap_or_default())
}

/// What an operator wants to know beside the answer, as far as the parameters say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// `explain=1`: why each item stands where it does.
    pub explain: bool,
    /// `why_not=TEXT`: why that text does not stand there.
    pub why_not: Option<&'a str>,
}

/// Reads `explain` and `why_not`. They mean something for operators alone, so nothing here is an error: a value
/// that asks for nothing is one that was not sent.
pub fn asked(parameters: &Parameters) -> Option<Asked<'_>> {
    let explain = matches!(parameters.get("explain"), Some("1" | "true"));
    let why_not = parameters.get("why_not").map(str::trim).filter(|text| !text.is_empty());
    (explain || why_not.is_some()).then_some(Asked { explain, why_not })
}

/// The `search_type` of an item.
pub const fn search_type(goods: bool) -> &'static str {
    if goods { "goods" } else { "notes" }
}

/// 32 lower-case hexadecimal digits: a `search_cpl_id`, a `word_request_id`, a `requestId`.
pub fn identifier(random: [u8; 16]) -> String {
    crate::json::hex(&random)
}
