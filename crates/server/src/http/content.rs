//! Contract 2: the dialect of content search and registration.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderValue, Method,
        header::{CONTENT_TYPE, RETRY_AFTER},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use engine::{Caller, Engine, Error, Refused, Role, SearchRequest, UserProfile};
use wire::{
    access_token::{self, AccessToken},
    content::{
        self, ErrorAnswer, RegisterAnswer, RegisterErrorAnswer, RegisterParameters, Ret, SearchParameters,
    },
    query::Parameters,
    signature, template,
};

use super::{
    buffers,
    metrics::Api,
    operators::authorise,
    signed::{Signed, identified, may_call, signed_by, take_nonce},
    state::{App, CallLine, Unavailable},
};
use crate::{
    explaining::explained_page,
    faults::{self, Defect},
};

/// Where content is searched; with a final slash, or without it.
pub(super) const PATH: &str = "/data/stream/search/v4";
/// The media type of every answer here.
const JSON: &str = "application/json; charset=utf-8";
/// The API that signed calls are counted for.
pub(super) const SEARCH: engine::Api = engine::Api::Search;
/// What may happen to a search that was admitted.
const FAULTS: &[Ret] = &[Ret::Internal, Ret::Engine];
/// The longest form body of a registration, in bytes.
const FORM_BYTES: usize = wire::query::MAX_QUERY_BYTES;

/// How long a form body may take to arrive.
const FORM_TIMEOUT: Duration = Duration::from_secs(10);

/// A refusal in this dialect.
pub(crate) struct Refusal {
    pub(super) ret: Ret,
    message: String,
    /// Seconds after which the call may be tried again, where that is known.
    retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(ret: Ret) -> Refusal {
        Refusal { ret, message: ret.meaning().to_owned(), retry_after: None }
    }

    pub(super) fn parameter(message: &dyn std::fmt::Display) -> Refusal {
        Refusal::saying(Ret::Parameter, message.to_string())
    }

