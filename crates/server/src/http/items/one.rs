//! `/v1/items/{group_id}` and what can be done with one item.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{Method, StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
};
use engine::{Acts, Engine, Role};
use serde::Serialize;
use wire::{
    import::{counters_of, group_id_text},
    items::{ItemResult, Outcome},
};

use super::{
    body,
    wait::{Wait, status},
};
use crate::{
    http::{
        operators::{Problem, admit, authorise, not_found},
        state::App,
    },
    items::{self, counters_record, outcome},
};

/// The longest body of counters, in bytes.
const COUNTERS_BYTES: usize = 4_096;

/// `GET` and `DELETE /v1/items/{group_id}`.
pub(crate) async fn item(State(app): State<App>, Path(group_id): Path<String>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let reads = matches!(head.method, Method::GET | Method::HEAD);
    let answered =
        if reads { get(&app, &group_id, &head).await } else { delete(&app, &group_id, &head).await };
    answered.into_response()
}

/// `POST /v1/items/{group_id}/{act}`: `counters`, `take-down` or `restore`.
pub(crate) async fn act(
    State(app): State<App>,
    Path((group_id, act)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let answered = match act.as_str() {
        "counters" => counters(&app, &group_id, &head, body).await,
        "take-down" => set_online(&app, &group_id, &head, false).await,
        "restore" => set_online(&app, &group_id, &head, true).await,
        _ => authorise(&app, &head.headers, Role::Reader).and_then(|_| Err(not_found())),
    };
    answered.into_response()
}

async fn get(app: &App, group_id: &str, head: &Parts) -> Result<Response, Problem> {
    let engine = admit(app, &head.headers, &head.method, (Role::Reader, "GET, HEAD, DELETE"))?;
    let group_id = number(group_id)?;
    let item = engine.item(group_id).await?.ok_or_else(|| absent(group_id))?;
    let line = items::line(item).map_err(|error| {
        tracing::error!(%error, "an item cannot be read; put it again");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Failed", "the item cannot be read; put it again")
    })?;
    Ok(json(StatusCode::OK, &line))
}

async fn delete(app: &App, group_id: &str, head: &Parts) -> Result<Response, Problem> {
    let engine = admit(app, &head.headers, &head.method, (Role::Editor, "GET, HEAD, DELETE"))?;
    let (group_id, wait) = (number(group_id)?, Wait::parse(&head.uri)?);
    let acts = engine.delete_items(&[group_id]).await?;
    told(engine, (group_id, wait), &acts, Outcome::Deleted).await
}

async fn counters(app: &App, group_id: &str, head: &Parts, body: Body) -> Result<Response, Problem> {
    let engine = admit(app, &head.headers, &head.method, (Role::Editor, "POST"))?;
    let (group_id, wait) = (number(group_id)?, Wait::parse(&head.uri)?);
    let text = body::text(&head.headers, body, COUNTERS_BYTES).await?;
    let line = counters_of(group_id, &text).map_err(|error| {
        let name = if error.key == "line" { "the body" } else { &error.key };
        Problem::bad_request(format!("{name} {}", error.reason))
    })?;
    let acts = engine.set_counters(&[counters_record(&line)]).await?;
    told(engine, (group_id, wait), &acts, Outcome::Updated).await
}

async fn set_online(app: &App, group_id: &str, head: &Parts, online: bool) -> Result<Response, Problem> {
    let engine = admit(app, &head.headers, &head.method, (Role::Editor, "POST"))?;
    let (group_id, wait) = (number(group_id)?, Wait::parse(&head.uri)?);
    let acts = engine.set_online(&[group_id], online).await?;
    let changed = if online { Outcome::Restored } else { Outcome::TakenDown };
    told(engine, (group_id, wait), &acts, changed).await
}

/// The answer of a call about one item.
async fn told(
    engine: &Engine,
    (group_id, wait): (i64, Wait),
    acts: &Acts,
    changed: Outcome,
) -> Result<Response, Problem> {
    let result = acts.acts.first().map_or(Outcome::NotFound, |act| outcome(*act, changed));
    if !result.is_good() {
        return Err(absent(group_id));
    }
    let searchable = wait.done(engine).await;
    let result = ItemResult { searchable, ..ItemResult::new(None, Some(group_id), result) };
    Ok(json(status(searchable, StatusCode::OK), &result))
}

fn number(group_id: &str) -> Result<i64, Problem> {
    group_id_text(group_id).map_err(|error| Problem::bad_request(error.to_string()))
}

fn absent(group_id: i64) -> Problem {
    let detail = format!("there is no item {group_id}; `POST /v1/items` puts items");
    Problem::new(StatusCode::NOT_FOUND, "No such item", detail)
}

fn json(status: StatusCode, document: &impl Serialize) -> Response {
    // Plain structures serialise into memory.
    let body = serde_json::to_vec(document).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
