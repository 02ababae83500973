//! Contract 1: the dialect of keyword suggestions.

use std::{cell::RefCell, sync::Arc, time::Instant};

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
        request::Parts,
    },
    response::Response,
};
use engine::{ApiToken, Caller, Engine, Refused, Role, SuggestionView, Suggestions};
use wire::{
    query::Parameters,
    suggestions::{self, Answer, Code, Explained, HttpStatusMode, ItemView, MAX_ITEMS, ReadyItems},
};

use super::{
    answer_cache::AskedAt,
    buffers,
    metrics::Api,
    operators::authorise,
    state::{App, CallLine, Unavailable},
};
use crate::{
    config::HttpStatus,
    explaining::explained,
    faults::{self, Defect},
};

/// Where suggestions are asked for.
pub(super) const PATH: &str = "/api/xiaohongshu/search-recommend/v1";
/// The API that a call of suggestions is counted for.
const SUGGEST: engine::Api = engine::Api::Suggest;
/// The media type of every answer here.
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// Seconds after which a call may be tried again that was refused before any work.
const RETRY_SECONDS: u64 = 1;
/// What may happen to a call that was admitted.
const FAULTS: &[Code] = &[Code::CollectionFailed, Code::Internal, Code::Unavailable];

/// A refusal in this dialect.
pub(super) struct Refusal {
    code: Code,
    message: String,
    /// The status where it does not follow from the code.
    status: Option<StatusCode>,
    /// Seconds after which the call may be tried again, where that is known.
    retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(code: Code) -> Refusal {
        Refusal { code, message: code.message().to_owned(), status: None, retry_after: None }
    }

    fn parameters(problem: &dyn std::fmt::Display) -> Refusal {
        let code = Code::InvalidParameters;
        Refusal { code, message: code.message_about(problem), status: None, retry_after: None }
    }

    pub(super) fn with_status(problem: &str, status: StatusCode) -> Refusal {
        Refusal { status: Some(status), ..Refusal::parameters(&problem) }
    }
}

impl From<Unavailable> for Refusal {
    fn from(_: Unavailable) -> Refusal {
        Refusal::new(Code::Unavailable)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Refusal {
        let (code, retry_after) = match refused {
            Refused::Rate { retry_after } => (Code::RateLimited, Some(retry_after)),
            Refused::Quota { retry_after } => (Code::QuotaExceeded, Some(retry_after)),
            Refused::Cap => (Code::SpendingCap, None),
            Refused::Balance => (Code::InsufficientBalance, None),
            Refused::Unavailable => (Code::Unavailable, None),
        };
        Refusal { retry_after, ..Refusal::new(code) }
    }
}

impl From<Defect> for Refusal {
    fn from(_: Defect) -> Refusal {
        Refusal::new(Code::Internal)
    }
}

/// An answer's bytes.
pub(super) struct Answered {
    pub(super) body: Vec<u8>,
    /// How long the keyword is, where there is one.
    pub(super) keyword_characters: Option<usize>,
}

/// A call: when it came, and what it asks.
pub(super) struct Call {
    started: Instant,
    pub(super) now_ms: i64,
    parts: Parts,
}

impl Call {
    pub(super) fn new(app: &App, parts: Parts) -> Call {
        Call { started: Instant::now(), now_ms: app.now_ms(), parts }
    }

    /// Refuses every method but the one that reads.
    pub(super) fn check_method(&self) -> Result<(), Refusal> {
        if self.is_get() { Ok(()) } else { Err(wrong_method()) }
    }

    /// What stands in the query.
    pub(super) fn parameters(&self) -> Result<Parameters, Refusal> {
        Parameters::parse(self.parts.uri.query().unwrap_or_default())
            .map_err(|error| Refusal::parameters(&error))
    }

    fn is_get(&self) -> bool {
        matches!(self.parts.method, Method::GET | Method::HEAD)
    }

    fn line(
        &self,
        code: Code,
        status: StatusCode,
        keyword_characters: Option<usize>,
        bytes: usize,
    ) -> CallLine<'_> {
        CallLine {
            method: self.parts.method.as_str(),
            path: self.parts.uri.path(),
            code: code.number(),
            status: status.as_u16(),
            keyword_characters,
            bytes,
        }
    }
}

