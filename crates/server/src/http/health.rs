//! Whether the server is alive and ready, and its figures.

use axum::{
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
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

/// `GET /metrics`: the figures in Prometheus' text form.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    if let Ok(engine) = app.engine() {
        let pages = engine.pages().figures();
        metrics::gauge!("qiusuo_documents").set(engine.documents() as f64);
        metrics::gauge!("qiusuo_suggestion_entries").set(engine.suggestion_entries() as f64);
        metrics::gauge!("qiusuo_page_lists").set(pages.lists as f64);
        metrics::gauge!("qiusuo_page_list_bytes").set(pages.bytes as f64);
        metrics::counter!("qiusuo_page_lists_evicted_total").absolute(pages.evicted);
        let failed = app.shared.access_log.failed_writes();
        metrics::counter!("qiusuo_access_log_failed_writes_total").absolute(failed);
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.shared.figures.render()).into_response()
}
