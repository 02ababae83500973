//! Everything that can go wrong with a call.

use wire::content::Ret;
use wire::suggestions::Code;

/// Why a call gave nothing. No variant holds a token, a key or a signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server's address cannot be used.
    #[error("the base address {reason}")]
    Base {
        /// What is wrong with it.
        reason: String,
    },
    /// The content search refused or failed.
    #[error("content search answered {ret}: {msg} (req_id {req_id})")]
    Content {
        /// The code, see [`Error::ret`].
        ret: i64,
        /// The server's sentence.
        msg: String,
        /// The server's id of the request.
        req_id: String,
    },
    /// The suggestions refused or failed.
    #[error("suggestions answered {code}: {message} (requestId {request_id})")]
    Suggestions {
        /// The code, see [`Error::code`].
        code: i64,
        /// The server's sentence.
        message: String,
        /// The server's time of the answer; empty if it gave none.
        record_time: String,
        /// The server's id of the request; empty if it gave none.
        request_id: String,
    },
    /// No answer came: not connected, broken off, or not in time.
    #[error("no answer from the server: {0}")]
    Transport(#[source] reqwest::Error),
    /// An answer came that is not the API's.
    #[error("the server's answer (HTTP {status}) is not the API's: {reason}")]
    Malformed {
        /// The HTTP status.
        status: u16,
        /// What was expected, without a word of the answer itself.
        reason: String,
    },
    /// A webhook did not take what was posted.
    #[error("the webhook answered with HTTP {status}")]
    Webhook {
        /// The HTTP status.
        status: u16,
    },
    /// The system gave no random bytes for a nonce.
    #[error("the system gives no random bytes")]
    Random,
}

impl Error {
    /// The content search's code, if it is one of the table.
    pub fn ret(&self) -> Option<Ret> {
        match self {
            Self::Content { ret, .. } => Ret::from_number(*ret),
            _ => None,
        }
    }

    /// The suggestions' code, if it is one of the table.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Suggestions { code, .. } => Code::from_number(*code),
            _ => None,
        }
    }

    /// Whether the same call may succeed a moment later without a change.
    pub fn is_temporary(&self) -> bool {
        let by_code =
            matches!(self.code(), Some(Code::CollectionFailed | Code::RateLimited | Code::Unavailable));
        let by_ret = matches!(self.ret(), Some(Ret::Engine | Ret::RateLimited));
        by_code || by_ret || matches!(self, Self::Transport(_))
    }
}

impl From<reqwest::Error> for Error {
    /// Leaves out the address of the request, which holds the token.
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}