/// `GET` [`PATH`]. [`super::front`] calls it.
pub(super) async fn suggest(app: App, parts: Parts) -> Response {
    let call = Call::new(&app, parts);
    let mut caller = None;
    let answered = faults::caught(answer(&app, &call, &mut caller)).await;
    if let (Some(caller), Err(refusal), Ok(engine)) = (&caller, &answered, app.engine()) {
        engine.admission().count(caller, SUGGEST, refusal.code.number());
    }
    finish(&app, Api::Suggest, call, answered)
}

/// Any other path under this dialect's prefix.
pub(crate) async fn unknown_path(State(app): State<App>, parts: Parts) -> Response {
    let problem = format!("path is not known; the endpoint is {PATH}");
    finish(
        &app,
        Api::Suggest,
        Call::new(&app, parts),
        Err(Refusal::with_status(&problem, StatusCode::NOT_FOUND)),
    )
}

/// `GET /ping`: answers at once, without a token.
pub(crate) async fn ping(State(app): State<App>, parts: Parts) -> Response {
    let call = Call::new(&app, parts);
    if !call.is_get() {
        return finish(&app, Api::Suggest, call, Err(wrong_method()));
    }
    let envelope = suggestions::Envelope {
        code: Code::Success.number(),
        data: Some("pong"),
        message: Some("success".to_owned()),
        record_time: wire::time::record_time(call.now_ms),
        request_id: suggestions::identifier(app.unique()),
    };
    let body = serde_json::to_vec(&envelope).unwrap_or_default();
    app.log(&call.line(Code::Success, StatusCode::OK, None, body.len()), call.started.elapsed());
    response(call.parts.headers, StatusCode::OK, body)
}

/// In the contract's order: method, token, permission, parameters, rate, quota, cap, balance, answer. Sets who calls as
/// soon as that is known.
async fn answer(app: &App, call: &Call, caller: &mut Option<Arc<Caller>>) -> Result<Answered, Refusal> {
    call.check_method()?;
    let engine = app.engine()?;
    let parameters = call.parameters()?;
    let caller = caller.insert(Arc::clone(&valid_token(engine, &parameters)?.caller));
    if !caller.limits(SUGGEST).allowed {
        return Err(Refusal::new(Code::PermissionDenied));
    }
    let keyword = suggestions::keyword(&parameters).map_err(|error| Refusal::parameters(&error))?;
    let fault = faults::asked(app, &parameters, FAULTS).map_err(|error| Refusal::parameters(&error))?;
    let asked = suggestions::asked(&parameters);
    // For everybody else these are parameters that nobody knows.
    let asked = asked.filter(|_| authorise(app, &call.parts.headers, Role::Reader).is_ok());
    let permit = engine.admission().admit(engine.registry(), caller, SUGGEST).await?;
    if let Some(code) = faults::happen(fault) {
        return Err(Refusal::new(code));
    }
    let base = app.base(&call.parts.uri, &call.parts.headers);
    let body = match asked {
        None => with_items(app, engine, keyword, call.now_ms, |items| {
            write(app, call.now_ms, &base, items, None)
        })?,
        Some(asked) => {
            // Rare and large: not a part of every call's future. Never kept.
            let explained =
                Box::pin(explained(engine, keyword, asked)).await.map_err(|error| refusal(&error))?;
            write(app, call.now_ms, &base, &ready(&explained.found), Some(&explained.told))
        }
    };
    permit.succeed();
    Ok(Answered { body, keyword_characters: Some(keyword.chars().count()) })
}

/// The token that a call came with.
pub(super) fn valid_token(engine: &Engine, parameters: &Parameters) -> Result<Arc<ApiToken>, Refusal> {
    let token = suggestions::token(parameters)
        .and_then(|token| engine.registry().api_token(token, engine.clock().unix_ms()));
    token.ok_or_else(|| Refusal::new(Code::InvalidToken))
}

thread_local! {
    /// Where items are put together, on each thread anew and again: fresh memory of that size is memory that no cache has.
    static MADE: RefCell<ReadyItems> = RefCell::default();
}

