//! A client for both APIs, against a Qiusuo server or against the vendors' hosts.
//!
//! It signs, encodes and reads; the shapes are those of [`wire`]. Every answer that is not a success
//! is an [`Error`] with the API's own code. Tokens and keys are never part of an error or of a
//! `Debug` form.
//!
//! ```no_run
//! use client::{Client, SearchRequest};
//!
//! # async fn example() -> Result<(), client::Error> {
//! let client = Client::new("http://127.0.0.1:8080")?;
//!
//! for suggestion in client.suggest("token", "美食").await?.items {
//!     println!("{}", suggestion.text);
//! }
//!
//! let user = client.content("demo_default_content", "secure key").register("user-0001").await?;
//! let mut request = Some(SearchRequest::new("美食"));
//! while let Some(page) = request.take() {
//!     let answer = user.search(&page).await?;
//!     for item in &answer.data {
//!         println!("{} {}", item.group_id, item.title);
//!     }
//!     request = page.next_page(&answer);
//! }
//! # Ok(())
//! # }
//! ```

mod content;
mod error;
mod suggestions;
mod transport;
mod webhook;

pub use content::{Content, SearchRequest, User};
pub use error::Error;
pub use transport::{DEFAULT_TIMEOUT, MAX_ANSWER_BYTES};
pub use webhook::Webhook;
pub use wire::content::{GroupType, Ret, SearchAnswer, TypeSet};
pub use wire::suggestions::{Code, Data};

use std::time::Duration;

use transport::Transport;

/// A client of one server. Cloning is cheap, and clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// Makes a client for the server at `base`: `http://` or `https://`, host, and if need be a port
    /// and a path before the APIs' own.
    ///
    /// Redirects are not followed and no proxy is used: a request carries secrets in its address.
    ///
    /// # Errors
    /// When `base` is no such address, or the platform's certificates cannot be read (`https` only).
    pub fn new(base: &str) -> Result<Self, Error> {
        Ok(Self { transport: Transport::new(base)? })
    }

    /// Makes a client that sends over connections of the caller's own making.
    ///
    /// # Errors
    /// When `base` is not an address of a server.
    pub fn with_http(base: &str, http: reqwest::Client) -> Result<Self, Error> {
        Ok(Self { transport: Transport::with_http(base, http)? })
    }

    /// Waits at most this long for a whole answer, instead of [`DEFAULT_TIMEOUT`].
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.transport.timeout = timeout;
        self
    }

    /// The content search as the application `partner`.
    pub fn content(&self, partner: &str, secure_key: &str) -> Content {
        Content::new(self.transport.clone(), partner, secure_key)
    }
}
