//! `qiusuo suggest` and `qiusuo search`: the endpoints' answers without admission, charge or log.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Result, anyhow};
use engine::{Engine, SearchPage, Suggestions};
use wire::{
    content::{self, GroupType, TypeSet},
    query::Keyword,
    suggestions::MAX_ITEMS,
    template,
};

use super::opening;
use crate::{
    access_log::AccessLog,
    cli::{ContentType, Global, Search, Suggest},
    config::Config,
    http::{self, App, Names},
    logging, output,
};

/// `qiusuo suggest KEYWORD`.
pub(super) async fn suggest(global: &Global, config: Config, suggest: &Suggest) -> Result<ExitCode> {
    let keyword = Keyword::parse(&suggest.keyword)?;
    let (engine, app) = open(global, config, "suggest").await?;
    let found = engine.suggest(keyword.as_str(), MAX_ITEMS);
    let shown = found.map_err(anyhow::Error::from).and_then(|found| {
        if global.json {
            output::raw(&http::write_suggestions(&app, &found, &base(&app)))
        } else {
            show_suggestions(&found)
        }
    });
    engine.close().await;
    shown.map(|()| ExitCode::SUCCESS)
}

/// `qiusuo search KEYWORD`.
pub(super) async fn search(global: &Global, config: Config, search: &Search) -> Result<ExitCode> {
    let keyword = Keyword::parse(&search.keyword)?;
    let (engine, app) = open(global, config, "search").await?;
    let (offset, count) = (search.offset as usize, search.count as usize);
    let found = engine.search_once(keyword.as_str(), kinds(&search.types), offset, count);
    let shown = found.map_err(anyhow::Error::from).and_then(|found| {
        if global.json { show_answer(&app, &engine, &found) } else { show_page(&app, &engine, &found) }
    });
    engine.close().await;
    shown.map(|()| ExitCode::SUCCESS)
}

async fn open(global: &Global, config: Config, command: &str) -> Result<(Arc<Engine>, App)> {
    logging::start(&config.log);
    let engine = Engine::open_reading(opening::options(global, &config), command).await?;
    Ok((engine, App::new(config, AccessLog::off())?))
}

/// Addresses in the command line's answers: the setting, or where the server would listen.
fn base(app: &App) -> String {
    app.base(&axum::http::Uri::from_static("/"), &axum::http::HeaderMap::new())
}

fn kinds(types: &[ContentType]) -> u8 {
    let bit = |kind: &ContentType| match kind {
        ContentType::Tuwen => GroupType::Tuwen.bit(),
        ContentType::XiguaVideo => GroupType::XiguaVideo.bit(),
        ContentType::ShortVideo => GroupType::ShortVideo.bit(),
    };
    if types.is_empty() { TypeSet::ALL.bits() } else { types.iter().fold(0, |bits, kind| bits | bit(kind)) }
}

fn show_suggestions(found: &Suggestions) -> Result<()> {
    for item in &found.items {
        output::data(&item.text)?;
    }
    if found.items.is_empty() {
        output::note(format_args!("no suggestions"));
    }
    Ok(())
}

fn show_answer(app: &App, engine: &Engine, found: &SearchPage) -> Result<()> {
    let search_id = content::search_id(engine::secrets::random()?);
    let req_id = content::req_id(app.now_ms(), engine::secrets::random()?);
    let names = Names { req_id: &req_id, search_id: &search_id };
    let body =
        http::write_page(app, engine, found, names, &base(app)).map_err(|refusal| anyhow!("{refusal}"))?;
    output::raw(&body)
}

fn show_page(app: &App, engine: &Engine, found: &SearchPage) -> Result<()> {
    let author = content::render_author(&app.default_author(), &base(app));
    let context = template::AnswerContext { base: &base(app), default_author: &author, related_score: None };
    for (group_id, _) in found.items() {
        let mut item = None;
        engine.row(group_id, &mut |row| {
            let counters = http::counters(row.counters);
            item = Some(template::item(row.answer, &counters, row.publish_time, &context));
        });
        if let Some(item) = item.transpose()? {
            output::data(&format!(
                "{}\t{}\t{}\t{}",
                item.group_id, item.article_type, item.title, item.user_info.name
            ))?;
        }
    }
    if found.is_empty() {
        output::note(format_args!("nothing found"));
    } else if found.has_more {
        output::note(format_args!("there is more: --offset continues the list"));
    }
    Ok(())
}
