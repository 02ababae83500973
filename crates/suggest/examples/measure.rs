//! Measures building and asking: `measure PATH/hot_daily.tsv.gz [ROUNDS]` (columns date, source, query, heat; each
//! row of the query log counts 1). Prints a table to standard output. With several rounds the requests are asked
//! as often, for a profiler.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use suggest::mine::Miner;
use suggest::{Base, Candidate};

const LIMIT: usize = 15;
const REQUESTS: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: measure PATH/hot_daily.tsv.gz [ROUNDS]")?;
    let rounds: usize = std::env::args().nth(2).map_or(Ok(1), |rounds| rounds.parse())?;
    let counts = read_queries(Path::new(&path))?;
    let candidates: Vec<_> =
        counts.iter().map(|(query, &count)| Candidate::mined(query.as_str(), count)).collect();
    let text_bytes: usize = candidates.iter().map(|candidate| candidate.text.len()).sum();
    text::segment::warm();

    let keys = Instant::now();
    let key_bytes: usize = candidates.iter().map(|candidate| text::normal::key(&candidate.text).len()).sum();
    println!("keys alone      {:8.2} s ({key_bytes} bytes)", keys.elapsed().as_secs_f64());
    let readings = Instant::now();
    let units: usize = candidates
        .iter()
        .flat_map(|candidate| text::pinyin::readings(&candidate.text))
        .map(|units| units.len())
        .sum();
    println!("readings alone  {:8.2} s ({units} units)", readings.elapsed().as_secs_f64());

    let prefixes = prefixes(&candidates);
    let start = Instant::now();
    let base = Base::build(candidates, 1);
    println!("build           {:8.2} s", start.elapsed().as_secs_f64());
    report_size(&base, text_bytes);
    report_file(&base)?;
    for _ in 0..rounds {
        report_requests(&base, &prefixes);
    }
    report_mining(&counts);
    Ok(())
}

fn read_queries(path: &Path) -> Result<HashMap<String, u64>, Box<dyn Error>> {
    let mut counts = HashMap::new();
    for line in BufReader::new(flate2::read::GzDecoder::new(File::open(path)?)).lines().skip(1) {
        let line = line?;
        if let Some(query) = line.split('\t').nth(2) {
            *counts.entry(query.to_owned()).or_insert(0) += 1;
        }
    }
    Ok(counts)
}

fn report_size(base: &Base, text_bytes: usize) {
    let entries = base.len() as f64;
    println!("entries         {:8}", base.len());
    println!("readings        {:8.3} an entry", base.readings() as f64 / entries);
    println!("text            {:8.1} bytes an entry", text_bytes as f64 / entries);
    println!("file            {:8.1} bytes an entry", base.size() as f64 / entries);
    println!("over the text   {:8.1} bytes an entry", (base.size() as f64 - text_bytes as f64) / entries);
    for (part, bytes) in base.parts() {
        println!("  {part:16} {:8.2}", bytes as f64 / entries);
    }
}

fn report_file(base: &Base) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("base");
    let start = Instant::now();
    base.write(&path)?;
    println!("write           {:8.3} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    Base::open(&path)?;
    println!("open            {:8.3} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Things to type, by kind and number of characters: beginnings of entries, drawn as often as they were searched.
fn prefixes(candidates: &[Candidate]) -> Vec<(&'static str, usize, Vec<String>)> {
    let drawn = draw(candidates);
    let cut = |text: &str, length: usize| -> Option<String> {
        (text.chars().count() >= length).then(|| text.chars().take(length).collect())
    };
    let spelled: [(&str, Vec<String>); 3] = [
        ("prefix", drawn.iter().map(|text| text::normal::key(text)).collect()),
        (
            "pinyin",
            drawn
                .iter()
                .map(|text| text::pinyin::full(&text::pinyin::reading(&text::normal::key(text))))
                .collect(),
        ),
        (
            "initials",
            drawn
                .iter()
                .map(|text| text::pinyin::initials(&text::pinyin::reading(&text::normal::key(text))))
                .collect(),
        ),
    ];
    let mut prefixes = Vec::new();
    for (kind, texts) in spelled {
        for length in 1..=6 {
            prefixes.push((kind, length, texts.iter().filter_map(|text| cut(text, length)).collect()));
        }
    }
    prefixes
}

/// Draws entries by weight with a fixed generator, so that two runs ask the same.
fn draw(candidates: &[Candidate]) -> Vec<&str> {
    let mut sorted: Vec<_> = candidates.iter().collect();
    sorted.sort_by_key(|candidate| candidate.text.as_str());
    let tickets: Vec<u64> = sorted
        .iter()
        .scan(0, |sum, candidate| {
            *sum += candidate.weight;
            Some(*sum)
        })
        .collect();
    let total = tickets.last().copied().unwrap_or(1);
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 20) % total
    };
    (0..REQUESTS)
        .map(|_| next())
        .map(|ticket| sorted[tickets.partition_point(|&sum| sum <= ticket)].text.as_str())
        .collect()
}

fn report_requests(base: &Base, prefixes: &[(&'static str, usize, Vec<String>)]) {
    println!(
        "{:10} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8}  µs",
        "typed", "chars", "items", "mean", "p50", "p99", "worst"
    );
    for (kind, length, keywords) in prefixes {
        for keyword in keywords.iter().take(1000) {
            black_box(base.suggest(keyword, LIMIT, 0));
        }
        let mut items = 0;
        let mut times: Vec<f64> = Vec::with_capacity(keywords.len());
        for keyword in keywords {
            let start = Instant::now();
            let suggestions = base.suggest(black_box(keyword), LIMIT, 0);
            times.push(start.elapsed().as_secs_f64() * 1e6);
            items += black_box(suggestions).items.len();
        }
        times.sort_by(f64::total_cmp);
        let count = times.len().max(1);
        let at = |share: f64| times.get((count as f64 * share) as usize).copied().unwrap_or_default();
        let mean = times.iter().sum::<f64>() / count as f64;
        println!(
            "{kind:10} {length:>6} {:>8.1} {mean:>8.2} {:>8.2} {:>8.2} {:>8.2}",
            items as f64 / count as f64,
            at(0.5),
            at(0.99),
            times.last().copied().unwrap_or_default()
        );
    }
}

fn report_mining(counts: &HashMap<String, u64>) {
    let start = Instant::now();
    let mut miner = Miner::new();
    for title in counts.keys() {
        miner.add_title(title);
    }
    println!("mine: read      {:8.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let phrases = miner.phrases(20);
    println!("mine: phrases   {:8.2} s ({} phrases)", start.elapsed().as_secs_f64(), phrases.len());
    for (phrase, count) in phrases.iter().take(20) {
        println!("  {count:6} {phrase}");
    }
}
