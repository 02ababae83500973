use sqlx::{AnyConnection, Connection as _};
use store::{Error, ImportProgress, QueryCount, QueryTotal, QueryUser};

use crate::fresh;

fn imported(key: &str, surface: &str, hour: i64, count: i64) -> QueryCount {
    QueryCount { key: key.to_owned(), surface: surface.to_owned(), hour, count, ..QueryCount::default() }
}

fn live(key: &str, count: i64, results: i64) -> QueryCount {
    QueryCount { live: true, results, ..imported(key, key, 9, count) }
}

fn users(key: &str, numbers: std::ops::Range<i64>) -> Vec<QueryUser> {
    numbers.map(|user| QueryUser { key: key.to_owned(), user }).collect()
}

fn short(totals: &[QueryTotal]) -> Vec<(&str, &str, i64)> {
    totals.iter().map(|total| (total.key.as_str(), total.surface.as_str(), total.count)).collect()
}

#[tokio::test]
async fn counts_add_up_under_the_most_frequent_surface() {
    let (_directory, store) = fresh().await;
    let rows = [imported("a", "A", 1, 3), imported("a", "a", 1, 2), imported("a", "A", 1, 1)];
    store.add_queries(&rows, &[], None).await.unwrap();
    assert_eq!(short(&store.query_totals("", 5, 10).await.unwrap()), [("a", "A", 6)]);
    store.add_queries(&[imported("a", "a", 2, 2), imported("b", "b", 2, 1)], &[], None).await.unwrap();
    let totals = store.query_totals("", 5, 10).await.unwrap();
    assert_eq!(short(&totals), [("a", "a", 8), ("b", "b", 1)], "of equally frequent surfaces the latest");
    assert_eq!((totals[0].last_hour, totals[0].users), (2, 0));
}

/// The numbers of a row end at a limit, and rows from before there was one do no harm.
#[tokio::test]
async fn numbers_without_measure_do_not_stop_the_totals() {
    let (directory, store) = fresh().await;
    let much = |key: &str, hour| QueryCount {
        results: i64::MAX,
        clicks: i64::MAX,
        ..imported(key, key, hour, i64::MAX)
    };
    let limit = 1_000_000_000_000;
    store
        .add_queries(&[much("a", 1), much("a", 1), much("a", 2), imported("b", "b", 1, 1)], &[], None)
        .await
        .unwrap();
    store.add_queries(&[much("a", 1), imported("b", "b", 1, limit - 2)], &[], None).await.unwrap();
    let totals = store.query_totals("", 5, 10).await.unwrap();
    assert_eq!(short(&totals), [("a", "a", 2 * limit), ("b", "b", limit - 1)]);
    assert_eq!((totals[0].results, totals[0].clicks), (2 * limit, 2 * limit));
    let url = format!("sqlite://{}", directory.path().join("qiusuo.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE query_log SET count = 9223372036854775807").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let totals = store.query_totals("", 5, 10).await.unwrap();
    assert_eq!(short(&totals), [("a", "a", 2 * limit), ("b", "b", limit)]);
    store.add_queries(&[imported("b", "b", 1, 1)], &[], None).await.unwrap();
    assert_eq!(short(&store.query_totals("a", 5, 10).await.unwrap()), [("b", "b", limit)]);
}

#[tokio::test]
async fn live_queries_need_users_and_results() {
    let (_directory, store) = fresh().await;
    let rows = [live("enough", 9, 9), live("few", 9, 9), live("nothing", 9, 0), live("both", 4, 4)];
    let all: Vec<QueryUser> = [users("enough", 0..5), users("few", 0..4), users("nothing", 0..9)].concat();
    store.add_live_queries(&rows, &all).await.unwrap();
    store.add_live_queries(&[], &users("few", 0..4)).await.unwrap();
    let sequence = store.add_queries(&[imported("both", "Both", 1, 1)], &[], None).await.unwrap();
    assert_eq!(sequence, 1, "live counts announce nothing");
    let totals = store.query_totals("", 5, 10).await.unwrap();
    assert_eq!(short(&totals), [("both", "Both", 1), ("enough", "enough", 9)]);
    assert_eq!(totals[1].users, 5);
    store.add_live_queries(&[], &users("few", 4..5)).await.unwrap();
    assert_eq!(store.query_totals("enough", 5, 10).await.unwrap()[0].key, "few");
}

#[tokio::test]
async fn totals_page_over_keys_that_do_not_count() {
    let (_directory, store) = fresh().await;
    let mut rows: Vec<QueryCount> = (0..40).map(|at| live(&format!("k{at:02}"), 1, 1)).collect();
    rows.extend([imported("k03", "k03", 1, 1), imported("k31", "K31", 1, 2), imported("k32", "k32", 1, 3)]);
    store.add_queries(&rows, &[], None).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), String::new());
    while let page = store.query_totals(&after, 5, 4).await.unwrap()
        && let Some(last) = page.last()
    {
        after.clone_from(&last.key);
        seen.extend(page);
    }
    assert_eq!(short(&seen), [("k03", "k03", 1), ("k31", "K31", 2), ("k32", "k32", 3)]);
}

fn batch(from_line: i64, next_line: i64) -> ImportProgress {
    ImportProgress {
        sha256: "f".repeat(64),
        kind: "queries".to_owned(),
        from_line,
        next_line,
        accepted: next_line - 1,
        ..ImportProgress::default()
    }
}

