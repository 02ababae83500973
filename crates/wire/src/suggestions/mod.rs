//! Contract 1, keyword suggestions: codes, parameters, envelope and data.

mod answer;
mod code;
mod extra;
mod writer;

pub use answer::{Balance, Data, Envelope, Item, Outcome, UsageDays, UsageSeries, UsageSummary};
pub use code::{Code, HttpStatusMode};
pub use extra::{DEFAULT_TYPE, Extra};
pub use writer::{Answer, ICON, ICON_NIGHT, ItemView, write_failure, write_success};

use std::fmt;

use crate::query::Parameters;
pub use crate::query::{Keyword, ParameterError};

/// The most suggestions an answer has.
pub const MAX_ITEMS: usize = 15;

/// A well-formed request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// The caller's token.
    pub token: &'a str,
    /// What was typed.
    pub keyword: Keyword,
}

/// The token is a secret: only the keyword is shown.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Request").field("keyword", &self.keyword).finish_non_exhaustive()
    }
}

/// Reads `token`; a missing or empty one is like a wrong one: code 100.
pub fn token(parameters: &Parameters) -> Option<&str> {
    parameters.get("token").filter(|token| !token.is_empty())
}

/// Reads `keyword`: code 400 when it is refused.
///
/// # Errors
/// When it is missing, empty after trimming, or longer than 64 code points.
pub fn keyword(parameters: &Parameters) -> Result<Keyword, ParameterError> {
    Keyword::from_parameters(parameters)
}

/// 32 lower-case hexadecimal digits: a `search_cpl_id`, a `word_request_id`, a `requestId`.
pub fn identifier(random: [u8; 16]) -> String {
    crate::json::hex(&random)
}
