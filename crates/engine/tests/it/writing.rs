//! Commands beside a server, and commands that take over.

use engine::{CallerUpdate, Clock, Hold, Role, Visible, Writing, open_store};

use crate::support::{NOW_MS, administration, eventually, fill, found, item, options, query, serve};

#[tokio::test]
async fn a_server_acts_on_what_a_command_wrote() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), &[item(1, "已有的文章")]).await;
    let engine = serve(directory.path()).await;
    let mut writing = Writing::open(options(directory.path()), "import", Hold::IfFree).await.unwrap();
    writing.put_items(&[item(2, "新来的文章")]).await.unwrap();
    writing.wait(Visible::Search).await.unwrap();
    assert_eq!(found(&engine, "新来的文章")[0], 2);
    writing.log_queries(&[query("新来的词", 3)], None).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    assert_eq!(engine.suggest("新来", 15).unwrap().items[0].text, "新来的词");
    let mut gone = item(1, "已有的文章");
    gone.online = false;
    writing.put_items(&[gone]).await.unwrap();
    writing.wait(Visible::Search).await.unwrap();
    assert!(!found(&engine, "已有的文章").contains(&1));
    writing.close().await;
    engine.close().await;
}

#[tokio::test]
async fn a_command_takes_over_from_a_server_that_leaves() {
    let directory = tempfile::tempdir().unwrap();
    let engine = serve(directory.path()).await;
    let mut writing = Writing::open(options(directory.path()), "import", Hold::IfFree).await.unwrap();
    engine.close().await;
    drop(engine);
    writing.put_items(&[item(3, "接手以后的文章")]).await.unwrap();
    writing.wait(Visible::Search).await.unwrap();
    writing.close().await;
    let engine = serve(directory.path()).await;
    assert_eq!(found(&engine, "接手以后的文章"), [3]);
    engine.close().await;
}

#[tokio::test]
async fn a_command_that_indexes_misses_nothing_that_others_write() {
    let directory = tempfile::tempdir().unwrap();
    let mut writing = Writing::open(options(directory.path()), "import", Hold::IfFree).await.unwrap();
    let beside = open_store(options(directory.path())).await.unwrap();
    for round in 0..20 {
        writing
            .put_items(&[item(10 * round + 1, "自己的文章"), item(10 * round + 2, "自己的文章")])
            .await
            .unwrap();
        beside.store.put_items(&[item(10 * round + 3, "别人的文章")]).await.unwrap();
    }
    beside.store.set_online(&[1], false).await.unwrap();
    writing.put_items(&[item(1_000, "最后的文章")]).await.unwrap();
    writing.wait(Visible::Search).await.unwrap();
    beside.store.close().await;
    writing.close().await;
    let engine = serve(directory.path()).await;
    assert_eq!(found(&engine, "别人的文章").iter().filter(|id| **id % 10 == 3).count(), 20);
    assert_eq!(found(&engine, "自己的文章").iter().filter(|id| [1, 2].contains(&(**id % 10))).count(), 39);
    assert_eq!(found(&engine, "最后的文章")[0], 1_000);
    engine.close().await;
}

#[tokio::test]
async fn a_record_that_a_killed_process_did_not_make_is_made_up() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), &[item(1, "已有的文章")]).await;
    let beside = open_store(options(directory.path())).await.unwrap();
    beside.store.record_applied("index", 0).await.unwrap();
    beside.store.close().await;
    let engine = serve(directory.path()).await;
    let mut writing = Writing::open(options(directory.path()), "import", Hold::IfFree).await.unwrap();
    writing.wait(Visible::Search).await.unwrap();
    writing.close().await;
    engine.close().await;
}

#[tokio::test]
async fn who_does_not_wait_does_not_hold_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let mut writing = Writing::open(options(directory.path()), "import", Hold::Never).await.unwrap();
    writing.put_items(&[item(1, "没有等待的文章")]).await.unwrap();
    let engine = serve(directory.path()).await;
    engine.wait_visible(engine.store().last_sequence().await.unwrap()).await.unwrap();
    assert_eq!(found(&engine, "没有等待"), [1]);
    writing.close().await;
    engine.close().await;
}

#[tokio::test]
async fn a_directory_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    fill(&directory, &[item(1, "一篇文章")]).await;
    let mode = std::fs::metadata(&directory).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn an_update_keeps_live_counters() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = item(1, "第一版标题");
    first.digg_count = Some(41);
    fill(directory.path(), &[first]).await;
    fill(directory.path(), &[item(1, "第二版标题")]).await;
    let engine = serve(directory.path()).await;
    let mut digg = None;
    assert!(engine.row(1, &mut |row| digg = Some(row.counters.digg)));
    assert_eq!(digg, Some(41));
    assert_eq!(found(&engine, "第二版标题"), [1]);
    engine.close().await;
}

#[tokio::test]
async fn credentials_come_into_force_beside_a_running_server() {
    let directory = tempfile::tempdir().unwrap();
    let engine = serve(directory.path()).await;
    let beside = open_store(options(directory.path())).await.unwrap();
    let clock = Clock::fixed(NOW_MS);
    let service = administration(&beside, &clock);
    let update = CallerUpdate::default();
    let application = service.create_application("demo", &update, None).await.unwrap();
    let token = service.create_token("first", &update).await.unwrap();
    let operator = service.create_operator("ops", Role::Editor).await.unwrap();
    eventually("the registry is read", || engine.registry().operator(&operator.secret).is_some()).await;
    assert_eq!(engine.registry().application("demo").unwrap().secure_key, application.secret);
    assert_eq!(engine.registry().api_token(&token.secret, NOW_MS).unwrap().name, "first");
    assert!(engine.registry().api_token("qs-nobody", NOW_MS).is_none());
    assert!(
        service.create_application("demo", &update, None).await.is_err(),
        "a partner's name is taken once"
    );
    assert!(service.create_application("a b", &update, None).await.is_err(), "a partner's name is plain");
    service.enable_token("first", false).await.unwrap();
    service.enable_application("demo", false).await.unwrap();
    eventually("the registry is read", || engine.registry().application("demo").is_none()).await;
    assert!(engine.registry().api_token(&token.secret, NOW_MS).is_none());
    assert!(service.enable_operator("nobody", true).await.is_err());
    engine.close().await;
}
