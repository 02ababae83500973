//! `/v1/`: our own API for operators. Its errors are RFC 9457 problem documents.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use engine::{Engine, Operator, Role, StoreError};
use wire::problem;

use super::state::{App, Unavailable};

/// A refusal under `/v1/`.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    /// The methods that a path has, where another one was used.
    allow: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, title, detail: detail.into(), allow: None }
    }

    /// Something of the request that is wrong.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "Bad request", detail)
    }

    /// A method that the path does not have.
    pub(crate) fn method(allow: &'static str) -> Problem {
        let detail = format!("the method must be {}", allow.replace(", ", " or "));
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", detail);
        Problem { allow: Some(allow), ..problem }
    }
}

impl From<engine::Error> for Problem {
    /// What the request is to blame for is told; everything else is only logged.
    fn from(error: engine::Error) -> Problem {
        if let Some(problem) = of_request(&error) {
            return problem;
        }
        tracing::error!(%error, "a call under /v1/ failed");
        let detail = "the server could not do this now, its log says why; send the request again";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Failed", detail)
    }
}

/// The refusal of what a request asks for; `None` for what is no fault of it.
fn of_request(error: &engine::Error) -> Option<Problem> {
    use engine::Error;
    let (status, title, detail) = match error {
        Error::Unknown { what, name } => {
            (StatusCode::NOT_FOUND, "Not found", format!("there is no {what} {name:?}"))
        }
        Error::Store(StoreError::NotFound { .. }) => (StatusCode::NOT_FOUND, "Not found", error.to_string()),
        Error::Store(StoreError::Exists { .. } | StoreError::KeyReused { .. } | StoreError::Last { .. }) => {
            (StatusCode::CONFLICT, "Conflict", error.to_string())
        }
        Error::Store(StoreError::NobodyPays { .. }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "Nobody pays", error.to_string())
        }
        Error::Name { .. } | Error::Value { .. } => {
            (StatusCode::BAD_REQUEST, "Bad request", error.to_string())
        }
        _ => return None,
    };
    Some(Problem::new(status, title, detail))
}

impl From<Unavailable> for Problem {
    fn from(_: Unavailable) -> Problem {
        let detail = "the server is starting or shutting down; retry";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not ready", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Problem { status, title, detail, allow } = self;
        let body = serde_json::to_vec(&problem::Problem::new(status.as_u16(), title, &detail));
        let media = [(CONTENT_TYPE, problem::MEDIA_TYPE)];
        let mut response = (status, media, body.unwrap_or_default()).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"qiusuo\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(allow) = allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// The operator whose key stands in `Authorization: Bearer …`, if the role is at least `least`.
pub(crate) fn authorise(app: &App, headers: &HeaderMap, least: Role) -> Result<Arc<Operator>, Problem> {
    let engine = app.engine()?;
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

/// The engine for a call: who asks is checked first, then the method.
pub(crate) fn admit<'a>(
    app: &'a App,
    headers: &HeaderMap,
    method: &Method,
    (least, allow): (Role, &'static str),
) -> Result<&'a Arc<Engine>, Problem> {
    authorise(app, headers, least)?;
    if !allow.split(", ").any(|allowed| allowed == method.as_str()) {
        return Err(Problem::method(allow));
    }
    Ok(app.engine()?)
}

/// Any path under `/v1/` that nothing stands at; who asks is checked first.
pub(crate) async fn unknown_path(State(app): State<App>, headers: HeaderMap) -> Response {
    match authorise(&app, &headers, Role::Reader) {
        Ok(_) => not_found().into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Nothing stands at the path.
pub(crate) fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Not found", "there is nothing at this path; /openapi.json has all")
}
