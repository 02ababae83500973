//! What the overlay shows while no new base can be built, and that the next base takes it in.

use std::{fs, path::Path};

use engine::{Clock, EntryRecord, ItemRecord, query_key};

use crate::support::{NOW_MS, built, command, eventually, fill, item, query, serve_at, suggested};

/// Puts a directory where the suggestion file belongs: builds fail until it is gone.
fn block(directory: &Path) {
    let file = directory.join("suggestions.base");
    fs::remove_file(&file).unwrap();
    fs::create_dir_all(file.join("in the way")).unwrap();
}

fn unblock(directory: &Path) {
    fs::remove_dir_all(directory.join("suggestions.base")).unwrap();
}

#[tokio::test]
async fn everything_shows_without_a_new_base_and_stays_with_it() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let titles = ["梅雨季节除湿的办法", "梅雨季节衣服晾不干", "江南的梅雨季节到了"];
    let tagged = |id, title: &str| ItemRecord { tags: vec!["梅雨季节".to_owned()], ..item(id, title) };
    let items: Vec<_> = (1..).zip(titles).map(|(id, title)| tagged(id, title)).collect();
    fill(directory.path(), &items).await;
    let mut writing = command(directory.path()).await;
    writing.log_queries(&[query("梅子酒", 5)], None).await.unwrap();
    writing.wait(engine::Visible::Suggestions).await.unwrap();
    writing.close().await;
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    block(directory.path());
    assert_eq!(suggested(&engine, "梅").len(), 2);

    let mut writing = command(directory.path()).await;
    let entry = EntryRecord {
        key: query_key("梅花糕"),
        text: "梅花糕".to_owned(),
        weight: 3,
        class: 1,
        extra: b"a link".to_vec(),
        ..EntryRecord::default()
    };
    writing.put_entries(&[entry]).await.unwrap();
    eventually("the entry is there", || {
        engine.suggest("mhg", 15).unwrap().items.iter().any(|item| item.class == 1 && item.extra == b"a link")
    })
    .await;
    for user in 1..6 {
        engine.note_query("梅林关", user, true);
    }
    eventually("the query is there", || suggested(&engine, "梅林") == ["梅林关"]).await;
    let down = ItemRecord { online: false, ..items[0].clone() };
    writing.put_items(std::slice::from_ref(&down)).await.unwrap();
    eventually("the phrase is gone", || suggested(&engine, "梅雨").is_empty()).await;
    writing.put_items(&items[..1]).await.unwrap();
    eventually("the phrase is back", || suggested(&engine, "梅雨") == ["梅雨季节"]).await;
    writing.put_items(&[down]).await.unwrap();
    eventually("the phrase is gone again", || suggested(&engine, "梅雨").is_empty()).await;
    clock.set(NOW_MS + 5_000);
    for user in 1..6 {
        engine.note_query("梅林关地铁", user, true);
    }
    eventually("a beginning is taken back", || suggested(&engine, "梅林") == ["梅林关地铁"]).await;
    let shown = suggested(&engine, "梅");
    assert_eq!(engine.suggestion_entries(), 2, "all the while the base is the first one");

    unblock(directory.path());
    eventually("a build that failed is tried again", || engine.suggestion_entries() == 3).await;
    built(&engine).await;
    let mut after = suggested(&engine, "梅");
    let mut before = shown;
    before.sort();
    after.sort();
    assert_eq!(after, before);
    assert_eq!(engine.suggestion_overlay(), 0, "the base has taken everything in");
    assert!(directory.path().join("suggestions.base").is_file());
    writing.close().await;
    engine.close().await;
}
