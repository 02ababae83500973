//! The index and the suggestions can be lost at any moment: the store makes them again.

use std::fs;

use engine::{Engine, Error, Hold, Holder, Visible, Writing};

use crate::support::{copy, fill, found, item, options, query, read, serve, suggested};

async fn filled() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let items: Vec<_> = (1..=40).map(|id| item(id, &format!("家常菜第{id}道做法"))).collect();
    fill(directory.path(), &items).await;
    let mut writing = Writing::open(options(directory.path()), "test", Hold::IfFree).await.unwrap();
    writing.log_queries(&[query("家常菜", 9), query("家常菜做法", 4)], None).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    writing.close().await;
    directory
}

#[tokio::test]
async fn a_lost_or_damaged_index_is_made_again() {
    let directory = filled().await;
    let engine = read(directory.path()).await;
    let before = found(&engine, "家常菜");
    assert_eq!(before.len(), 40);
    engine.close().await;
    drop(engine);
    let index = directory.path().join("index");
    fs::remove_dir_all(&index).unwrap();
    let engine = read(directory.path()).await;
    assert_eq!(found(&engine, "家常菜"), before);
    engine.close().await;
    drop(engine);
    for entry in fs::read_dir(&index).unwrap().flatten() {
        if entry.path().is_file() {
            fs::write(entry.path(), b"something else").unwrap();
        }
    }
    let engine = read(directory.path()).await;
    assert_eq!(found(&engine, "家常菜"), before);
    engine.close().await;
}

#[tokio::test]
async fn a_lost_or_damaged_suggestion_file_is_made_again() {
    let directory = filled().await;
    let file = directory.path().join("suggestions.base");
    let expected = ["家常菜", "家常菜做法"];
    let sound = fs::read(&file).unwrap();
    let flipped = {
        let mut bytes = sound.clone();
        bytes[sound.len() / 2] ^= 0x10;
        bytes
    };
    // A version before this one, or after it, is as good as damaged.
    let other_version = [&sound[..8], &[0xff, 0xff, 0xff, 0xff], &sound[12..]].concat();
    let truncated = sound[..sound.len() - 7].to_vec();
    let damages =
        [None, Some(b"nonsense".to_vec()), Some(vec![]), Some(flipped), Some(truncated), Some(other_version)];
    for damage in damages {
        match damage {
            None => fs::remove_file(&file).unwrap(),
            Some(bytes) => fs::write(&file, bytes).unwrap(),
        }
        let engine = read(directory.path()).await;
        let texts = suggested(&engine, "jiachang");
        assert_eq!(texts[..2], expected);
        engine.close().await;
    }
}

#[tokio::test]
async fn an_index_from_a_backup_is_not_trusted() {
    let directory = filled().await;
    let (index, backup) = (directory.path().join("index"), directory.path().join("backup"));
    fs::rename(&index, &backup).unwrap();
    fs::create_dir(&index).unwrap();
    copy(&backup, &index);
    fill(directory.path(), &[item(99, "后来才有的文章")]).await;
    fs::remove_dir_all(&index).unwrap();
    fs::rename(&backup, &index).unwrap();
    let engine = read(directory.path()).await;
    assert_eq!(found(&engine, "后来才有")[..1], [99]);
    engine.close().await;
}

#[tokio::test]
async fn a_directory_has_one_server() {
    let directory = filled().await;
    let engine = serve(directory.path()).await;
    let holder = Holder::this_process("serve", "127.0.0.1:2");
    let second = Engine::lock(options(directory.path()), &holder, std::time::Duration::from_secs(60)).await;
    let Err(Error::InUse { holder, .. }) = second else { panic!("a second server was let in") };
    assert!(holder.is_server() && holder.address == "127.0.0.1:1");
    engine.close().await;
}

#[tokio::test]
async fn a_reader_needs_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Engine::open_reading(options(&directory.path().join("nowhere")), "test").await;
    let message = missing.err().unwrap().to_string();
    assert!(message.contains("does not exist"), "{message}");
    assert!(!directory.path().join("nowhere").exists(), "a reading command makes no directory");
}

#[tokio::test]
async fn what_a_dead_build_left_behind_is_removed() {
    let directory = filled().await;
    let left =
        ["suggestions.base.77-0", ".suggestions.base.77-0.77.part"].map(|name| directory.path().join(name));
    for path in &left {
        fs::write(path, b"half a base").unwrap();
    }
    let engine = serve(directory.path()).await;
    assert!(left.iter().all(|path| !path.exists()));
    assert_eq!(suggested(&engine, "jiachang")[..2], ["家常菜", "家常菜做法"]);
    engine.close().await;
}
