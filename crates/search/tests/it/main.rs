//! The content index from outside.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod files;
mod matching;
mod writing;

use std::path::Path;

use search::{Change, ContentIndex, Counters, Document, Options, Query, RankedList, Spread, TantivyIndex};

fn create(folder: &Path) -> TantivyIndex {
    TantivyIndex::create(folder, &Options::default()).unwrap()
}

fn reopen(folder: &Path) -> TantivyIndex {
    let opened = TantivyIndex::create_or_open(folder, &Options::default()).unwrap();
    assert_eq!(opened.rebuilt_needed, None);
    opened.index
}

fn document(group_id: i64, title: &str) -> Document {
    let counters = Counters { read: group_id, ..Counters::default() };
    Document { group_id, counters, title: title.into(), answer: title.into(), ..Document::default() }
}

fn put(group_id: i64, title: &str) -> Change {
    Change::Put(Box::new(document(group_id, title)))
}

fn rank(index: &TantivyIndex, keyword: &str) -> RankedList {
    index
        .rank(&Query { keyword, kinds: 7, now: 0, spread: Spread::NONE, relaxed: true, head: usize::MAX })
        .unwrap()
}

fn answer(index: &TantivyIndex, group_id: i64) -> Option<String> {
    let mut answer = None;
    index.row(group_id, &mut |row| answer = Some(String::from_utf8_lossy(row.answer).into_owned()));
    answer
}
