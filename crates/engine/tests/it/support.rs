//! Directories, items and engines for the tests.

use std::{path::Path, sync::Arc, time::Duration};

use engine::{
    Clock, Engine, Hold, Holder, ItemRecord, LoggedQuery, Options, SearchRequest, Writing, query_key,
};

/// A moment in 2026, Unix milliseconds.
pub(crate) const NOW_MS: i64 = 1_790_000_000_000;

pub(crate) fn options(directory: &Path) -> Options {
    Options { clock: Clock::fixed(NOW_MS), ..Options::new(directory) }
}

pub(crate) fn item(group_id: i64, title: &str) -> ItemRecord {
    ItemRecord {
        group_id,
        online: true,
        title: title.to_owned(),
        now: NOW_MS / 1000,
        answer: title.as_bytes().to_vec(),
        ..ItemRecord::default()
    }
}

pub(crate) fn query(text: &str, count: i64) -> LoggedQuery {
    LoggedQuery { key: query_key(text), surface: text.to_owned(), count, ..LoggedQuery::default() }
}

/// Puts items into a directory that nobody holds, and waits until they are visible.
pub(crate) async fn fill(directory: &Path, items: &[ItemRecord]) {
    let mut writing = Writing::open(options(directory), "test", Hold::IfFree).await.unwrap();
    writing.put_items(items).await.unwrap();
    writing.wait(engine::Visible::Search).await.unwrap();
    writing.close().await;
}

/// A server's engine.
pub(crate) async fn serve(directory: &Path) -> Arc<Engine> {
    let holder = Holder::this_process("serve", "127.0.0.1:1");
    let locked = Engine::lock(options(directory), &holder, Duration::ZERO).await.unwrap();
    locked.start().await.unwrap()
}

pub(crate) async fn read(directory: &Path) -> Arc<Engine> {
    Engine::open_reading(options(directory), "test").await.unwrap()
}

pub(crate) fn request<'a>(keyword: &'a str, offset: usize, search_id: Option<&'a str>) -> SearchRequest<'a> {
    SearchRequest {
        application: 1,
        user: 2,
        keyword,
        kinds: 7,
        offset,
        count: 10,
        search_id,
        new_search_id: "made-by-the-server",
    }
}

/// The ids of one page.
pub(crate) fn page(
    engine: &Engine,
    keyword: &str,
    offset: usize,
    search_id: Option<&str>,
) -> (Vec<i64>, bool) {
    let page = engine.search(&request(keyword, offset, search_id)).unwrap();
    (page.items().map(|(group_id, _)| group_id).collect(), page.has_more)
}

/// Every id that a keyword finds.
pub(crate) fn found(engine: &Engine, keyword: &str) -> Vec<i64> {
    let page = engine.search_once(keyword, 7, 0, 1000).unwrap();
    page.items().map(|(group_id, _)| group_id).collect()
}
