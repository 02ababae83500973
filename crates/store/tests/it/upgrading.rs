use std::path::Path;

use sqlx::{AnyConnection, Connection as _, migrate::Migrator};
use store::{QueryCount, RuleKind, RuleRecord, Store, Subject};

/// Makes a database as the version with that many migrations made it.
async fn database_of(directory: &Path, migrations: usize) -> AnyConnection {
    let of_version = tempfile::tempdir().unwrap();
    let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    for file in &files[..migrations] {
        std::fs::copy(file, of_version.path().join(file.file_name().unwrap())).unwrap();
    }
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", directory.join("qiusuo.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    Migrator::new(of_version.path()).await.unwrap().run(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn a_database_from_before_there_were_rules_is_taken_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = database_of(directory.path(), 1).await;
    for statement in [
        "INSERT INTO items VALUES (7, 0, 1, NULL, 5, 0, 0, 0, 0, 0, '家常菜', '', '美食' || char(10), '', x'', '')",
        "INSERT INTO query_log VALUES ('a', 'A', 3, 0, 4, 0, 0)",
        "INSERT INTO query_user VALUES ('a', 1)",
        "INSERT INTO entries VALUES ('e', 1, 'E', 2, NULL, NULL, x'')",
        "INSERT INTO changes VALUES (1, 0, 7), (2, 2, 0), (3, 3, 0)",
        "UPDATE counter SET value = 3 WHERE name IN ('sequence', 'sequence.entries')",
        "UPDATE counter SET value = 1 WHERE name IN ('sequence.item', 'items.online')",
        "UPDATE counter SET value = 2 WHERE name = 'sequence.queries'",
    ] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();

    let store = Store::open_existing(directory.path()).await.unwrap();
    assert_eq!(store.last_sequence().await.unwrap(), 3);
    assert_eq!(store.item_changes(0, 10).await.unwrap()[0].item.as_ref().unwrap().tags, ["美食"]);
    assert_eq!(store.query_total("a").await.unwrap().unwrap().hours, [(3, 4)]);
    assert_eq!(store.entry("e", 1).await.unwrap().unwrap().text, "E");
    assert_eq!(store.last_sequence_of(Subject::Rules).await.unwrap(), 0);
    assert_eq!(store.standing_changes(0, 10).await.unwrap(), []);
    assert_eq!((store.rules().await.unwrap(), store.live_batches().await.unwrap()), (vec![], 0));

    let rule = RuleRecord {
        id: 0,
        kind: RuleKind::Word,
        prefix: String::new(),
        text: "坏词".to_owned(),
        position: 0,
        valid_from: None,
        valid_to: None,
        created_ms: 1,
    };
    let added = store.add_rules(&[rule]).await.unwrap();
    assert_eq!((added.ids, added.sequence), (vec![1], 4), "numbers go on where they were");
    store.add_live_queries(&[QueryCount::default()], &[]).await.unwrap();
    store.close().await;
    let store = Store::open_existing(directory.path()).await.unwrap();
    assert_eq!((store.rules().await.unwrap().len(), store.live_batches().await.unwrap()), (1, 1));
}
