//! Builds a base from a generated log: how long, how much memory, how large.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use suggest::{BuildOptions, Builder};

use super::Outcome;
use super::clock::memory;
use super::lines::{DAY, Entries};

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) fn run(file: &Path, base: &Path) -> Outcome<String> {
    text::segment::warm();
    text::pinyin::warm();
    let (mut entries, mut last) = (Entries::open(file)?, 0);
    while let Some(entry) = entries.next()? {
        last = entry.days.iter().map(|&(day, _)| day).fold(last, i64::max);
    }
    let at = (last + 1) * DAY;
    let before = memory("RssAnon");
    let (ended, peak) = (AtomicBool::new(false), AtomicU64::new(before));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(memory("RssAnon"), Ordering::Relaxed);
                std::thread::sleep(LOOK);
            }
        });
        let built = build(file, base, at);
        ended.store(true, Ordering::Relaxed);
        report(built?, before, peak.load(Ordering::Relaxed))
    })
}

struct Built {
    base: suggest::Base,
    collecting: Duration,
    building: Duration,
    surfaces: u64,
}

fn build(file: &Path, path: &Path, at: i64) -> Outcome<Built> {
    let start = Instant::now();
    let mut builder = Builder::new(BuildOptions { at, ..BuildOptions::default() });
    let (mut entries, mut surfaces) = (Entries::open(file)?, 0);
    while let Some(entry) = entries.next()? {
        surfaces += entry.text.len() as u64;
        builder.push(&entry.candidate(at));
    }
    let collecting = start.elapsed();
    let base = builder.build_to(path, &|_| {})?;
    Ok(Built { base, collecting, building: start.elapsed() - collecting, surfaces })
}

fn report(built: Built, before: u64, peak: u64) -> Outcome<String> {
    let Built { base, collecting, building, surfaces } = built;
    let entries = base.len().max(1) as f64;
    let parts: Vec<String> = base
        .parts()
        .into_iter()
        .map(|(name, bytes)| format!("{name:?}:{:.3}", bytes as f64 / entries))
        .collect();
    let grown = peak.saturating_sub(before);
    Ok(format!(
        "{{\"entries\":{},\"hot\":{},\"collecting_seconds\":{:.2},\"building_seconds\":{:.2},\"seconds\":{:.2},\
         \"file_bytes\":{},\"surface_bytes\":{surfaces},\"bytes_an_entry\":{:.2},\"readings_an_entry\":{:.4},\
         \"peak_anonymous_bytes\":{grown},\"peak_to_file\":{:.3},\"before_bytes\":{before},\"parts\":{{{}}}}}",
        base.len(),
        base.hot(),
        collecting.as_secs_f64(),
        building.as_secs_f64(),
        (collecting + building).as_secs_f64(),
        base.size(),
        (base.size() as f64 - surfaces as f64) / entries,
        base.readings() as f64 / entries,
        grown as f64 / base.size().max(1) as f64,
        parts.join(","),
    ))
}
