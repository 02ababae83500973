use store::{EntryRecord, Subject};

use crate::fresh;

fn entry(key: &str, class: u8, weight: i64) -> EntryRecord {
    EntryRecord {
        key: key.to_owned(),
        text: key.to_uppercase(),
        weight,
        class,
        valid_to: Some(99),
        extra: b"{}".to_vec(),
        ..EntryRecord::default()
    }
}

#[tokio::test]
async fn an_entry_is_its_key_and_class() {
    let (_directory, store) = fresh().await;
    let rows = [entry("a", 0, 1), entry("a", 1, 2), entry("a", 0, 3)];
    let outcome = store.put_entries(&rows).await.unwrap();
    assert_eq!((outcome.accepted, outcome.updated, outcome.sequence), (2, 1, 1));
    assert_eq!(outcome.updated_flags, [false, false, true]);
    let outcome = store.put_entries(&[entry("a", 1, 7), entry("b", 1, 4)]).await.unwrap();
    assert_eq!(outcome.updated_flags, [true, false]);
    let expected = [entry("a", 0, 3), entry("a", 1, 7), entry("b", 1, 4)];
    assert_eq!(store.entries_after(None, 10).await.unwrap(), expected);
    assert_eq!(store.last_sequence_of(Subject::Entries).await.unwrap(), 2);
}

#[tokio::test]
async fn scans_meet_every_entry_once() {
    let (_directory, store) = fresh().await;
    let rows: Vec<EntryRecord> = (0..60).map(|at| entry(&format!("k{:02}", at / 2), at % 2, 1)).collect();
    store.put_entries(&rows).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    while let page = store.entries_after(after.as_ref(), 7).await.unwrap()
        && let Some(last) = page.last()
    {
        after = Some((last.key.clone(), last.class));
        seen.extend(page);
    }
    assert_eq!(seen, rows);
}

#[tokio::test]
async fn removed_entries_are_gone_and_announced() {
    let (_directory, store) = fresh().await;
    let rows: Vec<EntryRecord> = (0..60).map(|at| entry(&format!("k{:02}", at / 2), at % 2, 1)).collect();
    store.put_entries(&rows).await.unwrap();
    assert_eq!(store.entry("k03", 1).await.unwrap().as_ref(), Some(&rows[7]));
    let identities: Vec<(String, u8)> = rows[7..40].iter().map(|row| (row.key.clone(), row.class)).collect();
    assert_eq!(store.remove_entries(&identities).await.unwrap(), 2);
    assert_eq!(store.entries_after(None, 100).await.unwrap(), [&rows[..7], &rows[40..]].concat());
    assert_eq!(store.entry("k03", 1).await.unwrap(), None);
    assert_eq!(store.entry("k03", 0).await.unwrap().as_ref(), Some(&rows[6]), "of the same key");
    assert_eq!(store.last_sequence_of(Subject::Entries).await.unwrap(), 2);
    assert_eq!(store.remove_entries(&identities).await.unwrap(), 0);
    assert_eq!(store.remove_entries(&[]).await.unwrap(), 0);
    assert_eq!(store.last_sequence().await.unwrap(), 2, "nothing was removed");
    assert_eq!(store.remove_entries(&[("k03".to_owned(), 1), ("k03".to_owned(), 0)]).await.unwrap(), 3);
}
