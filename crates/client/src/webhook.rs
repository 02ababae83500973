//! Posting alarms to an address of the operator's.

use std::{fmt, time::Duration};

use reqwest::{Url, header::CONTENT_TYPE};
use wire::webhook::{EVENT_ID, SIGNATURE, TIMESTAMP, sign};

use crate::{Error, transport::make_http};

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An address that takes signed posts. Neither its path, its query nor the secret is ever printed: the first two
/// often hold keys.
#[derive(Clone)]
pub struct Webhook {
    http: reqwest::Client,
    address: Url,
    secret: String,
}

impl Webhook {
    /// Makes a sender for `http://…` or `https://…`. Redirects are not followed and no proxy is used.
    ///
    /// # Errors
    /// When `address` is none of these, or the platform's certificates cannot be read (`https` only).
    pub fn new(address: &str, secret: &str) -> Result<Webhook, Error> {
        let refuse = |reason: &str| Error::Base { reason: reason.to_owned() };
        let address = Url::parse(address).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
        if !matches!(address.scheme(), "http" | "https") || !address.has_host() {
            return Err(refuse("must begin with http:// or https://"));
        }
        Ok(Webhook { http: make_http(&address)?, address, secret: secret.to_owned() })
    }

    /// Scheme, host and port, for a log.
    pub fn origin(&self) -> String {
        self.address.origin().ascii_serialization()
    }

    /// Posts a JSON text, signed for the Unix second `timestamp`. It is taken when the receiver answers with a
    /// status of 2xx within ten seconds; what else it answers is not read.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn post(&self, event_id: &str, timestamp: i64, body: &str) -> Result<(), Error> {
        let timestamp = timestamp.to_string();
        let signature = sign(&self.secret, &timestamp, body);
        let request = self
            .http
            .post(self.address.clone())
            .timeout(TIMEOUT)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(TIMESTAMP, timestamp)
            .header(EVENT_ID, event_id)
            .header(SIGNATURE, signature)
            .body(body.to_owned());
        let status = request.send().await?.status();
        if status.is_success() { Ok(()) } else { Err(Error::Webhook { status: status.as_u16() }) }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Webhook({})", self.origin())
    }
}
