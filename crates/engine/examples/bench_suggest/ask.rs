//! Opens a base and times requests as a server makes them, one by one, in thread CPU time: five passes over all
//! inputs, the best of the five for each; percentiles are of those.
//!
//! - `prefix`: beginnings of 1 to 6 characters, every length alike, of entries drawn by how often they are searched.
//! - The exact routes: entries drawn the same way, each typed in full or in part (half each) by a rule of
//!   [`engine::evaluation::typing`]; every input once. `short_last_word` is a word of an entry, a space, and the first
//!   character of a later word of it. These and `prefix` are asked with the repairs switched off, since the
//!   routes' own cost is what they are there for; `prefix_as_served` has them on.
//! - The repairs: inputs of a repair's rule for which the exact routes give fewer than 15.
//! - `too_few`: inputs of all exact batches for which the exact routes give fewer than 15, repairs on.
//! - `mixed_load`: four inputs of the exact batches that give 15, and one of the repairs' in turn, and so on.
//!
//! Beside every batch the fixed loop of [`super::clock`] is timed; `void` says that it deviated by more than 15 %.

use std::collections::HashSet;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use engine::evaluation::LIST;
use engine::evaluation::typing::{Entry, Homophones, RULES, Random, Rule, Share, hash};
use suggest::{Base, Route, Settings, Snapshot};

use super::clock::{fixed_loop, memory, thread_time};
use super::lines::Entries;
use super::{Outcome, SEED};

/// Inputs of a batch, if nothing else is said.
pub(crate) const INPUTS: usize = 10_000;
/// The longest prefix of the first batch.
const LONGEST: usize = 6;
/// Passes over a batch.
const PASSES: usize = 5;
/// Entries drawn for each input: rules do not apply to all, and popular ones are drawn again and again.
const DRAWN: usize = 12;
/// By how much the fixed loop may deviate.
const DEVIATION: f64 = 0.15;
/// Part of an entry that half of the inputs type.
const PART: f64 = 0.6;

struct Figures {
    name: &'static str,
    inputs: usize,
    p50: f64,
    p99: f64,
    worst: f64,
    items: f64,
    calibration: f64,
}

pub(crate) fn run(file: &Path, path: &Path, inputs: usize) -> Outcome<String> {
    text::segment::warm();
    text::pinyin::warm();
    // Once for the page cache; what is measured is the second time.
    drop(Base::open(path)?);
    let before = memory("RssAnon");
    let start = Instant::now();
    let base = Base::open(path)?;
    let open_seconds = start.elapsed().as_secs_f64();
    let open_bytes = memory("RssAnon").saturating_sub(before);
    let (now, entries) = (base.at(), base.len());
    let snapshot = Snapshot::of_base(base);

    let drawn = draw(file, inputs * DRAWN)?;
    let asked = Asked { exact: exact_only(&snapshot), served: snapshot, now };
    let figures: Vec<Figures> =
        batches(&drawn, &asked, inputs).iter().map(|batch| asked.measure(batch)).collect();
    let loops = figures.iter().map(|figures| figures.calibration);
    let (least, most) = (loops.clone().fold(f64::INFINITY, f64::min), loops.fold(0.0, f64::max));
    let rows: Vec<String> = figures
        .iter()
        .map(|figures| {
            format!(
                "{:?}:{{\"inputs\":{},\"p50_us\":{:.2},\"p99_us\":{:.2},\"worst_us\":{:.2},\"mean_items\":{:.2},\
                 \"calibration_us\":{:.1}}}",
                figures.name,
                figures.inputs,
                figures.p50,
                figures.p99,
                figures.worst,
                figures.items,
                figures.calibration,
            )
        })
        .collect();
    Ok(format!(
        "{{\"entries\":{entries},\"open_seconds\":{open_seconds:.3},\"open_anonymous_bytes\":{open_bytes},\
         \"served_anonymous_bytes\":{},\"calibration_us\":[{least:.1},{most:.1}],\"void\":{},\"batches\":{{{}}}}}",
        memory("RssAnon").saturating_sub(before),
        most > least * (1.0 + DEVIATION),
        rows.join(","),
    ))
}

/// Draws texts by how often they are searched, in an order of chance.
fn draw(file: &Path, count: usize) -> Outcome<Vec<String>> {
    let (mut entries, mut total) = (Entries::open(file)?, 0);
    while let Some(entry) = entries.next()? {
        total += entry.count();
    }
    let mut random = Random::new(SEED);
    let mut tickets: Vec<u64> = (0..count).map(|_| random.below(total as usize) as u64).collect();
    tickets.sort_unstable();
    let (mut entries, mut reached, mut drawn) = (Entries::open(file)?, 0, Vec::with_capacity(count));
    while let Some(entry) = entries.next()? {
        reached += entry.count();
        while tickets.get(drawn.len()).is_some_and(|&ticket| ticket < reached) {
            drawn.push(entry.text.clone());
        }
    }
    random.shuffle(&mut drawn);
    Ok(drawn)
}

/// Inputs and how they are asked.
struct Batch {
    name: &'static str,
    repairs: bool,
    inputs: Vec<String>,
}

/// Both ways to ask.
struct Asked {
    exact: Snapshot,
    served: Snapshot,
    now: i64,
}

