//! `/v1/admin/operators` and `/v1/admin/operators/{name}`.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use engine::Role;
use serde_json::{Value, json as object};
use wire::admin::{new_operator, operator_change};

use super::call::{Answer, Call, PathPart, json, part};
use crate::{
    credentials::listed_json,
    http::{operators::Problem, state::App},
};

/// `GET` and `POST /v1/admin/operators`.
pub(super) async fn all(State(app): State<App>, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "GET, HEAD, POST")?;
    if call.reads() {
        call.query(&[])?;
        let operators = call.administration().operators().await?;
        let operators: Vec<Value> = operators.iter().map(|row| listed_json("name", row)).collect();
        return Ok(json(StatusCode::OK, &object!({ "operators": operators })));
    }
    let new = call.read(body, new_operator).await?;
    let role = Role::parse(&new.role)
        .ok_or_else(|| Problem::bad_request("role must be `owner`, `editor` or `reader`"))?;
    let created = call.administration().create_operator(&new.name, role).await?;
    let document = object!({ "key": created.secret, "name": created.id, "role": role.name() });
    Ok(json(StatusCode::CREATED, &document))
}

/// `PATCH /v1/admin/operators/{name}`. The last owner stays: over this API nobody could let one in again.
pub(super) async fn one(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "PATCH")?;
    let name = part(path)?;
    let enabled = call.read(body, operator_change).await?;
    call.administration().enable_operator_keeping_an_owner(&name, enabled).await?;
    let operators = call.administration().operators().await?;
    let row = operators.iter().find(|row| row.name == name);
    Ok(json(StatusCode::OK, &row.map_or(Value::Null, |row| listed_json("name", row))))
}
