//! The contract's return codes, one table.

/// The `ret` of an answer. All of them travel in HTTP 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ret {
    /// Answered, and the only code that is charged.
    Success,
    /// The access token is missing, expired or unknown: register again. Never anything else.
    AccessToken,
    /// The single item asked for is gone.
    Gone,
    /// A defect of the server.
    Internal,
    /// A parameter is missing, malformed or outside its limits.
    Parameter,
    /// The partner is unknown or disabled.
    Partner,
    /// The signature does not match.
    Signature,
    /// The timestamp is outside the window.
    Timestamp,
    /// The nonce was used before, where a partner's nonces may be used once only.
    Nonce,
    /// The application may not call this.
    NotPermitted,
    /// Too many calls at once.
    RateLimited,
    /// The daily quota is spent.
    DailyQuota,
    /// The account's balance is spent.
    Balance,
    /// The search engine failed or took too long; the caller may retry.
    Engine,
    /// The application's own spending cap is reached.
    SpendingCap,
}

impl Ret {
    /// Every code, in the order of its number.
    pub const ALL: [Self; 15] = [
        Self::Success,
        Self::AccessToken,
        Self::Gone,
        Self::Internal,
        Self::Parameter,
        Self::Partner,
        Self::Signature,
        Self::Timestamp,
        Self::Nonce,
        Self::NotPermitted,
        Self::RateLimited,
        Self::DailyQuota,
        Self::Balance,
        Self::Engine,
        Self::SpendingCap,
    ];

    /// The number on the wire.
    pub const fn number(self) -> i64 {
        match self {
            Self::Success => 0,
            Self::AccessToken => 1,
            Self::Gone => 22,
            Self::Internal => 10000,
            Self::Parameter => 10001,
            Self::Partner => 10002,
            Self::Signature => 10003,
            Self::Timestamp => 10004,
            Self::Nonce => 10005,
            Self::NotPermitted => 10006,
            Self::RateLimited => 10007,
            Self::DailyQuota => 10008,
            Self::Balance => 10009,
            Self::Engine => 10010,
            Self::SpendingCap => 10011,
        }
    }

    /// The code with this number; `None` for a number that is not in the table.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|ret| ret.number() == number)
    }

    /// The plain sentence for `msg` where there is nothing more exact to say.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::AccessToken => "access_token is missing, expired or unknown; register again",
            Self::Gone => "the content is gone",
            Self::Internal => "internal error",
            Self::Parameter => "a parameter is wrong",
            Self::Partner => "partner is unknown or disabled",
            Self::Signature => "signature does not match",
            Self::Timestamp => "timestamp is too far away from the server's clock",
            Self::Nonce => "nonce was already used with this timestamp",
            Self::NotPermitted => "partner may not call this interface",
            Self::RateLimited => "the rate limit is exceeded; slow down",
            Self::DailyQuota => "the daily quota is used up; it is renewed at midnight Asia/Shanghai",
            Self::Balance => "the balance is not sufficient",
            Self::Engine => "the search engine failed or timed out; retry",
            Self::SpendingCap => "the application's spending cap is reached",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_distinct_and_ascending() {
        assert!(Ret::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
        for ret in Ret::ALL {
            assert_eq!(Ret::from_number(ret.number()), Some(ret));
        }
        assert_eq!(Ret::from_number(2), None);
    }
}
