//! Operators' entries: visible at once, with everything that belongs to them.

use engine::{Clock, EntryRecord, Suggestion, Visible, query_key};

use crate::support::{NOW_MS, built, command, eventually, query, serve_at, suggested};

fn entry(text: &str, class: u8) -> EntryRecord {
    EntryRecord { key: query_key(text), text: text.to_owned(), weight: 5, class, ..EntryRecord::default() }
}

#[tokio::test]
async fn an_entry_is_visible_when_the_command_that_brought_it_has_waited() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let mut writing = command(directory.path()).await;
    writing.log_queries(&[query("春茶", 50)], None).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    writing.close().await;
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    let now = NOW_MS / 1000;
    let mut writing = command(directory.path()).await;
    let goods = EntryRecord { extra: b"a link".to_vec(), ..entry("春茶礼盒", 1) };
    let window =
        EntryRecord { valid_from: Some(now - 10), valid_to: Some(now + 10), ..entry("春茶节", 0) };
    let later = EntryRecord { valid_from: Some(now + 100), ..entry("春茶预售", 0) };
    writing.put_entries(&[goods, window, later]).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    let items = engine.suggest("春茶", 15).unwrap().items;
    let of = |text: &str| items.iter().find(|item| item.text == text).cloned();
    assert!(matches!(of("春茶礼盒"), Some(Suggestion { class: 1, extra, .. }) if extra == b"a link"));
    assert!(of("春茶节").is_some() && of("春茶预售").is_none() && of("春茶").is_some());
    clock.set(NOW_MS + 11_000);
    assert!(!suggested(&engine, "春茶").contains(&"春茶节".to_owned()), "its time is over");
    clock.set(NOW_MS + 101_000);
    assert!(suggested(&engine, "春茶").contains(&"春茶预售".to_owned()), "its time has come");
    writing.close().await;
    engine.close().await;
}

#[tokio::test]
async fn an_entry_that_changed_or_went_shows_at_once() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let mut writing = command(directory.path()).await;
    writing.put_entries(&[entry("秋游", 0), entry("秋游装备", 0), entry("秋游", 1)]).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    writing.close().await;
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    assert_eq!(engine.suggest("秋游", 15).unwrap().items.len(), 3);
    let mut writing = command(directory.path()).await;
    let changed = EntryRecord { extra: b"new".to_vec(), ..entry("秋游装备", 0) };
    writing.put_entries(&[changed]).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    let extra = |text: &str| {
        engine
            .suggest(text, 15)
            .unwrap()
            .items
            .iter()
            .find(|item| item.text == text)
            .map(|item| item.extra.clone())
    };
    assert_eq!(extra("秋游装备").unwrap(), b"new");
    writing.store().remove_entries(&[(query_key("秋游"), 0)]).await.unwrap();
    eventually("only the goods are left of the removed one", || {
        let items = engine.suggest("秋游", 15).unwrap().items;
        items.iter().filter(|item| item.text == "秋游").map(|item| item.class).collect::<Vec<_>>() == [1]
    })
    .await;
    writing.close().await;
    engine.close().await;
}
