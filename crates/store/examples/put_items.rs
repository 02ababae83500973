//! How fast items are written: `cargo run --release -p store --example put_items [items] [items a slice]`.
//!
//! Prints items per second for new items, for the same items again, and for single acknowledged writes; the
//! items have random identities, titles of 20 characters, abstracts of 60, bodies of 100 and answers of 700
//! bytes, which is about what an import brings.
#![expect(clippy::print_stdout, reason = "a measurement is there to be printed")]

use std::time::Instant;

use store::{ItemRecord, QueryCount, Store};

fn record(number: i64) -> ItemRecord {
    // A bijection of the 63-bit numbers: identities are different and in no order.
    let group_id = number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64) & i64::MAX;
    ItemRecord {
        group_id,
        online: true,
        title: format!("{number:010}家常菜做法大全推荐"),
        abstract_text: "红烧肉的做法".repeat(10),
        tags: vec!["美食".to_owned(), "家常菜".to_owned()],
        author: "美食博主".to_owned(),
        user_id: Some(number % 1_000),
        body: "先把水烧开再放".repeat(14),
        now: 1_700_000_000 + number,
        digg_count: Some(number),
        answer: vec![b'x'; 700],
        ..ItemRecord::default()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let items = arguments.next().transpose()?.unwrap_or(100_000);
    let slice = arguments.next().transpose()?.unwrap_or(1_000);
    let directory = tempfile::tempdir()?;
    let store = Store::open(directory.path()).await?;

    let records: Vec<ItemRecord> = (1..=items as i64).map(record).collect();
    for what in ["new items", "the same again"] {
        let started = Started::now();
        for slice in records.chunks(slice) {
            store.put_items(slice).await?;
        }
        rate(what, items, &started);
    }

    let started = Started::now();
    let (mut after, mut read) = (0, 0);
    while let page = store.item_changes(after, 1_000).await?
        && let Some(last) = page.last()
    {
        after = last.sequence;
        read += page.len();
    }
    rate("changes read", read, &started);

    let singles = 500;
    let started = Started::now();
    for record in &records[..singles.min(items)] {
        store.put_items(std::slice::from_ref(record)).await?;
    }
    rate("single writes", singles.min(items), &started);

    let queries: Vec<QueryCount> = (0..items)
        .map(|at| QueryCount {
            key: format!("查询 {at}"),
            surface: format!("查询 {at}"),
            count: 1,
            ..QueryCount::default()
        })
        .collect();
    let started = Started::now();
    for slice in queries.chunks(slice) {
        store.add_queries(slice, &[], None).await?;
    }
    rate("query counts", items, &started);
    store.close().await;
    Ok(())
}

/// When something began, on the wall and in this process's CPU seconds.
struct Started(Instant, f64);

impl Started {
    fn now() -> Started {
        Started(Instant::now(), cpu_seconds())
    }
}

fn rate(what: &str, count: usize, started: &Started) {
    let (wall, cpu) = (started.0.elapsed().as_secs_f64(), cpu_seconds() - started.1);
    let (by_wall, by_cpu) = (count as f64 / wall, count as f64 / cpu);
    println!("{what:>15}: {by_wall:9.0} a second, {by_cpu:9.0} a CPU second ({count} in {wall:.2} s)");
}

/// CPU seconds of all threads so far, where the system tells (in hundredths, fields 14 and 15 of `stat`).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
