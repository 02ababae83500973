//! Keyword suggestions.

use serde::de::DeserializeOwned;
use wire::suggestions::{Balance, Code, Data, Envelope};

use crate::{Client, Error};

impl Client {
    /// Suggests searches that begin with `keyword`, or are meant by it.
    ///
    /// # Errors
    /// When the server refuses, fails or does not answer.
    pub async fn suggest(&self, token: &str, keyword: &str) -> Result<Data, Error> {
        let query = [("token", token), ("keyword", keyword)];
        self.envelope("/api/xiaohongshu/search-recommend/v1", &query).await
    }

    /// The balance of the token's account.
    ///
    /// # Errors
    /// When the server refuses, fails or does not answer.
    pub async fn balance(&self, token: &str) -> Result<Balance, Error> {
        self.envelope("/user/get-balance", &[("token", token)]).await
    }

    async fn envelope<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Error> {
        let received = self.transport.get(path, query).await?;
        let envelope: Envelope<T> = received.json()?;
        if envelope.code != Code::Success.number() {
            return Err(Error::Suggestions {
                code: envelope.code,
                message: envelope.message.unwrap_or_default(),
                record_time: envelope.record_time,
                request_id: envelope.request_id,
            });
        }
        envelope.data.ok_or_else(|| received.malformed("code 0 without data"))
    }
}
