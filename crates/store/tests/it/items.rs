use std::collections::BTreeMap;

use proptest::prelude::*;
use store::{Item, ItemCounts, ItemRecord, PutOutcome};

use crate::{fresh, item};

#[tokio::test]
async fn a_new_item_begins_with_nothing_and_keeps_everything() {
    let (_directory, store) = fresh().await;
    let record = ItemRecord {
        kind: 2,
        abstract_text: "摘要".to_owned(),
        tags: vec!["美食".to_owned(), "a\\b\nc".to_owned(), String::new()],
        author: "某人".to_owned(),
        user_id: Some(9),
        body: "正文".to_owned(),
        digg_count: Some(5),
        answer: vec![0, 255, 1],
        ..item(7)
    };
    store.put_items(std::slice::from_ref(&record)).await.unwrap();
    let expected = Item {
        group_id: 7,
        kind: 2,
        online: true,
        title: record.title,
        abstract_text: record.abstract_text,
        tags: record.tags,
        author: record.author,
        user_id: Some(9),
        body: record.body,
        publish_time: 1_700_000_000,
        digg_count: 5,
        answer: record.answer,
        ..Item::default()
    };
    assert_eq!(store.item(7).await.unwrap(), Some(expected));
    assert_eq!(store.item(8).await.unwrap(), None);
}

#[tokio::test]
async fn changes_come_back_from_a_write_as_they_are_read() {
    let (_directory, store) = fresh().await;
    let full = ItemRecord {
        tags: vec!["美食".to_owned(), "a\\b\nc".to_owned()],
        publish_time: Some(100),
        digg_count: Some(5),
        answer: vec![0, 255],
        ..item(7)
    };
    let (_, first) = store.put_items_with_changes(&[full.clone(), item(8), item(9)]).await.unwrap();
    assert_eq!(first, store.item_changes(0, 10).await.unwrap());
    let kept = ItemRecord { publish_time: None, digg_count: None, online: false, ..full.clone() };
    let twice = ItemRecord { title: "新".to_owned(), digg_count: Some(6), ..kept.clone() };
    let (outcome, second) = store.put_items_with_changes(&[item(8), kept, twice, item(10)]).await.unwrap();
    assert_eq!(second, store.item_changes(3, 10).await.unwrap());
    let told: Vec<(i64, i64)> = second.iter().map(|change| (change.sequence, change.group_id)).collect();
    assert_eq!((told, outcome.sequence), (vec![(4, 7), (5, 10)], 5));
    let (outcome, none) = store.put_items_with_changes(&[item(10)]).await.unwrap();
    assert_eq!((outcome.sequence, none), (0, Vec::new()));
    assert_eq!(store.put_items_with_changes(&[]).await.unwrap(), (PutOutcome::default(), Vec::new()));
}

#[tokio::test]
async fn a_handle_apart_reads_and_leaves_the_others_alone() {
    let (_directory, store) = fresh().await;
    let apart = store.apart().unwrap();
    store.put_items(&[item(1)]).await.unwrap();
    assert_eq!(apart.item_changes(0, 10).await.unwrap().len(), 1);
    apart.record_applied("index", 1).await.unwrap();
    apart.leave().await;
    assert_eq!(store.applied("index").await.unwrap(), 1);
    store.put_items(&[item(2)]).await.unwrap();
}

#[tokio::test]
async fn an_update_keeps_counters_and_time_that_it_does_not_name() {
    let (_directory, store) = fresh().await;
    let first = ItemRecord {
        publish_time: Some(100),
        read_count: Some(1),
        comment_count: Some(2),
        author: "某人".to_owned(),
        user_id: Some(3),
        ..item(7)
    };
    store.put_items(&[first]).await.unwrap();
    let second =
        ItemRecord { read_count: Some(0), title: "新".to_owned(), now: 5, online: false, ..item(7) };
    let outcome = store.put_items(&[second]).await.unwrap();
    let expected = PutOutcome {
        updated: 1,
        sequence: 2,
        updated_flags: vec![true],
        unchanged_flags: vec![false],
        ..PutOutcome::default()
    };
    assert_eq!(outcome, expected);
    let kept = store.item(7).await.unwrap().unwrap();
    assert_eq!((kept.publish_time, kept.read_count, kept.comment_count), (100, 0, 2));
    assert_eq!(
        (kept.title.as_str(), kept.author.as_str(), kept.user_id, kept.online),
        ("新", "", None, false)
    );
}

#[tokio::test]
async fn the_same_identity_twice_in_one_slice() {
    let (_directory, store) = fresh().await;
    let first = ItemRecord { digg_count: Some(4), now: 50, ..item(1) };
    let second = ItemRecord { title: "后".to_owned(), now: 60, ..item(1) };
    let outcome = store.put_items(&[first, item(2), second]).await.unwrap();
    assert_eq!((outcome.accepted, outcome.updated, outcome.sequence), (2, 1, 2));
    assert_eq!(outcome.updated_flags, [false, false, true]);
    let kept = store.item(1).await.unwrap().unwrap();
    assert_eq!((kept.title.as_str(), kept.digg_count, kept.publish_time), ("后", 4, 50));
    assert_eq!(store.put_items(&[]).await.unwrap(), PutOutcome::default());
}

