//! Contract 2's neighbours: one item, and items like it, in the dialect of the search.

use std::sync::Arc;

use axum::{extract::State, http::request::Parts, response::Response};
use engine::{Caller, RelatedRequest};
use wire::{
    content::{self, RelatedParameters, Ret},
    template::{self, AnswerContext},
};

use super::{
    content::{Answered, Incoming, Names, Refusal, counters, finish_signed, unreadable, write_page},
    metrics::Api,
    signed::identified,
    state::App,
};
use crate::faults;

/// Characters of a title that an item is compared by: the rest of a longer one adds little.
const ABOUT_CHARACTERS: usize = 64;

/// What may happen to either call once it was admitted.
const FAULTS: &[Ret] = &[Ret::Gone, Ret::Internal, Ret::Engine];

/// `GET /article/single/info/`.
pub(crate) async fn single(State(app): State<App>, parts: Parts) -> Response {
    let request = Incoming::new(parts);
    let mut caller = None;
    let answered = faults::caught(answer_single(&app, &request.parts, &mut caller)).await;
    finish_signed(&app, Api::Single, &request, caller.as_ref(), answered)
}

/// `GET /data/stream/related/v1/`.
pub(crate) async fn related(State(app): State<App>, parts: Parts) -> Response {
    let request = Incoming::new(parts);
    let mut caller = None;
    let answered = faults::caught(answer_related(&app, &request.parts, &mut caller)).await;
    finish_signed(&app, Api::Related, &request, caller.as_ref(), answered)
}

async fn answer_single(
    app: &App,
    request: &Parts,
    caller: &mut Option<Arc<Caller>>,
) -> Result<Answered, Refusal> {
    let mut call = identified(app, request, caller)?;
    let group_id = content::group_id(&call.parameters)?;
    let admitted = call.admit(app, FAULTS).await?;
    let base = app.base(&request.uri, &request.headers);
    let default_author = content::render_author(&app.shared.default_author, &base);
    let context = AnswerContext { base: &base, default_author: &default_author, related_score: None };
    let mut body = Vec::with_capacity(2 << 10);
    content::write_single_start(&mut body, &content::req_id(app.now_ms(), app.unique()));
    let mut written = None;
    call.engine.row(group_id, &mut |row| {
        let counters = counters(row.counters);
        written = Some(template::write(row.answer, &counters, row.publish_time, &context, &mut body));
    });
    written.ok_or_else(|| Refusal::new(Ret::Gone))?.map_err(unreadable)?;
    content::write_single_end(&mut body);
    admitted.succeed();
    Ok(Answered { body, keyword_characters: None })
}

async fn answer_related(
    app: &App,
    request: &Parts,
    caller: &mut Option<Arc<Caller>>,
) -> Result<Answered, Refusal> {
    let mut call = identified(app, request, caller)?;
    let related = RelatedParameters::parse(&call.parameters)?;
    let admitted = call.admit(app, FAULTS).await?;
    let engine = call.engine;
    let base = app.base(&request.uri, &request.headers);
    let about = about(engine, related.group_id)?;
    let new_search_id = match &related.search_id {
        Some(_) => String::new(),
        None => content::search_id(app.unique()),
    };
    let found = engine.related(&RelatedRequest {
        application: call.application,
        user: call.user,
        group_id: related.group_id,
        about: &about,
        kinds: related.types.bits(),
        offset: related.offset as usize,
        count: related.count as usize,
        search_id: related.search_id.as_deref(),
        new_search_id: &new_search_id,
    })?;
    let own = related.search_id.as_deref().unwrap_or(&new_search_id);
    let search_id = if found.search_id().is_empty() { own } else { found.search_id() };
    let names = Names { req_id: &content::req_id(app.now_ms(), app.unique()), search_id };
    let body = write_page(app, engine, &found, names, &base, None)?;
    admitted.succeed();
    Ok(Answered { body, keyword_characters: None })
}

/// What an item is about: the beginning of its title, without signs that would mean something in a keyword.
fn about(engine: &engine::Engine, group_id: i64) -> Result<String, Refusal> {
    let context = AnswerContext { base: "", default_author: "{}", related_score: None };
    let mut item = None;
    engine.row(group_id, &mut |row| {
        item = Some(template::item(row.answer, &counters(row.counters), row.publish_time, &context));
    });
    let item = item.ok_or_else(|| Refusal::new(Ret::Gone))?.map_err(unreadable)?;
    let word = |character: char| if character.is_alphanumeric() { character } else { ' ' };
    Ok(item.title.chars().take(ABOUT_CHARACTERS).map(word).collect())
}
