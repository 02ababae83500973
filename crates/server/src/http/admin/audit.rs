//! `GET /v1/admin/audit`.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use serde_json::{Value, json as object};

use super::call::{Answer, Call, cut, json, number, page_limit};
use crate::{credentials::audit_json, http::state::App};

/// The audit log, newest first, a page at a time.
pub(super) async fn changes(State(app): State<App>, request: Request) -> Answer {
    let (call, _) = Call::let_in(&app, request, "GET, HEAD")?;
    let query = call.query(&["before", "limit"])?;
    let (before, limit) = (number(&query, "before")?, page_limit(&query)?);
    let mut rows = call.administration().audit(before, limit + 1).await?;
    let next = cut(&mut rows, limit).map(|last| last.id);
    let changes: Vec<Value> = rows.iter().map(audit_json).collect();
    Ok(json(StatusCode::OK, &object!({ "changes": changes, "next": next })))
}
