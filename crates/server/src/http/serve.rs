//! Listening, on HTTP and HTTPS, and ending gracefully.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{ServiceExt, extract::Request, routing::IntoMakeService};
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};

use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto::Builder,
};

use super::{front::Front, gathering::GatheringAcceptor, state::App};

/// How long a client may take for the head of a request, and may be silent between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// How often the figures are condensed.
const CONDENSE_EVERY: Duration = Duration::from_secs(5);

/// Bound sockets, so that a busy port is an error before anything else happens.
pub struct Listeners {
    http: TcpListener,
    https: Option<(TcpListener, RustlsConfig)>,
}

impl Listeners {
    /// Binds the HTTP address and, where there is one, the HTTPS address.
    ///
    /// # Errors
    /// When an address is in use or may not be bound.
    pub fn bind(http: SocketAddr, https: Option<(SocketAddr, RustlsConfig)>) -> Result<Listeners> {
        let https = https.map(|(address, tls)| Ok::<_, anyhow::Error>((bind(address)?, tls))).transpose()?;
        Ok(Listeners { http: bind(http)?, https })
    }

    /// The address of the HTTP listener, with the port that port 0 became.
    ///
    /// # Errors
    /// When the socket does not tell.
    pub fn http_address(&self) -> Result<SocketAddr> {
        self.http.local_addr().context("the HTTP socket has no address")
    }

    /// The address of the HTTPS listener.
    ///
    /// # Errors
    /// When the socket does not tell.
    pub fn https_address(&self) -> Result<Option<SocketAddr>> {
        let address = self.https.as_ref().map(|(listener, _)| listener.local_addr()).transpose();
        address.context("the HTTPS socket has no address")
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| {
        format!("cannot listen on {address}; is another server there? --listen takes another address")
    })?;
    listener.set_nonblocking(true).context("cannot make the socket non-blocking")?;
    Ok(listener)
}

/// Time-outs of a connection: a client that does not send its request's head goes.
fn limit(builder: &mut Builder<TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(HEAD_TIMEOUT));
}

/// The way in for each connection.
fn made(app: App) -> IntoMakeService<Front> {
    ServiceExt::<Request>::into_make_service(Front::new(app))
}

/// Condenses the figures for as long as the server runs.
async fn condense(app: App) {
    loop {
        tokio::time::sleep(CONDENSE_EVERY).await;
        app.condense();
    }
}

/// Serves until `stop` ends, then refuses new calls, lets those under way end for up to `grace`, and returns.
///
/// # Errors
/// When a listener fails.
pub async fn serve(
    app: App,
    listeners: Listeners,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> Result<()> {
    let handle = Handle::new();
    let condensing = tokio::spawn(condense(app.clone()));
    let mut http = axum_server::from_tcp(listeners.http).context("cannot serve HTTP")?;
    limit(http.http_builder());
    let http = http.acceptor(GatheringAcceptor).handle(handle.clone()).serve(made(app.clone()));
    let https = async {
        let Some((listener, tls)) = listeners.https else { return Ok(()) };
        let mut https = axum_server::from_tcp(listener)?;
        limit(https.http_builder());
        https
            .acceptor(RustlsAcceptor::new(tls).acceptor(GatheringAcceptor))
            .handle(handle.clone())
            .serve(made(app.https()))
            .await
    };
    let both = async { tokio::try_join!(http, https) };
    tokio::pin!(both);
    tokio::select! {
        ended = &mut both => return ended.map(drop).context("a listener failed"),
        () = stop => {}
    }
    condensing.abort();
    app.drain();
    handle.graceful_shutdown(Some(grace));
    both.await.map(drop).context("a listener failed while it was shut down")
}
