//! Tokens and applications: `/v1/admin/tokens`, `/v1/admin/apps` and `/v1/admin/revocation`.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use engine::{CallerUpdate, Rotated, StoreError};
use serde_json::{Value, json as object};
use wire::admin::{CallerKind, caller_change, new_caller, nothing, revocation, rotation};

use super::{
    call::{Answer, Call, PathPart, json, part},
    limits::update,
};
use crate::{
    accounts::time_text,
    credentials::{caller_json, listed_json},
    http::{operators::Problem, state::App},
    limits_text::parse_overlap,
};

/// How long an old secret is good beside its successor unless the call says so.
const USUAL_OVERLAP: &str = "24h";

/// `GET` and `POST /v1/admin/tokens`.
pub(super) async fn tokens(State(app): State<App>, request: Request) -> Answer {
    all(&app, CallerKind::Token, request).await
}

/// `GET` and `PATCH /v1/admin/tokens/{name}`.
pub(super) async fn token(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    one(&app, CallerKind::Token, path, request).await
}

/// `POST /v1/admin/tokens/{name}/rotation`.
pub(super) async fn rotate_token(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    rotate(&app, CallerKind::Token, path, request).await
}

/// `GET` and `POST /v1/admin/apps`.
pub(super) async fn applications(State(app): State<App>, request: Request) -> Answer {
    all(&app, CallerKind::Application, request).await
}

/// `GET` and `PATCH /v1/admin/apps/{partner}`.
pub(super) async fn application(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    one(&app, CallerKind::Application, path, request).await
}

/// `POST /v1/admin/apps/{partner}/rotation`.
pub(super) async fn rotate_application(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    rotate(&app, CallerKind::Application, path, request).await
}

/// `POST /v1/admin/apps/{partner}/revocation`.
pub(super) async fn revoke_application(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "POST")?;
    let partner = part(path)?;
    let user = call.read(body, revocation).await?;
    let service = call.administration();
    match &user {
        Some(user) if user.is_empty() => {
            return Err(Problem::bad_request(
                "user must be the uuid that was registered; leave it out to end the tokens of all users",
            ));
        }
        Some(user) => service.revoke_user(&partner, user).await?,
        None => service.revoke_application(&partner).await?,
    }
    Ok(json(StatusCode::OK, &object!({ "partner": partner, "user": user })))
}

/// `POST /v1/admin/revocation`.
pub(super) async fn revoke_all(State(app): State<App>, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "POST")?;
    call.read(body, nothing).await?;
    call.administration().revoke_all().await?;
    Ok(json(StatusCode::OK, &object!({ "all": true })))
}

async fn all(app: &App, kind: CallerKind, request: Request) -> Answer {
    let (call, body) = Call::let_in(app, request, "GET, HEAD, POST")?;
    if call.reads() {
        call.query(&[])?;
        let (listed, of) = match kind {
            CallerKind::Token => (call.administration().tokens().await?, "tokens"),
            CallerKind::Application => (call.administration().applications().await?, "apps"),
        };
        let listed: Vec<Value> = listed.iter().map(|row| listed_json(kind.name_field(), row)).collect();
        return Ok(json(StatusCode::OK, &object!({ of: listed })));
    }
    let (name, fields) = call.read(body, |body| new_caller(kind, body)).await?;
    let nonces = fields.refuse_repeated_nonces;
    let update = update(fields)?;
    let service = call.administration();
    let (field, created) = match kind {
        CallerKind::Token => ("token", service.create_token(&name, &update).await),
        CallerKind::Application => ("secure_key", service.create_application(&name, &update, nonces).await),
    };
    let secret = created.map_err(refused)?.secret;
    Ok(json(StatusCode::CREATED, &with_secret(field, &secret, shown(&call, kind, &name).await?)))
}

async fn one(app: &App, kind: CallerKind, path: PathPart, request: Request) -> Answer {
    let (call, body) = Call::let_in(app, request, "GET, HEAD, PATCH")?;
    let name = part(path)?;
    if call.reads() {
        call.query(&[])?;
    } else {
        let fields = call.read(body, |body| caller_change(kind, body)).await?;
        let nonces = fields.refuse_repeated_nonces;
        let update = update(fields)?;
        check_given(kind, &update, nonces)?;
        let service = call.administration();
        let updated = match kind {
            CallerKind::Token => service.update_token(&name, &update).await,
            CallerKind::Application => service.update_application(&name, &update, nonces).await,
        };
        updated.map_err(refused)?;
    }
    Ok(json(StatusCode::OK, &shown(&call, kind, &name).await?))
}

async fn rotate(app: &App, kind: CallerKind, path: PathPart, request: Request) -> Answer {
    let (call, body) = Call::let_in(app, request, "POST")?;
    let name = part(path)?;
    let overlap = call.read(body, rotation).await?;
    let overlap = parse_overlap(overlap.as_deref().unwrap_or(USUAL_OVERLAP))
        .map_err(|expected| Problem::bad_request(format!("overlap must be {expected}")))?;
    let service = call.administration();
    let (field, rotated) = match kind {
        CallerKind::Token => ("token", service.rotate_token(&name, overlap).await?),
        CallerKind::Application => ("secure_key", service.rotate_application(&name, overlap).await?),
    };
    let Rotated { secret, previous_until_ms } = rotated;
    let rest = object!({ kind.name_field(): name, "previous_until": previous_until_ms.map(time_text) });
    Ok(json(StatusCode::OK, &with_secret(field, &secret, rest)))
}

async fn shown(call: &Call, kind: CallerKind, name: &str) -> Result<Value, Problem> {
    let service = call.administration();
    let shown = match kind {
        CallerKind::Token => service.show_token(name).await?,
        CallerKind::Application => service.show_application(name).await?,
    };
    Ok(caller_json(kind.name_field(), &shown))
}

/// The secret before everything else.
fn with_secret(field: &str, secret: &str, rest: Value) -> Value {
    let mut document = object!({ field: secret });
    if let (Some(fields), Value::Object(rest)) = (document.as_object_mut(), rest) {
        fields.extend(rest);
    }
    document
}

/// Refuses a change of nothing.
fn check_given(kind: CallerKind, update: &CallerUpdate, nonces: Option<bool>) -> Result<(), Problem> {
    if *update != CallerUpdate::default() || nonces.is_some() {
        return Ok(());
    }
    let fields = match kind {
        CallerKind::Token => "account, enabled, limits",
        CallerKind::Application => "account, enabled, limits, refuse_repeated_nonces",
    };
    Err(Problem::bad_request(format!("nothing to change was given; the fields here are {fields}")))
}

/// An account that is missing is one that the body names.
fn refused(error: engine::Error) -> Problem {
    match error {
        engine::Error::Store(StoreError::NotFound { what: "account", name }) => {
            let detail =
                format!("account names none: there is no account {name:?}; `GET /v1/admin/accounts` has all");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "No such account", detail)
        }
        error => error.into(),
    }
}
