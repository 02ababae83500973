//! `qiusuo eval corrections`.

use std::{
    collections::HashSet,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use engine::evaluation::corrections::{CorrectionFigures, Model, ModelBuilder, THRESHOLD};
use serde_json::{Value, json};

use crate::{
    cli::{EvalCorrections, Global},
    commands::import::{Line, Lines},
    output,
};

/// What the column or key of a text may be called.
const NAMES: [&str; 3] = ["query", "title", "text"];
/// Pairs between two steps of the progress bar.
const STEP: usize = 100;

/// What the pairs amount to.
#[derive(Default)]
struct Outcome {
    figures: CorrectionFigures,
    /// How long each typed text took, shortest first.
    times: Vec<Duration>,
    missed: Vec<[String; 3]>,
    changed: Vec<[String; 2]>,
}

/// Learns from the texts, repairs the pairs and prints the figures.
pub(super) fn run(global: &Global, options: &EvalCorrections) -> Result<()> {
    let mut builder = ModelBuilder::new();
    let mut texts = 0;
    for file in &options.texts {
        if same_file(file, &options.pairs)? {
            bail!("{} holds the pairs; what they ask for may not be learned from them", file.display());
        }
        texts += learn(file, &mut builder)?;
    }
    let started = Instant::now();
    let model = builder.build();
    output::note(format_args!("{texts} texts; the model took {:.1} s", started.elapsed().as_secs_f64()));
    let outcome = repair(&model, &pairs(&options.pairs)?, options.misses);
    if global.json { output::json(&document(&outcome, &model, texts)) } else { show(&outcome, &model) }
}

fn same_file(one: &Path, other: &Path) -> Result<bool> {
    let found = |path: &Path| path.canonicalize().with_context(|| format!("cannot open {}", path.display()));
    // Standard input has no path.
    if one == Path::new("-") || other == Path::new("-") {
        return Ok(one == other);
    }
    Ok(found(one)? == found(other)?)
}

/// Takes in every text of a file once; how many there were.
fn learn(file: &Path, builder: &mut ModelBuilder) -> Result<usize> {
    let mut lines = Lines::open(file)?;
    let mut form = None;
    let mut seen: HashSet<u64> = HashSet::new();
    let mut rejected = 0;
    while let Some(line) = lines.next_line()? {
        let Line::Text(line) = line else {
            rejected += 1;
            continue;
        };
        if form.is_none() {
            let found = Form::of(&line);
            let header = matches!(found, Form::Column { header: true, .. });
            form = Some(found);
            if header {
                continue;
            }
        }
        match form.as_ref().and_then(|form| form.text(&line)) {
            Some(text) if seen.insert(hash(text.trim())) => builder.add(text.trim()),
            Some(_) => {}
            None => rejected += 1,
        }
    }
    if rejected > 0 {
        output::note(format_args!("{rejected} lines of {} have no text; they are left out", file.display()));
    }
    Ok(seen.len())
}

fn hash(text: &str) -> u64 {
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
}

/// Where a line has its text.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    /// Under a key of an object.
    Json,
    /// In this column, or in the last one.
    Column { place: Option<usize>, header: bool },
}

impl Form {
    fn of(first_line: &str) -> Self {
        if first_line.trim_start().starts_with('{') {
            return Self::Json;
        }
        let mut columns = first_line.split('\t').map(str::trim);
        let place = columns.position(|column| NAMES.iter().any(|name| column.eq_ignore_ascii_case(name)));
        Self::Column { place, header: place.is_some() }
    }

    fn text(&self, line: &str) -> Option<String> {
        match self {
            Self::Json => {
                let object: Value = serde_json::from_str(line).ok()?;
                NAMES.iter().find_map(|name| Some(object.get(name)?.as_str()?.to_owned()))
            }
            Self::Column { place: Some(place), .. } => line.split('\t').nth(*place).map(str::to_owned),
            Self::Column { place: None, .. } => line.rsplit('\t').next().map(str::to_owned),
        }
    }
}

fn pairs(file: &Path) -> Result<Vec<(String, String)>> {
    let mut lines = Lines::open(file)?;
    let mut found = Vec::new();
    let mut number = 0;
    while let Some(line) = lines.next_line()? {
        number += 1;
        let Line::Text(line) = line else { bail!("line {number} of {} cannot be read", file.display()) };
        let Some((typed, meant)) = line.split_once('\t') else {
            if line.is_empty() {
                continue;
            }
            bail!("line {number} of {} must be what was typed, a tab and what was meant", file.display());
        };
        found.push((typed.trim().to_owned(), meant.trim().to_owned()));
    }
    Ok(found)
}

