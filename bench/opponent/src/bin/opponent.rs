//! What our server is measured against.
//!
//! ```text
//! opponent bare  PORT BYTES             a constant JSON body of that many bytes at every path
//! opponent index DIR TITLES.ndjson[.gz] plain tantivy: one stored title field, jieba words, one segment
//! opponent pairs TITLES                 two-word queries that fill a page, one a line: words standing together in 15 titles or more
//! opponent serve DIR PORT               GET /search?keyword=…&count=10, words joined by AND, BM25, stored item in the answer
//! ```
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::BufRead,
    path::Path,
    sync::Arc,
    time::Instant,
};

use axum::{
    Router,
    extract::{Query as UrlQuery, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::get,
};
use jieba_rs::Jieba;
use serde_json::{json, value::RawValue};
use tantivy::{
    Index, IndexReader, Searcher, TantivyDocument, Term,
    collector::TopDocs,
    query::{BooleanQuery, Occur, Query, TermQuery},
    schema::{Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value},
    tokenizer::{Token, TokenStream, Tokenizer},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const JSON: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bare", port, bytes] => bare(port, bytes.parse().expect("BYTES")),
        ["index", dir, titles] => index(dir, titles),
        ["pairs", titles] => pairs(titles),
        ["serve", dir, port] => serve_search(dir, port),
        _ => panic!("usage: opponent bare PORT BYTES | index DIR TITLES | pairs TITLES | serve DIR PORT"),
    }
}

fn bare(port: &str, bytes: usize) {
    let body: &'static str = format!("{{\"pad\":\"{}\"}}", "x".repeat(bytes.saturating_sub(10))).leak();
    listen(port, Router::new().fallback(move || async move { (JSON, body) }));
}

/// Dictionary words, as a plain user of tantivy would have them.
#[derive(Clone)]
struct Words(Arc<Jieba>);

struct WordStream {
    tokens: Vec<Token>,
    at: usize,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream {
        let text = text.to_lowercase();
        let words = self.0.cut(&text, false);
        let words = words.iter().map(|w| w.word).filter(|w| w.chars().any(char::is_alphanumeric));
        let tokens = words
            .enumerate()
            .map(|(position, w)| Token { text: w.to_owned(), position, ..Token::default() })
            .collect();
        WordStream { tokens, at: 0 }
    }
}

impl TokenStream for WordStream {
    fn advance(&mut self) -> bool {
        self.at += 1;
        self.at <= self.tokens.len()
    }
    fn token(&self) -> &Token {
        &self.tokens[self.at - 1]
    }
    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.at - 1]
    }
}

fn schema() -> (Schema, Field, Field) {
    let mut builder = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("words")
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let title = builder.add_text_field("title", TextOptions::default().set_indexing_options(indexing));
    let item = builder.add_text_field("item", STORED);
    (builder.build(), title, item)
}

fn words() -> Words {
    Words(Arc::new(Jieba::new()))
}

fn index(dir: &str, titles: &str) {
    fs::create_dir_all(dir).expect("DIR");
    let (schema, title, item) = schema();
    let index = Index::create_in_dir(dir, schema).expect("an empty DIR");
    index.tokenizers().register("words", words());
    let started = Instant::now();
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(2, 256 << 20).expect("writer");
    let mut count = 0u64;
    for line in lines(titles) {
        let parsed: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let mut document = TantivyDocument::default();
        document.add_text(title, parsed["title"].as_str().expect("title"));
        document.add_text(item, &line);
        writer.add_document(document).expect("add");
        count += 1;
    }
    writer.commit().expect("commit");
    let segments = index.searchable_segment_ids().expect("segments");
    if segments.len() > 1 {
        writer.merge(&segments).wait().expect("merge");
    }
    writer.wait_merging_threads().expect("merge threads");
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({"documents": count, "seconds": seconds, "documents_per_second": count as f64 / seconds})
    );
}

fn lines(path: &str) -> Box<dyn Iterator<Item = String>> {
    let file = fs::File::open(path).expect("TITLES");
    let reader: Box<dyn std::io::Read> = if Path::new(path).extension().is_some_and(|e| e == "gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    Box::new(std::io::BufReader::with_capacity(1 << 20, reader).lines().map(|line| line.expect("UTF-8")))
}

/// Every pair once, the most frequent first.
fn pairs(titles: &str) {
    let jieba = Jieba::new();
    let is_word = |w: &str| {
        (2..=4).contains(&w.chars().count()) && w.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    };
    let mut together: BTreeMap<(String, String), u32> = BTreeMap::new();
    for line in lines(titles) {
        let parsed: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let cut = jieba.cut(parsed["title"].as_str().expect("title"), false);
        let words: BTreeSet<&str> = cut.iter().map(|w| w.word).filter(|w| is_word(w)).collect();
        for (i, a) in words.iter().enumerate() {
            for b in words.iter().skip(i + 1) {
                *together.entry((a.to_string(), b.to_string())).or_default() += 1;
            }
        }
    }
    let mut pairs: Vec<_> = together.into_iter().filter(|(_, count)| *count >= 15).collect();
    pairs.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((a, b), _) in pairs {
        println!("{a} {b}");
    }
}

struct Plain {
    index: Index,
    reader: IndexReader,
    title: Field,
    item: Field,
}

#[derive(serde::Deserialize)]
struct Parameters {
    keyword: String,
    count: Option<usize>,
}

impl Plain {
    fn query(&self, keyword: &str) -> Box<dyn Query> {
        let mut analyzer = self.index.tokenizer_for_field(self.title).expect("tokenizer");
        let mut stream = analyzer.token_stream(keyword);
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![];
        while stream.advance() {
            let term = Term::from_field_text(self.title, &stream.token().text);
            clauses.push((Occur::Must, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))));
        }
        Box::new(BooleanQuery::new(clauses))
    }

    fn page(&self, searcher: &Searcher, parameters: &Parameters) -> String {
        let count = parameters.count.unwrap_or(10).clamp(1, 20);
        let hits = searcher
            .search(&*self.query(&parameters.keyword), &TopDocs::with_limit(count + 1).order_by_score())
            .expect("search");
        let items: Vec<Box<RawValue>> = hits
            .iter()
            .take(count)
            .map(|(_, address)| {
                let document: TantivyDocument = searcher.doc(*address).expect("stored");
                let text = document.get_first(self.item).and_then(|v| v.as_str()).expect("item").to_owned();
                RawValue::from_string(text).expect("JSON")
            })
            .collect();
        let data = serde_json::value::to_raw_value(&items).expect("items");
        format!("{{\"ret\":0,\"msg\":\"success\",\"has_more\":{},\"data\":{}}}", hits.len() > count, data)
    }
}

fn serve_search(dir: &str, port: &str) {
    let index = Index::open_in_dir(dir).expect("an index in DIR");
    index.tokenizers().register("words", words());
    let (_, title, item) = schema();
    let plain = Arc::new(Plain { reader: index.reader().expect("reader"), index, title, item });
    let search = |State(plain): State<Arc<Plain>>, UrlQuery(parameters): UrlQuery<Parameters>| async move {
        (JSON, plain.page(&plain.reader.searcher(), &parameters)).into_response()
    };
    listen(port, Router::new().route("/search", get(search)).with_state(plain));
}

fn listen(port: &str, router: Router) {
    use axum::serve::ListenerExt;
    let port: u16 = port.parse().expect("PORT");
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime").block_on(
        async move {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("bind");
            axum::serve(
                listener.tap_io(|stream| {
                    let _ = stream.set_nodelay(true);
                }),
                router,
            )
            .await
            .expect("serve");
        },
    );
}
