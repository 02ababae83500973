//! What can be wrong with a configuration.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What is wrong, where, and (by [`ConfigError::hint`]) what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not TOML; the message names the line.
    #[error("{} is not valid TOML: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        message: String,
    },
    /// A key that nobody knows.
    #[error("{place}: unknown key {key}")]
    UnknownKey {
        /// File and line, or the variable.
        place: String,
        /// The key as it was written.
        key: String,
        /// The known key that is most like it.
        nearest: &'static str,
    },
    /// A value that its key cannot take.
    #[error("{place}: {key}: {problem}")]
    Value {
        /// File and line, variable, or flag.
        place: String,
        /// The key.
        key: &'static str,
        /// What was expected and what was found.
        problem: String,
    },
    /// HTTPS or the webhook is configured by halves.
    #[error("{present} is set, {absent} is not")]
    Incomplete {
        /// What is there.
        present: &'static str,
        /// What is missing.
        absent: &'static str,
    },
    /// HTTP and HTTPS on one address.
    #[error("server.listen and server.tls_listen are both {address}")]
    SameAddress {
        /// The address.
        address: SocketAddr,
    },
}

impl ConfigError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { nearest, .. } => {
                Some(format!("the nearest known key is {nearest}; `qiusuo config` prints them all"))
            }
            Self::Incomplete { present: "alarms.webhook_url", .. } => {
                Some("alarms are signed: give a secret that only this server and the receiver know".into())
            }
            Self::Incomplete { .. } => Some(
                "HTTPS needs server.tls_listen, server.tls_certificate and server.tls_key together".into(),
            ),
            Self::SameAddress { .. } => Some("give HTTPS a port of its own, such as 8687".into()),
            Self::Read { .. } => Some("check the path after --config or in QIUSUO_CONFIG".into()),
            Self::Syntax { .. } | Self::Value { .. } => None,
        }
    }
}
