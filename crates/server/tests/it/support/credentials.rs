//! An application that signs its requests.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Answer, Server, target};

/// Path of a registration.
const REGISTER: &str = "/access_token/register/wap/v4/";
/// Path of a search.
const SEARCH: &str = "/data/stream/search/v4/";

/// An application of the content search API.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) partner: String,
    pub(crate) secure_key: String,
}

impl Application {
    pub(crate) fn new(partner: &str, secure_key: &str) -> Application {
        Application { partner: partner.to_owned(), secure_key: secure_key.to_owned() }
    }

    /// The signed public parameters of a search, made now.
    pub(crate) fn signed(&self) -> Vec<(&'static str, String)> {
        self.signed_at(&now().to_string(), "894038", None)
    }

    /// The signed public parameters of a registration, made now, with its uuid.
    pub(crate) fn signed_registration(&self, uuid: &str) -> Vec<(&'static str, String)> {
        self.signed_at(&now().to_string(), "894038", Some(uuid))
    }

    /// The public parameters for a time, a nonce and, on registration, a uuid.
    pub(crate) fn signed_at(
        &self,
        timestamp: &str,
        nonce: &str,
        uuid: Option<&str>,
    ) -> Vec<(&'static str, String)> {
        let signature = match uuid {
            Some(uuid) => wire::signature::sign_register(&self.secure_key, timestamp, nonce, uuid),
            None => wire::signature::sign(&self.secure_key, timestamp, nonce),
        };
        let mut parameters = vec![
            ("partner", self.partner.clone()),
            ("timestamp", timestamp.to_owned()),
            ("nonce", nonce.to_owned()),
            ("signature", signature),
        ];
        parameters.extend(uuid.map(|uuid| ("uuid", uuid.to_owned())));
        parameters
    }

    /// The target of a registration, signed now.
    pub(crate) fn register_target(&self, uuid: &str) -> String {
        target(REGISTER, &borrowed(&self.signed_registration(uuid)))
    }

    /// The target of a search, signed now.
    pub(crate) fn search_target(&self, access_token: &str, parameters: &[(&str, &str)]) -> String {
        let signed = self.signed();
        let access_token = [("access_token", access_token)];
        target(SEARCH, &[&borrowed(&signed), &access_token[..], parameters].concat())
    }

    /// Registers a user and returns the access token.
    #[track_caller]
    pub(crate) fn register(&self, server: &Server, uuid: &str) -> String {
        let answer = server.get(&self.register_target(uuid)).json();
        assert_eq!(answer["ret"], 0, "{answer}");
        answer["data"]["access_token"].as_str().unwrap().to_owned()
    }

    /// One search.
    #[track_caller]
    pub(crate) fn search(&self, server: &Server, access_token: &str, parameters: &[(&str, &str)]) -> Answer {
        server.get(&self.search_target(access_token, parameters))
    }
}

/// Parameters as [`target`] takes them.
pub(crate) fn borrowed<'a>(parameters: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    parameters.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Unix seconds.
pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}
