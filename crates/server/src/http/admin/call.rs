//! What every call under `/v1/admin` has in common: who makes it, its query, its body, the form of its answer.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, Request, rejection::PathRejection},
    http::{
        Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse as _, Response},
};
use engine::{Accounting, Administration, Amount, Engine, Role};
use serde_json::Value;
use wire::{admin::LineError, query::Parameters};

use crate::http::{
    items::body_text,
    operators::{Problem, authorise},
    state::App,
};

/// The longest body, in bytes.
const BODY_BYTES: usize = 64 << 10;
/// How many rows a page has, and how many unless it says so.
const PAGE: RangeInclusive<i64> = 1..=1_000;
const USUAL_PAGE: i64 = 100;
/// How long what was spent may take to be written down.
const SETTLED_WITHIN: Duration = Duration::from_secs(5);

/// Handlers answer with one of the two.
pub(super) type Answer = Result<Response, Problem>;

/// A part of the path, or why it cannot be read.
pub(super) type PathPart = Result<Path<String>, PathRejection>;

/// A call that was let in.
pub(super) struct Call {
    pub(super) engine: Arc<Engine>,
    /// Who makes it, as the audit log names them.
    who: String,
    pub(super) head: Parts,
}

impl Call {
    /// Lets a call in. Who asks is checked first, then the method; what changes something takes an owner.
    pub(super) fn let_in(app: &App, request: Request, allow: &'static str) -> Result<(Call, Body), Problem> {
        let (head, body) = request.into_parts();
        let operator = authorise(app, &head.headers, Role::Reader)?;
        if !allow.split(", ").any(|allowed| allowed == head.method.as_str()) {
            return Err(Problem::method(allow));
        }
        if !reads(&head.method) {
            authorise(app, &head.headers, Role::Owner)?;
        }
        let who = format!("operator {}", operator.name);
        Ok((Call { engine: Arc::clone(app.engine()?), who, head }, body))
    }

    /// Whether it changes nothing.
    pub(super) fn reads(&self) -> bool {
        reads(&self.head.method)
    }

    /// The credentials' service, in the operator's name.
    pub(super) fn administration(&self) -> Administration<'_> {
        self.engine.administration(&self.who)
    }

    /// The accounts' service, in the operator's name.
    pub(super) fn accounting(&self) -> Accounting<'_> {
        self.engine.accounting(&self.who)
    }

    /// Has written down what was spent until now, so that sums are those of this moment.
    pub(super) async fn settled(&self) -> Result<(), Problem> {
        let settled = tokio::time::timeout(SETTLED_WITHIN, self.engine.admission().settle(None)).await;
        settled.map_err(|_| {
            let detail = "what was spent could not be written down in time; send the request again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Failed", detail)
        })??;
        Ok(())
    }

    /// The query, in which nothing but `known` may stand.
    pub(super) fn query(&self, known: &[&str]) -> Result<Parameters, Problem> {
        let query = Parameters::parse(self.head.uri.query().unwrap_or_default())
            .map_err(|error| Problem::bad_request(error.to_string()))?;
        if let Some((unknown, _)) = query.iter().find(|(name, _)| !known.contains(name)) {
            let remedy = match known {
                [] => "this call has none".to_owned(),
                known => format!("this call has {}", known.join(", ")),
            };
            return Err(Problem::bad_request(format!("the parameter {unknown:?} is not known; {remedy}")));
        }
        Ok(query)
    }

    /// The body as `read` reads it; the query must be empty.
    pub(super) async fn read<T>(
        &self,
        body: Body,
        read: impl FnOnce(&str) -> Result<T, LineError>,
    ) -> Result<T, Problem> {
        self.query(&[])?;
        let text = body_text(&self.head.headers, body, BODY_BYTES).await?;
        read(&text).map_err(|error| Problem::bad_request(format!("{} {}", error.key, error.reason)))
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// A part of the path, decoded.
pub(super) fn part(path: PathPart) -> Result<String, Problem> {
    let Path(part) = path.map_err(|_| {
        Problem::bad_request("a part of the path is not UTF-8; percent-encode the UTF-8 bytes of the name")
    })?;
    Ok(part)
}

/// How many rows a page is to have.
pub(super) fn page_limit(query: &Parameters) -> Result<i64, Problem> {
    let refuse = || {
        let (least, most) = PAGE.into_inner();
        Problem::bad_request(format!("limit must be a whole number from {least} to {most}"))
    };
    match query.get("limit") {
        None => Ok(USUAL_PAGE),
        Some(text) => text.parse().ok().filter(|limit| PAGE.contains(limit)).ok_or_else(refuse),
    }
}

/// A number of the query that counts from 0.
pub(super) fn number(query: &Parameters, name: &str) -> Result<Option<i64>, Problem> {
    let refuse =
        || Problem::bad_request(format!("{name} must be a whole number, the `next` of a page before"));
    let Some(text) = query.get(name) else { return Ok(None) };
    text.parse().ok().filter(|number| *number >= 0).map(Some).ok_or_else(refuse)
}

/// Cuts what was read, one row more than asked for, to a page; the last row of it if there are more.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: i64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more)
}

/// Reads a field that is an amount of CNY.
pub(super) fn amount(field: &str, text: &str) -> Result<Amount, Problem> {
    text.parse().map_err(|error| Problem::bad_request(format!("{field} cannot be read: {error}")))
}

/// An answer, which no cache keeps: some have a secret in them.
pub(super) fn json(status: StatusCode, document: &Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, headers, document.to_string()).into_response()
}
