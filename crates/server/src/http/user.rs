//! Contract 1's calls about a token's account: its balance and its usage. They are neither counted nor charged.

use axum::{
    extract::State,
    http::{StatusCode, request::Parts},
    response::Response,
};
use engine::{ApiToken, Engine};
use serde::Serialize;
use wire::{
    suggestions::{self, Balance, Code, Envelope, UsageSummary},
    time::shanghai_day,
};

use super::{
    metrics::Api,
    state::App,
    suggestions::{Answered, Call, Refusal, finish, valid_token},
};
use crate::faults;

/// How many days a summary of usage has, today included.
const DAYS: usize = 30;

/// `GET /user/get-balance`.
pub(crate) async fn balance(State(app): State<App>, parts: Parts) -> Response {
    let call = Call::new(&app, parts);
    let answered = faults::caught(answer_balance(&app, &call)).await;
    finish(&app, Api::User, call, answered)
}

/// `GET /user/get-usage-summary`.
pub(crate) async fn usage_summary(State(app): State<App>, parts: Parts) -> Response {
    let call = Call::new(&app, parts);
    let answered = faults::caught(answer_usage(&app, &call)).await;
    finish(&app, Api::User, call, answered)
}

/// Any other path under `/user/` that is not of the other dialect.
pub(crate) async fn unknown_path(State(app): State<App>, parts: Parts) -> Response {
    let problem = "path is not known; there are /user/get-balance and /user/get-usage-summary";
    let refusal = Refusal::with_status(problem, StatusCode::NOT_FOUND);
    finish(&app, Api::User, Call::new(&app, parts), Err(refusal))
}

async fn answer_balance(app: &App, call: &Call) -> Result<Answered, Refusal> {
    let (engine, token) = asked_by(app, call)?;
    let balance = engine.balance_of(token.caller.account).await.map_err(|error| failed(&error))?;
    write(app, call, Balance::cny(&balance))
}

async fn answer_usage(app: &App, call: &Call) -> Result<Answered, Refusal> {
    let (engine, token) = asked_by(app, call)?;
    let (account, caller) = (token.caller.account, token.caller.number);
    let today = shanghai_day(call.now_ms);
    let days = (today - DAYS as i64 + 1, today);
    let used = engine.usage_by_day(account, caller, days).await.map_err(|error| failed(&error))?;
    let mut summary = UsageSummary::empty(today, DAYS, &engine::Api::ALL.map(interface));
    for (day, api, calls) in used {
        summary.add(day, interface(api), calls);
    }
    write(app, call, summary)
}

/// The path under which an API's calls are shown.
fn interface(api: engine::Api) -> &'static str {
    match api {
        engine::Api::Suggest => "/api/xiaohongshu/search-recommend/v1",
        engine::Api::Search => "/data/stream/search/v4/",
    }
}

/// Who asks: the method is checked first, then the token.
fn asked_by<'a>(app: &'a App, call: &Call) -> Result<(&'a Engine, std::sync::Arc<ApiToken>), Refusal> {
    call.check_method()?;
    let engine = app.engine()?;
    let parameters = call.parameters()?;
    let token = valid_token(engine, &parameters)?;
    Ok((engine, token))
}

fn write<T: Serialize>(app: &App, call: &Call, data: T) -> Result<Answered, Refusal> {
    let envelope = Envelope {
        code: Code::Success.number(),
        data: Some(data),
        message: Some(Code::Success.message().to_owned()),
        record_time: wire::time::record_time(call.now_ms),
        request_id: suggestions::identifier(app.unique()),
    };
    let body = serde_json::to_vec(&envelope).map_err(|error| failed(&error))?;
    Ok(Answered { body, keyword_characters: None })
}

fn failed(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a question about an account failed");
    Refusal::new(Code::CollectionFailed)
}
