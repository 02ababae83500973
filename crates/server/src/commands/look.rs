//! `qiusuo suggest` and `qiusuo search`: the endpoints' answers without admission, charge or log.

use std::{borrow::Cow, process::ExitCode, sync::Arc};

use anyhow::{Result, anyhow};
use engine::{Engine, SearchPage, Suggestions};
use wire::{
    content::{self, GroupType, TypeSet},
    query::Keyword,
    suggestions::{Asked, Explained, ExplainedItem, Explanation, MAX_ITEMS, Origin},
    template,
};

use super::opening;
use crate::{
    access_log::AccessLog,
    cli::{ContentType, Global, Search, Suggest},
    config::Config,
    explaining::{explained, explained_page},
    http::{self, App, Names},
    logging, output,
};

/// `qiusuo suggest KEYWORD`.
pub(super) async fn suggest(global: &Global, config: Config, suggest: &Suggest) -> Result<ExitCode> {
    let keyword = Keyword::parse(&suggest.keyword)?;
    let (engine, app) = open(global, config, "suggest").await?;
    let asked = Asked { explain: suggest.explain, why_not: suggest.why_not.as_deref().map(str::trim) };
    let shown = if asked.explain || asked.why_not.is_some() {
        explained(&engine, keyword.as_str(), asked).await.map_err(anyhow::Error::from).and_then(|explained| {
            if global.json { output::json(&explained.told) } else { show_explained(&explained.told) }
        })
    } else {
        let found = engine.suggest(keyword.as_str(), MAX_ITEMS);
        found.map_err(anyhow::Error::from).and_then(|found| {
            if global.json {
                output::raw(&http::write_suggestions(&app, &found, &base(&app)))
            } else {
                show_suggestions(&found)
            }
        })
    };
    engine.close().await;
    shown.map(|()| ExitCode::SUCCESS)
}

/// `qiusuo search KEYWORD`.
pub(super) async fn search(global: &Global, config: Config, search: &Search) -> Result<ExitCode> {
    let keyword = Keyword::parse(&search.keyword)?;
    let (engine, app) = open(global, config, "search").await?;
    if search.matches.is_none() {
        engine.prepare_repair(keyword.as_str(), kinds(&search.types)).await?;
    }
    let shown = match search.matches {
        Some(group_id) => show_match(global, &engine, group_id, keyword.as_str()),
        None => show_found(global, (&app, &engine), search, keyword.as_str()),
    };
    engine.close().await;
    shown.map(|()| ExitCode::SUCCESS)
}

fn show_found(global: &Global, (app, engine): (&App, &Engine), search: &Search, keyword: &str) -> Result<()> {
    let kinds = kinds(&search.types);
    let found = engine.search_once(keyword, kinds, search.offset as usize, search.count as usize)?;
    let explanation = search.explain.then(|| explained_page(engine, keyword, kinds, &found)).transpose()?;
    match (explanation, global.json) {
        (explanation, true) => show_answer(app, engine, &found, explanation.as_ref()),
        (Some(explanation), false) => show_explained_page(app, engine, &explanation),
        (None, false) => show_page(app, engine, &found),
    }
}

/// `true` and the tier, or `false`.
fn show_match(global: &Global, engine: &Engine, group_id: i64, keyword: &str) -> Result<()> {
    let tier = engine.search_tier(group_id, keyword)?;
    if !engine.row(group_id, &mut |_| {}) {
        output::note(format_args!("there is no visible item {group_id}"));
    }
    if global.json {
        return output::json(&serde_json::json!({ "matches": tier.is_some(), "tier": tier }));
    }
    match tier {
        Some(tier) => output::data(&format!("true\t{tier}")),
        None => output::data("false"),
    }
}

/// A table of the results and their features; each feature as what it adds to the score.
fn show_explained_page(app: &App, engine: &Engine, explanation: &content::Explanation) -> Result<()> {
    if let Some(meant) = &explanation.meant {
        output::note(format_args!("it finds too little as it is typed, and was taken for `{meant}`"));
    }
    if explanation.items.is_empty() {
        output::note(format_args!("nothing found"));
        return Ok(());
    }
    // Results far behind have no features.
    let features: &[content::ExplainedFeature] = explanation
        .items
        .iter()
        .map(|item| &item.features[..])
        .max_by_key(|features| features.len())
        .unwrap_or(&[]);
    let weights: Vec<String> =
        features.iter().map(|feature| format!("{} {:.3}", feature.name, feature.weight)).collect();
    output::note(format_args!(
        "each feature as value = part of the score, by these weights: {}",
        weights.join(", ")
    ));
    let mut head = vec!["", "group_id", "title", "tier", "score"];
    head.extend(features.iter().map(|feature| feature.name.as_str()));
    let row = |(position, item): (usize, &content::ExplainedItem)| {
        let mut tier = item.tier.to_string();
        if item.repaired {
            tier.push_str(" (repair)");
        }
        if let Some(words) = &item.reworded {
            tier.push_str(&format!(" ({words})"));
        }
        let title = title(app, engine, &item.group_id);
        let mut cells =
            vec![position.to_string(), item.group_id.clone(), title, tier, format!("{:.4}", item.score)];
        cells.extend(
            item.features.iter().map(|feature| format!("{:.2} = {:.4}", feature.value, feature.part)),
        );
        cells
    };
    output::table(&head, (1..).zip(&explanation.items).map(row))
}

