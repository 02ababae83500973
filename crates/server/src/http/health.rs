//! Whether the server is alive and ready, and its figures.

use axum::{
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use engine::{BuildProgress, BuildStage, RebuildFigures};
use serde_json::json;

use super::state::{App, Unavailable};

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> Response {
    "ok\n".into_response()
}

/// `GET /readyz`: 200 only when store, index, suggestions and admission answer; 503 with what is missing otherwise.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let (status, body) = match app.engine() {
        Ok(engine) => {
            let readiness = engine.readiness().await;
            let status = if readiness.ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let mut body = json!({
                "ready": readiness.ready(),
                "store": readiness.store,
                "index": readiness.index,
                "suggestions": readiness.suggestions,
                "admission": readiness.admission,
            });
            tell_rebuild(&mut body, app.rebuilding());
            (status, body)
        }
        Err(unavailable) => {
            let why = match unavailable {
                Unavailable::Starting => "starting",
                Unavailable::Draining => "shutting down",
            };
            let mut body = json!({ "ready": false, "state": why });
            tell_rebuild(&mut body, app.rebuilding());
            (StatusCode::SERVICE_UNAVAILABLE, body)
        }
    };
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// How far the content index is, while one is being made.
fn tell_rebuild(body: &mut serde_json::Value, figures: Option<RebuildFigures>) {
    if let Some(RebuildFigures { documents, total }) = figures {
        body["reindex"] = json!({ "documents": documents, "total": total });
    }
}

/// The same for the figures.
fn rebuild(figures: Option<RebuildFigures>) {
    metrics::gauge!("qiusuo_reindex_running").set(f64::from(u8::from(figures.is_some())));
    let RebuildFigures { documents, total } = figures.unwrap_or_default();
    metrics::gauge!("qiusuo_reindex_documents").set(documents as f64);
    metrics::gauge!("qiusuo_reindex_total_documents").set(total as f64);
}

/// The stages of a build of the suggestions.
const STAGES: [BuildStage; 8] = [
    BuildStage::Collecting,
    BuildStage::Merging,
    BuildStage::Writing,
    BuildStage::Sorting,
    BuildStage::Postings,
    BuildStage::Recent,
    BuildStage::Answers,
    BuildStage::Finishing,
];

/// How far a build of the suggestions has come.
fn build(progress: Option<BuildProgress>) {
    metrics::gauge!("qiusuo_suggestion_build_running").set(f64::from(u8::from(progress.is_some())));
    for stage in STAGES {
        let part = progress.filter(|progress| progress.stage == stage).map_or(0.0, |progress| {
            // Of an unknown total it is only known that the stage has begun.
            if progress.total == 0 { 0.0 } else { progress.done as f64 / progress.total as f64 }
        });
        metrics::gauge!("qiusuo_suggestion_build_progress", "stage" => stage.name()).set(part);
    }
}

/// `GET /metrics`: the figures in Prometheus' text form.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    rebuild(app.rebuilding());
    if let Ok(engine) = app.engine() {
        let pages = engine.pages().figures();
        metrics::gauge!("qiusuo_documents").set(engine.documents() as f64);
        metrics::gauge!("qiusuo_suggestion_entries").set(engine.suggestion_entries() as f64);
        metrics::gauge!("qiusuo_suggestion_overlay_entries").set(engine.suggestion_overlay() as f64);
        build(engine.build_progress());
        metrics::gauge!("qiusuo_page_lists").set(pages.lists as f64);
        metrics::gauge!("qiusuo_page_list_bytes").set(pages.bytes as f64);
        metrics::counter!("qiusuo_page_lists_evicted_total").absolute(pages.evicted);
        let failed = app.shared.access_log.failed_writes();
        metrics::counter!("qiusuo_access_log_failed_writes_total").absolute(failed);
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.shared.figures.render()).into_response()
}
