use store::{Act, Acts, CountersRecord, Error, ItemCounts, ItemRecord, Standing, StandingChange, Subject};

use crate::{fresh, item};

#[tokio::test]
async fn an_item_that_is_as_it_was_is_not_written() {
    let (_directory, store) = fresh().await;
    let full = ItemRecord {
        user_id: Some(3),
        digg_count: Some(4),
        body: "正文".to_owned(),
        tags: vec!["美食".to_owned()],
        answer: vec![1],
        ..item(1)
    };
    assert_eq!(store.put_items(&[full.clone(), full.clone()]).await.unwrap().unchanged_flags, [false, true]);
    let silent = ItemRecord { digg_count: None, now: 9, ..full.clone() };
    let again = store.put_items(&[full.clone(), silent]).await.unwrap();
    assert_eq!((again.sequence, again.updated, again.unchanged_flags), (0, 2, vec![true, true]));
    assert_eq!(store.last_sequence().await.unwrap(), 1);
    for other in [
        ItemRecord { title: "新".to_owned(), ..full.clone() },
        ItemRecord { body: String::new(), ..full.clone() },
        ItemRecord { user_id: None, ..full.clone() },
        ItemRecord { digg_count: Some(5), ..full.clone() },
        ItemRecord { tags: Vec::new(), ..full.clone() },
        ItemRecord { answer: Vec::new(), ..full.clone() },
    ] {
        let before = store.last_sequence().await.unwrap();
        let put = store.put_items(&[other]).await.unwrap();
        assert_eq!((put.sequence, put.unchanged_flags), (before + 1, vec![false]));
        store.put_items(std::slice::from_ref(&full)).await.unwrap();
    }
}

#[tokio::test]
async fn counters_are_set_without_a_change_of_the_item() {
    let (_directory, store) = fresh().await;
    store.put_items(&[item(1), item(2)]).await.unwrap();
    let likes = |group_id, digg_count| CountersRecord {
        group_id,
        digg_count: Some(digg_count),
        ..CountersRecord::default()
    };
    let reads = CountersRecord { group_id: 1, read_count: Some(i64::MAX), ..CountersRecord::default() };
    let set = store.set_counters(&[likes(1, 5), reads, likes(3, 1), likes(2, 0), likes(1, 5)]).await.unwrap();
    assert_eq!(
        set.acts,
        [Act::Changed, Act::Changed, Act::Absent, Act::Unchanged, Act::Unchanged],
        "as if one after another"
    );
    assert_eq!(set.sequence, 3);
    let item = store.item(1).await.unwrap().unwrap();
    assert_eq!((item.digg_count, item.read_count, item.share_count), (5, i64::MAX, 0));
    assert_eq!(store.item_changes(2, 10).await.unwrap(), [], "nobody indexes it again");
    assert_eq!(store.last_sequence_of(Subject::Item).await.unwrap(), 2);
    let standing = Standing { online: true, digg_count: 5, read_count: i64::MAX, ..Standing::default() };
    let expected = StandingChange { sequence: 3, group_id: 1, standing: Some(standing) };
    assert_eq!(store.standing_changes(0, 10).await.unwrap(), [expected]);
    assert_eq!(store.set_counters(&[likes(1, 5)]).await.unwrap().sequence, 0);
    assert_eq!(store.last_sequence().await.unwrap(), 3);
}

#[tokio::test]
async fn a_reader_of_standings_learns_that_what_it_asks_for_is_gone() {
    let (_directory, store) = fresh().await;
    store.put_items(&[item(1), item(2)]).await.unwrap();
    assert_eq!(store.standing_changes(0, 10).await.unwrap(), []);
    store.record_applied("index", 2).await.unwrap();
    store.prune_changes().await.unwrap();
    let error = store.standing_changes(1, 10).await.unwrap_err();
    assert!(matches!(error, Error::Pruned { after: 1, pruned: 2 }), "{error}");
    assert_eq!(store.standing_changes(2, 10).await.unwrap(), []);
}

