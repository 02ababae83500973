//! Items that go offline take the phrases with them that only they supported.

use engine::{Clock, ItemRecord, Visible};

use crate::support::{NOW_MS, built, command, eventually, fill, item, query, serve_at, suggested};

fn items() -> Vec<ItemRecord> {
    // One phrase in exactly as many titles as it takes, in varied company, and others around it.
    let titles = [
        "露营帐篷怎么选",
        "周末带上露营帐篷出发",
        "新手必看的露营帐篷清单",
        "阳台种菜第一年的收获",
        "我家的阳台种菜日记",
        "零基础阳台种菜教程",
        "邻居的阳台种菜经验",
        "今天聊聊阳台种菜",
        "秋天的红叶",
        "城市里的咖啡馆",
    ];
    (1..).zip(titles).map(|(id, title)| ItemRecord { tags: tags(title), ..item(id, title) }).collect()
}

fn tags(title: &str) -> Vec<String> {
    ["露营帐篷", "阳台种菜"].into_iter().filter(|tag| title.contains(tag)).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_phrase_goes_with_its_documents_and_comes_back_with_them() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    fill(directory.path(), &items()).await;
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    assert!(suggested(&engine, "露营").contains(&"露营帐篷".to_owned()), "{:?}", suggested(&engine, "露营"));
    let mut writing = command(directory.path()).await;
    let first = items().remove(0);
    writing.put_items(&[ItemRecord { online: false, ..first.clone() }]).await.unwrap();
    eventually("the phrase is gone", || suggested(&engine, "露营").is_empty()).await;
    assert!(!suggested(&engine, "阳台").is_empty(), "others stay");
    writing.put_items(&[first]).await.unwrap();
    eventually("the phrase is back", || !suggested(&engine, "露营").is_empty()).await;
    writing.close().await;
    engine.close().await;
}

#[tokio::test]
async fn a_phrase_that_was_searched_for_stays() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    fill(directory.path(), &items()).await;
    let mut writing = command(directory.path()).await;
    writing.log_queries(&[query("露营帐篷", 3)], None).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    writing.close().await;
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    let mut writing = command(directory.path()).await;
    let down: Vec<_> = items().into_iter().take(8).map(|item| ItemRecord { online: false, ..item }).collect();
    writing.put_items(&down).await.unwrap();
    eventually("the other phrase is gone", || suggested(&engine, "阳台").is_empty()).await;
    assert_eq!(suggested(&engine, "露营帐篷"), ["露营帐篷"]);
    writing.close().await;
    engine.close().await;
}

#[tokio::test]
async fn what_was_taken_down_stays_hidden_over_a_restart() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    fill(directory.path(), &items()).await;
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    let file = directory.path().join("suggestions.base");
    let before = std::fs::read(&file).unwrap();
    let mut writing = command(directory.path()).await;
    writing.put_items(&[ItemRecord { online: false, ..items().remove(0) }]).await.unwrap();
    eventually("the phrase is gone", || suggested(&engine, "露营").is_empty()).await;
    writing.close().await;
    built(&engine).await;
    engine.close().await;
    drop(engine);
    // As if the server had ended before the next base.
    std::fs::write(&file, before).unwrap();
    let engine = serve_at(directory.path(), &clock).await;
    assert!(suggested(&engine, "露营").is_empty(), "{:?}", suggested(&engine, "露营"));
    assert!(!suggested(&engine, "阳台").is_empty());
    engine.close().await;
}

/// Taken down and deleted items are hidden before the indexer meets them; their phrases go all the same.
#[tokio::test]
async fn a_phrase_goes_with_items_that_are_taken_down_or_deleted() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    fill(directory.path(), &items()).await;
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    assert!(suggested(&engine, "露营").contains(&"露营帐篷".to_owned()));
    engine.set_online(&[1], false).await.unwrap();
    assert!(!engine.row(1, &mut |_| {}), "out of every answer when the call returns");
    eventually("the phrase is gone", || suggested(&engine, "露营").is_empty()).await;
    engine.set_online(&[1], true).await.unwrap();
    eventually("the phrase is back", || !suggested(&engine, "露营").is_empty()).await;
    let mut writing = command(directory.path()).await;
    writing.delete_items(&[1]).await.unwrap();
    writing.wait(Visible::Standings).await.unwrap();
    assert!(!engine.row(1, &mut |_| {}), "a command waits until the server has taken it up");
    eventually("the phrase is gone for good", || suggested(&engine, "露营").is_empty()).await;
    writing.close().await;
    engine.close().await;
}
