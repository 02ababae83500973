//! The store over real files, one module a concern.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod alarms;
mod audit;
mod changes;
mod entries;
mod items;
mod ledger;
mod live;
mod money_keys;
mod opening;
mod pages;
mod queries;
mod registry;
mod rules;
mod standing;
mod titles;
mod totals;
mod upgrading;
mod usage;

use store::{ItemRecord, Store};
use tempfile::TempDir;

/// A store in a directory of its own, which lives as long as the first value.
async fn fresh() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    (directory, store)
}

/// An online item with a title.
fn item(group_id: i64) -> ItemRecord {
    ItemRecord {
        group_id,
        online: true,
        title: format!("标题 {group_id}"),
        now: 1_700_000_000,
        ..ItemRecord::default()
    }
}
