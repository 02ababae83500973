//! `?wait=searchable`: an answer that comes when what was written can be found.

use std::time::Duration;

use axum::http::{StatusCode, Uri};
use engine::{Engine, Searchable};
use wire::query::Parameters;

use crate::http::operators::Problem;

/// How long a call waits at the most.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a call waits for beside being durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Nothing.
    Durable,
    /// That what was written can be found.
    Searchable,
}

impl Wait {
    /// Reads the query; other names in it mean nothing.
    pub(super) fn parse(uri: &Uri) -> Result<Wait, Problem> {
        let parameters = Parameters::parse(uri.query().unwrap_or_default())
            .map_err(|error| Problem::bad_request(error.to_string()))?;
        match parameters.get("wait") {
            None | Some("") => Ok(Wait::Durable),
            Some("searchable") => Ok(Wait::Searchable),
            Some(_) => Err(Problem::bad_request(
                "wait may only be `searchable`; leave it out to be answered when everything is durable",
            )),
        }
    }

    /// Waits; `None` where nothing is waited for, otherwise whether everything can be found now.
    pub(super) async fn done(self, engine: &Engine) -> Option<bool> {
        if self == Wait::Durable {
            return None;
        }
        match engine.wait_searchable(PATIENCE).await {
            Ok(searchable) => Some(searchable == Searchable::Now),
            Err(error) => {
                // It is stored all the same, and is found once the indexer runs again.
                tracing::error!(%error, "a call could not wait until its items are searchable");
                Some(false)
            }
        }
    }
}

/// The status of what is done but cannot be found yet.
pub(super) fn status(searchable: Option<bool>, otherwise: StatusCode) -> StatusCode {
    if searchable == Some(false) { StatusCode::ACCEPTED } else { otherwise }
}
