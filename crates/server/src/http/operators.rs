//! `/v1/`: our own API for operators. Its errors are RFC 9457 problem documents.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use engine::{Operator, Role};
use serde_json::json;

use super::state::App;

/// A refusal under `/v1/`.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, title, detail: detail.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Problem { status, title, detail } = self;
        let body =
            json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
        let mut response =
            (status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = axum::http::HeaderValue::from_static("Bearer realm=\"qiusuo\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The operator whose key stands in `Authorization: Bearer …`, if the role is at least `least`.
pub(crate) fn authorise(app: &App, headers: &HeaderMap, least: Role) -> Result<Arc<Operator>, Problem> {
    let engine = app.engine().map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not ready",
            "the server is starting or shutting down; retry",
        )
    })?;
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = given
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, key)) = key else {
        let detail =
            "send the operator's key as `Authorization: Bearer KEY`; `qiusuo operator create` makes one";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "No credential", detail));
    };
    let operator = engine.registry().operator(key.trim()).ok_or_else(|| {
        let detail = "this key is unknown or disabled; `qiusuo operator list` shows the operators";
        Problem::new(StatusCode::UNAUTHORIZED, "Unknown credential", detail)
    })?;
    if operator.role < least {
        let detail =
            format!("the role `{}` may not do this; it takes `{}`", operator.role.name(), least.name());
        return Err(Problem::new(StatusCode::FORBIDDEN, "Not permitted", detail));
    }
    Ok(operator)
}

/// Any path under `/v1/` that nothing stands at; who asks is checked first.
pub(crate) async fn unknown_path(State(app): State<App>, headers: HeaderMap) -> Response {
    match authorise(&app, &headers, Role::Reader) {
        Ok(_) => {
            Problem::new(StatusCode::NOT_FOUND, "Not found", "there is nothing at this path").into_response()
        }
        Err(problem) => problem.into_response(),
    }
}
