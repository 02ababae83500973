//! The way in: the two vendors' main endpoints are called at once, everything else goes through the router.
//!
//! Finding a route, putting its parameters into the request and boxing its handler is 2,200 of the 77,000 instructions of a
//! suggestion, see docs/PERFORMANCE.md.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    BoxError, Router,
    body::{Bytes, HttpBody},
    http::{Request, request::Parts},
    response::Response,
};
use tower_service::Service;

use super::{content, router, state::App, suggestions};

/// What a call becomes.
type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// Every path of the server.
#[derive(Clone)]
pub(super) struct Front {
    app: App,
    router: Router,
}

impl Front {
    /// Every path over that state.
    pub(super) fn new(app: App) -> Front {
        Front { router: router(app.clone()), app }
    }
}

impl<B> Service<Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        match request.uri().path() {
            suggestions::PATH => answering(self.app.clone(), request, suggestions::suggest),
            // A path without its final slash is served too.
            path if path.strip_suffix('/').unwrap_or(path) == content::PATH => {
                answering(self.app.clone(), request, content::search)
            }
            _ => Box::pin(self.router.call(request)),
        }
    }
}

/// A call of an endpoint that reads nothing but a request's head.
fn answering<B, A>(app: App, request: Request<B>, endpoint: fn(App, Parts) -> A) -> Answering
where
    A: Future<Output = Response> + Send + 'static,
{
    let (parts, _) = request.into_parts();
    let answer = endpoint(app, parts);
    Box::pin(async move { Ok(answer.await) })
}