    pub(super) fn saying(ret: Ret, message: String) -> Refusal {
        Refusal { ret, message, retry_after: None }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<content::ParameterError> for Refusal {
    fn from(error: content::ParameterError) -> Refusal {
        Refusal::parameter(&error)
    }
}

impl From<wire::query::QueryError> for Refusal {
    fn from(error: wire::query::QueryError) -> Refusal {
        Refusal::parameter(&error)
    }
}

impl From<Unavailable> for Refusal {
    fn from(unavailable: Unavailable) -> Refusal {
        let what = match unavailable {
            Unavailable::Starting => "the server is starting",
            Unavailable::Draining => "the server is shutting down",
        };
        Refusal::saying(Ret::Engine, format!("{what}; retry"))
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Refusal {
        let (ret, retry_after) = match refused {
            Refused::Rate { retry_after } => (Ret::RateLimited, Some(retry_after)),
            Refused::Quota { retry_after } => (Ret::DailyQuota, Some(retry_after)),
            Refused::Cap => (Ret::SpendingCap, None),
            Refused::Balance => (Ret::Balance, None),
            Refused::Unavailable => (Ret::Engine, None),
        };
        Refusal { retry_after, ..Refusal::new(ret) }
    }
}

impl From<Defect> for Refusal {
    fn from(_: Defect) -> Refusal {
        Refusal::new(Ret::Internal)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        tracing::error!(%error, "a search failed");
        Refusal::new(Ret::Engine)
    }
}

/// An answer and what the log says of it.
pub(super) struct Answered {
    pub(super) body: Vec<u8>,
    pub(super) keyword_characters: Option<usize>,
}

/// `GET` [`PATH`]. [`super::front`] calls it.
pub(super) async fn search(app: App, parts: Parts) -> Response {
    let request = Incoming::new(parts);
    let mut caller = None;
    let answered = faults::caught(answer_search(&app, &request.parts, &mut caller)).await;
    finish_signed(&app, Api::Search, &request, caller.as_ref(), answered)
}

/// `GET|POST /access_token/register/wap/v4/`.
pub(crate) async fn register(State(app): State<App>, request: Request) -> Response {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answered = faults::caught(answer_register(&app, request)).await;
    finish(&app, Api::Register, started, (&method, &path), answered, register_refusal_body)
}

/// Any other path under this dialect's prefixes.
pub(crate) async fn unknown_path(State(app): State<App>, request: Request) -> Response {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let refusal = Refusal::parameter(&format_args!("path is not known; the search is at {PATH}/"));
    finish(&app, Api::Search, started, (&method, &path), Err(refusal), refusal_body)
}

/// A call of which the body does not matter: when it came, and its head.
pub(super) struct Incoming {
    started: Instant,
    pub(super) parts: Parts,
}

impl Incoming {
    pub(super) fn new(parts: Parts) -> Incoming {
        Incoming { started: Instant::now(), parts }
    }
}

/// [`finish`] for a signed call, which is counted for its caller where it did not succeed.
pub(super) fn finish_signed(
    app: &App,
    api: Api,
    request: &Incoming,
    caller: Option<&Arc<Caller>>,
    answered: Result<Answered, Refusal>,
) -> Response {
    if let (Some(caller), Err(refusal), Ok(engine)) = (caller, &answered, app.engine()) {
        engine.admission().count(caller, SEARCH, refusal.ret.number());
    }
    let place = (&request.parts.method, request.parts.uri.path());
    finish(app, api, request.started, place, answered, refusal_body)
}

pub(super) fn finish(
    app: &App,
    api: Api,
    started: Instant,
    (method, path): (&Method, &str),
    answered: Result<Answered, Refusal>,
    refuse: fn(&App, &Refusal) -> Vec<u8>,
) -> Response {
    let retry_after = answered.as_ref().err().and_then(|refusal| refusal.retry_after);
    let (code, keyword_characters, body) = match answered {
        Ok(answered) => (0, answered.keyword_characters, answered.body),
        Err(refusal) => (refusal.ret.number(), None, refuse(app, &refusal)),
    };
    let line =
        CallLine { method: method.as_str(), path, code, status: 200, keyword_characters, bytes: body.len() };
    app.finished(api, started, &line);
    let mut response = ([(CONTENT_TYPE, JSON)], buffers::body(body)).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn answer_search(
    app: &App,
    request: &Parts,
    caller: &mut Option<Arc<Caller>>,
) -> Result<Answered, Refusal> {
    let mut call = identified(app, request, caller)?;
    let search = SearchParameters::parse(&call.parameters)?;
    let admitted = call.admit(app, FAULTS).await?;
    let base = app.base(&request.uri, &request.headers);
    // For everybody but operators this is a parameter that nobody knows.
    let explain =
        content::explain(&call.parameters) && authorise(app, &request.headers, Role::Reader).is_ok();
    let page_call = PageCall {
        application: call.application,
        user: call.user,
        method: &request.method,
        base: &base,
        explain,
    };
    let answered = page(app, call.engine, &search, &page_call)?;
    admitted.succeed();
    Ok(answered)
}

/// Who asks for a page, and how.
struct PageCall<'a> {
    application: u32,
    user: u64,
    method: &'a Method,
    /// What the answer's addresses begin with.
    base: &'a str,
    /// Whether the answer says why its items stand where they do.
    explain: bool,
}

fn page(
    app: &App,
    engine: &Engine,
    search: &SearchParameters,
    call: &PageCall<'_>,
) -> Result<Answered, Refusal> {
    let PageCall { application, user, method, base, explain } = *call;
    let new_search_id = match &search.search_id {
        Some(_) => String::new(),
        None => content::search_id(app.unique()),
    };
    let keyword = search.keyword.as_str();
    let found = engine.search(&SearchRequest {
        application,
        user,
        keyword,
        kinds: search.types.bits(),
        offset: search.offset as usize,
        count: search.count as usize,
        search_id: search.search_id.as_deref(),
        new_search_id: &new_search_id,
    })?;
    // Whoever repeats a search under its id, or only asks for the head, did not search again.
    if let Some(made) = found.made.filter(|_| search.offset == 0 && *method != Method::HEAD) {
        engine.note_query(keyword, user, made.exact);
    }
    let req_id = content::req_id(app.now_ms(), app.unique());
    // A later page without a search_id belongs to the list that it continues.
    let own = search.search_id.as_deref().unwrap_or(&new_search_id);
    let search_id = if found.search_id().is_empty() { own } else { found.search_id() };
    let names = Names { req_id: &req_id, search_id };
    let explained = || explained_page(engine, keyword, search.types.bits(), &found);
    let explanation = explain.then(explained).transpose()?;
    let body = write_page(app, engine, &found, names, base, explanation.as_ref())?;
    Ok(Answered { body, keyword_characters: Some(keyword.chars().count()) })
}

/// The identifiers of one answer.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) req_id: &'a str,
    pub(crate) search_id: &'a str,
}

/// The answer's bytes. An item that was taken down since its list was made is left out.
pub(crate) fn write_page(
    app: &App,
    engine: &Engine,
    found: &engine::SearchPage,
    names: Names<'_>,
    base: &str,
    explanation: Option<&content::Explanation>,
) -> Result<Vec<u8>, Refusal> {
    let shared = &app.shared;
    let default_author = content::render_author(&shared.default_author, base);
    let mut out = buffers::take();
    content::write_answer_start(&mut out, names.req_id, names.search_id, found.has_more);
    let mut first_item = true;
    let mut failed = None;
    for (group_id, score) in found.items() {
        let related_score = shared.config.content.related_score.then_some(f64::from(score));
        let context = template::AnswerContext { base, default_author: &default_author, related_score };
        engine.row(group_id, &mut |row| {
            if !first_item {
                out.push(b',');
            }
            first_item = false;
            let counters = counters(row.counters);
            if let Err(error) = template::write(row.answer, &counters, row.publish_time, &context, &mut out) {
                failed = Some(error);
            }
        });
    }
    if let Some(error) = failed {
        return Err(unreadable(error));
    }
    match explanation {
        Some(explanation) => content::write_explained_end(&mut out, explanation),
        None => content::write_answer_end(&mut out),
    }
    Ok(out)
}

/// An item whose bytes are no answer.
pub(super) fn unreadable(error: template::TemplateError) -> Refusal {
    tracing::error!(%error, "an item cannot be read; import it again, or delete the index directory of the stopped server: the store fills it anew");
    Refusal::new(Ret::Engine)
}

/// The counters of an item of record.
pub(crate) fn item_counters(item: &engine::Item) -> template::Counters {
    template::Counters {
        read: item.read_count,
        comment: item.comment_count,
        digg: item.digg_count,
        share: item.share_count,
        watch: item.watch_count,
    }
}

/// The engine's counters as the answer template takes them.
pub(crate) fn counters(counters: engine::Counters) -> template::Counters {
    template::Counters {
        read: counters.read,
        comment: counters.comment,
        digg: counters.digg,
        share: counters.share,
        watch: counters.watch,
    }
}

async fn answer_register(app: &App, request: Request) -> Result<Answered, Refusal> {
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        return Err(Refusal::parameter(&"the method must be GET or POST"));
    }
    let engine = app.engine()?;
    let mut parameters = Parameters::parse(request.uri().query().unwrap_or_default())?;
    if request.method() == Method::POST {
        parameters.merge_missing(form(request).await?);
    }
    let now = engine.clock().unix_seconds();
    let (application, signed) = signed_by(engine, &parameters, (now, app.timestamp_window()))?;
    let uuid = content::uuid(&parameters)?;
    let Signed { timestamp, nonce, signature, .. } = signed;
    let signs = |key: &str| signature::verify_register(key, timestamp, nonce, uuid, signature);
    if !application.keys(engine.clock().unix_ms()).any(signs) {
        return Err(Refusal::new(Ret::Signature));
    }
    let nonce = take_nonce(engine, &application, &signed, (now, app.timestamp_window()))?;
    may_call(&application.caller)?;
    let register = RegisterParameters::parse(&parameters)?;
    let profile = UserProfile {
        ouid: register.ouid,
        age: register.age.map(i64::from),
        gender: register.gender.map(String::from),
        birth: register.birth.map(i64::from),
    };
    let user = engine.register(application.number, &register.uuid, profile);
    let issued = engine.registry().issued_at(&application, user, now);
    let token = AccessToken { application: application.number, user, issued };
    let token = access_token::issue(engine.secrets().access_token_key(), &token);
    let req_id = content::req_id(app.now_ms(), app.unique());
    let body = serde_json::to_vec(&RegisterAnswer::new(token, req_id)).map_err(|error| internal(&error))?;
    if let Some(nonce) = nonce {
        nonce.keep();
    }
    Ok(Answered { body, keyword_characters: None })
}

/// The form body of a registration; it may say who the user is, never who signs.
async fn form(request: Request) -> Result<Parameters, Refusal> {
    let body = tokio::time::timeout(FORM_TIMEOUT, to_bytes(request.into_body(), FORM_BYTES)).await;
    let body = body.map_err(|_| Refusal::parameter(&"the body did not arrive in time"))?;
    let body = body.map_err(|_| {
        Refusal::parameter(&format_args!("the body must be a form of at most {FORM_BYTES} bytes"))
    })?;
    let text =
        std::str::from_utf8(&body).map_err(|_| Refusal::parameter(&"the body must be a form in UTF-8"))?;
    let parameters = Parameters::parse(text)?;
    for name in content::PublicParameters::NAMES {
        if parameters.get(name).is_some() {
            return Err(Refusal::parameter(&format_args!(
                "`{name}` must be in the URL query, not in the body"
            )));
        }
    }
    Ok(parameters)
}

pub(super) fn refusal_body(app: &App, refusal: &Refusal) -> Vec<u8> {
    let req_id = content::req_id(app.now_ms(), app.unique());
    let answer = ErrorAnswer { ret: refusal.ret.number(), msg: refusal.message.clone(), req_id };
    serde_json::to_vec(&answer).unwrap_or_default()
}

fn register_refusal_body(app: &App, refusal: &Refusal) -> Vec<u8> {
    let req_id = content::req_id(app.now_ms(), app.unique());
    let (msg, message) = (refusal.message.clone(), refusal.message.clone());
    let answer = RegisterErrorAnswer { ret: refusal.ret.number(), msg, message, req_id };
    serde_json::to_vec(&answer).unwrap_or_default()
}

fn internal(error: &serde_json::Error) -> Refusal {
    tracing::error!(%error, "an answer could not be written");
    Refusal::new(Ret::Internal)
}
