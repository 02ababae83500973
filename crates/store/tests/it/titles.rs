use store::{ItemRecord, TitleRow};

use crate::{fresh, item};

fn tagged(group_id: i64, tags: &[&str]) -> ItemRecord {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    ItemRecord { online: group_id % 3 != 0, tags, ..item(group_id) }
}

fn row(group_id: i64, tags: &str) -> TitleRow {
    TitleRow { group_id, title: format!("标题 {group_id}"), tags: tags.to_owned() }
}

#[tokio::test]
async fn scans_meet_every_online_document_once_in_order() {
    let (_directory, store) = fresh().await;
    let records: Vec<ItemRecord> =
        (0..257).map(|at| tagged((at * 7919) % 1_009 + 1, &["美食", "家常菜"])).collect();
    store.put_items(&records).await.unwrap();
    let mut online: Vec<i64> =
        records.iter().filter(|record| record.online).map(|record| record.group_id).collect();
    online.sort_unstable();
    let (mut documents, mut after) = (Vec::new(), 0);
    while let page = store.documents_after(after, 50).await.unwrap()
        && let Some(last) = page.last()
    {
        after = last.group_id;
        documents.extend(page);
    }
    let expected: Vec<TitleRow> = online.iter().map(|id| row(*id, "美食\n家常菜\n")).collect();
    assert_eq!(documents, expected);
    let (mut ids, mut after) = (Vec::new(), 0);
    while let page = store.online_after(after, 50).await.unwrap()
        && let Some(last) = page.last()
    {
        after = *last;
        ids.extend(page);
    }
    assert_eq!(ids, online);
}

#[tokio::test]
async fn tags_are_split_as_they_were_given() {
    let (_directory, store) = fresh().await;
    store.put_items(&[tagged(1, &["两\n行", "a\\n", ""]), tagged(2, &[])]).await.unwrap();
    let documents = store.documents_after(0, 10).await.unwrap();
    assert_eq!(documents, [row(1, "两\\n行\na\\\\n\n\n"), row(2, "")]);
    assert_eq!(documents[0].split_tags(), ["两\n行", "a\\n", ""]);
    assert_eq!(documents[1].split_tags(), [""; 0]);
}

#[tokio::test]
async fn titles_of_given_items_say_whether_they_are_online() {
    let (_directory, store) = fresh().await;
    let records: Vec<ItemRecord> = (1..=60).map(|id| tagged(id, &["签"])).collect();
    store.put_items(&records).await.unwrap();
    let asked: Vec<i64> = (40..=80).rev().chain([3, 3, 2, -1]).collect();
    let expected: Vec<(TitleRow, bool)> =
        [2, 3].into_iter().chain(40..=60).map(|id| (row(id, "签\n"), id % 3 != 0)).collect();
    assert_eq!(store.titles_of(&asked).await.unwrap(), expected);
    assert_eq!(store.titles_of(&[]).await.unwrap(), []);
}
