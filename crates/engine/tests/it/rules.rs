//! Pins and bans: in force on a running engine, and still so when it is opened again.

use engine::{Clock, Engine, Error, NewRule, Visible};

use crate::support::{NOW_MS, built, command, options_at, query, read, serve_at, serve_with, suggested};

async fn with_queries() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut writing = command(directory.path()).await;
    let lines = [query("火锅", 90), query("火锅底料", 50), query("火锅加微信", 40), query("火锅店", 30)];
    writing.log_queries(&lines, None).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    writing.close().await;
    directory
}

fn placed(engine: &Engine, keyword: &str) -> Vec<(usize, String)> {
    let items = engine.suggest(keyword, 15).unwrap().items.into_iter().enumerate();
    items.filter(|(_, item)| item.placed).map(|(index, item)| (index + 1, item.text)).collect()
}

#[tokio::test]
async fn rules_are_in_force_beside_a_running_server_and_after_it() {
    let (directory, clock) = (with_queries().await, Clock::fixed(NOW_MS));
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    assert_eq!(suggested(&engine, "火锅").len(), 4);
    let generation = engine.suggestions_generation();
    let mut writing = command(directory.path()).await;
    let rules = [
        NewRule::pin("火", "火锅节", 2, None, Some(NOW_MS / 1000 + 100)).unwrap(),
        NewRule::ban_word("加微信").unwrap(),
        NewRule::ban_pattern("底料$").unwrap(),
    ];
    let added = writing.add_rules(&rules).await.unwrap();
    writing.wait(Visible::Rules).await.unwrap();
    assert!(engine.suggestions_generation() > generation);
    assert_eq!(placed(&engine, "火"), [(2, "火锅节".to_owned())]);
    assert_eq!(suggested(&engine, "火锅"), ["火锅", "火锅店"]);
    assert_eq!(
        writing.add_rules(&rules[..1]).await.unwrap().added,
        0,
        "the same rule again is no other rule"
    );
    let beside = read(directory.path()).await;
    assert_eq!(
        suggested(&beside, "火"),
        suggested(&engine, "火"),
        "a reader beside the server answers the same"
    );
    beside.close().await;
    engine.close().await;
    drop(engine);
    let engine = serve_at(directory.path(), &clock).await;
    assert_eq!(placed(&engine, "火"), [(2, "火锅节".to_owned())]);
    assert_eq!(suggested(&engine, "火锅"), ["火锅", "火锅店"]);
    clock.set(NOW_MS + 100_000);
    assert!(placed(&engine, "火").is_empty(), "a pin ends when its time is over");
    let removed = writing.remove_rule(added.ids[1]).await.unwrap().unwrap();
    assert_eq!(removed.text, "加微信");
    writing.wait(Visible::Rules).await.unwrap();
    assert_eq!(suggested(&engine, "火锅"), ["火锅", "火锅加微信", "火锅店"]);
    assert!(writing.remove_rule(added.ids[1]).await.unwrap().is_none());
    assert_eq!(writing.rules().await.unwrap().len(), 2);
    writing.close().await;
    engine.close().await;
}

#[tokio::test]
async fn a_command_that_holds_the_directory_needs_no_server() {
    let directory = with_queries().await;
    let mut writing = command(directory.path()).await;
    writing.add_rules(&[NewRule::ban_word("火锅店").unwrap()]).await.unwrap();
    writing.wait(Visible::Rules).await.unwrap();
    writing.close().await;
    let engine = read(directory.path()).await;
    assert!(!suggested(&engine, "火锅").contains(&"火锅店".to_owned()));
    engine.close().await;
}

#[tokio::test]
async fn banned_words_are_found_in_letters_where_that_is_wanted() {
    let (directory, clock) = (with_queries().await, Clock::fixed(NOW_MS));
    let mut writing = command(directory.path()).await;
    writing.log_queries(&[query("huoguodian", 9)], None).await.unwrap();
    writing.add_rules(&[NewRule::ban_word("火锅店").unwrap()]).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    writing.close().await;
    for ban_pinyin in [false, true] {
        let mut options = options_at(directory.path(), &clock);
        options.suggest.ban_pinyin = ban_pinyin;
        let engine = serve_with(options).await;
        assert_eq!(suggested(&engine, "huoguo").contains(&"huoguodian".to_owned()), !ban_pinyin);
        engine.close().await;
    }
}

#[test]
fn an_invalid_rule_says_what_to_do() {
    let error = NewRule::pin("火", "火锅", 16, None, None).unwrap_err();
    assert!(matches!(error, Error::InvalidRule { .. }));
    assert!(error.to_string().contains("give 1 to 15"), "{error}");
}
