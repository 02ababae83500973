//! The configuration: defaults < `qiusuo.toml` < environment `QIUSUO_*` < flags.
//!
//! [`Config`] is what the rest of the binary reads. Its defaults stand in [`Config::default`] and nowhere else;
//! the table in `keys` names every key, says what it is for, and ties it to its field. Whatever is wrong with
//! a source is an error that names the place, the key and what was expected there: nothing is skipped.

mod effective;
mod error;
mod keys;
mod mask;
mod merge;
mod value;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use engine::{Amount, Api, Limits, Spread, SuggestSettings};

pub use error::ConfigError;
pub use mask::Masked;
pub use merge::Source;
pub use value::is_authority;

/// The name of the configuration file inside the data directory.
pub const FILE_NAME: &str = "qiusuo.toml";

/// The effective configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where the server listens, and how the world calls it.
    pub server: Server,
    /// The suggestion API.
    pub suggest: Suggest,
    /// The content search API.
    pub content: Content,
    /// What callers may do where no operator set it for them.
    pub admission: Admission,
    /// Alarms about money and quotas.
    pub alarms: Alarms,
    /// Page lists and the search page.
    pub pages: Pages,
    /// The content index.
    pub index: Index,
    /// Logs.
    pub log: Log,
    /// What happens at the end.
    pub shutdown: Shutdown,
    origins: merge::Origins,
}

/// `[server]`.
#[derive(Debug, Clone)]
pub struct Server {
    /// Address for HTTP.
    pub listen: SocketAddr,
    /// Address for HTTPS; comes together with a certificate and its key.
    pub tls_listen: Option<SocketAddr>,
    /// PEM file of the certificate chain.
    pub tls_certificate: Option<PathBuf>,
    /// PEM file of the private key.
    pub tls_key: Option<PathBuf>,
    /// `http(s)://authority` without a final slash: the beginning of every address in an answer.
    pub public_url: Option<String>,
    /// Whether a caller may ask for an error, for testing clients.
    pub faults: bool,
}

/// `[suggest]`.
#[derive(Debug, Clone)]
pub struct Suggest {
    /// Which HTTP status a refusal has.
    pub http_status: HttpStatus,
    /// How many distinct users must have submitted a query before it is suggested to others.
    pub minimum_users: u32,
    /// Which routes lead to suggestions, what each costs, and what the fuzzy one takes for one another.
    pub settings: SuggestSettings,
    /// Whether a banned word is found in pinyin letters too.
    pub ban_pinyin: bool,
    /// Memory for answers that are kept for a while; 0 keeps none.
    pub cache_bytes: u64,
}

/// `[content]`.
#[derive(Debug, Clone)]
pub struct Content {
    /// Whether an answer's items carry `related_score`.
    pub related_score: bool,
    /// What is kept from standing near its like in a list of results.
    pub spread: Spread,
    /// How far a request's timestamp may be from the server's clock.
    pub timestamp_window_seconds: u32,
    /// The author of items that have none.
    pub default_author: DefaultAuthor,
}

/// `[content.default_author]`.
#[derive(Debug, Clone)]
pub struct DefaultAuthor {
    /// The author's number.
    pub user_id: u64,
    /// The name shown.
    pub name: String,
    /// A line about the author.
    pub description: String,
    /// Address of a picture; empty: the server draws one.
    pub avatar_url: String,
    /// Address of the author's page; empty: this server's own.
    pub home_page: String,
    /// How many follow the author.
    pub follower_count: u64,
    /// Whether the author is verified.
    pub verified: bool,
    /// What the author is verified as.
    pub verified_content: String,
}

/// `[admission]`.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The limits of every caller, by API.
    pub limits: [Limits; Api::ALL.len()],
}

/// `[alarms]`.
#[derive(Clone)]
pub struct Alarms {
    /// Where alarms are posted to; none is posted where there is no address.
    pub webhook_url: Option<String>,
    /// What the posts are signed with.
    pub webhook_secret: Masked,
    /// The balance below which an account is low.
    pub low_balance: Option<Amount>,
    /// The part of a day's quota from which on there is an alarm, in percent.
    pub quota_percent: u8,
}

/// `[pages]`.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Memory for the ranked lists that pages of results are cut from.
    pub max_bytes: u64,
    /// Whether `/` is a search page.
    pub search: bool,
}

/// `[index]`.
#[derive(Debug, Clone)]
pub struct Index {
    /// Memory that the index writer fills before it writes a segment.
    pub writer_memory: u64,
}

/// `[log]`.
#[derive(Debug, Clone)]
pub struct Log {
    /// The least important messages that are still logged.
    pub level: LogLevel,
    /// How a message is written to standard error.
    pub format: LogFormat,
    /// Where the access log goes.
    pub access: AccessLogPlace,
}

/// `[shutdown]`.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// How long running requests may take to end.
    pub grace_seconds: u32,
}

/// Which HTTP status a refusal of the suggestion API has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpStatus {
    /// The status that belongs to the code (`mapped`).
    Mapped,
    /// Always 200; the code stands in the body alone (`always_200`).
    Always200,
}

