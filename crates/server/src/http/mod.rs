//! HTTP: every route, and the dialect in which each path is refused.

mod admin;
mod answer_cache;
mod buffers;
mod content;
mod front;
mod gathering;
mod health;
mod identifiers;
mod items;
mod metrics;
mod neighbours;
mod openapi;
mod operators;
mod pages;
mod pictures;
mod serve;
mod signed;
mod state;
mod suggestions;
mod user;

use std::time::Instant;

use axum::{
    Router,
    body::HttpBody as _,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
    routing::{any, get},
};
use state::CallLine;

pub use serve::{Listeners, serve};
pub use state::App;

pub(crate) use content::{Names, counters, item_counters, write_page};
pub(crate) use suggestions::write_suggestions;

/// Every route of the server but the two that [`front`] takes. Methods are checked by the handlers, since each dialect
/// refuses in its own words.
fn router(app: App) -> Router {
    let mut ours = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/", any(pages::home))
        .route("/content/{group_id}", any(pages::content))
        .route("/author/{user_id}", any(pages::author))
        .route("/cover/{file}", get(pictures::cover))
        .route("/avatar/{file}", get(pictures::avatar))
        .route("/icon/{file}", get(pictures::icon))
        .route("/media/{file}", get(pictures::media))
        .route("/openapi.json", get(openapi::document))
        // Our own API: operators write content.
        .route("/v1/items", any(items::put))
        .route("/v1/items/{group_id}", any(items::item))
        .route("/v1/items/{group_id}/{act}", any(items::act))
        .route("/v1/counters", any(items::counters))
        .route("/v1", any(operators::unknown_path))
        .route("/v1/{*rest}", any(operators::unknown_path))
        .fallback(pages::not_found);
    // Our own API: operators see and change accounts, credentials and limits.
    for (path, route) in admin::routes() {
        ours = ours.route(path, route);
    }
    let ours = ours.layer(middleware::from_fn_with_state(app.clone(), logged));
    let mut vendors = Router::new()
        // Contract 1: keyword suggestions.
        .route("/ping", any(suggestions::ping))
        .route("/user/get-balance", any(user::balance))
        .route("/user/get-usage-summary", any(user::usage_summary))
        // Contract 2: content search. A path without its final slash is served too.
        .route("/access_token/register/wap/v4/", any(content::register))
        .route("/access_token/register/wap/v4", any(content::register))
        .route("/article/single/info/", any(neighbours::single))
        .route("/article/single/info", any(neighbours::single))
        .route("/data/stream/related/v1/", any(neighbours::related))
        .route("/data/stream/related/v1", any(neighbours::related));
    for prefix in ["/api", "/api/", "/api/{*rest}"] {
        vendors = vendors.route(prefix, any(suggestions::unknown_path));
    }
    // `/user/action/` belongs to the other dialect, below.
    for prefix in ["/user", "/user/", "/user/{*rest}"] {
        vendors = vendors.route(prefix, any(user::unknown_path));
    }
    for prefix in ["/data/stream", "/access_token", "/article", "/user/action"] {
        for rest in ["", "/", "/{*rest}"] {
            vendors = vendors.route(&format!("{prefix}{rest}"), any(content::unknown_path));
        }
    }
    // The two dialects write their own log lines, with the code of their answer.
    ours.merge(vendors).with_state(app)
}

/// Writes a request that belongs to no vendor's dialect into the access log.
async fn logged(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let line = CallLine {
        method: method.as_str(),
        path: &path,
        code: i64::from(response.status().as_u16()),
        status: response.status().as_u16(),
        keyword_characters: None,
        bytes: response.body().size_hint().exact().unwrap_or_default() as usize,
    };
    app.log(&line, started.elapsed());
    response
}
