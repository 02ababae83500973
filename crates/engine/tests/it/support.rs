//! Directories, items and engines for the tests.

use std::{path::Path, sync::Arc, time::Duration};

use engine::{
    Administration, Clock, Directory, Engine, Hold, Holder, ItemRecord, LoggedQuery, Options, SearchRequest,
    Writing, query_key,
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

/// An engine's options with a clock that the test moves.
pub(crate) fn options_at(directory: &Path, clock: &Clock) -> Options {
    Options { clock: clock.clone(), ..Options::new(directory) }
}

/// A server's engine whose clock the test moves.
pub(crate) async fn serve_at(directory: &Path, clock: &Clock) -> Arc<Engine> {
    serve_with(options_at(directory, clock)).await
}

pub(crate) async fn serve_with(options: Options) -> Arc<Engine> {
    let holder = Holder::this_process("serve", "127.0.0.1:1");
    Engine::lock(options, &holder, Duration::ZERO).await.unwrap().start().await.unwrap()
}

/// A command's access beside whoever holds the directory.
pub(crate) async fn command(directory: &Path) -> Writing {
    Writing::open(options(directory), "test", Hold::IfFree).await.unwrap()
}

/// The credentials' service over an open directory.
pub(crate) fn administration<'a>(directory: &'a Directory, clock: &'a Clock) -> Administration<'a> {
    Administration {
        store: &directory.store,
        secrets: &directory.secrets,
        clock,
        defaults: &directory.options.limits,
        who: "a test",
    }
}

/// The suggested texts.
pub(crate) fn suggested(engine: &Engine, keyword: &str) -> Vec<String> {
    engine.suggest(keyword, 15).unwrap().items.into_iter().map(|item| item.text).collect()
}

/// Waits for something that another task does; gives up after a minute.
pub(crate) async fn eventually(what: &str, done: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within a minute: {what}");
}

/// Waits until nothing is left to build.
pub(crate) async fn built(engine: &Engine) {
    eventually("a first base", || engine.suggest("x", 1).is_ok()).await;
    let mut quiet = 0;
    while quiet < 20 {
        quiet = if engine.build_progress().is_none() { quiet + 1 } else { 0 };
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
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
    serve_with(options(directory)).await
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
