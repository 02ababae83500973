use store::{AddedRules, RuleKind, RuleRecord, Subject};

use crate::fresh;

fn pin(prefix: &str, text: &str, position: i64) -> RuleRecord {
    RuleRecord {
        id: 0,
        kind: RuleKind::Pin,
        prefix: prefix.to_owned(),
        text: text.to_owned(),
        position,
        valid_from: None,
        valid_to: Some(99),
        created_ms: 7,
    }
}

fn ban(kind: RuleKind, text: &str) -> RuleRecord {
    RuleRecord { kind, valid_to: None, ..pin("", text, 0) }
}

fn with_id(id: i64, rule: &RuleRecord) -> RuleRecord {
    RuleRecord { id, ..rule.clone() }
}

#[tokio::test]
async fn rules_are_kept_as_they_were_given() {
    let (_directory, store) = fresh().await;
    assert_eq!(store.rules().await.unwrap(), []);
    let rules = [pin("家 Chang", "家常菜", 1), ban(RuleKind::Word, "坏词"), ban(RuleKind::Pattern, "^a.*b$")];
    let added = store.add_rules(&rules).await.unwrap();
    assert_eq!(added, AddedRules { ids: vec![1, 2, 3], added: 3, sequence: 1 });
    assert_eq!(store.last_sequence_of(Subject::Rules).await.unwrap(), 1);
    let expected: Vec<RuleRecord> = (1..).zip(&rules).map(|(id, rule)| with_id(id, rule)).collect();
    assert_eq!(store.rules().await.unwrap(), expected);
}

#[tokio::test]
async fn the_same_rule_is_added_once() {
    let (_directory, store) = fresh().await;
    let rule = pin("家", "家常菜", 1);
    let others = [
        RuleRecord { kind: RuleKind::Word, ..rule.clone() },
        RuleRecord { prefix: "家 ".to_owned(), ..rule.clone() },
        RuleRecord { text: "家具".to_owned(), ..rule.clone() },
        RuleRecord { position: 2, ..rule.clone() },
        RuleRecord { valid_from: Some(1), ..rule.clone() },
        RuleRecord { valid_to: None, ..rule.clone() },
    ];
    store.add_rules(std::slice::from_ref(&rule)).await.unwrap();
    let again = RuleRecord { id: 77, created_ms: 8, ..rule.clone() };
    let added = store.add_rules(&[again.clone(), again.clone()]).await.unwrap();
    assert_eq!(added, AddedRules { ids: vec![1, 1], added: 0, sequence: 0 });
    assert_eq!(store.last_sequence().await.unwrap(), 1, "nothing new is not announced");
    let mixed = [&[again][..], &others, &others[..1]].concat();
    let added = store.add_rules(&mixed).await.unwrap();
    assert_eq!(added, AddedRules { ids: vec![1, 2, 3, 4, 5, 6, 7, 2], added: 6, sequence: 2 });
    assert_eq!(store.rules().await.unwrap()[0], with_id(1, &rule), "the first one stays");
    assert_eq!(store.rules().await.unwrap().len(), 7);
    assert_eq!(store.add_rules(&[]).await.unwrap(), AddedRules::default());
}

#[tokio::test]
async fn a_removed_rule_is_returned_and_its_id_is_not_given_again() {
    let (_directory, store) = fresh().await;
    let rules = [pin("家", "家常菜", 1), ban(RuleKind::Word, "坏词")];
    store.add_rules(&rules).await.unwrap();
    assert_eq!(store.remove_rule(3).await.unwrap(), None);
    assert_eq!(store.last_sequence().await.unwrap(), 1, "nothing was removed");
    assert_eq!(store.remove_rule(2).await.unwrap(), Some((with_id(2, &rules[1]), 2)));
    assert_eq!(store.remove_rule(2).await.unwrap(), None);
    assert_eq!(store.last_sequence_of(Subject::Rules).await.unwrap(), 2);
    let added = store.add_rules(&rules).await.unwrap();
    assert_eq!(added, AddedRules { ids: vec![1, 3], added: 1, sequence: 3 });
}

/// As many as a list of banned words brings.
#[tokio::test]
async fn many_rules_come_in_at_once() {
    let (_directory, store) = fresh().await;
    let rules: Vec<RuleRecord> = (0..1_234).map(|at| ban(RuleKind::Word, &format!("词{at}"))).collect();
    let added = store.add_rules(&rules).await.unwrap();
    assert!(added.ids.iter().copied().eq(1..=1_234));
    assert_eq!((added.added, added.sequence), (1_234, 1));
    let kept = store.rules().await.unwrap();
    assert!(kept.iter().map(|rule| &rule.text).eq(rules.iter().map(|rule| &rule.text)));
}

#[tokio::test]
async fn rules_added_by_two_at_once_are_there_once() {
    let (directory, one) = fresh().await;
    let two = store::Store::open(directory.path()).await.unwrap();
    let rules = [ban(RuleKind::Word, "坏词"), ban(RuleKind::Pattern, "坏.")];
    let (by_one, by_two) = tokio::join!(one.add_rules(&rules), two.add_rules(&rules));
    let (by_one, by_two) = (by_one.unwrap(), by_two.unwrap());
    assert_eq!((by_one.ids, by_one.added + by_two.added), (by_two.ids, 2));
    assert_eq!(one.rules().await.unwrap().len(), 2);
}
