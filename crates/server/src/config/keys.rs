//! Every key of the configuration: its name, what it is for, and the field that it fills.

mod admission;
mod routes;

use toml::Value;

use super::Config;
use super::value::{Choice as _, Given, Reading, show_bytes};

/// One key.
pub(super) struct Key {
    /// Full name, such as `server.listen`.
    pub(super) name: &'static str,
    /// What it is for, one line.
    pub(super) help: &'static str,
    /// Reads a given value into its field.
    pub(super) set: fn(&mut Config, &Given<'_>) -> Reading<()>,
    /// Shows the field as it would stand in a file; what is not set is an empty text.
    pub(super) get: fn(&Config) -> Value,
}

/// The key of this name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    all().find(|key| key.name == name)
}

/// Every key, in the order of the file.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    let tables = [FIRST, routes::ROUTES, routes::FUZZY, CONTENT, admission::LIMITS, admission::ALARMS, LAST];
    tables.into_iter().flatten()
}

/// Keys whose value `qiusuo config` does not show.
pub(super) const MASKED: &[&str] = &["alarms.webhook_secret"];

/// The server's and the suggestions' own.
const FIRST: &[Key] = &[
    Key {
        name: "server.listen",
        help: "address for HTTP",
        set: |config, given| given.address().map(|address| config.server.listen = address),
        get: |config| config.server.listen.to_string().into(),
    },
    Key {
        name: "server.tls_listen",
        help: "address for HTTPS; needs tls_certificate and tls_key",
        set: |config, given| given.optional_address().map(|address| config.server.tls_listen = address),
        get: |config| config.server.tls_listen.map(|address| address.to_string()).unwrap_or_default().into(),
    },
    Key {
        name: "server.tls_certificate",
        help: "certificate chain for HTTPS, PEM file, relative to this file",
        set: |config, given| given.optional_path().map(|path| config.server.tls_certificate = path),
        get: |config| path(config.server.tls_certificate.as_deref()),
    },
    Key {
        name: "server.tls_key",
        help: "private key of the certificate, PEM file, not encrypted",
        set: |config, given| given.optional_path().map(|path| config.server.tls_key = path),
        get: |config| path(config.server.tls_key.as_deref()),
    },
    Key {
        name: "server.public_url",
        help: "how the world calls this server; unset: addresses in answers follow the request's Host",
        set: |config, given| given.optional_base_url().map(|url| config.server.public_url = url),
        get: |config| config.server.public_url.clone().unwrap_or_default().into(),
    },
    Key {
        name: "server.faults",
        help: "whether a caller may ask for an error by qiusuo_fault=CODE, for testing clients; never in production",
        set: |config, given| given.boolean().map(|flag| config.server.faults = flag),
        get: |config| config.server.faults.into(),
    },
    Key {
        name: "suggest.http_status",
        help: "\"mapped\": a refusal has the HTTP status of its code; \"always_200\": as the API was until 2026",
        set: |config, given| given.choice().map(|choice| config.suggest.http_status = choice),
        get: |config| config.suggest.http_status.name().into(),
    },
    Key {
        name: "suggest.minimum_users",
        help: "distinct users who must have submitted a query before it is suggested",
        set: |config, given| given.count(1..=1_000_000).map(|count| config.suggest.minimum_users = count),
        get: |config| i64::from(config.suggest.minimum_users).into(),
    },
    Key {
        name: "suggest.repairs_below",
        help: "repairs are tried when there are fewer suggestions than this; 0: never",
        set: |config, given| {
            given.count(0..=15_u32).map(|count| config.suggest.settings.repairs_below = count as usize)
        },
        get: |config| number(config.suggest.settings.repairs_below as u64),
    },
    Key {
        name: "suggest.slips_below",
        help: "wrong letters and look-alikes are corrected when there are fewer suggestions than this",
        set: |config, given| {
            given.count(0..=15_u32).map(|count| config.suggest.settings.slips_below = count as usize)
        },
        get: |config| number(config.suggest.settings.slips_below as u64),
    },
    Key {
        name: "suggest.ban_pinyin",
        help: "whether a banned word is found in pinyin letters too",
        set: |config, given| given.boolean().map(|flag| config.suggest.ban_pinyin = flag),
        get: |config| config.suggest.ban_pinyin.into(),
    },
    Key {
        name: "suggest.cache_bytes",
        help: "memory for answers that are kept for a while; 0: none is kept",
        set: |config, given| given.bytes(0..=1 << 40).map(|size| config.suggest.cache_bytes = size),
        get: |config| show_bytes(config.suggest.cache_bytes).into(),
    },
];

