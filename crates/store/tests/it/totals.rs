use std::collections::BTreeMap;

use proptest::prelude::*;
use store::{QueryCount, QueryTotal, QueryUser, Store};

use crate::fresh;

fn row(key: &str, surface: &str, hour: i64, live: bool, count: i64) -> QueryCount {
    QueryCount {
        key: key.to_owned(),
        surface: surface.to_owned(),
        hour,
        live,
        count,
        ..QueryCount::default()
    }
}

fn users(key: &str, numbers: std::ops::Range<i64>) -> Vec<QueryUser> {
    numbers.map(|user| QueryUser { key: key.to_owned(), user }).collect()
}

async fn pages(store: &Store, minimum_users: i64, limit: i64) -> Vec<QueryTotal> {
    let (mut seen, mut after) = (Vec::new(), String::new());
    while let page = store.query_totals(&after, minimum_users, limit).await.unwrap()
        && let Some(last) = page.last()
    {
        assert!(page.len() <= limit as usize);
        after.clone_from(&last.key);
        seen.extend(page);
    }
    seen
}

#[tokio::test]
async fn hours_are_those_of_the_rows_that_count() {
    let (_directory, store) = fresh().await;
    let rows = [
        row("a", "A", 3, false, 2),
        row("a", "a", 1, false, 1),
        row("a", "a", 3, true, 4),
        row("a", "a", 3, false, 8),
        row("a", "a", 5, false, 0),
        QueryCount { results: 15, ..row("a", "á", 2, true, 16) },
        row("b", "b", 1, true, 1),
    ];
    store.add_queries(&rows, &[users("a", 0..4), users("b", 0..9)].concat(), None).await.unwrap();
    let few = store.query_totals("", 5, 10).await.unwrap();
    assert_eq!(few.len(), 1, "b never found anything");
    assert_eq!((few[0].count, few[0].hours.as_slice(), few[0].users), (11, &[(1, 1), (3, 10)][..], 0));
    assert_eq!((few[0].live, few[0].live_count, few[0].live_results), (true, 20, 15));
    let enough = store.query_totals("", 4, 10).await.unwrap();
    assert_eq!(enough[0].hours, [(1, 1), (2, 16), (3, 14)]);
    assert_eq!((enough[0].count, enough[0].surface.as_str(), enough[0].users), (31, "á", 4));
    store.add_queries(&[row("c", "c", 7, false, 1)], &[], None).await.unwrap();
    let c = &store.query_totals("b", 5, 10).await.unwrap()[0];
    assert_eq!((c.live, c.live_count, c.live_results), (false, 0, 0));
}

/// An imported log whose rows are live is held to the same threshold as what was asked here, over all batches.
#[tokio::test]
async fn an_import_may_need_users_too() {
    let (_directory, store) = fresh().await;
    let found = |count| QueryCount { results: count, ..row("a", "a", 9, true, count) };
    store.add_queries(&[found(3)], &users("a", 0..3), None).await.unwrap();
    assert_eq!(store.query_totals("", 5, 10).await.unwrap(), []);
    store.add_queries(&[found(2)], &users("a", 2..5), None).await.unwrap();
    let totals = store.query_totals("", 5, 10).await.unwrap();
    assert_eq!((totals[0].count, totals[0].users, totals[0].hours.as_slice()), (5, 5, &[(9, 5)][..]));
    store.add_queries(&[row("b", "b", 9, true, 1)], &[], None).await.unwrap();
    assert_eq!(store.query_totals("a", 5, 10).await.unwrap(), [], "without users it never counts");
}

#[tokio::test]
async fn one_query_is_explained_whatever_it_lacks() {
    let (_directory, store) = fresh().await;
    assert_eq!((store.query_users("a").await.unwrap(), store.query_total("a").await.unwrap()), (0, None));
    let rows = [row("a", "a", 2, true, 3), row("a", "A", 1, false, 1), row("ab", "ab", 1, false, 1)];
    store.add_live_queries(&rows, &[users("a", 0..2), users("ab", 0..1)].concat()).await.unwrap();
    assert_eq!(store.query_users("a").await.unwrap(), 2);
    let expected = QueryTotal {
        key: "a".to_owned(),
        surface: "a".to_owned(),
        count: 4,
        last_hour: 2,
        users: 2,
        hours: vec![(1, 1), (2, 3)],
        live: true,
        live_count: 3,
        ..QueryTotal::default()
    };
    assert_eq!(store.query_total("a").await.unwrap(), Some(expected));
}

