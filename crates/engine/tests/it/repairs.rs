//! Keywords whose characters are wrong: searched as what was probably meant, behind whatever they find themselves.

use engine::Visible;

use crate::support::{command, eventually, fill, found, item, page, read, serve};

/// Titles that say what 美食 is, and one that holds 梅食.
fn titles() -> Vec<engine::ItemRecord> {
    let titles = [
        "上海美食推荐",
        "美食探店记",
        "周末去吃美食",
        "腊梅开了，梅花也开了",
        "食品安全小知识",
        "盐渍梅食的做法",
        "柔道比赛",
        "红烧牛肉面",
        "牛肉面馆",
    ];
    (1..).zip(titles).map(|(id, title)| item(id, title)).collect()
}

#[tokio::test]
async fn a_homophone_finds_what_was_meant_behind_exact_matches() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), &titles()).await;
    let engine = serve(directory.path()).await;
    eventually("a repair", || found(&engine, "梅食").len() >= 4).await;
    let (ids, _) = page(&engine, "梅食", 0, None);
    assert_eq!(ids[0], 6, "the exact match stands first: {ids:?}");
    let mut meant = ids[1..4].to_vec();
    meant.sort_unstable();
    assert_eq!(meant, [1, 2, 3]);

    let told = engine.explain_search("梅食", 7, &ids).unwrap();
    assert_eq!(told.meant.as_deref(), Some("美食"));
    let repaired: Vec<bool> = told.items.iter().map(|item| item.repaired).collect();
    assert_eq!(repaired[..4], [false, true, true, true]);
    // By the shape, and in the middle of a longer keyword.
    let told = engine.explain_search("牛柔面", 7, &[8, 9]).unwrap();
    assert_eq!((told.meant.as_deref(), told.items.len()), (Some("牛肉面"), 2));
    // What is as it was meant stays.
    for keyword in ["美食", "腊梅", "柔道", "没有这个", "rtx5090"] {
        assert_eq!(engine.explain_search(keyword, 7, &[]).unwrap().meant, None, "{keyword}");
    }
    engine.close().await;
}

#[tokio::test]
async fn enough_exact_matches_are_never_repaired() {
    let directory = tempfile::tempdir().unwrap();
    let mut items = titles();
    fill(directory.path(), &items).await;
    let engine = serve(directory.path()).await;
    eventually("a repair", || found(&engine, "梅食").len() >= 4).await;
    items.extend([item(20, "梅食第二篇"), item(21, "梅食第三篇")]);
    let mut writing = command(directory.path()).await;
    writing.put_items(&items[titles().len()..]).await.unwrap();
    eventually("three exact matches", || found(&engine, "梅食").starts_with(&[21])).await;
    assert_eq!(engine.explain_search("梅食", 7, &[]).unwrap().meant, None);
    assert!(!found(&engine, "梅食").contains(&1), "{:?}", found(&engine, "梅食"));
    engine.close().await;
}

#[tokio::test]
async fn a_server_learns_again_at_its_start_and_a_command_when_it_has_to() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), &titles()).await;
    let mut writing = command(directory.path()).await;
    writing.wait(Visible::Suggestions).await.unwrap();
    writing.close().await;
    let reader = read(directory.path()).await;
    assert!(!found(&reader, "梅食").contains(&1), "nothing is learned before it is needed");
    reader.prepare_repair("梅食", 7).await.unwrap();
    assert!(found(&reader, "梅食").contains(&1));
    reader.close().await;
    drop(reader);
    // The base is there: nothing is built.
    let engine = serve(directory.path()).await;
    eventually("a repair", || found(&engine, "梅食").contains(&1)).await;
    engine.close().await;
}
