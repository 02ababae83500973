//! `qiusuo eval search`.

use std::{fs, path::Path, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, bail};
use engine::{
    Clock, Engine, Hold, ItemRecord, Options, Spread, Visible, Writing,
    evaluation::{
        baseline::{Bm25, Cut},
        judged::{Judged, Judgement},
        ranking::{PLACES, RankingFigures},
    },
};
use serde_json::{Value, json};
use wire::content::TypeSet;

use crate::{
    cli::{EvalSearch, Global},
    commands::{
        import::{Line, Lines},
        opening,
    },
    config::Config,
    output,
};

/// Titles of one transaction.
const TITLES: usize = 1_000;
/// Queries between two steps of the progress bar.
const STEP: usize = 100;

/// The figures of the three rankings.
struct Figures {
    ours: RankingFigures,
    characters_bigrams: RankingFigures,
    words: RankingFigures,
}

/// Searches the judged set and prints its figures.
pub(super) async fn run(global: &Global, config: &Config, options: &EvalSearch) -> Result<()> {
    let judged = read(options)?;
    let folder = Folder::new()?;
    let engine_options =
        Options { directory: folder.0.clone(), spread: Spread::NONE, ..opening::options(global, config) };
    let engine = indexed(&engine_options, &judged.titles).await?;
    let figures = ask(&engine, &judged);
    engine.close().await;
    let figures = figures?;
    if global.json { output::json(&document(&figures)) } else { show(&judged, &figures) }
}

/// A directory that is deleted when it is not needed any more.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let random: [u8; 16] = engine::secrets::random()?;
        let name = format!("qiusuo-eval-{:032x}", u128::from_le_bytes(random));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            output::note(format_args!("{} cannot be deleted: {error}", self.0.display()));
        }
    }
}

fn read(options: &EvalSearch) -> Result<Judged> {
    let titles = texts(&options.corpus)?;
    let queries = texts(&options.queries)?;
    let mut judgements: Vec<Judgement> = Vec::new();
    rows(&options.qrels, 4, "a query's id, a column, a title's id and a grade", &mut |columns| {
        let grade = columns[3].parse().ok()?;
        judgements.push((columns[0].to_owned(), columns[2].to_owned(), grade));
        Some(())
    })?;
    let judged = Judged::new(titles, queries, &judgements, options.relevant);
    if judged.unknown > 0 {
        output::note(format_args!(
            "{} judgements name a query or a title that is not in the files; they are left out",
            judged.unknown
        ));
    }
    if judged.queries.is_empty() {
        bail!("no query has a title of grade {} or better; --relevant takes a lower grade", judged.relevant);
    }
    Ok(judged)
}

/// The ids and texts of a file.
fn texts(file: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    rows(file, 2, "an id and a text", &mut |columns| {
        found.push((columns[0].to_owned(), columns[1].trim().to_owned()));
        Some(())
    })?;
    Ok(found)
}

/// Hands over the tab-separated columns of every line; an error names the first line that is of no use.
fn rows(file: &Path, columns: usize, form: &str, take: &mut dyn FnMut(&[&str]) -> Option<()>) -> Result<()> {
    let mut lines = Lines::open(file)?;
    let mut number = 0;
    while let Some(line) = lines.next_line()? {
        number += 1;
        let taken = match &line {
            Line::Text(text) if text.is_empty() => Some(()),
            Line::Text(text) => {
                let parts: Vec<&str> = text.splitn(columns, '\t').collect();
                if parts.len() == columns { take(&parts) } else { None }
            }
            _ => None,
        };
        if taken.is_none() {
            bail!("line {number} of {} must be {form}, with a tab between them", file.display());
        }
    }
    Ok(())
}

/// An engine over a directory that holds the titles; a title's id is its place and one more.
async fn indexed(options: &Options, titles: &[String]) -> Result<Arc<Engine>> {
    let now = Clock::system().unix_seconds();
    let mut writing = Writing::open(options.clone(), "eval", Hold::IfFree).await?;
    let progress = output::Progress::count("titles", Some(titles.len() as u64));
    for (batch, chunk) in titles.chunks(TITLES).enumerate() {
        let first = batch * TITLES;
        let records: Vec<ItemRecord> =
            (first + 1..).zip(chunk).map(|(id, title)| record(id, title, now)).collect();
        writing.put_items(&records).await?;
        progress.set((first + chunk.len()) as u64);
    }
    progress.finish();
    writing.wait(Visible::Search).await?;
    writing.close().await;
    Ok(Engine::open_reading(options.clone(), "eval").await?)
}

fn record(id: usize, title: &str, now: i64) -> ItemRecord {
    ItemRecord {
        group_id: id as i64,
        online: true,
        publish_time: Some(now),
        now,
        title: title.to_owned(),
        ..ItemRecord::default()
    }
}

fn ask(engine: &Engine, judged: &Judged) -> Result<Figures> {
    let [characters_bigrams, words] =
        [Cut::CharactersBigrams, Cut::Words].map(|cut| Bm25::new(cut, &judged.titles));
    let mut figures = Figures {
        ours: RankingFigures::default(),
        characters_bigrams: RankingFigures::default(),
        words: RankingFigures::default(),
    };
    let progress = output::Progress::count("queries", Some(judged.queries.len() as u64));
    for (place, query) in judged.queries.iter().enumerate() {
        let page = engine.search_once(&query.text, TypeSet::ALL.bits(), 0, PLACES)?;
        let ours: Vec<usize> = page.items().map(|(id, _)| (id - 1) as usize).collect();
        figures.ours.add(query, &ours, judged.relevant);
        figures.characters_bigrams.add(query, &characters_bigrams.search(&query.text), judged.relevant);
        figures.words.add(query, &words.search(&query.text), judged.relevant);
        if place % STEP == 0 {
            progress.set(place as u64);
        }
    }
    progress.finish();
    Ok(figures)
}

fn document(figures: &Figures) -> Value {
    let rounded = |number: f64| (number * 1e5).round() / 1e5;
    let of = |figures: &RankingFigures| {
        json!({
            "mrr@10": rounded(figures.mean_reciprocal_rank()),
            "ndcg@10": rounded(figures.discounted_gain()),
            "recall@100": rounded(figures.recall()),
        })
    };
    json!({
        "queries": figures.ours.queries(),
        "ours": of(&figures.ours),
        "characters_bigrams": of(&figures.characters_bigrams),
        "words": of(&figures.words),
    })
}

fn show(judged: &Judged, figures: &Figures) -> Result<()> {
    output::note(format_args!(
        "{} titles, {} queries with a title of grade {} or better",
        judged.titles.len(),
        figures.ours.queries(),
        judged.relevant
    ));
    let row = |name: &str, figures: &RankingFigures| {
        let number = |value: f64| format!("{value:.4}");
        let measures = [figures.mean_reciprocal_rank(), figures.discounted_gain(), figures.recall()];
        std::iter::once(name.to_owned()).chain(measures.map(number)).collect()
    };
    output::table(
        &["", "MRR@10", "nDCG@10", "Recall@100"],
        [
            row("ours", &figures.ours),
            row("characters and bigrams", &figures.characters_bigrams),
            row("words", &figures.words),
        ],
    )
}
