//! `qiusuo eval suggest`.

use anyhow::{Result, anyhow, bail};
use engine::evaluation::{
    figures::Figures,
    log::{Log, day_of, day_start},
    replay::{ByLength, LENGTHS, Outcome, Plan, Typing, replay},
};
use serde_json::{Value, json};
use wire::time;

use super::log::{self, ReadLog};
use crate::{
    cli::{EvalSuggest, Global, HalfLife},
    config::Config,
    output,
};

/// Prefix lengths at which ours is compared with the best completion.
const COMPARED: usize = 4;
/// Letters of a date in `YYYY-MM-DD HH:MM:SS`.
const DATE: usize = 10;

/// A figure, its name for people and its name in JSON.
type Measure = (&'static str, &'static str, fn(&Figures) -> f64);

const MEASURES: [Measure; 3] = [
    ("MRR@10", "mrr_at_10", Figures::mean_reciprocal_rank),
    ("success@15", "success_at_15", Figures::success),
    ("keystrokes saved", "keystrokes_saved", Figures::keystrokes_saved),
];

/// Runs the replay and prints its figures.
pub(super) fn run(global: &Global, config: &Config, options: &EvalSuggest) -> Result<()> {
    let read = log::read(&options.log)?;
    let mut plan = Plan::new(test_days(&read.log, options)?, config.suggest.settings.clone());
    if !options.half_life.is_empty() {
        plan.half_lives = options.half_life.iter().map(|half_life| half_life.0).collect();
    }
    for weight in &options.weight {
        if !plan.set_weight(&weight.name, weight.value) {
            bail!("there is no weight `{}`", weight.name);
        }
    }
    let progress = output::Progress::count("test days", Some(plan.days.len() as u64));
    let outcome = replay(&read.log, &plan, &mut |done| progress.set(done as u64));
    progress.finish();
    if global.json { output::json(&document(&read, &plan, &outcome)) } else { show(&read, &plan, &outcome) }
}

/// The days to test; something must lie before the first of them.
fn test_days(log: &Log, options: &EvalSuggest) -> Result<Vec<i64>> {
    let (first, last) = log.days().ok_or_else(|| anyhow!("the log is empty"))?;
    let (from, to) = match (options.from, options.to) {
        (None, None) => (last + 1 - i64::from(options.test_days), last),
        (from, to) => (from.map_or(first, day_of), to.map_or(last, day_of)),
    };
    let step = options.every as usize;
    let days: Vec<i64> = (from.max(first + 1)..=to.min(last)).rev().step_by(step).collect();
    if days.is_empty() {
        bail!(
            "no day to test: the log runs from {} to {}, and the first day can only be learned from",
            date(first),
            date(last)
        );
    }
    Ok(days)
}

fn date(day: i64) -> String {
    let mut text = time::record_time(day_start(day).saturating_mul(1000));
    text.truncate(DATE);
    text
}

fn rounded(number: f64) -> f64 {
    (number * 1e5).round() / 1e5
}

fn document(read: &ReadLog, plan: &Plan, outcome: &Outcome) -> Value {
    let of_typing = |typing: Typing| {
        let side = |by: &[ByLength; 2]| figures(&by[typing as usize]);
        let completion = plan.half_lives.iter().zip(&outcome.completion).map(|(half_life, by)| {
            let mut document = side(by);
            document["half_life"] = json!(HalfLife(*half_life).to_string());
            document
        });
        let lengths = || 1..=LENGTHS;
        json!({
            "ours": side(&outcome.ours),
            "completion": completion.collect::<Vec<_>>(),
            "best_completion_mrr_at_10":
                lengths().map(|length| rounded(outcome.best_completion(typing, length))).collect::<Vec<_>>(),
            "at_least_the_best":
                lengths().map(|length| outcome.is_at_least_the_best(typing, length)).collect::<Vec<_>>(),
        })
    };
    let (first, last) = read.log.days().unwrap_or_default();
    json!({
        "log": {
            "lines": read.lines,
            "rejected": read.rejected,
            "without_time": read.undated,
            "entries": read.log.entries().len(),
            "from": date(first),
            "to": date(last),
        },
        "test": {
            "days": plan.days.iter().rev().map(|&day| date(day)).collect::<Vec<_>>(),
            "queries": outcome.queries,
            "searched_before": outcome.known,
        },
        "weights": {
            "slow_half_life": plan.weights.slow_half_life,
            "fast_half_life": plan.weights.fast_half_life,
            "fast": plan.weights.fast,
            "free_length": plan.weights.free_length,
            "length_penalty": plan.weights.length_penalty,
        },
        "hanzi": of_typing(Typing::Written),
        "pinyin": of_typing(Typing::Pinyin),
    })
}

fn figures(by: &ByLength) -> Value {
    let mut document = json!({ "queries": by.iter().map(Figures::asked).collect::<Vec<_>>() });
    for (_, name, of) in MEASURES {
        document[name] = json!(by.iter().map(|figures| rounded(of(figures))).collect::<Vec<_>>());
    }
    document
}

fn show(read: &ReadLog, plan: &Plan, outcome: &Outcome) -> Result<()> {
    output::note(format_args!(
        "{} lines, {} entries; {} test days up to {}: {} queries, {:.1} % of them searched before",
        read.lines,
        read.log.entries().len(),
        plan.days.len(),
        plan.days.first().map_or_else(String::new, |&day| date(day)),
        outcome.queries,
        100.0 * outcome.known / outcome.queries.max(1.0),
    ));
    for typing in Typing::ALL {
        for (measure, _, of) in MEASURES {
            let title = format!("{}: {measure}", typing.name());
            let head: Vec<String> =
                std::iter::once(title).chain((1..=LENGTHS).map(|n| n.to_string())).collect();
            let head: Vec<&str> = head.iter().map(String::as_str).collect();
            let row = |name: String, by: &[ByLength; 2]| {
                let cells = by[typing as usize].iter().map(|figures| format!("{:.4}", of(figures)));
                std::iter::once(name).chain(cells).collect::<Vec<_>>()
            };
            let ours = std::iter::once(row("qiusuo".to_owned(), &outcome.ours));
            let others = plan
                .half_lives
                .iter()
                .zip(&outcome.completion)
                .map(|(half_life, by)| row(format!("most popular, {}", HalfLife(*half_life)), by));
            output::table(&head, ours.chain(others))?;
            output::data("")?;
        }
        let below: Vec<String> = (1..=COMPARED)
            .filter(|&length| !outcome.is_at_least_the_best(typing, length))
            .map(|length| length.to_string())
            .collect();
        output::note(match below.as_slice() {
            [] => format!("{}: at least the best completion at every length 1 to {COMPARED}", typing.name()),
            below => format!("{}: below the best completion at length {}", typing.name(), below.join(", ")),
        });
    }
    Ok(())
}