impl Asked {
    /// Whether the exact routes give a whole list.
    fn is_full(&self, input: &str) -> bool {
        self.exact.suggest(input, LIST, self.now).items.len() >= LIST
    }

    fn measure(&self, batch: &Batch) -> Figures {
        measure(batch, if batch.repairs { &self.served } else { &self.exact }, self.now)
    }
}

fn batches(drawn: &[String], asked: &Asked, count: usize) -> Vec<Batch> {
    let mut random = Random::new(SEED ^ 1);
    let homophones = Homophones::of(drawn.iter().map(String::as_str));
    let distinct = distinct(drawn);
    let mut exact =
        vec![Batch { name: "prefix", repairs: false, inputs: prefixes(drawn, count, &mut random) }];
    let mut repairs = Vec::new();
    for rule in RULES.into_iter().filter(|rule| rule.route != Route::Prefix) {
        let is_repair = rule.route.is_repair();
        let takes = |typed: &str| !is_repair || !asked.is_full(typed);
        let inputs = typed(rule, &distinct, &homophones, count, &takes);
        let batches = if is_repair { &mut repairs } else { &mut exact };
        batches.push(Batch { name: rule.name, repairs: is_repair, inputs });
    }
    let short = distinct.iter().filter_map(|text| Entry::new(text).word_and_a_character(&mut random));
    exact.push(Batch { name: "short_last_word", repairs: false, inputs: once(short, count) });

    let served = exact[0].inputs.clone();
    let in_turn = |full: bool| -> Vec<Vec<String>> {
        let of = |batch: &Batch| {
            batch.inputs.iter().filter(|input| asked.is_full(input) == full).cloned().collect()
        };
        exact.iter().map(of).collect()
    };
    let too_few = interleaved(&in_turn(false), count);
    let full = interleaved(&in_turn(true), count);
    let wrong: Vec<Vec<String>> = repairs.iter().map(|batch| batch.inputs.clone()).collect();
    let mixed = mixed(&full, &interleaved(&wrong, count), count);
    exact.extend(repairs);
    let further = [("prefix_as_served", served), ("too_few", too_few), ("mixed_load", mixed)];
    exact.extend(further.map(|(name, inputs)| Batch { name, repairs: true, inputs }));
    exact
}

/// The same without repairs.
fn exact_only(snapshot: &Snapshot) -> Snapshot {
    let repairs = Route::ALL.into_iter().filter(|route| route.is_repair());
    let settings = repairs.fold(Settings::default(), |settings, route| settings.with_enabled(route, false));
    Snapshot { settings: Arc::new(settings), ..snapshot.clone() }
}

fn prefixes(drawn: &[String], count: usize, random: &mut Random) -> Vec<String> {
    let cut = |text: &String| -> String { text.chars().take(1 + random.below(LONGEST)).collect() };
    drawn.iter().take(count).map(cut).collect()
}

fn distinct(drawn: &[String]) -> Vec<String> {
    once(drawn.iter().cloned(), usize::MAX)
}

/// The first `count` different ones.
fn once(texts: impl Iterator<Item = String>, count: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(hash(text))).take(count).collect()
}

fn typed(
    rule: Rule,
    texts: &[String],
    homophones: &Homophones,
    count: usize,
    counts: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let shares = [Share::Full, Share::Part(PART)];
    let typed = texts.iter().enumerate().filter_map(|(place, text)| {
        let typed = rule.typed(&Entry::new(text), shares[place % 2], homophones, SEED)?;
        counts(&typed).then_some(typed)
    });
    once(typed, count)
}

/// One of each list in turn, until there are `count` or none is left.
fn interleaved(lists: &[Vec<String>], count: usize) -> Vec<String> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let all = (0..longest).flat_map(|turn| lists.iter().filter_map(move |list| list.get(turn)));
    all.take(count).cloned().collect()
}

/// Four of the first and one of the second, both again from the start when they run out.
fn mixed(exact: &[String], repairs: &[String], count: usize) -> Vec<String> {
    let mut inputs = (exact.iter().cycle(), repairs.iter().cycle());
    (0..count)
        .filter_map(|turn| if turn % 5 == 4 { inputs.1.next() } else { inputs.0.next() })
        .cloned()
        .collect()
}

fn measure(batch: &Batch, snapshot: &Snapshot, now: i64) -> Figures {
    let inputs = &batch.inputs;
    let mut best = vec![f64::INFINITY; inputs.len()];
    let mut items = 0;
    let mut calibration = fixed_loop();
    for _ in 0..PASSES {
        items = 0;
        for (input, best) in inputs.iter().zip(&mut best) {
            let start = thread_time();
            snapshot.suggest_each(black_box(input), LIST, now, |found| {
                black_box(found);
                items += 1;
            });
            let took = (thread_time() - start).as_secs_f64() * 1e6;
            *best = best.min(took);
        }
        calibration = calibration.min(fixed_loop());
    }
    best.sort_unstable_by(f64::total_cmp);
    let at = |part: f64| {
        let place = ((best.len() as f64 * part).ceil() as usize).saturating_sub(1);
        best.get(place).copied().unwrap_or(0.0)
    };
    Figures {
        name: batch.name,
        inputs: inputs.len(),
        p50: at(0.5),
        p99: at(0.99),
        worst: at(1.0),
        items: items as f64 / inputs.len().max(1) as f64,
        calibration,
    }
}
