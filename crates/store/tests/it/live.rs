use store::{QueryCount, QueryUser, Store, Subject};

use crate::fresh;

fn live(key: &str, hour: i64, count: i64, results: i64) -> QueryCount {
    QueryCount {
        key: key.to_owned(),
        surface: key.to_owned(),
        hour,
        live: true,
        count,
        results,
        ..QueryCount::default()
    }
}

fn user(key: &str, user: i64) -> QueryUser {
    QueryUser { key: key.to_owned(), user }
}

/// The hours of a query with all its rows, however few asked it; empty if it was never asked.
async fn hours(store: &Store, key: &str) -> Vec<(i64, i64)> {
    store.query_total(key).await.unwrap().map_or_else(Vec::new, |total| total.hours)
}

#[tokio::test]
async fn every_batch_is_counted_and_none_announced() {
    let (_directory, store) = fresh().await;
    assert_eq!(store.live_batches().await.unwrap(), 0);
    store.add_live_queries(&[live("a", 1, 1, 1), live("b", 1, 1, 1)], &[user("a", 1)]).await.unwrap();
    assert_eq!(store.live_batches().await.unwrap(), 1);
    store.retract_live_queries(&[live("a", 1, 1, 1)], &[user("a", 1)]).await.unwrap();
    assert_eq!(store.live_batches().await.unwrap(), 2);
    store.add_queries(&[live("a", 1, 1, 1)], &[user("a", 1)], None).await.unwrap();
    assert_eq!(store.live_batches().await.unwrap(), 2, "an import is no live traffic");
    assert_eq!(store.last_sequence().await.unwrap(), 1);
    assert_eq!(store.last_sequence_of(Subject::Queries).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_taken_back_is_as_if_it_had_never_been() {
    let (_directory, store) = fresh().await;
    let rows: Vec<QueryCount> = (0..60).map(|at| live(&format!("k{at:02}"), at, 1 + at % 2, 1)).collect();
    let users: Vec<QueryUser> = (0..60).flat_map(|at| [user(&format!("k{at:02}"), at)]).collect();
    store.add_live_queries(&rows, &users).await.unwrap();
    assert_eq!(store.add_live_queries(&[], &[user("k01", 99)]).await.unwrap(), [user("k01", 99)]);
    let ones: Vec<QueryCount> = rows.iter().map(|row| QueryCount { count: 1, ..row.clone() }).collect();
    store.retract_live_queries(&ones, &users).await.unwrap();
    for (at, row) in rows.iter().enumerate() {
        let left = store.query_total(&row.key).await.unwrap();
        let expected = (at % 2 == 1).then_some((1, 0));
        assert_eq!(left.map(|total| (total.count, total.results)), expected, "{at}");
        assert_eq!(store.query_users(&row.key).await.unwrap(), i64::from(at == 1));
    }
    // Its row is gone, not at 0: nothing is left to be added up again.
    store.add_live_queries(&[live("k00", 0, 1, 0)], &[]).await.unwrap();
    let total = store.query_total("k00").await.unwrap().unwrap();
    assert_eq!((total.count, total.results, total.hours), (1, 0, vec![(0, 1)]));
}

#[tokio::test]
async fn users_are_new_to_a_query_once() {
    let (_directory, store) = fresh().await;
    let users: Vec<QueryUser> = (0..47).map(|number| user("a", number)).collect();
    let told = |new: Vec<QueryUser>| {
        let mut numbers: Vec<i64> = new.into_iter().map(|user| user.user).collect();
        numbers.sort_unstable();
        numbers
    };
    let first = store.add_live_queries(&[], &users[..30]).await.unwrap();
    assert_eq!(told(first), (0..30).collect::<Vec<i64>>());
    let second = store.add_live_queries(&[], &[&users[..], &users[40..]].concat()).await.unwrap();
    assert_eq!(told(second), (30..47).collect::<Vec<i64>>());
    assert_eq!(store.add_live_queries(&[], &users).await.unwrap(), []);
    assert_eq!(store.add_live_queries(&[], &[user("b", 3)]).await.unwrap(), [user("b", 3)]);
}

#[tokio::test]
async fn only_the_rows_given_are_touched_and_none_goes_below_zero() {
    let (_directory, store) = fresh().await;
    let other_surface = QueryCount { surface: "A".to_owned(), ..live("a", 1, 4, 0) };
    let imported = QueryCount { live: false, ..live("a", 1, 8, 0) };
    let clicked = QueryCount { clicks: 3, ..live("b", 1, 5, 2) };
    let rows = [live("a", 1, 1, 1), live("a", 2, 2, 2), other_surface, imported, clicked.clone()];
    store.add_live_queries(&rows, &[user("a", 1), user("a", 2), user("b", 1)]).await.unwrap();
    let back = [
        live("a", 1, 1_000, 1_000),
        live("c", 1, 1, 1),
        QueryCount { results: 9, clicks: 1, ..live("b", 1, 2, 0) },
        live("b", 1, 1, 0),
        live("b", 1, -7, 0),
    ];
    store.retract_live_queries(&back, &[user("a", 1), user("c", 1), user("a", 1)]).await.unwrap();
    assert_eq!(hours(&store, "a").await, [(1, 12), (2, 2)]);
    let b = store.query_total("b").await.unwrap().unwrap();
    assert_eq!((b.count, b.results, b.clicks), (5, 0, 2), "less than nothing is not taken");
    assert_eq!(hours(&store, "c").await, []);
    assert_eq!((store.query_users("a").await.unwrap(), store.query_users("b").await.unwrap()), (1, 1));
    store.retract_live_queries(&[], &[]).await.unwrap();
}
