use sqlx::{AnyConnection, Connection as _};
use store::{Error, Store};

use crate::{fresh, item};

#[tokio::test]
async fn an_absent_database_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = Store::open_existing(directory.path()).await.unwrap_err();
    assert!(matches!(&error, Error::NoDatabase { path } if path.ends_with("qiusuo.db")), "{error}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nothing is made");
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let (directory, store) = fresh().await;
    store.put_items(&[item(1)]).await.unwrap();
    store.set_meta("server", "a").await.unwrap();
    store.close().await;
    let store = Store::open_existing(directory.path()).await.unwrap();
    assert_eq!(store.item(1).await.unwrap().unwrap().title, "标题 1");
    store.set_meta("server", "b").await.unwrap();
    assert_eq!(store.meta("server").await.unwrap().as_deref(), Some("b"));
    assert_eq!(store.meta("other").await.unwrap(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_made_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    let store = Store::open(&directory).await.unwrap();
    store.put_items(&[item(1)]).await.unwrap();
    let mode = |name: &str| directory.join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(""), 0o700);
    for name in ["qiusuo.db", "qiusuo.db-wal", "qiusuo.db-shm", "qiusuo.db.schema-lock"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    store.close().await;
    // What somebody opened to others on purpose stays so.
    for (name, chosen) in [("", 0o750), ("qiusuo.db", 0o640)] {
        std::fs::set_permissions(directory.join(name), PermissionsExt::from_mode(chosen)).unwrap();
    }
    Store::open(&directory).await.unwrap().close().await;
    assert_eq!((mode(""), mode("qiusuo.db")), (0o750, 0o640));
}

#[tokio::test]
async fn directories_may_have_any_name() {
    let parent = tempfile::tempdir().unwrap();
    for name in ["a b", "求索", "50%", "what?#", "Upper%20Case"] {
        let directory = parent.path().join(name);
        Store::open(&directory).await.unwrap().close().await;
        assert!(directory.join("qiusuo.db").is_file(), "{name}");
    }
}

#[tokio::test]
async fn several_may_open_a_new_directory_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Store::open(directory.path());
    let (one, two, three) = tokio::join!(open(), open(), open());
    for (at, store) in [one, two, three].into_iter().enumerate() {
        store.unwrap().put_items(&[item(at as i64 + 1)]).await.unwrap();
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_by_name() {
    let (directory, store) = fresh().await;
    store.close().await;
    let url = format!("sqlite://{}", directory.path().join("qiusuo.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', 1, $1, 0)",
    )
    .bind(vec![0_u8])
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let error = Store::open(directory.path()).await.unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 9999, known: 5, .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("qiusuo.db"), "not a database ".repeat(1_000)).unwrap();
    let error = Store::open(directory.path()).await.unwrap_err();
    assert!(matches!(error, Error::Open { .. }) && error.to_string().contains("qiusuo.db"), "{error}");
}
