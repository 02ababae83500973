//! `qiusuo demo`: a server with content of our own, in one command.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::{Context, Result, bail};
use engine::{
    CallerUpdate, Clock, Engine, FileHash, Hold, ItemRecord, LoggedQuery, UserProfile, Visible, Writing,
    open_store,
};
use serde_json::json;
use wire::{
    access_token::{self, AccessToken},
    import::{QueryColumns, content_line},
};

use super::{import, opening, serve, sign};
use crate::{cli::Global, config::Config, items::record, logging, output};

/// What marks a directory of the demo's in the store: `filling`, then `filled`.
const MARK: &str = "demo";
/// Where the demo's token stands in the store, encrypted: unlike other tokens it is shown at every start.
const TOKEN: &str = "demo.token";
/// The demo's application and token carry this name.
const NAME: &str = "demo";
/// The token's name where the first one was lost.
const SECOND_NAME: &str = "demo-again";
/// Uuid of the demo's user in the printed commands.
const USER: &str = "user-0001";

/// The demo content: stem, items, queries.
macro_rules! topics {
    ($($stem:literal),* $(,)?) => {
        [$((
            $stem,
            include_str!(concat!("../../../../demo/items/", $stem, ".ndjson")),
            include_str!(concat!("../../../../demo/queries/", $stem, ".tsv")),
        )),*]
    };
}
const TOPICS: [(&str, &str, &str); 10] = topics![
    "beauty",
    "cars",
    "fitness",
    "food",
    "home",
    "parenting",
    "pets",
    "study",
    "technology",
    "travel",
];

/// Fills an empty directory, or starts again on one that was filled before, and serves.
pub(super) async fn run(global: &Global, config: Config) -> Result<ExitCode> {
    logging::start(&config.log);
    check_directory(global, &config).await?;
    let credentials = fill(global, &config).await.context("the demo content could not be loaded")?;
    let json = global.json;
    serve::serve(global, config, |engine, address| credentials.show(engine, address, json)).await
}

