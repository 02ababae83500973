//! The contract's code table.

use std::fmt;

/// The `code` of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Answered, and the only code that is charged.
    Success = 0,
    /// The token is missing, wrong or inactive.
    InvalidToken = 100,
    /// The call was admitted, but the engine gave nothing in time.
    CollectionFailed = 301,
    /// Too many calls at once.
    RateLimited = 302,
    /// The daily quota is spent.
    QuotaExceeded = 303,
    /// A parameter, the path or the method is wrong.
    InvalidParameters = 400,
    /// A defect of the server.
    Internal = 500,
    /// Refused before any work: starting, draining, overloaded.
    Unavailable = 503,
    /// The token may not call this interface.
    PermissionDenied = 600,
    /// The account's balance is spent.
    InsufficientBalance = 601,
    /// The token's own spending cap is reached.
    SpendingCap = 602,
}

/// Which HTTP statuses failures have: the setting `suggest.http_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpStatusMode {
    /// The vendor's present form: 401, 403, 429 and so on.
    #[default]
    Mapped,
    /// The vendor's older form: every business answer is 200.
    Always200,
}

impl Code {
    /// Every code, in the order of its number.
    pub const ALL: [Self; 11] = [
        Self::Success,
        Self::InvalidToken,
        Self::CollectionFailed,
        Self::RateLimited,
        Self::QuotaExceeded,
        Self::InvalidParameters,
        Self::Internal,
        Self::Unavailable,
        Self::PermissionDenied,
        Self::InsufficientBalance,
        Self::SpendingCap,
    ];

    /// The number on the wire.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The code with this number; `None` for a number that is not in the table.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The contract's meaning, word for word: also the start of a failure's `message`.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::InvalidToken => "Invalid or Inactive Token",
            Self::CollectionFailed => "Collection Failed. Please Retry.",
            Self::RateLimited => "Rate Limit Exceeded",
            Self::QuotaExceeded => "Daily Quota Exceeded",
            Self::InvalidParameters => "Invalid Parameters",
            Self::Internal => "Internal Server Error",
            Self::Unavailable => "Service temporarily unavailable",
            Self::PermissionDenied => "Permission Denied",
            Self::InsufficientBalance => "Insufficient Balance",
            Self::SpendingCap => "the token's own spending cap is reached",
        }
    }

    /// The `message` of an answer without anything more to say.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Success => "success",
            failure => failure.meaning(),
        }
    }

    /// The `message` with what is wrong: `Invalid Parameters: keyword is required …`.
    pub fn message_about(self, problem: &dyn fmt::Display) -> String {
        format!("{}: {problem}", self.message())
    }

    /// The HTTP status of an answer with this code.
    pub const fn http_status(self, mode: HttpStatusMode) -> u16 {
        if matches!(mode, HttpStatusMode::Always200) {
            return 200;
        }
        match self {
            Self::Success | Self::CollectionFailed | Self::InsufficientBalance | Self::SpendingCap => 200,
            Self::InvalidToken => 401,
            Self::PermissionDenied => 403,
            Self::RateLimited | Self::QuotaExceeded => 429,
            Self::InvalidParameters => 400,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_contract() {
        let table: Vec<_> = Code::ALL
            .into_iter()
            .map(|code| (code.number(), code.meaning(), code.http_status(HttpStatusMode::Mapped)))
            .collect();
        let expected = [
            (0, "Success", 200),
            (100, "Invalid or Inactive Token", 401),
            (301, "Collection Failed. Please Retry.", 200),
            (302, "Rate Limit Exceeded", 429),
            (303, "Daily Quota Exceeded", 429),
            (400, "Invalid Parameters", 400),
            (500, "Internal Server Error", 500),
            (503, "Service temporarily unavailable", 503),
            (600, "Permission Denied", 403),
            (601, "Insufficient Balance", 200),
            (602, "the token's own spending cap is reached", 200),
        ];
        assert_eq!(table, expected);
        for code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), Some(code));
            assert_eq!(code.http_status(HttpStatusMode::Always200), 200);
        }
        assert_eq!(Code::from_number(1), None);
    }

    #[test]
    fn messages_name_what_is_wrong() {
        assert_eq!(Code::Success.message(), "success");
        assert_eq!(
            Code::InvalidParameters.message_about(&"keyword is required"),
            "Invalid Parameters: keyword is required"
        );
    }
}
