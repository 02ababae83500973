//! Why a text is not suggested, from what the store knows and what the index knows.

use engine::{Clock, NewRule, NotSuggested, Visible, WhyNot};

use crate::support::{NOW_MS, built, command, eventually, fill, item, query, serve_at, suggested};

#[tokio::test]
async fn every_verdict_names_what_is_missing() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
    fill(directory.path(), &[item(1, "花市指南"), item(2, "北方的花市")]).await;
    let mut writing = command(directory.path()).await;
    writing.log_queries(&[query("花店", 9), query("花店转让", 4)], None).await.unwrap();
    writing.add_rules(&[NewRule::ban_word("转让").unwrap()]).await.unwrap();
    writing.wait(Visible::Suggestions).await.unwrap();
    writing.close().await;
    let engine = serve_at(directory.path(), &clock).await;
    built(&engine).await;
    for user in 1..4 {
        engine.note_query("花架", user, true);
    }
    for user in 1..9 {
        engine.note_query("花鸟", user, false);
        engine.note_query("花瓶", user, true);
    }
    eventually("the last query is suggested", || suggested(&engine, "花").contains(&"花瓶".to_owned())).await;
    let why = async |text: &str| engine.why_not_suggested("花", text, 15).await.unwrap();
    assert!(matches!(why("花店").await, NotSuggested::Index(WhyNot::Shown { position: 1 | 2 })));
    assert!(matches!(why("花店转让").await, NotSuggested::Index(WhyNot::Banned { .. })));
    assert_eq!(why("花架").await, NotSuggested::TooFewUsers { users: 3, minimum: 5 });
    assert_eq!(why("花鸟").await, NotSuggested::NothingFound);
    assert_eq!(why("花样年华").await, NotSuggested::NeverSeen);
    assert!(matches!(why("花市").await, NotSuggested::TooFewDocuments { documents: 2, minimum: 3 }));
    assert!(matches!(why("花店13812345678").await, NotSuggested::Index(WhyNot::Private)));
    assert_eq!(why(&"花".repeat(65)).await, NotSuggested::TooLong);
    let explanation = engine.explain_suggestions("花", 15).unwrap();
    assert!(
        explanation.items.iter().any(|item| item.suggestion.text == "花店" && item.evidence.queries == 9)
    );
    engine.close().await;
}
