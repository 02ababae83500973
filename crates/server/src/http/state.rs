//! What every handler shares.

use std::{
    borrow::Cow,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, Uri, header::HOST, uri::Authority};
use engine::{Engine, RebuildFigures, RebuildProgress};
use wire::content::UserInfo;

use super::{
    answer_cache::AnswerCache,
    identifiers::Identifiers,
    metrics::{Api, Figures},
};
use crate::{
    access_log::{AccessLog, Entry},
    config::{Config, is_authority},
};

/// The application's state; a clone is cheap. The two listeners differ in `scheme` alone.
#[derive(Clone)]
pub struct App {
    pub(crate) shared: Arc<Shared>,
    pub(crate) scheme: &'static str,
}

/// What both listeners share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) access_log: AccessLog,
    pub(crate) figures: Figures,
    pub(crate) default_author: UserInfo,
    /// Suggestions that are kept for a while, if any are.
    pub(crate) answers: Option<AnswerCache>,
    /// What calls are named with.
    pub(crate) identifiers: Identifiers,
    /// Set once the data directory is open; until then calls are refused before any work.
    engine: OnceLock<Arc<Engine>>,
    /// How far the content index is, also before there is an engine.
    rebuilding: OnceLock<Arc<RebuildProgress>>,
    draining: AtomicBool,
}

/// Why a call is refused before any work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// The data directory is being opened.
    Starting,
    /// The server is shutting down.
    Draining,
}

impl App {
    /// The state of a server that is still starting.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new(config: Config, access_log: AccessLog) -> engine::Result<App> {
        let default_author = config.content.default_author.to_wire();
        let shared = Shared {
            answers: AnswerCache::new(config.suggest.cache_bytes),
            identifiers: Identifiers::new(engine::secrets::random()?),
            config,
            access_log,
            figures: Figures::install(),
            default_author,
            engine: OnceLock::new(),
            rebuilding: OnceLock::new(),
            draining: AtomicBool::new(false),
        };
        Ok(App { shared: Arc::new(shared), scheme: "http" })
    }

    /// The same state for the HTTPS listener.
    pub fn https(&self) -> App {
        App { shared: Arc::clone(&self.shared), scheme: "https" }
    }

    /// Takes up how far the content index is, which may have to be made before there is anything to answer from.
    pub fn opening(&self, rebuilding: Arc<RebuildProgress>) {
        let _ = self.shared.rebuilding.set(rebuilding);
    }

    /// How far the making of a content index is, while one is made.
    pub(crate) fn rebuilding(&self) -> Option<RebuildFigures> {
        self.shared.rebuilding.get().and_then(|rebuilding| rebuilding.now())
    }

    /// Starts answering.
    pub fn opened(&self, engine: Arc<Engine>) {
        // A second engine would be a defect of the caller; the first one stays.
        let _ = self.shared.engine.set(engine);
    }

    /// Refuses new calls from now on; those under way end as they would.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
    }

    /// Condenses the figures, see [`Figures::condense`].
    pub(crate) fn condense(&self) {
        self.shared.figures.condense();
    }

    /// Writes out what the access log still holds.
    pub fn flush(&self) {
        self.shared.access_log.flush();
    }

    /// Seconds that a signed request's timestamp may be away from the clock.
    pub(crate) fn timestamp_window(&self) -> u32 {
        self.shared.config.content.timestamp_window_seconds
    }

    /// The author of items that have none.
    pub(crate) fn default_author(&self) -> UserInfo {
        self.shared.default_author.clone()
    }

    /// The engine, or why there is none to ask.
    pub(crate) fn engine(&self) -> Result<&Arc<Engine>, Unavailable> {
        if self.shared.draining.load(Ordering::Relaxed) {
            return Err(Unavailable::Draining);
        }
        self.shared.engine.get().ok_or(Unavailable::Starting)
    }

    /// `scheme://authority` of this server: the setting, else what the request was sent to if that is a valid
    /// authority, else the address it listens on.
    pub(crate) fn base(&self, uri: &Uri, headers: &HeaderMap) -> Cow<'_, str> {
        let config = &self.shared.config;
        if let Some(public_url) = &config.server.public_url {
            return Cow::Borrowed(public_url);
        }
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = uri.authority().map(Authority::as_str).or(host);
        match host.filter(|host| is_authority(host)) {
            Some(authority) => Cow::Owned([self.scheme, "://", authority].concat()),
            None => {
                let https = config.server.tls_listen.filter(|_| self.scheme == "https");
                Cow::Owned(format!("{}://{}", self.scheme, https.unwrap_or(config.server.listen)))
            }
        }
    }

    /// Bytes that nobody can guess and no other call gets.
    pub(crate) fn unique<const BYTES: usize>(&self) -> [u8; BYTES] {
        self.shared.identifiers.take()
    }

    /// Writes the call into the figures and the access log.
    pub(crate) fn finished(&self, api: Api, started: Instant, line: &CallLine<'_>) {
        let duration = started.elapsed();
        self.shared.figures.call(api, line.code, duration);
        self.log(line, duration);
    }

    /// Writes the call into the access log alone.
    pub(crate) fn log(&self, line: &CallLine<'_>, duration: Duration) {
        self.shared.access_log.log(&Entry {
            time_ms: self.now_ms(),
            method: line.method,
            path: line.path,
            code: Some(line.code),
            status: line.status,
            duration_us: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            keyword_chars: line.keyword_characters.and_then(|count| u32::try_from(count).ok()),
            bytes: line.bytes as u64,
        });
    }

    /// Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        match self.shared.engine.get() {
            Some(engine) => engine.clock().unix_ms(),
            None => engine::Clock::system().unix_ms(),
        }
    }
}

/// What the access log says of a call; never a keyword, a token, a key or a signature.
pub(crate) struct CallLine<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) code: i64,
    pub(crate) status: u16,
    /// How long the keyword is; `None` where none was read.
    pub(crate) keyword_characters: Option<usize>,
    pub(crate) bytes: usize,
}
