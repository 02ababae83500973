//! Contract 1: the dialect of keyword suggestions.

use std::time::Instant;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderValue, Method, StatusCode,
        header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use engine::Suggestions;
use wire::{
    query::Parameters,
    suggestions::{self, Answer, Code, HttpStatusMode, ItemView, MAX_ITEMS},
    time,
};

use super::{
    content::first,
    metrics::Api,
    state::{App, CallLine, Unavailable},
};
use crate::config::HttpStatus;

/// The media type of every answer here.
const JSON: &str = "application/json; charset=utf-8";
/// Seconds after which a call may be tried again that was refused before any work.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// A refusal in this dialect.
struct Refusal {
    code: Code,
    message: String,
    /// The status where it does not follow from the code.
    status: Option<StatusCode>,
}

impl Refusal {
    fn new(code: Code) -> Refusal {
        Refusal { code, message: code.message().to_owned(), status: None }
    }

    fn parameters(problem: &dyn std::fmt::Display) -> Refusal {
        let code = Code::InvalidParameters;
        Refusal { code, message: code.message_about(problem), status: None }
    }

    fn with_status(problem: &str, status: StatusCode) -> Refusal {
        Refusal { status: Some(status), ..Refusal::parameters(&problem) }
    }
}

impl From<Unavailable> for Refusal {
    fn from(_: Unavailable) -> Refusal {
        Refusal::new(Code::Unavailable)
    }
}

/// `GET /api/xiaohongshu/search-recommend/v1`.
pub(crate) async fn suggest(State(app): State<App>, request: Request) -> Response {
    let started = Instant::now();
    let answered = answer(&app, &request);
    finish(&app, started, &request, answered)
}

/// Any other path under this dialect's prefix.
pub(crate) async fn unknown_path(State(app): State<App>, request: Request) -> Response {
    let started = Instant::now();
    let problem = "path is not known; the endpoint is /api/xiaohongshu/search-recommend/v1";
    finish(&app, started, &request, Err(Refusal::with_status(problem, StatusCode::NOT_FOUND)))
}

/// `GET /ping`: answers at once, without a token.
pub(crate) async fn ping(State(app): State<App>, request: Request) -> Response {
    let started = Instant::now();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return finish(&app, started, &request, Err(wrong_method()));
    }
    let envelope = suggestions::Envelope {
        code: Code::Success.number(),
        data: Some("pong"),
        message: Some("success".to_owned()),
        record_time: time::record_time(app.now_ms()),
        request_id: suggestions::identifier(first(&app.unique()[..16])),
    };
    let body = serde_json::to_vec(&envelope).unwrap_or_default();
    let line = CallLine {
        method: request.method().as_str(),
        path: request.uri().path(),
        code: Code::Success.number(),
        status: StatusCode::OK.as_u16(),
        keyword_characters: None,
        bytes: body.len(),
    };
    app.log(&line, started.elapsed());
    ([(CONTENT_TYPE, JSON)], Body::from(body)).into_response()
}

/// In the contract's order: method, token, parameters, answer.
fn answer(app: &App, request: &Request) -> Result<(Vec<u8>, usize), Refusal> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(wrong_method());
    }
    let engine = app.engine()?;
    let parameters = Parameters::parse(request.uri().query().unwrap_or_default())
        .map_err(|error| Refusal::parameters(&error))?;
    let token = suggestions::token(&parameters).and_then(|token| engine.registry().api_token(token));
    token.ok_or_else(|| Refusal::new(Code::InvalidToken))?;
    let keyword = suggestions::keyword(&parameters).map_err(|error| Refusal::parameters(&error))?;
    let keyword = keyword.as_str();
    let found = engine.suggest(keyword, MAX_ITEMS).map_err(|error| match error {
        engine::Error::SuggestionsNotReady => Refusal::new(Code::Unavailable),
        error => {
            tracing::error!(%error, "suggestions failed");
            Refusal::new(Code::CollectionFailed)
        }
    })?;
    let base = app.base(request.uri(), request.headers());
    Ok((write_suggestions(app, &found, &base), keyword.chars().count()))
}

/// The answer's bytes.
pub(crate) fn write_suggestions(app: &App, found: &Suggestions, base: &str) -> Vec<u8> {
    let unique = app.unique();
    let [search_cpl_id, word_request_id] =
        [first(&unique[..16]), first(&unique[16..])].map(suggestions::identifier);
    let answer = Answer {
        search_cpl_id: &search_cpl_id,
        word_request_id: &word_request_id,
        base,
        record_time: &time::record_time(app.now_ms()),
        request_id: &suggestions::identifier(first(&app.unique()[..16])),
    };
    let items = found.items.iter().map(|item| ItemView {
        text: &item.text,
        flags: &item.flags,
        goods: item.class == 1,
        placed: item.placed,
        extra: &item.extra,
    });
    let mut out = Vec::with_capacity(8 << 10);
    suggestions::write_success(&mut out, &answer, items);
    out
}

fn wrong_method() -> Refusal {
    Refusal::with_status("method must be GET", StatusCode::METHOD_NOT_ALLOWED)
}

fn finish(
    app: &App,
    started: Instant,
    request: &Request,
    answered: Result<(Vec<u8>, usize), Refusal>,
) -> Response {
    let (code, status, keyword_characters, body) = match answered {
        Ok((body, characters)) => (Code::Success, StatusCode::OK, Some(characters), body),
        Err(refusal) => {
            let (record_time, request_id) =
                (time::record_time(app.now_ms()), suggestions::identifier(first(&app.unique()[..16])));
            let mut body = Vec::new();
            suggestions::write_failure(&mut body, refusal.code, &refusal.message, &record_time, &request_id);
            (refusal.code, status(app, &refusal), None, body)
        }
    };
    let line = CallLine {
        method: request.method().as_str(),
        path: request.uri().path(),
        code: code.number(),
        status: status.as_u16(),
        keyword_characters,
        bytes: body.len(),
    };
    app.finished(Api::Suggest, started, &line);
    let mut response = (status, [(CONTENT_TYPE, JSON)], Body::from(body)).into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    if code == Code::Unavailable {
        response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    }
    response
}

/// The status of a refusal: the vendor's two eras are both served, by a setting.
fn status(app: &App, refusal: &Refusal) -> StatusCode {
    let mode = match app.shared.config.suggest.http_status {
        HttpStatus::Mapped => HttpStatusMode::Mapped,
        HttpStatus::Always200 => return StatusCode::OK,
    };
    let mapped =
        || StatusCode::from_u16(refusal.code.http_status(mode)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    refusal.status.unwrap_or_else(mapped)
}
