//! `qiusuo eval routes`.

use anyhow::{Result, bail};
use engine::{
    Engine, Route,
    evaluation::{
        LIST,
        log::Log,
        replay::{Plan, learned},
        routes::{Recall, of_route, recall, sample},
        typing::{Homophones, RULES, Share},
    },
};
use serde_json::{Value, json};

use super::log;
use crate::{
    cli::{EvalRoutes, Global},
    commands::opening,
    config::Config,
    output,
};

/// Runs the route test and prints its figures.
pub(super) async fn run(global: &Global, config: &Config, options: &EvalRoutes) -> Result<()> {
    let shares = [Share::Full, Share::Part(options.share)];
    let given = options.entries.as_deref().map(log::texts).transpose()?;
    let report = |entries: &[String], found: &[Recall]| {
        if global.json {
            output::json(&document(options, entries, found, shares))
        } else {
            show(options, entries, found, shares)
        }
    };
    if options.log.log.is_empty() {
        let entries = sample(&given.unwrap_or_default(), options.sample, options.seed);
        check(&entries)?;
        let engine = Engine::open_reading(opening::options(global, config), "eval").await?;
        let mut failure = None;
        let mut ask = |keyword: &str| match engine.suggest(keyword, LIST) {
            Ok(found) => found.items.into_iter().map(|item| item.text).collect(),
            Err(error) => {
                failure = Some(error);
                Vec::new()
            }
        };
        let homophones = Homophones::of(entries.iter().map(String::as_str));
        let found = recall(&entries, &shares, &homophones, options.seed, &mut ask);
        engine.close().await;
        return failure.map_or_else(|| report(&entries, &found), |error| Err(error.into()));
    }
    let log = log::read(&options.log)?.log;
    let entries = sample(&given.unwrap_or_else(|| seen(&log, options)), options.sample, options.seed);
    check(&entries)?;
    let (snapshot, now) = learned(&log, &Plan::new(Vec::new(), config.suggest.settings.clone()));
    let homophones = Homophones::of(log.entries().iter().map(|entry| entry.key.as_str()));
    let mut ask = |keyword: &str| {
        snapshot.suggest(keyword, LIST, now).items.into_iter().map(|item| item.text).collect()
    };
    let found = recall(&entries, &shares, &homophones, options.seed, &mut ask);
    report(&entries, &found)
}

fn seen(log: &Log, options: &EvalRoutes) -> Vec<String> {
    let places = log.seen_on_days(options.seen_on_days);
    places.into_iter().map(|place| log.entries()[place].text.clone()).collect()
}

fn check(entries: &[String]) -> Result<()> {
    if entries.is_empty() {
        bail!("there is no entry to type; --seen-on-days takes a smaller number, or --entries names a file");
    }
    Ok(())
}

fn rounded(part: f64) -> f64 {
    (part * 1e4).round() / 1e4
}

fn document(options: &EvalRoutes, entries: &[String], found: &[Recall], shares: [Share; 2]) -> Value {
    let of_share = |share: Share| {
        let routes = Route::ALL.map(
            |route| json!({ "route": route.name(), "recall_at_15": rounded(of_route(found, route, share)) }),
        );
        let rules = found.iter().filter(|recall| recall.share == share).map(|recall| {
            json!({
                "rule": recall.rule.name,
                "route": recall.rule.route.name(),
                "typed": recall.typed,
                "left_out": recall.left_out,
                "found": recall.found,
                "recall_at_15": rounded(recall.at_15()),
                "missed": recall.missed.iter().take(options.misses).collect::<Vec<_>>(),
            })
        });
        json!({ "routes": routes, "rules": rules.collect::<Vec<_>>() })
    };
    json!({
        "entries": entries.len(),
        "seed": options.seed,
        "share": options.share,
        "full": of_share(shares[0]),
        "part": of_share(shares[1]),
    })
}

fn show(options: &EvalRoutes, entries: &[String], found: &[Recall], shares: [Share; 2]) -> Result<()> {
    output::note(format_args!(
        "{} entries, seed {}; recall among the first {LIST}",
        entries.len(),
        options.seed
    ));
    let part = format!("{} %", (options.share * 100.0).round());
    let head = ["rule", "route", "typed", "left out", "in full", &part];
    let recall_of = |rule: &str, share: Share| {
        found.iter().find(|recall| recall.rule.name == rule && recall.share == share)
    };
    let cell =
        |recall: Option<&Recall>| recall.map_or_else(String::new, |recall| format!("{:.3}", recall.at_15()));
    output::table(
        &head,
        RULES.map(|rule| {
            let [full, part] = shares.map(|share| recall_of(rule.name, share));
            let count =
                |of: fn(&Recall) -> usize| full.map_or_else(String::new, |recall| of(recall).to_string());
            vec![
                rule.name.to_owned(),
                rule.route.name().to_owned(),
                count(|recall| recall.typed),
                count(|recall| recall.left_out),
                cell(full),
                cell(part),
            ]
        }),
    )?;
    for recall in found {
        for (typed, wanted) in recall.missed.iter().take(options.misses) {
            output::data(&format!("{}\t{typed}\t{wanted}", recall.rule.name))?;
        }
    }
    Ok(())
}
