//! `POST /v1/items` and `POST /v1/counters`: many lines in, a result for each out.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use engine::{CountersRecord, Engine, ItemRecord, Role};
use wire::items::{Figures, ItemResult, LINES_MEDIA_TYPE, Summary};

use super::{
    body::BodyLines,
    wait::{Wait, status},
};
use crate::{
    http::{
        operators::{Problem, admit},
        state::App,
    },
    items::{Batch, ReadLine},
};

/// What the lines of a body are.
#[derive(Clone, Copy)]
enum Form {
    Items,
    Counters,
}

/// `POST /v1/items`: puts items, new ones and such as are there.
pub(crate) async fn put(State(app): State<App>, request: Request) -> Response {
    answer(&app, request, Form::Items).await.into_response()
}

/// `POST /v1/counters`: sets counters of items.
pub(crate) async fn counters(State(app): State<App>, request: Request) -> Response {
    answer(&app, request, Form::Counters).await.into_response()
}

async fn answer(app: &App, request: Request, form: Form) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let engine = admit(app, &head.headers, &head.method, (Role::Editor, "POST"))?;
    let wait = Wait::parse(&head.uri)?;
    let mut lines = BodyLines::new(&head.headers, body)?;
    let mut told = Told::default();
    while let Some(batch) = lines.next_batch().await? {
        let results = match form {
            Form::Items => put_batch(app, engine, batch).await?,
            Form::Counters => set_batch(engine, batch).await?,
        };
        told.add(&results);
    }
    let searchable = wait.done(engine).await;
    Ok(told.finish(searchable))
}

async fn put_batch(app: &App, engine: &Engine, lines: Vec<ReadLine>) -> Result<Vec<ItemResult>, Problem> {
    let own_base = app.shared.config.server.public_url.clone();
    let now = engine.clock().unix_seconds();
    let batch = parsed(move || Batch::<ItemRecord>::of_items(lines, own_base.as_deref(), now)).await?;
    let put = engine.put_items(&batch.rows).await?;
    Ok(batch.put(&put))
}

async fn set_batch(engine: &Engine, lines: Vec<ReadLine>) -> Result<Vec<ItemResult>, Problem> {
    let batch = parsed(move || Batch::<CountersRecord>::of_counters(lines)).await?;
    let acts = engine.set_counters(&batch.rows).await?;
    Ok(batch.set(&acts))
}

/// Parses on a thread of its own: a batch takes milliseconds, and searches are not to wait for it.
async fn parsed<T: Send + 'static>(parse: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(parse).await.map_err(|error| {
        tracing::error!(%error, "lines could not be parsed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Failed", "the lines could not be read")
    })
}

/// The answer as it grows.
#[derive(Default)]
struct Told {
    body: Vec<u8>,
    figures: Figures,
}

impl Told {
    fn add(&mut self, results: &[ItemResult]) {
        for result in results {
            self.figures.count(result.result);
            self.line(result);
        }
    }

    fn line(&mut self, document: &impl serde::Serialize) {
        // Plain structures serialise into memory.
        self.body.extend(serde_json::to_vec(document).unwrap_or_default());
        self.body.push(b'\n');
    }

    /// 200 when every line did what it says, 207 when some did not, 202 when the wait was in vain.
    fn finish(mut self, searchable: Option<bool>) -> Response {
        let all = if self.figures.failed() == 0 { StatusCode::OK } else { StatusCode::MULTI_STATUS };
        let status = status(searchable, all);
        let summary = Summary { summary: Figures { searchable, ..self.figures.clone() } };
        self.line(&summary);
        (status, [(CONTENT_TYPE, LINES_MEDIA_TYPE)], Body::from(self.body)).into_response()
    }
}