/// Refuses a directory that is neither empty nor the demo's own.
async fn check_directory(global: &Global, config: &Config) -> Result<()> {
    let data = &global.data;
    // Configuration may be there before the first start.
    let other = |entry: &std::fs::DirEntry| entry.file_name() != crate::config::FILE_NAME;
    let occupied = match std::fs::read_dir(data) {
        Ok(entries) => entries.flatten().any(|entry| other(&entry)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", data.display())),
    };
    if !occupied {
        return Ok(());
    }
    let ours = data.join("qiusuo.db").exists() && {
        let directory = open_store(opening::options(global, config)).await?;
        // A first start that was killed before its mark leaves a store with nothing in it.
        directory.store.meta(MARK).await?.is_some() || directory.store.last_sequence().await? == 0
    };
    if !ours {
        bail!(
            "{} is not empty and not the demo's; name an empty directory with --data, or run `qiusuo serve` on it",
            data.display()
        );
    }
    Ok(())
}

/// What the printed commands need.
struct Credentials {
    token: String,
    secure_key: String,
}

/// Loads the content unless that was finished before; a fill that was interrupted goes on where it stopped.
async fn fill(global: &Global, config: &Config) -> Result<Credentials> {
    let directory = open_store(opening::options(global, config)).await?;
    let (store, service) = (&directory.store, opening::administration(&directory));
    if store.meta(MARK).await?.is_none() {
        store.set_meta(MARK, "filling").await?;
    }
    if !service.applications().await?.iter().any(|application| application.name == NAME) {
        service.create_application(NAME, &CallerUpdate::default(), None).await?;
    }
    let secure_key = service.secure_key(NAME).await?;
    let token = match store.meta(TOKEN).await? {
        Some(sealed) => directory.secrets.unseal_text(TOKEN, &sealed)?,
        None => {
            // A start that was killed before the token was kept leaves one that nobody can show any more.
            let name = if service.tokens().await?.is_empty() { NAME } else { SECOND_NAME };
            let token = service.create_token(name, &CallerUpdate::default()).await?.secret;
            store.set_meta(TOKEN, &directory.secrets.seal_text(TOKEN, &token)?).await?;
            token
        }
    };
    if store.meta(MARK).await?.as_deref() != Some("filled") {
        load(Writing::open(opening::options(global, config), "demo", Hold::IfFree).await?).await?;
        store.set_meta(MARK, "filled").await?;
    }
    Ok(Credentials { token, secure_key })
}

async fn load(mut writing: Writing) -> Result<()> {
    for (stem, items, queries) in TOPICS {
        let items: Vec<ItemRecord> = items.lines().map(|line| item(stem, line)).collect::<Result<_>>()?;
        writing.put_items(&items).await?;
        let hash = FileHash::of_bytes(queries.as_bytes());
        match writing.import_progress(&hash, "queries", false).await {
            Ok(mut progress) => {
                progress.finished = true;
                writing.log_queries(&query_log(stem, queries)?, Some(&progress)).await?;
            }
            Err(engine::Error::ImportedBefore { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    writing.wait(Visible::Search).await?;
    writing.wait(Visible::Suggestions).await?;
    writing.close().await;
    Ok(())
}

fn item(stem: &str, line: &str) -> Result<ItemRecord> {
    let line = content_line(line, None).with_context(|| format!("demo/items/{stem}.ndjson"))?;
    Ok(record(line, Clock::system().unix_seconds()))
}

fn query_log(stem: &str, queries: &str) -> Result<Vec<LoggedQuery>> {
    let mut lines = queries.lines();
    let header = lines.next().and_then(QueryColumns::parse_header);
    let header = header.with_context(|| format!("demo/queries/{stem}.tsv has no header"))?;
    let logged = |line| {
        Ok(import::logged(
            header.line(line).with_context(|| format!("demo/queries/{stem}.tsv"))?,
            None,
            false,
        ))
    };
    lines.map(logged).collect()
}

impl Credentials {
    /// Prints commands to paste, with signatures that are good for an hour.
    fn show(&self, engine: &Arc<Engine>, address: SocketAddr, as_json: bool) -> Result<()> {
        let now = engine.clock().unix_seconds();
        let application =
            engine.registry().application(NAME).context("the demo's application is not in force")?;
        let user = engine.register(application.number, USER, UserProfile::default());
        let issued = engine.registry().issued_at(&application, user, now);
        let token = AccessToken { application: application.number, user, issued };
        let access_token = access_token::issue(engine.secrets().access_token_key(), &token);
        let nonce = engine::secrets::hex(&engine::secrets::random::<6>()?);
        let signed = |uuid| sign::query(Some(NAME), &self.secure_key, now, &nonce, uuid);
        let base = format!("http://{address}");
        let keyword = sign::encode("美食");
        let suggest =
            format!("{base}/api/xiaohongshu/search-recommend/v1?token={}&keyword={keyword}", self.token);
        let register = format!("{base}/access_token/register/wap/v4/?{}&uuid={USER}", signed(Some(USER)));
        let search = format!(
            "{base}/data/stream/search/v4/?{}&access_token={access_token}&keyword={keyword}&offset=0&count=10",
            signed(None)
        );
        if as_json {
            return output::json(&json!({
                "page": format!("{base}/"),
                "token": self.token,
                "partner": NAME,
                "secure_key": self.secure_key,
                "access_token": access_token,
                "suggest": suggest,
                "register": register,
                "search": search,
            }));
        }
        output::data(&format!(
            "\n# Keyword suggestions\ncurl '{suggest}'\n\n# Register a user, then search (signatures are good for an \
             hour; `qiusuo sign --partner {NAME}` makes new ones)\ncurl '{register}'\ncurl '{search}'\n\n# The search \
             page\n{base}/"
        ))
    }
}