fn repair(model: &Model, pairs: &[(String, String)], misses: usize) -> Outcome {
    let mut outcome = Outcome::default();
    let progress = output::Progress::count("pairs", Some(pairs.len() as u64));
    for (place, (typed, meant)) in pairs.iter().enumerate() {
        let started = Instant::now();
        let repairs = model.repairs(typed, THRESHOLD);
        outcome.times.push(started.elapsed());
        let before = outcome.figures;
        outcome.figures.add(typed, meant, &repairs);
        let first = repairs.into_iter().next().map(|repair| repair.text).unwrap_or_default();
        if outcome.figures.changed > before.changed && outcome.changed.len() < misses {
            outcome.changed.push([typed.clone(), first]);
        } else if outcome.figures.wrong > before.wrong
            && outcome.figures.found == before.found
            && outcome.missed.len() < misses
        {
            outcome.missed.push([typed.clone(), meant.clone(), first]);
        }
        if place % STEP == 0 {
            progress.set(place as u64);
        }
    }
    progress.finish();
    outcome.times.sort_unstable();
    outcome
}

impl Outcome {
    /// The time, in microseconds, that so many hundredths of the texts did not take longer than.
    fn microseconds(&self, hundredths: usize) -> u64 {
        let place = self.times.len() * hundredths / 100;
        self.times
            .get(place.min(self.times.len().saturating_sub(1)))
            .map_or(0, |time| time.as_micros() as u64)
    }
}

fn document(outcome: &Outcome, model: &Model, texts: usize) -> Value {
    let rounded = |number: f64| (number * 1e5).round() / 1e5;
    let figures = &outcome.figures;
    let mut document = json!({
        "texts": texts,
        "pairs": figures.wrong + figures.equal,
        "wrong": figures.wrong,
        "top_1": rounded(figures.first_share()),
        "top_3": rounded(figures.found_share()),
        "repaired": rounded(figures.repaired_share()),
        "equal": figures.equal,
        "changed": rounded(figures.changed_share()),
        "median_us": outcome.microseconds(50),
        "p99_us": outcome.microseconds(99),
        "model_bytes": model.bytes(),
    });
    if !outcome.missed.is_empty() || !outcome.changed.is_empty() {
        document["missed"] = json!(outcome.missed);
        document["changed_texts"] = json!(outcome.changed);
    }
    document
}

fn show(outcome: &Outcome, model: &Model) -> Result<()> {
    let figures = &outcome.figures;
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let rows = [
        ("pairs that differ", figures.wrong.to_string()),
        ("meant text is the first repair", percent(figures.first_share())),
        ("meant text is among the first three", percent(figures.found_share())),
        ("repaired, rightly or not", percent(figures.repaired_share())),
        ("equal pairs", figures.equal.to_string()),
        ("equal pairs that are changed", percent(figures.changed_share())),
        ("median, µs a text", outcome.microseconds(50).to_string()),
        ("p99, µs a text", outcome.microseconds(99).to_string()),
        ("bytes of the model", model.bytes().to_string()),
    ];
    output::table(&["", ""], rows.map(|(name, value)| vec![name.to_owned(), value]))?;
    for [typed, meant, first] in &outcome.missed {
        output::data(&format!("missed\t{typed}\t{meant}\t{first}"))?;
    }
    for [typed, first] in &outcome.changed {
        output::data(&format!("changed\t{typed}\t{first}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_in_their_lines() {
        let check = |first: &str, line: &str, expected: Option<&str>| {
            assert_eq!(Form::of(first).text(line).as_deref(), expected, "{line}");
        };
        check("美食推荐", "美食推荐", Some("美食推荐"));
        check("d1\t美食推荐", "d1\t美食推荐", Some("美食推荐"));
        check("date\tQuery\theat", "2025-01-01\t美食\t7", Some("美食"));
        check("date\tquery\theat", "2025-01-01", None);
        check("{", r#"{"title":"美食","author":"a"}"#, Some("美食"));
        check("{", r#"{"name":"美食"}"#, None);
        assert_eq!(Form::of("查询"), Form::Column { place: None, header: false });
    }
}