/// What `write` makes of the items for a keyword, kept ones if they are good still.
fn with_items(
    app: &App,
    engine: &Engine,
    keyword: &str,
    now_ms: i64,
    write: impl FnOnce(&ReadyItems) -> Vec<u8>,
) -> Result<Vec<u8>, Refusal> {
    let Some(answers) = &app.shared.answers else {
        return made(engine, keyword, |items, _| write(items));
    };
    // Read before the suggestions are: what is made of newer ones then counts as older, never the other way round.
    let asked = AskedAt { generation: engine.suggestions_generation(), now_ms };
    let kept = answers.get(keyword, asked);
    app.shared.figures.cache(kept.is_some());
    if let Some(kept) = kept {
        return Ok(write(&kept));
    }
    made(engine, keyword, |items, until| {
        answers.put(keyword, &Arc::new(items.clone()), asked, until);
        write(items)
    })
}

/// What `then` makes of the items for a keyword and of the moment until which they are good.
fn made<T>(engine: &Engine, keyword: &str, then: impl FnOnce(&ReadyItems, i64) -> T) -> Result<T, Refusal> {
    MADE.with_borrow_mut(|items| {
        items.clear();
        let until = engine.suggest_each(keyword, MAX_ITEMS, |found| items.push(&item(found)));
        let until = until.map_err(|error| refusal(&error))?;
        Ok(then(items, until))
    })
}

fn refusal(error: &engine::Error) -> Refusal {
    match error {
        engine::Error::SuggestionsNotReady => Refusal::new(Code::Unavailable),
        error => {
            tracing::error!(%error, "suggestions failed");
            Refusal::new(Code::CollectionFailed)
        }
    }
}

/// The suggestions in the form of the outside.
fn ready(found: &Suggestions) -> ReadyItems {
    ReadyItems::new(found.items.iter().map(|found| item(found.view())))
}

fn item(found: SuggestionView<'_>) -> ItemView<'_> {
    let SuggestionView { text, flags, placed, class, extra, .. } = found;
    ItemView { text, flags, goods: class == 1, placed, extra }
}

/// The answer's bytes.
pub(crate) fn write_suggestions(app: &App, found: &Suggestions, base: &str) -> Vec<u8> {
    write(app, app.now_ms(), base, &ready(found), None)
}

fn write(app: &App, now_ms: i64, base: &str, items: &ReadyItems, explained: Option<&Explained>) -> Vec<u8> {
    let mut body = buffers::take();
    let answer = Answer {
        search_cpl_id: app.unique(),
        word_request_id: app.unique(),
        base,
        now_ms,
        request_id: app.unique(),
        explained,
    };
    suggestions::write_success(&mut body, &answer, items);
    body
}

fn wrong_method() -> Refusal {
    Refusal::with_status("method must be GET", StatusCode::METHOD_NOT_ALLOWED)
}

pub(super) fn finish(app: &App, api: Api, call: Call, answered: Result<Answered, Refusal>) -> Response {
    let retry_after = answered.as_ref().err().and_then(|refusal| refusal.retry_after);
    let (code, status, keyword_characters, body) = match answered {
        Ok(Answered { body, keyword_characters }) => {
            (Code::Success, StatusCode::OK, keyword_characters, body)
        }
        Err(refusal) => {
            let mut body = Vec::new();
            let request_id = app.unique();
            suggestions::write_failure(&mut body, refusal.code, &refusal.message, call.now_ms, &request_id);
            (refusal.code, status(app, &refusal), None, body)
        }
    };
    app.finished(api, call.started, &call.line(code, status, keyword_characters, body.len()));
    let mut response = response(call.parts.headers, status, body);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    let retry_after = retry_after.or((code == Code::Unavailable).then_some(RETRY_SECONDS));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// An answer, whose headers stand where those of the request did: so there is memory for them.
fn response(mut headers: HeaderMap, status: StatusCode, body: Vec<u8>) -> Response {
    headers.clear();
    headers.insert(CONTENT_TYPE, JSON);
    let mut response = Response::new(buffers::body(body));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
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
