//! What stands in a data directory, read by the test itself beside the processes.

use std::{collections::BTreeMap, path::Path};

use engine::{Engine, Item, Options, open_store};
use tokio::runtime::Runtime;

use crate::support::wait_for;

/// Rows read at once.
const PAGE: i64 = 5_000;

/// The open rows of a directory.
pub(crate) struct Stored {
    runtime: Runtime,
    directory: engine::Directory,
}

/// A query of the log over all hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) count: i64,
    pub(crate) results: i64,
    pub(crate) clicks: i64,
    /// The last hour in which it was asked: hours since 1970.
    pub(crate) last_hour: i64,
}

impl Stored {
    /// Opens the rows as soon as some command has made them.
    pub(crate) fn open(data: &Path) -> Stored {
        wait_for("a database", || data.join("qiusuo.db").is_file().then_some(()));
        let runtime = runtime();
        let directory = runtime.block_on(open_store(Options::new(data))).unwrap();
        Stored { runtime, directory }
    }

    /// How many items there are, online or not.
    pub(crate) fn count(&self) -> i64 {
        let counts = self.runtime.block_on(self.directory.store.count_items()).unwrap();
        counts.online + counts.offline
    }

    /// Every item, in the order of the identities.
    pub(crate) fn items(&self) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        loop {
            let after = items.last().map_or(0, |item| item.group_id);
            let page = self.runtime.block_on(self.directory.store.items_after(after, PAGE)).unwrap();
            if page.is_empty() {
                return items;
            }
            items.extend(page);
        }
    }

    /// One item.
    #[track_caller]
    pub(crate) fn item(&self, group_id: i64) -> Item {
        self.runtime.block_on(self.directory.store.item(group_id)).unwrap().expect("the item is there")
    }

    /// The number of the newest change: an import of a query log makes one a transaction.
    pub(crate) fn changes(&self) -> i64 {
        self.runtime.block_on(self.directory.store.last_sequence()).unwrap()
    }

    /// The query log by the queries' identities.
    pub(crate) fn log(&self) -> BTreeMap<String, Total> {
        let mut log = BTreeMap::new();
        loop {
            let after = log.last_key_value().map_or_else(String::new, |(key, _): (&String, _)| key.clone());
            let page = self.runtime.block_on(self.directory.store.query_totals(&after, 1, PAGE)).unwrap();
            if page.is_empty() {
                return log;
            }
            for row in page {
                let (count, results, clicks, last_hour) = (row.count, row.results, row.clicks, row.last_hour);
                log.insert(row.key, Total { count, results, clicks, last_hour });
            }
        }
    }

    /// Ends the connections: the next process opens what the last one left.
    pub(crate) fn close(self) {
        self.runtime.block_on(self.directory.store.close());
    }
}

/// How many items can be found in a directory that nobody holds, and the identities of a keyword's whole list.
pub(crate) fn searchable(data: &Path, keyword: &str) -> (u64, Vec<i64>) {
    runtime().block_on(async {
        let engine = Engine::open_reading(Options::new(data), "test").await.unwrap();
        let page = engine.search_once(keyword, u8::MAX, 0, engine::LIST_LIMIT).unwrap();
        let ids = page.items().map(|(group_id, _)| group_id).collect();
        let documents = engine.documents();
        engine.close().await;
        (documents, ids)
    })
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}
