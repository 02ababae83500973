//! HTTP: every route, and the dialect in which each path is refused.

mod base_path;
mod content;
mod health;
mod metrics;
mod operators;
mod pages;
mod pictures;
mod serve;
mod state;
mod suggestions;

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::any,
};

pub use serve::{Listeners, serve};
pub use state::App;

pub(crate) use content::{Names, counters, write_page};
pub(crate) use suggestions::write_suggestions;

/// Every route of the server. Methods are checked by the handlers, since each dialect refuses in its own words.
pub fn router(app: App) -> Router {
    Router::new()
        // Contract 1: keyword suggestions.
        .route("/api/xiaohongshu/search-recommend/v1", any(suggestions::suggest))
        .route("/ping", any(suggestions::ping))
        // Contract 2: content search. A path without its final slash is served too.
        .route("/data/stream/search/v4/", any(content::search))
        .route("/data/stream/search/v4", any(content::search))
        .route("/access_token/register/wap/v4/", any(content::register))
        .route("/access_token/register/wap/v4", any(content::register))
        // Our own.
        .route("/healthz", any(health::alive))
        .route("/readyz", any(health::ready))
        .route("/metrics", any(health::metrics))
        .route("/", any(pages::home))
        .route("/content/{group_id}", any(pages::content))
        .route("/author/{user_id}", any(pages::author))
        .route("/cover/{file}", any(pictures::cover))
        .route("/avatar/{file}", any(pictures::avatar))
        .route("/icon/{file}", any(pictures::icon))
        .route("/media/{file}", any(pictures::media))
        .fallback(unknown)
        .with_state(app)
}

/// A path that nothing stands at, refused in the dialect of its prefix.
async fn unknown(state: State<App>, request: Request) -> Response {
    let path = request.uri().path();
    let under = |prefix: &str| base_path::is_under(path, prefix);
    if ["/data/stream", "/access_token", "/article", "/user/action"].into_iter().any(under) {
        content::unknown_path(state, request).await
    } else if under("/api") {
        suggestions::unknown_path(state, request).await
    } else if under("/v1") {
        operators::unknown_path(state, request).await
    } else {
        pages::not_found(state, request.into_parts().0).await
    }
}