#[tokio::test]
async fn scans_meet_every_item_once_in_order() {
    let (_directory, store) = fresh().await;
    let records: Vec<ItemRecord> =
        (0..257).map(|at| ItemRecord { online: at % 3 != 0, ..item((at * 7919) % 1_009 + 1) }).collect();
    store.put_items(&records).await.unwrap();
    let mut expected: Vec<(i64, bool)> =
        records.iter().map(|record| (record.group_id, record.online)).collect();
    expected.sort_unstable();

    let (mut seen, mut after) = (Vec::new(), 0);
    while let page = store.items_after(after, 50).await.unwrap()
        && let Some(last) = page.last()
    {
        after = last.group_id;
        seen.extend(page.iter().map(|item| (item.group_id, item.online)));
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_items_of_an_author_come_newest_first() {
    let (_directory, store) = fresh().await;
    let by = |group_id, user_id, publish_time| ItemRecord {
        user_id: Some(user_id),
        publish_time: Some(publish_time),
        ..item(group_id)
    };
    let offline = ItemRecord { online: false, ..by(5, 1, 99) };
    let twin = ItemRecord { body: "正文".to_owned(), ..by(6, 1, 10) };
    let records = [by(1, 1, 10), by(2, 1, 30), by(3, 2, 40), by(4, 1, 20), offline, twin];
    store.put_items(&records).await.unwrap();
    let ids = |items: Vec<Item>| items.iter().map(|item| item.group_id).collect::<Vec<i64>>();
    let page = async |user_id, offset, limit| store.items_of_author(user_id, offset, limit).await.unwrap();
    assert_eq!(ids(page(1, 0, 10).await), [2, 4, 6, 1], "of one moment the greater identity first");
    assert_eq!(ids(page(1, 0, 1).await), [2]);
    assert_eq!(ids(page(1, 1, 2).await), [4, 6]);
    assert_eq!(ids(page(1, 3, 2).await), [1]);
    assert_eq!(ids(page(1, 4, 2).await), [0; 0]);
    assert_eq!(ids(page(3, 0, 10).await), [0; 0]);
    let whole = store.item(6).await.unwrap().unwrap();
    assert_eq!(whole.body, "正文");
    assert_eq!(page(1, 2, 1).await, [Item { body: String::new(), ..whole }], "all of it but the body");
}

/// A page ends before its rows are too many bytes, and what is left comes with the next.
#[tokio::test]
async fn pages_of_long_items_are_shorter() {
    let (_directory, store) = fresh().await;
    let long = |group_id| ItemRecord { body: "x".repeat(100_000), ..item(group_id) };
    let records: Vec<ItemRecord> = (1..=130).map(long).chain((131..=300).map(item)).collect();
    store.put_items(&records).await.unwrap();
    let (mut lengths, mut seen) = (Vec::new(), Vec::new());
    while let page = store.items_after(seen.last().copied().unwrap_or(0), 250).await.unwrap()
        && !page.is_empty()
    {
        lengths.push(page.len());
        seen.extend(page.iter().map(|item| item.group_id));
    }
    assert_eq!(lengths, [100, 200], "the first one ended at 10 MB");
    assert!(seen.iter().copied().eq(1..=300));
    let (mut lengths, mut seen) = (Vec::new(), Vec::new());
    while let page = store.item_changes(seen.last().copied().unwrap_or(0), 250).await.unwrap()
        && !page.is_empty()
    {
        lengths.push(page.len());
        seen.extend(page.iter().map(|change| change.sequence));
    }
    assert_eq!(lengths, [100, 200]);
    assert!(seen.iter().copied().eq(1..=300));
    assert_eq!(store.items_after(0, 60).await.unwrap().len(), 60);
    assert_eq!(store.items_after(0, 0).await.unwrap(), []);
}

fn record() -> impl Strategy<Value = ItemRecord> {
    let counter = || proptest::option::of(0_i64..50);
    (1_i64..9, any::<bool>(), proptest::option::of(1_i64..99), counter(), counter(), 100_i64..200).prop_map(
        |(group_id, online, publish_time, read_count, watch_count, now)| ItemRecord {
            online,
            publish_time,
            read_count,
            watch_count,
            now,
            ..item(group_id)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever slices the records come in, the outcome is that of writing them one after another.
    #[test]
    fn slices_make_no_difference(slices in proptest::collection::vec(proptest::collection::vec(record(), 0..14), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_directory, store) = fresh().await;
            let mut model: BTreeMap<i64, (bool, i64, i64, i64)> = BTreeMap::new();
            for slice in &slices {
                let mut flags = Vec::new();
                for record in slice {
                    flags.push(model.contains_key(&record.group_id));
                    let kept = model.get(&record.group_id).copied().unwrap_or((false, record.now, 0, 0));
                    let time = record.publish_time.unwrap_or(kept.1);
                    let read = record.read_count.unwrap_or(kept.2);
                    model.insert(record.group_id, (record.online, time, read, record.watch_count.unwrap_or(kept.3)));
                }
                let outcome = store.put_items(slice).await.unwrap();
                assert_eq!(outcome.accepted + outcome.updated, slice.len() as u64);
                assert_eq!(outcome.updated_flags, flags);
            }
            let items = store.items_after(0, 100).await.unwrap();
            let seen = items.iter().map(|i| (i.group_id, (i.online, i.publish_time, i.read_count, i.watch_count)));
            assert_eq!(seen.collect::<BTreeMap<_, _>>(), model);
            let online = model.values().filter(|kept| kept.0).count() as i64;
            let counts = ItemCounts { online, offline: model.len() as i64 - online };
            assert_eq!(store.count_items().await.unwrap(), counts);
        });
    }
}
