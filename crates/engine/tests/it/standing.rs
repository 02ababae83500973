//! Counters and takedowns are in force before anything is indexed, and whatever happens after.

use engine::{Act, Counters, CountersRecord, Engine, Searchable};

use crate::support::{fill, item, options, serve_with};

fn likes(group_id: i64, digg_count: i64) -> CountersRecord {
    CountersRecord { group_id, digg_count: Some(digg_count), ..CountersRecord::default() }
}

fn shown(engine: &Engine, group_id: i64) -> Option<Counters> {
    let mut counters = None;
    engine.row(group_id, &mut |row| counters = Some(row.counters));
    counters
}

#[tokio::test]
async fn counters_and_takedowns_outlive_the_engine() {
    let directory = tempfile::tempdir().unwrap();
    let titles: Vec<_> = (1..=50).map(|id| item(id, &format!("竹笋第{id}期"))).collect();
    fill(directory.path(), &titles).await;
    let engine = serve_with(options(directory.path())).await;
    for id in 1..=50 {
        engine.set_counters(&[likes(id, id * 2)]).await.unwrap();
        assert_eq!(shown(&engine, id).unwrap().digg, id * 2, "when the call returns");
    }
    assert_eq!(
        engine.set_online(&[3, 4, 99], false).await.unwrap().acts,
        [Act::Changed, Act::Changed, Act::Absent]
    );
    assert_eq!(engine.delete_items(&[5]).await.unwrap().acts, [Act::Changed]);
    let found = |engine: &Engine| engine.search_once("竹笋", 7, 0, 20).unwrap();
    let check = |engine: &Engine| {
        for id in 1..=50 {
            let expected = (!(3..=5).contains(&id)).then_some(id * 2);
            assert_eq!(shown(engine, id).map(|counters| counters.digg), expected, "{id}");
        }
        assert!(found(engine).items().all(|(group_id, _)| !(3..=5).contains(&group_id)));
        assert_eq!(found(engine).items().count(), 20);
    };
    check(&engine);
    let searchable = engine.wait_searchable(std::time::Duration::from_secs(60)).await.unwrap();
    assert_eq!(searchable, Searchable::Now);
    check(&engine);
    engine.close().await;
    drop(engine);
    let engine = serve_with(options(directory.path())).await;
    check(&engine);
    // A row that is written anew has the counters that it was given, and what is back is found.
    engine.put_items(&[item(7, "竹笋新编"), item(5, "竹笋第5期")]).await.unwrap();
    engine.set_online(&[3, 4], true).await.unwrap();
    engine.wait_searchable(std::time::Duration::from_secs(60)).await.unwrap();
    assert_eq!(shown(&engine, 7).unwrap().digg, 14);
    assert_eq!(shown(&engine, 3).unwrap().digg, 6);
    assert_eq!(shown(&engine, 5).unwrap().digg, 0, "a new item of that identity");
    engine.close().await;
    drop(engine);
    std::fs::remove_dir_all(directory.path().join("index")).unwrap();
    let engine = serve_with(options(directory.path())).await;
    assert_eq!((shown(&engine, 7).unwrap().digg, shown(&engine, 50).unwrap().digg), (14, 100));
    assert!(shown(&engine, 99).is_none());
    engine.close().await;
}