/// A query may have more rows than are read at once, and so may its neighbours together.
#[tokio::test]
async fn a_query_of_many_hours_is_read_to_its_end() {
    let (_directory, store) = fresh().await;
    let mut rows = vec![row("a", "a", 1, false, 1), row("c", "c", 1, false, 1)];
    rows.extend((0..6_000).map(|hour| row("b", "b", hour, false, 1)));
    rows.extend((0..4_001).map(|hour| row("b", "bb", hour, false, 1)));
    store.add_queries(&rows, &[], None).await.unwrap();
    let totals = pages(&store, 5, 10).await;
    assert_eq!(pages(&store, 5, 7_000).await, totals);
    assert_eq!(totals.iter().map(|total| total.count).collect::<Vec<_>>(), [1, 10_001, 1]);
    let hours = &totals[1].hours;
    assert!(hours.iter().copied().eq((0..6_000).map(|hour| (hour, 1 + i64::from(hour <= 4_000)))));
    assert_eq!(store.query_total("b").await.unwrap().as_ref(), Some(&totals[1]));
    let given = store.query_totals_of(&["b".to_owned()], 5).await.unwrap();
    assert_eq!(given, totals[1..2]);
}

/// Where a read ends in the middle of a query, the whole query comes with the next.
#[tokio::test]
async fn a_query_is_never_cut() {
    let (_directory, store) = fresh().await;
    let key = |at: i64| format!("k{at:03}");
    let rows: Vec<QueryCount> =
        (0..301).flat_map(|at| (0..3).map(move |hour| row(&key(at), &key(at), hour, false, 1))).collect();
    store.add_queries(&rows, &[], None).await.unwrap();
    for limit in [1, 7, 33, 34, 100, 101, 150, 1_000] {
        let totals = pages(&store, 5, limit).await;
        assert!(totals.iter().map(|total| &total.key).eq((0..301).map(key).collect::<Vec<_>>().iter()));
        assert!(totals.iter().all(|total| total.hours == [(0, 1), (1, 1), (2, 1)]), "{limit}");
    }
}

/// What the totals are by their description, from all rows that were written.
fn model(rows: &[QueryCount], asked: &[QueryUser], minimum: i64) -> Vec<QueryTotal> {
    let mut of_keys: BTreeMap<&str, Vec<&QueryCount>> = BTreeMap::new();
    for row in rows {
        of_keys.entry(&row.key).or_default().push(row);
    }
    let total = |(key, of_key): (&str, Vec<&QueryCount>)| {
        let users: std::collections::HashSet<_> = asked.iter().filter(|user| user.key == key).collect();
        let users = if users.len() as i64 >= minimum { users.len() as i64 } else { 0 };
        let live: Vec<_> = of_key.iter().filter(|row| row.live).collect();
        let live_results: i64 = live.iter().map(|row| row.results).sum();
        let counting: Vec<_> =
            of_key.iter().filter(|row| !row.live || (users > 0 && live_results > 0)).collect();
        let (mut surfaces, mut hours) = (BTreeMap::<&str, (i64, i64)>::new(), BTreeMap::new());
        for row in &counting {
            let surface = surfaces.entry(&row.surface).or_default();
            *surface = (surface.0 + row.count, surface.1.max(row.hour));
            *hours.entry(row.hour).or_default() += row.count;
        }
        let count = counting.iter().map(|row| row.count).sum();
        // Of equal ones the first.
        let best = surfaces.into_iter().rev().max_by_key(|(_, weight)| *weight)?;
        (count > 0).then(|| QueryTotal {
            key: key.to_owned(),
            surface: best.0.to_owned(),
            count,
            results: counting.iter().map(|row| row.results).sum(),
            clicks: 0,
            last_hour: counting.iter().map(|row| row.hour).max().unwrap_or(0),
            users,
            hours: hours.into_iter().filter(|(_, count)| *count > 0).collect(),
            live: !live.is_empty(),
            live_count: live.iter().map(|row| row.count).sum(),
            live_results,
        })
    };
    of_keys.into_iter().filter_map(total).collect()
}

fn any_row() -> impl Strategy<Value = QueryCount> {
    ("[a-f]", "[x-z]", 1_i64..5, any::<bool>(), 0_i64..4, 0_i64..2).prop_map(
        |(key, surface, hour, live, count, results)| QueryCount {
            results,
            ..row(&key, &surface, hour, live, count)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However the log is read, it comes to what its rows say.
    #[test]
    fn totals_are_the_sums_of_rows(
        rows in proptest::collection::vec(any_row(), 0..40),
        asked in proptest::collection::vec(("[a-f]", 1_i64..6), 0..20),
        minimum in 1_i64..4,
        limit in 1_i64..8,
    ) {
        let asked: Vec<QueryUser> = asked.into_iter().map(|(key, user)| QueryUser { key, user }).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_directory, store) = fresh().await;
            store.add_queries(&rows, &asked, None).await.unwrap();
            let expected = model(&rows, &asked, minimum);
            assert_eq!(pages(&store, minimum, limit).await, expected);
            let keys: Vec<String> = ["f", "a", "b", "g", "a", "c", "d", "e"].map(str::to_owned).to_vec();
            assert_eq!(store.query_totals_of(&keys, minimum).await.unwrap(), expected);
            assert_eq!(store.query_totals_of(&[], minimum).await.unwrap(), []);
        });
    }
}