#[tokio::test]
async fn an_import_counts_every_line_once() {
    let (_directory, store) = fresh().await;
    let sha256 = "f".repeat(64);
    assert_eq!(store.progress(&sha256).await.unwrap(), None);
    store.add_queries(&[imported("a", "a", 1, 5)], &[], Some(&batch(1, 6))).await.unwrap();
    let progress = store.progress(&sha256).await.unwrap().unwrap();
    assert_eq!((progress.from_line, progress.next_line, progress.accepted), (6, 6, 5));
    // The same batch again, as another process would send it that began at the same time.
    let error = store.add_queries(&[imported("a", "a", 1, 5)], &[], Some(&batch(1, 6))).await.unwrap_err();
    assert!(matches!(error, Error::ImportOvertaken { from_line: 1, next_line: 6 }), "{error}");
    assert_eq!(store.last_sequence().await.unwrap(), 1);
    let last = ImportProgress { finished: true, ..batch(6, 9) };
    store.add_queries(&[imported("a", "a", 1, 3)], &[], Some(&last)).await.unwrap();
    assert!(store.progress(&sha256).await.unwrap().unwrap().finished);
    assert_eq!(short(&store.query_totals("", 5, 10).await.unwrap()), [("a", "a", 8)]);
    let error = store.add_queries(&[imported("a", "a", 1, 1)], &[], Some(&batch(9, 10))).await.unwrap_err();
    assert!(
        matches!(error, Error::ImportOvertaken { from_line: 9, next_line: 9 }),
        "it is finished: {error}"
    );
}

/// Of two imports that start a finished file over, one gets in, whatever the other knew before.
#[tokio::test]
async fn a_finished_import_is_started_over_once() {
    let (directory, one) = fresh().await;
    let two = store::Store::open(directory.path()).await.unwrap();
    let rows = [imported("a", "a", 1, 5)];
    let first = ImportProgress { restart: true, ..batch(0, 6) };
    let last = ImportProgress { finished: true, restart: true, ..batch(6, 6) };
    one.add_queries(&rows, &[], Some(&ImportProgress { restart: false, ..first.clone() })).await.unwrap();
    let error = two.add_queries(&rows, &[], Some(&first)).await.unwrap_err();
    assert!(matches!(error, Error::ImportOvertaken { from_line: 0, next_line: 6 }), "not finished: {error}");
    one.add_queries(&[], &[], Some(&last)).await.unwrap();

    let (by_one, by_two) =
        tokio::join!(one.add_queries(&rows, &[], Some(&first)), two.add_queries(&rows, &[], Some(&first)));
    let outcomes = [by_one, by_two];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = outcomes.into_iter().find_map(Result::err).unwrap();
    assert!(matches!(refused, Error::ImportOvertaken { from_line: 0, next_line: 6 }), "{refused}");
    assert_eq!(short(&one.query_totals("", 5, 10).await.unwrap()), [("a", "a", 10)]);
    let progress = one.progress(&last.sha256).await.unwrap().unwrap();
    assert_eq!((progress.finished, progress.restart, progress.next_line), (false, false, 6));
    one.add_queries(&[], &[], Some(&last)).await.unwrap();
    assert!(two.progress(&last.sha256).await.unwrap().unwrap().finished);
}

/// Fails a batch after its first statements, as a crash would end it.
#[tokio::test]
async fn a_batch_that_fails_half_way_leaves_nothing() {
    let (directory, store) = fresh().await;
    let url = format!("sqlite://{}", directory.path().join("qiusuo.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    let trigger = "CREATE TRIGGER crash BEFORE INSERT ON query_log WHEN NEW.key = 'crash' \
                   BEGIN SELECT RAISE(ABORT, 'crash'); END";
    sqlx::query(trigger).execute(&mut connection).await.unwrap();
    let mut rows: Vec<QueryCount> = (0..150).map(|at| imported(&format!("k{at}"), "s", 1, 1)).collect();
    rows.push(imported("crash", "crash", 1, 1));
    let error = store.add_queries(&rows, &[], Some(&batch(1, 152))).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error}");
    assert_eq!(store.progress(&"f".repeat(64)).await.unwrap(), None);
    assert_eq!(store.query_totals("", 5, 10).await.unwrap(), []);
    assert_eq!(store.last_sequence().await.unwrap(), 0);
    sqlx::query("DROP TRIGGER crash").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(store.add_queries(&rows, &[], Some(&batch(1, 152))).await.unwrap(), 1);
    assert_eq!(store.query_totals("", 5, 1_000).await.unwrap().len(), 151);
}

/// A caller that goes away in the middle of a write takes its transaction with it.
#[tokio::test]
async fn a_dropped_write_leaves_nothing_or_everything() {
    let (_directory, store) = fresh().await;
    let rows: Vec<QueryCount> = (0..500).map(|at| imported(&format!("k{at}"), "s", 1, 1)).collect();
    for polls in 1..12 {
        let before = store.last_sequence().await.unwrap();
        {
            let mut write = std::pin::pin!(store.add_queries(&rows, &[], None));
            for _ in 0..polls {
                let ended = tokio::select! {
                    biased;
                    _ = &mut write => true,
                    () = tokio::task::yield_now() => false,
                };
                if ended {
                    break;
                }
            }
        }
        // Waits for the writer's connection, and so for the end of what was dropped.
        store.set_meta("turn", "next").await.unwrap();
        let announced = store.last_sequence().await.unwrap() - before;
        let counted = store.query_totals("", 5, 1).await.unwrap().first().map_or(0, |total| total.count);
        assert_eq!(counted, before + announced);
    }
}
