//! `qiusuo serve`: both APIs and the pages over a data directory, until it is told to stop.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use engine::{Engine, Holder};
use tokio::signal::unix::{SignalKind, signal};

use super::opening;
use crate::{
    access_log::AccessLog,
    alarms::Delivery,
    cli::Global,
    config::{AccessLogPlace, Config},
    faults,
    http::{self, App, Listeners},
    logging, output, tls,
};

/// Exit code after a second signal.
const AT_ONCE: i32 = 130;
/// How long a server waits for another command to leave the directory.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the server.
pub(super) async fn run(global: &Global, config: Config) -> Result<ExitCode> {
    serve(global, config, |_, _| Ok(())).await
}

/// Runs the server; `ready` is called once the data directory is open, with the address it listens on.
pub(super) async fn serve(
    global: &Global,
    mut config: Config,
    ready: impl FnOnce(&Arc<Engine>, SocketAddr) -> Result<()>,
) -> Result<ExitCode> {
    logging::start(&config.log);
    faults::tell_panics_without_secrets();
    if config.server.faults {
        tracing::warn!("server.faults is on: every caller may ask for errors; switch it off in production");
    }
    let delivery = Delivery::new(&config.alarms)?;
    let holder = Holder::this_process("serve", &config.server.listen.to_string());
    let mut locked = Engine::lock(opening::options(global, &config), &holder, PATIENCE).await?;
    let listeners = Listeners::bind(config.server.listen, https(&config)?)?;
    let address = listeners.http_address()?;
    locked.name(&Holder::this_process("serve", &address.to_string()))?;
    output::note(format_args!("listening on http://{address}"));
    // From here on the configuration has the ports that 0 became: addresses in answers may be made from them.
    config.server.listen = address;
    if let Some(address) = listeners.https_address()? {
        output::note(format_args!("listening on https://{address}"));
        config.server.tls_listen = Some(address);
    }
    let grace = Duration::from_secs(u64::from(config.shutdown.grace_seconds));
    let app = App::new(config.clone(), access_log(global, &config)?)?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut serving = tokio::spawn(http::serve(app.clone(), listeners, async { drop(stopped.await) }, grace));
    let engine = tokio::select! {
        engine = serve_until_told(&app, locked, delivery, (address, ready)) => engine,
        ended = &mut serving => {
            ended.context("the server's task ended badly")??;
            bail!("the server's task ended before it was told to");
        }
    };
    drop(stop);
    let served = serving.await.context("the server's task ended badly")?;
    if let Some(engine) = engine? {
        engine.close().await;
    }
    app.flush();
    served?;
    output::note(format_args!("stopped"));
    Ok(ExitCode::SUCCESS)
}

/// Opens the directory behind the listener that already refuses calls politely, then waits for a signal.
async fn serve_until_told(
    app: &App,
    locked: engine::Locked,
    delivery: Option<Delivery>,
    (address, ready): (SocketAddr, impl FnOnce(&Arc<Engine>, SocketAddr) -> Result<()>),
) -> Result<Option<Arc<Engine>>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    app.opening(locked.rebuilding());
    let engine = tokio::select! {
        engine = locked.start() => engine?,
        // Nothing is lost: whatever was being rebuilt is rebuilt by the next start.
        _ = interrupt.recv() => return Ok(None),
        _ = terminate.recv() => return Ok(None),
    };
    app.opened(Arc::clone(&engine));
    ready(&engine, address)?;
    let delivering = delivery.map(|delivery| tokio::spawn(delivery.run(Arc::clone(&engine))));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    if let Some(delivering) = delivering {
        // What it leaves undone is due at the next start.
        delivering.abort();
    }
    output::note(format_args!("stopping: calls under way may end; a second signal ends at once"));
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(AT_ONCE);
    });
    Ok(Some(engine))
}

fn https(config: &Config) -> Result<Option<(SocketAddr, axum_server::tls_rustls::RustlsConfig)>> {
    let server = &config.server;
    let (Some(address), Some(certificate), Some(key)) =
        (server.tls_listen, &server.tls_certificate, &server.tls_key)
    else {
        return Ok(None);
    };
    Ok(Some((address, tls::load(certificate, key)?)))
}

fn access_log(global: &Global, config: &Config) -> Result<AccessLog> {
    let log = match config.log.access {
        AccessLogPlace::File => AccessLog::file(&global.data.join("access.log")),
        AccessLogPlace::Stderr => AccessLog::stderr(),
        AccessLogPlace::Off => Ok(AccessLog::off()),
    };
    log.context("cannot open the access log")
}