#[tokio::test]
async fn many_counters_at_once() {
    let (_directory, store) = fresh().await;
    store.put_items(&(1..=99).map(item).collect::<Vec<_>>()).await.unwrap();
    let record = |group_id| CountersRecord {
        group_id,
        read_count: Some(group_id),
        comment_count: Some(group_id + 1),
        digg_count: Some(group_id + 2),
        share_count: Some(group_id + 3),
        watch_count: Some(group_id + 4),
    };
    store.set_counters(&(1..=99).map(record).collect::<Vec<_>>()).await.unwrap();
    for item in store.items_after(0, 100).await.unwrap() {
        let found =
            [item.read_count, item.comment_count, item.digg_count, item.share_count, item.watch_count];
        assert_eq!(found.map(|count| count - item.group_id), [0, 1, 2, 3, 4]);
    }
}

#[tokio::test]
async fn items_go_offline_and_come_back() {
    let (_directory, store) = fresh().await;
    store.put_items(&[item(1), item(2)]).await.unwrap();
    let down = store.set_online(&[2, 9, 2], false).await.unwrap();
    assert_eq!(down, Acts { acts: vec![Act::Changed, Act::Absent, Act::Unchanged], sequence: 3 });
    assert_eq!(store.count_items().await.unwrap(), ItemCounts { online: 1, offline: 1 });
    // The change of the item stands before that of its standing.
    assert_eq!(store.item_changes(2, 10).await.unwrap()[0].sequence, 3);
    let standing = store.standing_changes(0, 10).await.unwrap();
    assert_eq!((standing[0].sequence, standing[0].standing.unwrap().online), (4, false));
    assert_eq!(store.set_online(&[2], false).await.unwrap().sequence, 0);
    assert_eq!(store.set_online(&[2], true).await.unwrap().sequence, 5);
    assert_eq!(store.count_items().await.unwrap(), ItemCounts { online: 2, offline: 0 });
    // A line of an import that says so does the same; one that says something else does not.
    store.put_items(&[ItemRecord { online: false, ..item(1) }]).await.unwrap();
    store.put_items(&[ItemRecord { title: "新".to_owned(), ..item(2) }]).await.unwrap();
    let turned = store.standing_changes(6, 10).await.unwrap();
    assert_eq!(turned.iter().map(|change| (change.sequence, change.group_id)).collect::<Vec<_>>(), [(8, 1)]);
}

#[tokio::test]
async fn a_deleted_item_is_told_of_as_long_as_its_change_is_kept() {
    let (_directory, store) = fresh().await;
    let offline = ItemRecord { online: false, tags: vec!["美食".to_owned()], ..item(2) };
    store.put_items(&[item(1), offline]).await.unwrap();
    let gone = store.delete_items(&[2, 3, 2]).await.unwrap();
    assert_eq!(gone, Acts { acts: vec![Act::Changed, Act::Absent, Act::Absent], sequence: 3 });
    assert_eq!(store.item(2).await.unwrap(), None);
    assert_eq!(store.count_items().await.unwrap(), ItemCounts { online: 1, offline: 0 });
    let changes = store.item_changes(0, 10).await.unwrap();
    assert!(changes[0].was.is_none() && changes[0].item.is_some());
    for change in [&changes[1], &changes[2]] {
        let was = change.was.as_ref().unwrap();
        assert_eq!((was.title.as_str(), was.split_tags()), ("标题 2", vec!["美食".to_owned()]));
    }
    let expected = StandingChange { sequence: 4, group_id: 2, standing: None };
    assert_eq!(store.standing_changes(0, 10).await.unwrap(), [expected]);
    // Once more: the later words count.
    store.put_items(&[ItemRecord { title: "新".to_owned(), ..item(2) }]).await.unwrap();
    assert!(store.item_changes(4, 10).await.unwrap()[0].was.is_none());
    store.delete_items(&[2]).await.unwrap();
    assert_eq!(store.item_changes(5, 10).await.unwrap()[0].was.as_ref().unwrap().title, "新");
}

#[tokio::test]
async fn standings_that_are_pruned_are_told() {
    let (_directory, store) = fresh().await;
    store.put_items(&[item(1)]).await.unwrap();
    store.set_online(&[1], false).await.unwrap();
    store.record_applied("index", 3).await.unwrap();
    assert_eq!(store.prune_changes().await.unwrap(), 3);
    let error = store.standing_changes(2, 10).await.unwrap_err();
    assert!(matches!(error, Error::Pruned { after: 2, pruned: 3 }), "{error}");
    assert_eq!(store.standing_changes(3, 10).await.unwrap(), []);
}
