//! One GET and its JSON answer.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;

use crate::Error;

/// How long a call waits for a whole answer: what the suggestions' documentation recommends.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// The largest answer that is read.
pub const MAX_ANSWER_BYTES: usize = 16 << 20;

#[derive(Clone)]
pub(crate) struct Transport {
    http: reqwest::Client,
    base: Url,
    pub(crate) timeout: Duration,
}

/// An answer's bytes with the HTTP status.
pub(crate) struct Received {
    status: u16,
    body: Vec<u8>,
}

impl Transport {
    pub(crate) fn new(base: &str) -> Result<Self, Error> {
        let address = parse_base(base)?;
        Ok(Self { http: make_http(&address)?, base: address, timeout: DEFAULT_TIMEOUT })
    }

    pub(crate) fn with_http(base: &str, http: reqwest::Client) -> Result<Self, Error> {
        Ok(Self { http, base: parse_base(base)?, timeout: DEFAULT_TIMEOUT })
    }

    /// Sends a GET; `path` begins with a slash and is put behind the base address's own path.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Received, Error> {
        let mut address = self.base.clone();
        address.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let mut response = self.http.get(address).query(query).timeout(self.timeout).send().await?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                let reason = format!("it is longer than {MAX_ANSWER_BYTES} bytes");
                return Err(Error::Malformed { status, reason });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Received { status, body })
    }
}

/// The server only: connections and headers say nothing to a reader.
impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self.base.as_str();
        formatter.debug_struct("Transport").field("base", &base).field("timeout", &self.timeout).finish()
    }
}

impl Received {
    /// Reads the answer whatever its HTTP status: the code inside says what happened.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The error's own text can quote the answer, and an answer can hold a token.
            let (line, column) = (error.line(), error.column());
            let kind = if error.is_data() { "an unexpected shape" } else { "a fault in its JSON" };
            self.malformed(format!("{kind} at line {line} column {column}"))
        })
    }

    pub(crate) fn malformed(&self, reason: impl Into<String>) -> Error {
        Error::Malformed { status: self.status, reason: reason.into() }
    }
}

/// What sends to an address: it follows no redirect and uses no proxy, since requests carry secrets.
pub(crate) fn make_http(address: &Url) -> Result<reqwest::Client, Error> {
    // reqwest is built without a provider of its own; where the program has chosen one, it stays.
    let _already_chosen = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder().redirect(Policy::none()).referer(false).no_proxy();
    if address.scheme() == "http" {
        // No certificate is ever looked at, so a machine without any can still make a client.
        builder = builder.tls_certs_only([]);
    }
    Ok(builder.build()?)
}

fn parse_base(base: &str) -> Result<Url, Error> {
    let refuse = |reason: &str| Error::Base { reason: reason.to_owned() };
    let address = Url::parse(base).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err(refuse("must begin with http:// or https://"));
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err(refuse("must not hold a user name or a password"));
    }
    if address.query().is_some() || address.fragment().is_some() {
        return Err(refuse("must end with its host, its port or a path"));
    }
    Ok(address)
}
