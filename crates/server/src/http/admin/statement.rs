//! `GET /v1/admin/accounts/{account}/statement`: a page of it as JSON, or all of it as comma-separated values.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::IntoResponse as _,
};
use engine::{Engine, Period};
use http_body::Frame;
use serde_json::{Value, json as object};
use wire::query::Parameters;

use super::call::{Answer, Call, PathPart, cut, json, number, page_limit, part};
use crate::{
    accounts::{ENTRY_COLUMNS, entry_csv, entry_json, period},
    http::{operators::Problem, state::App},
};

/// Entries that are read at once for an answer of all of them.
const AT_ONCE: i64 = 1_000;

/// `GET /v1/admin/accounts/{account}/statement`.
pub(super) async fn statement(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    let (call, _) = Call::let_in(&app, request, "GET, HEAD")?;
    let account = part(path)?;
    let query = call.query(&["from", "to", "after", "limit", "format"])?;
    let period = asked_period(&query)?;
    if wants_csv(&query, &call.head.headers)? {
        if query.get("after").is_some() || query.get("limit").is_some() {
            let detail = "after and limit are for pages of JSON; leave them out, all entries come at once";
            return Err(Problem::bad_request(detail));
        }
        return all(&call, account, period).await;
    }
    let (after, limit) = (number(&query, "after")?.unwrap_or(0), page_limit(&query)?);
    call.settled().await?;
    let service = call.accounting();
    let mut entries = service.statement_page(&account, period, (after, limit + 1)).await?;
    let next = cut(&mut entries, limit).map(|last| last.id);
    let names = service.caller_names().await?;
    let entries: Vec<Value> = entries.iter().map(|entry| entry_json(entry, &names)).collect();
    Ok(json(StatusCode::OK, &object!({ "entries": entries, "next": next })))
}

/// The period from `from` to `to`; what is not given is open.
pub(super) fn asked_period(query: &Parameters) -> Result<Period, Problem> {
    let (from, to) = (query.get("from"), query.get("to"));
    let refuse = |name: &str| {
        Problem::bad_request(format!(
            "{name} must be a day such as 2026-11-27, which is one in Asia/Shanghai, or a moment such as \
             2026-11-27T12:00:00+08:00, with its + written as %2B"
        ))
    };
    let Period { from_ms, .. } = period(from, None).map_err(|_| refuse("from"))?;
    let Period { to_ms, .. } = period(None, to).map_err(|_| refuse("to"))?;
    if to_ms < from_ms {
        return Err(Problem::bad_request("to lies before from; exchange them"));
    }
    Ok(Period { from_ms, to_ms })
}

/// `format` says it, otherwise `Accept`.
fn wants_csv(query: &Parameters, headers: &HeaderMap) -> Result<bool, Problem> {
    match query.get("format") {
        Some("csv") => Ok(true),
        Some("json") => Ok(false),
        Some(_) => Err(Problem::bad_request("format must be `json` or `csv`")),
        None => {
            let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let media = |part: &str| part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            Ok(accepted.split(',').any(|part| media(part) == "text/csv"))
        }
    }
}

async fn all(call: &Call, account: String, period: Period) -> Answer {
    call.settled().await?;
    let names = call.accounting().caller_names().await?;
    let source = Arc::new(Source { engine: Arc::clone(&call.engine), account, period, names });
    // What can be refused is refused before the answer begins.
    let (first, next) = Arc::clone(&source).page(0).await?;
    let head = Bytes::from(ENTRY_COLUMNS.join(",") + "\r\n");
    let entries =
        Entries { ready: vec![first, head], next: next.map(|after| source_page(&source, after)), source };
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::new(entries)).into_response())
}

/// Where the entries come from.
struct Source {
    engine: Arc<Engine>,
    account: String,
    period: Period,
    names: HashMap<i64, String>,
}

impl Source {
    /// Lines after the entry `after`, and the last one's number if there are more.
    async fn page(self: Arc<Source>, after: i64) -> engine::Result<(Bytes, Option<i64>)> {
        // Nothing is changed, so nobody is named.
        let service = self.engine.accounting("");
        let mut entries = service.statement_page(&self.account, self.period, (after, AT_ONCE + 1)).await?;
        let next = cut(&mut entries, AT_ONCE).map(|last| last.id);
        let lines = entries.iter().map(|entry| entry_csv(entry, &self.names) + "\r\n");
        Ok((Bytes::from(lines.collect::<String>()), next))
    }
}

type NextPage = Pin<Box<dyn Future<Output = engine::Result<(Bytes, Option<i64>)>> + Send>>;

fn source_page(source: &Arc<Source>, after: i64) -> NextPage {
    Box::pin(Arc::clone(source).page(after))
}

/// A body whose next entries are read when the client has taken those before: however long the statement is, little of it
/// is in memory.
struct Entries {
    /// What is read already, the last first.
    ready: Vec<Bytes>,
    next: Option<NextPage>,
    source: Arc<Source>,
}

impl HttpBody for Entries {
    type Data = Bytes;
    type Error = engine::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<engine::Result<Frame<Bytes>>>> {
        if let Some(bytes) = self.ready.pop() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let Some(page) = self.next.as_mut() else { return Poll::Ready(None) };
        let read = ready!(page.as_mut().poll(context));
        self.next = None;
        let (bytes, next) = match read {
            Ok(read) => read,
            Err(error) => {
                // The connection is cut, so that nobody takes a part for the whole.
                tracing::error!(%error, "a statement broke off");
                return Poll::Ready(Some(Err(error)));
            }
        };
        self.next = next.map(|after| source_page(&self.source, after));
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
