//! How fast a whole query log is read: `cargo run --release -p store --example query_totals [directory]`.
//!
//! The log has 503,483 queries in about 707,000 rows, as a large imported one has, and is made where it is not there
//! yet. Prints how long the whole log takes page by page, as a build of the suggestions reads it, and how long
//! given queries take.
#![expect(clippy::print_stdout, reason = "a measurement is there to be printed")]

use std::time::Instant;

use store::{QueryCount, Store};

const KEYS: u64 = 503_483;
const PAGE: i64 = 5_000;

/// A number without pattern for every number.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number ^ (number >> 32)
}

fn key(number: u64) -> String {
    format!("{:06}家常菜的做法", mixed(number) % 1_000_000_000)
}

/// The rows of a query: one for most, with a second hour or a second way of typing it for some.
fn rows(number: u64) -> Vec<QueryCount> {
    let chance = mixed(number.wrapping_add(1 << 40));
    (0..1 + u64::from(chance % 100 < 25) + u64::from(chance % 1_000 < 155))
        .map(|row| QueryCount {
            key: key(number),
            surface: if row == 2 { format!("{} ", key(number)) } else { key(number) },
            hour: 470_000 + (mixed(chance + row) % 720) as i64,
            count: 1 + (chance % 7) as i64,
            results: 1,
            ..QueryCount::default()
        })
        .collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let temporary = tempfile::tempdir()?;
    let directory = std::env::args().nth(1).map_or_else(|| temporary.path().to_owned(), Into::into);
    let store = Store::open(&directory).await?;
    if store.query_totals("", 5, 1).await?.is_empty() {
        let numbers: Vec<u64> = (0..KEYS).collect();
        for slice in numbers.chunks(20_000) {
            let rows: Vec<QueryCount> = slice.iter().flat_map(|number| rows(*number)).collect();
            store.add_queries(&rows, &[], None).await?;
        }
    }
    for _ in 0..3 {
        let started = Instant::now();
        let cpu = cpu_seconds();
        let (mut after, mut read, mut asked) = (String::new(), 0, 0);
        while let page = store.query_totals(&after, 5, PAGE).await?
            && let Some(last) = page.last()
        {
            after.clone_from(&last.key);
            read += page.len();
            asked += page.iter().map(|total| total.count).sum::<i64>();
        }
        let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        println!("whole log: {read} queries, asked {asked} times, in {wall:.2} s, {cpu:.2} CPU s");
    }
    for given in [500, 5_000] {
        let keys: Vec<String> = (0..given).map(|at| key(at * 97)).collect();
        let started = Instant::now();
        let read = store.query_totals_of(&keys, 5).await?.len();
        println!("{given} given: {read} queries in {:.1} ms", started.elapsed().as_secs_f64() * 1_000.0);
    }
    store.close().await;
    Ok(())
}

/// CPU seconds of all threads so far, where the system tells (in hundredths, fields 14 and 15 of `stat`).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