/// The content's.
const CONTENT: &[Key] = &[
    Key {
        name: "content.related_score",
        help: "whether items carry related_score, their relevance from 0 to 1",
        set: |config, given| given.boolean().map(|flag| config.content.related_score = flag),
        get: |config| config.content.related_score.into(),
    },
    Key {
        name: "content.spread_near_duplicates",
        help: "whether of items with nearly the same title only one stands among ten results, while there are others",
        set: |config, given| given.boolean().map(|flag| config.content.spread.near_duplicates = flag),
        get: |config| config.content.spread.near_duplicates.into(),
    },
    Key {
        name: "content.spread_author_limit",
        help: "how many of ten results may have the same author, while there are others; 0: any number",
        set: |config, given| {
            given.count(0..=10_u32).map(|count| config.content.spread.author_limit = count as usize)
        },
        get: |config| number(config.content.spread.author_limit as u64),
    },
    Key {
        name: "content.timestamp_window_seconds",
        help: "how far a request's timestamp may be from this server's clock",
        set: |config, given| {
            given.count(1..=86_400).map(|seconds| config.content.timestamp_window_seconds = seconds)
        },
        get: |config| i64::from(config.content.timestamp_window_seconds).into(),
    },
    Key {
        name: "content.default_author.user_id",
        help: "the author of items that have none: number",
        set: |config, given| {
            given.count(0..=MOST_USER_ID).map(|number| config.content.default_author.user_id = number)
        },
        get: |config| number(config.content.default_author.user_id),
    },
    Key {
        name: "content.default_author.name",
        help: "name shown",
        set: |config, given| given.text(MOST_TEXT).map(|text| config.content.default_author.name = text),
        get: |config| config.content.default_author.name.clone().into(),
    },
    Key {
        name: "content.default_author.description",
        help: "a line about the author",
        set: |config, given| {
            given.text(MOST_TEXT).map(|text| config.content.default_author.description = text)
        },
        get: |config| config.content.default_author.description.clone().into(),
    },
    Key {
        name: "content.default_author.avatar_url",
        help: "address of a picture; unset: the server draws one",
        set: |config, given| given.link().map(|text| config.content.default_author.avatar_url = text),
        get: |config| config.content.default_author.avatar_url.clone().into(),
    },
    Key {
        name: "content.default_author.home_page",
        help: "address of the author's page; unset: this server's own",
        set: |config, given| given.link().map(|text| config.content.default_author.home_page = text),
        get: |config| config.content.default_author.home_page.clone().into(),
    },
    Key {
        name: "content.default_author.follower_count",
        help: "how many follow the author",
        set: |config, given| {
            given.count(0..=MOST_USER_ID).map(|count| config.content.default_author.follower_count = count)
        },
        get: |config| number(config.content.default_author.follower_count),
    },
    Key {
        name: "content.default_author.verified",
        help: "whether the author is verified",
        set: |config, given| given.boolean().map(|flag| config.content.default_author.verified = flag),
        get: |config| config.content.default_author.verified.into(),
    },
    Key {
        name: "content.default_author.verified_content",
        help: "what the author is verified as",
        set: |config, given| {
            given.text(MOST_TEXT).map(|text| config.content.default_author.verified_content = text)
        },
        get: |config| config.content.default_author.verified_content.clone().into(),
    },
];

/// All others.
const LAST: &[Key] = &[
    Key {
        name: "pages.max_bytes",
        help: "memory for the ranked lists that pages of results are cut from",
        set: |config, given| given.bytes(1_000_000..=1 << 40).map(|size| config.pages.max_bytes = size),
        get: |config| show_bytes(config.pages.max_bytes).into(),
    },
    Key {
        name: "pages.search",
        help: "whether / is a search page",
        set: |config, given| given.boolean().map(|flag| config.pages.search = flag),
        get: |config| config.pages.search.into(),
    },
    Key {
        name: "index.writer_memory",
        help: "memory that the index writer fills before it writes a segment",
        // The index engine refuses less than 15 MB and more than 4 GB a thread.
        set: |config, given| {
            given.bytes(15_000_000..=4_000_000_000).map(|size| config.index.writer_memory = size)
        },
        get: |config| show_bytes(config.index.writer_memory).into(),
    },
    Key {
        name: "log.level",
        help: "least important messages that are still logged: off, error, warn, info, debug, trace",
        set: |config, given| given.choice().map(|choice| config.log.level = choice),
        get: |config| config.log.level.name().into(),
    },
    Key {
        name: "log.format",
        help: "how messages are written to standard error: \"text\" or \"json\"",
        set: |config, given| given.choice().map(|choice| config.log.format = choice),
        get: |config| config.log.format.name().into(),
    },
    Key {
        name: "log.access",
        help: "access log: \"file\" (access.log in the data directory), \"stderr\" or \"off\"",
        set: |config, given| given.choice().map(|choice| config.log.access = choice),
        get: |config| config.log.access.name().into(),
    },
    Key {
        name: "shutdown.grace_seconds",
        help: "how long running requests may take to end when the server is stopped",
        set: |config, given| given.count(0..=3_600).map(|seconds| config.shutdown.grace_seconds = seconds),
        get: |config| i64::from(config.shutdown.grace_seconds).into(),
    },
];

/// The largest number that every JSON reader takes exactly.
const MOST_USER_ID: u64 = (1 << 53) - 1;

/// The most characters in a text of an author.
const MOST_TEXT: usize = 1_024;

fn number(value: u64) -> Value {
    i64::try_from(value).unwrap_or(i64::MAX).into()
}

fn path(path: Option<&std::path::Path>) -> Value {
    path.map(|path| path.display().to_string()).unwrap_or_default().into()
}