fn title(app: &App, engine: &Engine, group_id: &str) -> String {
    let author = content::render_author(&app.default_author(), &base(app));
    let context = template::AnswerContext { base: &base(app), default_author: &author, related_score: None };
    let mut title = String::new();
    engine.row(group_id.parse().unwrap_or_default(), &mut |row| {
        let item = template::item(row.answer, &http::counters(row.counters), row.publish_time, &context);
        title = item.map(|item| item.title).unwrap_or_default();
    });
    title
}

async fn open(global: &Global, config: Config, command: &str) -> Result<(Arc<Engine>, App)> {
    logging::start(&config.log);
    let engine = Engine::open_reading(opening::options(global, &config), command).await?;
    Ok((engine, App::new(config, AccessLog::off())?))
}

/// Addresses in the command line's answers: the setting, or where the server would listen.
fn base(app: &App) -> Cow<'_, str> {
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

/// A table of the items that are explained, and a sentence about the text that is not there.
fn show_explained(told: &Explained) -> Result<()> {
    if let Some(explanation) = &told.explanation {
        show_explanation(explanation)?;
    }
    let Some(why_not) = &told.why_not else { return Ok(()) };
    output::data(&why_not.reason)?;
    if !why_not.remedy.is_empty() {
        output::note(format_args!("hint: {}", why_not.remedy));
    }
    Ok(())
}

fn show_explanation(explanation: &Explanation) -> Result<()> {
    let letters = Some(&explanation.letters).filter(|letters| !letters.is_empty());
    let letters = letters.map_or_else(String::new, |letters| format!(", as pinyin `{letters}`"));
    output::note(format_args!("compared as `{}`{letters}", explanation.key));
    if let Some(rule) = explanation.banned_by {
        output::note(format_args!("rule {rule} bans what was typed: there are no suggestions"));
    }
    for banned in &explanation.banned {
        output::note(format_args!("left out: `{}`, by rule {}", banned.text, banned.rule));
    }
    if explanation.items.is_empty() {
        output::note(format_args!("no suggestions"));
        return Ok(());
    }
    let head = [
        "",
        "text",
        "route",
        "queries",
        "documents",
        "entry",
        "slow",
        "fast",
        "penalty",
        "score",
        "source",
        "rule",
    ];
    output::table(&head, (1..).zip(&explanation.items).map(|(position, item)| explained_row(position, item)))
}

fn explained_row(position: usize, item: &ExplainedItem) -> Vec<String> {
    let optional = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    // What a rule placed was not ordered by anything.
    let ordered = item.source != Origin::Rule;
    let score = |value: f64| if ordered { format!("{value:.2}") } else { "-".to_owned() };
    let source = match item.source {
        Origin::Base => "base",
        Origin::Recent => "recent",
        Origin::Overlay => "overlay",
        Origin::Rule => "rule",
    };
    let rank = item.rank.map_or_else(String::new, |rank| format!(" {rank}"));
    vec![
        position.to_string(),
        drawn(&item.text, &item.highlight_flags),
        optional(item.route.clone()),
        item.queries.to_string(),
        item.documents.to_string(),
        item.entry_weight.to_string(),
        score(item.slow_score),
        optional(item.fast_score.map(score)),
        score(item.penalty),
        score(item.score),
        format!("{source}{rank}"),
        optional(item.rule.map(|rule| rule.to_string())),
    ]
}

/// The text with what was typed in brackets: `[美]丽[食]堂`.
fn drawn(text: &str, flags: &[bool]) -> String {
    let mut drawn = String::with_capacity(text.len() + 8);
    let mut inside = false;
    for (character, flag) in text.chars().zip(flags.iter().copied().chain(std::iter::repeat(false))) {
        if flag != inside {
            drawn.push(if flag { '[' } else { ']' });
        }
        inside = flag;
        drawn.push(character);
    }
    if inside {
        drawn.push(']');
    }
    drawn
}

fn show_answer(
    app: &App,
    engine: &Engine,
    found: &SearchPage,
    explanation: Option<&content::Explanation>,
) -> Result<()> {
    let search_id = content::search_id(engine::secrets::random()?);
    let req_id = content::req_id(app.now_ms(), engine::secrets::random()?);
    let names = Names { req_id: &req_id, search_id: &search_id };
    let body = http::write_page(app, engine, found, names, &base(app), explanation)
        .map_err(|refusal| anyhow!("{refusal}"))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_drawn_as_brackets() {
        let check = |text, flags: &[bool], expected| assert_eq!(drawn(text, flags), expected);
        check("美丽食堂", &[true, false, true, false], "[美]丽[食]堂");
        check("美食", &[true, true], "[美食]");
        check("美食", &[false, false], "美食");
        check("美食", &[true], "[美]食");
    }
}