/// The least important messages that are still logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How a log message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the access log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLogPlace {
    /// `access.log` in the data directory.
    File,
    /// Standard error.
    Stderr,
    /// Nowhere.
    Off,
}

/// What the flags of a command say; each stands above every other source.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`
    pub listen: Option<String>,
    /// `--tls-listen`
    pub tls_listen: Option<String>,
    /// `--tls-cert`
    pub tls_certificate: Option<PathBuf>,
    /// `--tls-key`
    pub tls_key: Option<PathBuf>,
}

impl Config {
    /// Loads the configuration of a data directory: `file`, or the directory's own `qiusuo.toml` if it has one,
    /// then the process environment, then `overrides`.
    pub fn load(data: &Path, file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let path = file.map_or_else(|| data.join(FILE_NAME), Path::to_path_buf);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            // Only the file that nobody named may be absent.
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(ConfigError::Read { path, source }),
        };
        let file = text.as_deref().map(|text| (path.as_path(), text));
        Self::merge(file, std::env::vars_os(), overrides)
    }

    /// Merges the sources as they are given.
    pub fn merge(
        file: Option<(&Path, &str)>,
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        if let Some((path, text)) = file {
            merge::file(&mut config, path, text)?;
        }
        merge::environment(&mut config, environment)?;
        merge::overrides(&mut config, overrides)?;
        config.check()?;
        Ok(config)
    }

    /// What no single key can say alone.
    fn check(&self) -> Result<(), ConfigError> {
        let server = &self.server;
        let set = [
            ("server.tls_listen", server.tls_listen.is_some()),
            ("server.tls_certificate", server.tls_certificate.is_some()),
            ("server.tls_key", server.tls_key.is_some()),
        ];
        let present = set.iter().find(|(_, present)| *present);
        let absent = set.iter().find(|(_, present)| !present);
        if let (Some((present, _)), Some((absent, _))) = (present, absent) {
            return Err(ConfigError::Incomplete { present, absent });
        }
        if self.alarms.webhook_url.is_some() && self.alarms.webhook_secret.is_empty() {
            let (present, absent) = ("alarms.webhook_url", "alarms.webhook_secret");
            return Err(ConfigError::Incomplete { present, absent });
        }
        if server.tls_listen == Some(server.listen) && server.listen.port() != 0 {
            return Err(ConfigError::SameAddress { address: server.listen });
        }
        Ok(())
    }
}

impl DefaultAuthor {
    /// The author as an answer's items carry it; what writes the answer makes the addresses that are empty.
    #[must_use]
    pub fn to_wire(&self) -> wire::content::UserInfo {
        wire::content::UserInfo {
            avatar_url: self.avatar_url.clone(),
            description: self.description.clone(),
            follow: false,
            follower_count: i64::try_from(self.follower_count).unwrap_or(i64::MAX),
            home_page: self.home_page.clone(),
            name: self.name.clone(),
            user_id: i64::try_from(self.user_id).unwrap_or(i64::MAX),
            user_verified: self.verified,
            verified_content: self.verified_content.clone(),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8686)),
            tls_listen: None,
            tls_certificate: None,
            tls_key: None,
            public_url: None,
            faults: false,
        }
    }
}

impl Default for Suggest {
    fn default() -> Self {
        Self {
            http_status: HttpStatus::Mapped,
            minimum_users: 5,
            settings: SuggestSettings::default(),
            ban_pinyin: false,
            cache_bytes: 32 << 20,
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self {
            related_score: false,
            spread: Spread::default(),
            timestamp_window_seconds: 3_600,
            default_author: DefaultAuthor::default(),
        }
    }
}

impl Default for DefaultAuthor {
    fn default() -> Self {
        Self {
            user_id: 0,
            name: "求索".to_owned(),
            description: "本站内容".to_owned(),
            avatar_url: String::new(),
            home_page: String::new(),
            follower_count: 0,
            verified: false,
            verified_content: String::new(),
        }
    }
}

impl Default for Admission {
    fn default() -> Self {
        Self { limits: [Limits::NONE; Api::ALL.len()] }
    }
}

impl Default for Alarms {
    fn default() -> Self {
        Self { webhook_url: None, webhook_secret: Masked::default(), low_balance: None, quota_percent: 90 }
    }
}

/// Without what may stand in the address: services put keys into its path and its query.
impl fmt::Debug for Alarms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Alarms")
            .field("has_webhook", &self.webhook_url.is_some())
            .field("webhook_secret", &self.webhook_secret)
            .field("low_balance", &self.low_balance)
            .field("quota_percent", &self.quota_percent)
            .finish()
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self { max_bytes: 32_000_000, search: true }
    }
}

impl Default for Index {
    fn default() -> Self {
        Self { writer_memory: 32_000_000 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::Info, format: LogFormat::Text, access: AccessLogPlace::File }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { grace_seconds: 10 }
    }
}

#[cfg(test)]
mod tests;
