//! What people search for here: suggested within a second, once enough of them did.

use std::time::Duration;

use engine::{Clock, Engine};
use tokio::time::Instant;

use crate::support::{
    NOW_MS, built, command, eventually, options_at, query, read, serve_at, serve_with, suggested,
};

/// Long enough for everything that is going to happen.
const SETTLED: Duration = Duration::from_millis(1_500);

async fn asked(engine: &Engine, text: &str, users: std::ops::Range<u64>) {
    for user in users {
        engine.note_query(text, user, true);
    }
}

#[tokio::test]
async fn a_query_is_suggested_within_a_second_of_the_last_user_it_takes() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    asked(&engine, "夜市小吃", 1..5).await;
    asked(&engine, "夜市小吃", 1..5).await;
    tokio::time::sleep(SETTLED).await;
    assert!(suggested(&engine, "夜市").is_empty(), "four users are too few, however often they ask");
    let (generation, started) = (engine.suggestions_generation(), Instant::now());
    asked(&engine, "夜市小吃", 5..6).await;
    eventually("the query is suggested", || suggested(&engine, "yeshi") == ["夜市小吃"]).await;
    assert!(started.elapsed() < Duration::from_secs(10), "one second, on a machine that is busy");
    assert!(engine.suggestions_generation() > generation);
    assert_eq!(engine.suggestion_overlay(), 1);
    engine.close().await;
}

#[tokio::test]
async fn what_never_found_anything_is_not_suggested() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    for user in 1..9 {
        engine.note_query("没有结果的词", user, false);
    }
    tokio::time::sleep(SETTLED).await;
    assert!(suggested(&engine, "没有结果").is_empty());
    engine.close().await;
}

#[tokio::test]
async fn a_beginning_on_the_way_to_the_next_query_is_no_candidate() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    for user in 1..7 {
        engine.note_query("露营", user, true);
        engine.note_query("露营装备", user, true);
    }
    eventually("the longer query is suggested", || suggested(&engine, "露营") == ["露营装备"]).await;
    engine.close().await;
}

#[tokio::test]
async fn a_beginning_that_was_written_already_is_taken_out_again() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    asked(&engine, "徒步", 1..7).await;
    eventually("the beginning is suggested", || suggested(&engine, "徒步") == ["徒步"]).await;
    clock.set(NOW_MS + 8_000);
    asked(&engine, "徒步路线", 1..7).await;
    eventually("only the longer query is", || suggested(&engine, "徒步") == ["徒步路线"]).await;
    clock.set(NOW_MS + 30_000);
    asked(&engine, "徒步路线图", 1..7).await;
    eventually("later ones are wishes of their own", || suggested(&engine, "徒步").len() == 2).await;
    engine.close().await;
}

#[tokio::test]
async fn who_asked_a_query_before_stays_with_it() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    asked(&engine, "美食", 1..6).await;
    eventually("five users asked it", || suggested(&engine, "美食") == ["美食"]).await;
    clock.set(NOW_MS + 30_000);
    asked(&engine, "美食", 1..2).await;
    tokio::time::sleep(SETTLED).await;
    clock.set(NOW_MS + 35_000);
    asked(&engine, "美食街", 1..2).await;
    tokio::time::sleep(SETTLED).await;
    assert_eq!(suggested(&engine, "美食"), ["美食"], "the first of them asked it another time");
    engine.close().await;
}

#[tokio::test]
async fn a_base_that_holds_what_is_taken_back_does_not_show_it() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    asked(&engine, "骑行", 1..7).await;
    eventually("the beginning is suggested", || suggested(&engine, "骑行") == ["骑行"]).await;
    engine.close().await;
    drop(engine);
    // The next server's base holds it; its own overlay takes it out.
    let engine = serve_at(directory.path(), &clock).await;
    eventually("it is in the base", || engine.suggestion_entries() == 1).await;
    built(&engine).await;
    assert_eq!((suggested(&engine, "骑行"), engine.suggestion_overlay()), (vec!["骑行".to_owned()], 0));
    engine.close().await;
}

#[tokio::test]
async fn live_queries_of_a_server_that_ended_are_built_at_once() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    asked(&engine, "城市漫步", 1..7).await;
    engine.close().await;
    drop(engine);
    let engine = read(directory.path()).await;
    assert_eq!(suggested(&engine, "csmb"), ["城市漫步"]);
    engine.close().await;
    drop(engine);
    let engine = serve_at(directory.path(), &clock).await;
    eventually("a new server has it", || engine.suggest("csmb", 1).is_ok_and(|found| found.items.len() == 1))
        .await;
    engine.close().await;
}

#[tokio::test]
async fn an_import_under_the_threshold_waits_for_enough_users() {
    let directory = tempfile::tempdir().unwrap();
    let mut writing = command(directory.path()).await;
    let line = |text: &str, user: u64| engine::LoggedQuery {
        user: Some(user),
        live: true,
        results: 1,
        ..query(text, 1)
    };
    let lines: Vec<_> =
        (1..=4).map(|user| line("四个人", user)).chain((1..=5).map(|user| line("五个人", user))).collect();
    writing.log_queries(&lines, None).await.unwrap();
    writing.log_queries(&[query("一次的词", 1)], None).await.unwrap();
    writing.wait(engine::Visible::Suggestions).await.unwrap();
    writing.close().await;
    let engine = read(directory.path()).await;
    assert!(suggested(&engine, "四个人").is_empty());
    assert_eq!(suggested(&engine, "五个人"), ["五个人"]);
    assert_eq!(suggested(&engine, "一次"), ["一次的词"], "a line of a trusted log counts at any count");
    engine.close().await;
}

#[tokio::test]
async fn personal_data_and_what_is_too_long_never_enter() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    let private = ["13812345678", "张三电话13812345678", "zhangsan@example.com", "110101199003074514"];
    let long = "长".repeat(65);
    let mut writing = command(directory.path()).await;
    let mut lines: Vec<_> = private.iter().map(|text| query(text, 50)).collect();
    lines.extend([query(&long, 50), query("，。！", 50), query("长沙美食", 3)]);
    writing.log_queries(&lines, None).await.unwrap();
    let items: Vec<_> =
        (1..9).map(|id| crate::support::item(id, &format!("客服电话13987654321 第{id}期"))).collect();
    writing.put_items(&items).await.unwrap();
    let entry = |text: &str| engine::EntryRecord {
        key: engine::query_key(text),
        text: text.to_owned(),
        weight: 9,
        ..Default::default()
    };
    writing.put_entries(&[entry("加我13800138000"), entry("长沙夜市")]).await.unwrap();
    writing.wait(engine::Visible::Suggestions).await.unwrap();
    writing.close().await;
    let engine = serve_with(options_at(directory.path(), &clock)).await;
    built(&engine).await;
    asked(&engine, "李四13700001111", 1..9).await;
    asked(&engine, "长沙小吃", 1..9).await;
    eventually("the other query is suggested", || suggested(&engine, "长").contains(&"长沙小吃".to_owned()))
        .await;
    assert_eq!(suggested(&engine, "长").len(), 3);
    for typed in ["138", "139", "张三", "zhangsan", "110", "客服电话1", "加我", "李四", "，"] {
        let texts = suggested(&engine, typed);
        assert!(
            texts.iter().all(|text| !text.contains(char::is_numeric) && !text.contains('@')),
            "{typed}: {texts:?}"
        );
    }
    engine.close().await;
}
