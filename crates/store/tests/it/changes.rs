use store::{Error, QueryCount, Store, Subject};

use crate::{fresh, item};

#[tokio::test]
async fn changes_come_in_order_with_the_item_as_it_is_now() {
    let (_directory, store) = fresh().await;
    store.put_items(&[item(1), item(2)]).await.unwrap();
    store.add_queries(&[], &[], None).await.unwrap();
    let mut newer = item(1);
    newer.title = "新".to_owned();
    assert_eq!(store.put_items(&[newer]).await.unwrap().sequence, 4);
    let changes = store.item_changes(0, 10).await.unwrap();
    let seen: Vec<_> = changes
        .iter()
        .map(|change| (change.sequence, change.group_id, change.item.as_ref().unwrap()))
        .collect();
    assert_eq!(
        seen.iter().map(|(sequence, id, _)| (*sequence, *id)).collect::<Vec<_>>(),
        [(1, 1), (2, 2), (4, 1)]
    );
    assert_eq!(seen[0].2.title, "新");
    assert_eq!(store.item_changes(1, 1).await.unwrap()[0].sequence, 2);
    assert_eq!(store.item_changes(4, 10).await.unwrap(), []);
    assert_eq!(store.last_sequence().await.unwrap(), 4);
    assert_eq!(store.last_sequence_of(Subject::Queries).await.unwrap(), 3);
    assert_eq!(store.last_sequence_of(Subject::Entries).await.unwrap(), 0);
}

/// Writers in two handles, and a reader that follows: it must meet every number once, in order, although it
/// reads while they write.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_follower_misses_nothing_while_others_write() {
    const ROUNDS: i64 = 20;
    const EACH: i64 = 13;
    let (directory, one) = fresh().await;
    let two = Store::open(directory.path()).await.unwrap();
    let write = |store: Store, from: i64| async move {
        for round in 0..ROUNDS {
            let first = from + round * EACH;
            let slice: Vec<_> = (first..first + EACH).map(item).collect();
            // SQLite's wait for a lock is not fair: on a busy machine one of two may wait in vain, and tries again.
            while let Err(error) = store.put_items(&slice).await {
                assert!(matches!(error, Error::Busy), "{error}");
            }
        }
    };
    let writers = [tokio::spawn(write(one.clone(), 1)), tokio::spawn(write(two, 10_001))];
    let (mut after, mut seen) = (0, Vec::new());
    while after < 2 * ROUNDS * EACH {
        // A writer that failed leaves nothing to wait for.
        assert!(
            !writers.iter().all(tokio::task::JoinHandle::is_finished)
                || one.last_sequence().await.unwrap() == 2 * ROUNDS * EACH
        );
        let last = one.last_sequence().await.unwrap();
        assert!(last >= after, "the newest number went back");
        for change in one.item_changes(after, 50).await.unwrap() {
            assert_eq!(change.sequence, after + 1, "a gap that may fill up later");
            after = change.sequence;
            seen.push(change.item.unwrap().group_id);
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    seen.sort_unstable();
    let expected: Vec<i64> = (1..=ROUNDS * EACH).chain(10_001..=10_000 + ROUNDS * EACH).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn only_what_everybody_applied_is_pruned() {
    let (_directory, store) = fresh().await;
    let items: Vec<_> = (1..=6_000).map(item).collect();
    store.put_items(&items).await.unwrap();
    assert_eq!(store.prune_changes().await.unwrap(), 0, "nobody has recorded anything");
    store.record_applied("index", 5_990).await.unwrap();
    store.record_applied("suggestions", 5_995).await.unwrap();
    assert_eq!(store.applied("index").await.unwrap(), 5_990);
    assert_eq!(store.applied("nobody").await.unwrap(), 0);
    assert_eq!(store.prune_changes().await.unwrap(), 5_990);
    assert_eq!(store.prune_changes().await.unwrap(), 0);
    assert_eq!(store.item_changes(5_990, 100).await.unwrap().len(), 10);
    let error = store.item_changes(5_989, 100).await.unwrap_err();
    assert!(matches!(error, Error::Pruned { after: 5_989, pruned: 5_990 }), "{error}");
    store.record_applied("index", 6_000).await.unwrap();
    store.record_applied("suggestions", 6_000).await.unwrap();
    assert_eq!(store.prune_changes().await.unwrap(), 10);
    assert_eq!(store.last_sequence_of(Subject::Item).await.unwrap(), 6_000);
    assert_eq!(store.put_items(&[item(6_001)]).await.unwrap().sequence, 6_001);
}

#[tokio::test]
async fn changes_are_kept_for_a_consumer_until_it_is_forgotten() {
    let (_directory, store) = fresh().await;
    store.put_items(&[item(1), item(2), item(3)]).await.unwrap();
    store.record_applied("index", 3).await.unwrap();
    store.record_applied("rebuild", 1).await.unwrap();
    assert_eq!(store.prune_changes().await.unwrap(), 1);
    assert_eq!(store.item_changes(1, 100).await.unwrap().len(), 2);
    store.forget_consumer("rebuild").await.unwrap();
    store.forget_consumer("nobody").await.unwrap();
    assert_eq!(store.prune_changes().await.unwrap(), 2);
}

#[tokio::test]
async fn a_value_that_is_there_stays() {
    let (_directory, store) = fresh().await;
    assert_eq!(store.meta_or("identity", "one").await.unwrap(), "one");
    assert_eq!(store.meta_or("identity", "two").await.unwrap(), "one");
    assert_eq!(store.meta("identity").await.unwrap().as_deref(), Some("one"));
}

#[tokio::test]
async fn changes_of_other_subjects_leave_item_readers_alone() {
    let (_directory, store) = fresh().await;
    for _ in 0..3 {
        store.add_queries(&[QueryCount::default()], &[], None).await.unwrap();
    }
    store.record_applied("suggestions", 3).await.unwrap();
    assert_eq!(store.prune_changes().await.unwrap(), 3);
    assert_eq!(store.item_changes(0, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_watch_sees_writes_of_every_handle_once() {
    let (directory, one) = fresh().await;
    let two = Store::open(directory.path()).await.unwrap();
    let mut watch = one.watch().await.unwrap();
    assert!(!watch.changed().await.unwrap());
    two.put_items(&[item(1)]).await.unwrap();
    assert!(watch.changed().await.unwrap());
    assert!(!watch.changed().await.unwrap());
    one.set_meta("key", "value").await.unwrap();
    assert!(watch.changed().await.unwrap());
    one.item(1).await.unwrap();
    assert!(!watch.changed().await.unwrap());
}
