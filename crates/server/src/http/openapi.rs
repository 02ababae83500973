//! `GET /openapi.json`: the description of the calls, for people's tools.

use axum::{
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

/// The document, as it is in the source: it depends on nothing that a server is told.
pub(crate) async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], wire::OPENAPI).into_response()
}
