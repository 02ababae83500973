//! `qiusuo items`: what the API under `/v1/` does with items, on a stopped or a running server's directory.

use std::{path::Path, process::ExitCode};

use anyhow::Result;
use engine::{Acts, Clock, CountersRecord, Hold, ItemRecord, Visible, Writing, open_existing};
use wire::{
    import::LineError,
    items::{Figures, ItemResult, Outcome, Summary},
};

use super::{
    import::{Line, Lines, SOME_REJECTED},
    opening,
};
use crate::{
    cli::{Global, Items, ItemsPut},
    config::Config,
    items::{self, BATCH_BYTES, BATCH_LINES, Batch, ReadLine},
    logging, output,
};

/// How many bad lines are told one by one where nobody asked for JSON.
const TOLD: u64 = 20;

/// Runs the command.
pub(super) async fn run(global: &Global, config: &Config, items: Items) -> Result<ExitCode> {
    logging::start(&config.log);
    match items {
        Items::Get(item) => get(global, config, item.group_id).await,
        Items::Put(put) => self::put(global, config, put).await,
        Items::Counters(lines) => counters(global, config, &lines.file).await,
        Items::Delete(ids) => act(global, config, &ids.group_ids, Outcome::Deleted).await,
        Items::TakeDown(ids) => act(global, config, &ids.group_ids, Outcome::TakenDown).await,
        Items::Restore(ids) => act(global, config, &ids.group_ids, Outcome::Restored).await,
    }
}

async fn get(global: &Global, config: &Config, group_id: i64) -> Result<ExitCode> {
    let directory = open_existing(opening::options(global, config)).await?;
    let item = directory.store.item(group_id).await?.ok_or_else(|| absent(group_id))?;
    output::json(&items::line(item)?)?;
    Ok(ExitCode::SUCCESS)
}

fn absent(group_id: i64) -> anyhow::Error {
    output::hinted(format!("there is no item {group_id}"), "`qiusuo items put` and `qiusuo import` put items")
}

async fn put(global: &Global, config: &Config, put: ItemsPut) -> Result<ExitCode> {
    let hold = if put.no_wait { Hold::Never } else { Hold::IfFree };
    let mut writing = Writing::open(opening::options(global, config), "items", hold).await?;
    let mut told = Told::new(global);
    let done = async {
        let mut batches = Batches::open(&put.lines.file)?;
        while let Some(lines) = batches.next()? {
            let own_base = config.server.public_url.as_deref();
            let batch = Batch::<ItemRecord>::of_items(lines, own_base, Clock::system().unix_seconds());
            let outcome = writing.put_items(&batch.rows).await?;
            told.add(&batch.put(&outcome))?;
        }
        if !put.no_wait {
            writing.wait(Visible::Search).await?;
        }
        anyhow::Ok((!put.no_wait).then_some(true))
    };
    let done = done.await;
    writing.close().await;
    told.finish(done?)
}

async fn counters(global: &Global, config: &Config, file: &Path) -> Result<ExitCode> {
    let mut writing = existing(global, config).await?;
    let mut told = Told::new(global);
    let done = async {
        let mut batches = Batches::open(file)?;
        while let Some(lines) = batches.next()? {
            let batch = Batch::<CountersRecord>::of_counters(lines);
            let acts = writing.set_counters(&batch.rows).await?;
            told.add(&batch.set(&acts))?;
        }
        anyhow::Ok(writing.wait(Visible::Standings).await?)
    };
    let done = done.await;
    writing.close().await;
    done?;
    told.finish(None)
}

async fn act(global: &Global, config: &Config, group_ids: &[i64], changed: Outcome) -> Result<ExitCode> {
    let mut writing = existing(global, config).await?;
    let done = acted(&mut writing, group_ids, changed).await;
    writing.close().await;
    let mut told = Told::new(global);
    for (act, group_id) in done?.acts.into_iter().zip(group_ids) {
        let result = ItemResult::new(None, Some(*group_id), items::outcome(act, changed));
        told.figures.count(result.result);
        told.show(&result)?;
    }
    Ok(told.code())
}

async fn acted(writing: &mut Writing, group_ids: &[i64], changed: Outcome) -> Result<Acts> {
    let (acts, visible) = match changed {
        Outcome::Deleted => (writing.delete_items(group_ids).await?, Visible::Standings),
        Outcome::Restored => (writing.set_online(group_ids, true).await?, Visible::Search),
        _ => (writing.set_online(group_ids, false).await?, Visible::Standings),
    };
    writing.wait(visible).await?;
    Ok(acts)
}

/// Access to a directory that is there: one that is not has no items, and is not made for that.
async fn existing(global: &Global, config: &Config) -> Result<Writing> {
    drop(open_existing(opening::options(global, config)).await?);
    Ok(Writing::open(opening::options(global, config), "items", Hold::IfFree).await?)
}

/// A file's lines, as many at once as make one transaction.
struct Batches {
    lines: Lines,
    number: u64,
}

impl Batches {
    fn open(file: &Path) -> Result<Batches> {
        Ok(Batches { lines: Lines::open(file)?, number: 0 })
    }

    fn next(&mut self) -> Result<Option<Vec<ReadLine>>> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH_LINES && bytes < BATCH_BYTES {
            let Some(line) = self.lines.next_line()? else { break };
            self.number += 1;
            let text = match line {
                Line::Text(text) if text.trim().is_empty() => continue,
                Line::Text(text) => Ok(text),
                Line::Bad(reason) => Err(LineError::new("line", reason)),
            };
            bytes += text.as_ref().map_or(0, String::len);
            batch.push(ReadLine { number: self.number, text });
        }
        Ok(Some(batch).filter(|batch| !batch.is_empty()))
    }
}

/// What is said of the lines.
struct Told<'a> {
    global: &'a Global,
    figures: Figures,
}

impl Told<'_> {
    fn new(global: &Global) -> Told<'_> {
        Told { global, figures: Figures::default() }
    }

    fn add(&mut self, results: &[ItemResult]) -> Result<()> {
        for result in results {
            self.figures.count(result.result);
            if self.global.json {
                output::json(result)?;
            } else if !result.result.is_good() && self.figures.failed() <= TOLD {
                output::note(sentence(result));
            }
        }
        Ok(())
    }

    /// One item that was acted on.
    fn show(&self, result: &ItemResult) -> Result<()> {
        if self.global.json {
            return output::json(result);
        }
        let group_id = result.group_id.as_deref().unwrap_or_default();
        output::data(&format!("{group_id}\t{}", result.result.name()))
    }

    fn finish(self, searchable: Option<bool>) -> Result<ExitCode> {
        let code = self.code();
        let figures = Figures { searchable, ..self.figures };
        if self.global.json {
            output::json(&Summary { summary: figures })?;
            return Ok(code);
        }
        let Figures { read, created, updated, unchanged, not_found, rejected, .. } = figures;
        output::note(format_args!(
            "{read} lines read: {created} new, {updated} updated, {unchanged} as they were, {not_found} about \
             items that are not there, {rejected} rejected"
        ));
        Ok(code)
    }

    fn code(&self) -> ExitCode {
        if self.figures.failed() > 0 { ExitCode::from(SOME_REJECTED) } else { ExitCode::SUCCESS }
    }
}

fn sentence(result: &ItemResult) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let line = result.line.unwrap_or_default();
    format!("line {line}: {} {}", part(&result.key), part(&result.reason))
}
