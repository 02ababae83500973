//! Whether the server is alive and ready, and its figures.

use axum::{
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use engine::{BuildProgress, BuildStage};
use serde_json::json;

use super::state::{App, Unavailable};

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> Response {
    "ok\n".into_response()
}

/// `GET /readyz`: 200 only when store, index and suggestions answer; 503 with what is missing otherwise.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let (status, body) = match app.engine() {
        Ok(engine) => {
            let readiness = engine.readiness().await;
            let status = if readiness.ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let body = json!({
                "ready": readiness.ready(),
                "store": readiness.store,
                "index": readiness.index,
                "suggestions": readiness.suggestions,
            });
            (status, body)
        }
        Err(unavailable) => {
            let why = match unavailable {
                Unavailable::Starting => "starting",
                Unavailable::Draining => "shutting down",
            };
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "ready": false, "state": why }))
        }
    };
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// The stages of a build of the suggestions.
const STAGES: [BuildStage; 7] = [
    BuildStage::Collecting,
    BuildStage::Merging,
    BuildStage::Writing,
    BuildStage::Sorting,
    BuildStage::Postings,
    BuildStage::Recent,
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
