//! Measures import and search: `measure_search TITLES.ndjson[.gz] [QUERIES]`, one query a line.
//!
//! Prints one JSON line a step. Without queries, pairs of words that stand together in 15 titles or more are
//! searched, as the fixed opponent of the speed bars has them.
#![expect(clippy::print_stdout, reason = "a command that prints its figures")]
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first surprise")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    hint::black_box,
    io::{BufRead, BufReader, Read},
    path::Path,
    time::{Duration, Instant},
};

use search::{Change, ContentIndex, Counters, Document, Options, Query, Spread, TantivyIndex};
use serde_json::{Value, json};

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 5000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let titles = arguments.next().expect("usage: measure_search TITLES.ndjson[.gz] [QUERIES] [THREADS]");
    let queries = arguments.next();
    let threads = arguments.next().map_or(1, |text| text.parse().expect("THREADS"));
    let documents: Vec<Change> = lines(&titles).map(|line| Change::Put(Box::new(document(&line)))).collect();
    let queries: Vec<String> = match queries {
        Some(path) => lines(&path).collect(),
        None => pairs(&documents),
    };
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        writer_threads: threads,
        writer_bytes: threads * (32 << 20),
        quiet_after: Duration::ZERO,
        ..Options::default()
    };
    let index = TantivyIndex::create(folder.path(), &options).unwrap();
    import(&index, &documents, folder.path());
    drop(documents);
    search(&index, &queries, "as imported");
    settle(&index);
    println!("{}", json!({"index_bytes_merged": size(&folder.path().join("engine"))}));
    search(&index, &queries, "merged");
    drop(index);
    let started = Instant::now();
    let opened = TantivyIndex::create_or_open(folder.path(), &options).unwrap();
    println!(
        "{}",
        json!({"open_ms": started.elapsed().as_secs_f64() * 1e3, "documents": opened.index.documents()})
    );
}

fn import(index: &TantivyIndex, documents: &[Change], folder: &Path) {
    let started = Instant::now();
    for (batch, changes) in documents.chunks(BATCH).enumerate() {
        index.apply(changes).unwrap();
        index.commit(batch as i64 + 1).unwrap();
    }
    let seconds = started.elapsed().as_secs_f64();
    let speed = documents.len() as f64 / seconds;
    println!(
        "{}",
        json!({"documents": documents.len(), "seconds": seconds, "documents_per_second": speed,
            "index_bytes": size(&folder.join("engine")), "table_bytes": size(folder)})
    );
}

/// Waits for merges: until maintenance finds nothing to do.
fn settle(index: &TantivyIndex) {
    for _ in 0..12 {
        index.maintain().unwrap();
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn search(index: &TantivyIndex, queries: &[String], state: &str) {
    let orders = [
        ("first page", Spread::default(), 11),
        ("whole", Spread::default(), usize::MAX),
        ("whole, as ranked", Spread::NONE, usize::MAX),
    ];
    for (order, spread, head) in orders {
        search_with(index, queries, (state, order), (spread, head));
    }
}

fn search_with(
    index: &TantivyIndex,
    queries: &[String],
    (state, order): (&str, &str),
    (spread, head): (Spread, usize),
) {
    let mut best: Vec<f64> = vec![f64::MAX; queries.len()];
    let (mut exact, mut listed) = (0, 0);
    let cpu = cpu_seconds();
    for _ in 0..3 {
        for (query, best) in queries.iter().zip(&mut best) {
            let started = Instant::now();
            let list = index
                .rank(&Query { keyword: query, kinds: 7, now: 1_770_000_000, spread, relaxed: true, head })
                .unwrap();
            *best = best.min(started.elapsed().as_secs_f64() * 1e6);
            exact += list.tier_zero;
            listed += black_box(list).ids.len();
        }
    }
    let cpu = cpu_seconds() - cpu;
    best.sort_by(f64::total_cmp);
    let part = |share: f64| best[((best.len() - 1) as f64 * share) as usize];
    let count = queries.len() as f64;
    println!(
        "{}",
        json!({"state": state, "order": order, "queries": queries.len(), "rank_cpu_us_mean": cpu * 1e6 / count / 3.0,
            "rank_us_mean": best.iter().sum::<f64>() / count,
            "p50": part(0.5), "p99": part(0.99), "max": part(1.0),
            "exact_mean": exact as f64 / count / 3.0, "listed_mean": listed as f64 / count / 3.0})
    );
}

/// CPU time of this thread so far; not disturbed by what else the machine does. 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Two-word queries that fill a page, the most frequent first.
fn pairs(documents: &[Change]) -> Vec<String> {
    let is_word = |word: &str| {
        (2..=4).contains(&word.chars().count())
            && word.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    };
    let mut together: BTreeMap<(String, String), u32> = BTreeMap::new();
    for change in documents {
        let Change::Put(document) = change else { continue };
        let cut = text::segment::words(&document.title);
        let words: BTreeSet<&str> = cut.into_iter().filter(|word| is_word(word)).collect();
        for (index, first) in words.iter().enumerate() {
            for second in words.iter().skip(index + 1) {
                *together.entry(((*first).to_owned(), (*second).to_owned())).or_default() += 1;
            }
        }
    }
    let mut pairs: Vec<_> = together.into_iter().filter(|(_, count)| *count >= 15).collect();
    pairs.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    pairs.into_iter().map(|((first, second), _)| format!("{first} {second}")).collect()
}

fn document(line: &str) -> Document {
    let item: Value = serde_json::from_str(line).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |key: &str| item[key].as_i64().unwrap_or_default();
    Document {
        group_id: item["group_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default(),
        kind: match item["group_type"].as_str() {
            Some("tuwen") => 0,
            Some("xigua_video") => 1,
            _ => 2,
        },
        publish_time: number("publish_time"),
        counters: Counters {
            read: number("article_read_count"),
            comment: number("comment_count"),
            digg: number("digg_count"),
            share: number("share_count"),
            watch: number("video_watch_count"),
        },
        title: text(&item["title"]),
        abstract_text: text(&item["abstract"]),
        tags: item["tags"].as_array().map(|tags| tags.iter().map(text).collect()).unwrap_or_default(),
        author: text(&item["user_info"]["name"]),
        body: text(&item["content"]),
        answer: line.as_bytes().to_vec(),
    }
}

fn lines(path: &str) -> impl Iterator<Item = String> {
    let file = fs::File::open(path).unwrap();
    let packed = path.ends_with(".gz");
    let reader: Box<dyn Read> =
        if packed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    BufReader::new(reader).lines().map(|line| line.unwrap())
}

/// Bytes on disk of the files in a folder, those of folders inside not counted.
fn size(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
    entries.filter(fs::Metadata::is_file).map(|entry| entry.blocks() * 512).sum()
}
