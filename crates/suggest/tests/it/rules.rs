//! Pins and bans.

use suggest::{Pin, Rules, Snapshot};

use crate::support::{drawn, snapshot, texts};

const ENTRIES: &[(&str, u64)] =
    &[("美食", 90), ("美食推荐", 80), ("美食街", 70), ("赌博网站", 60), ("dubo网站", 50)];

fn pin(id: i64, prefix: &str, text: &str, position: usize) -> Pin {
    Pin { id, prefix: prefix.to_owned(), text: text.to_owned(), position, valid_from: None, valid_to: None }
}

fn with_rules(pins: Vec<Pin>, words: &[&str], patterns: &[&str], pinyin: bool) -> Snapshot {
    let numbered = |texts: &[&str]| -> Vec<(i64, String)> {
        (10..).zip(texts.iter().map(|&text| text.to_owned())).collect()
    };
    let rules =
        Rules::new(pins, &numbered(words), &numbered(patterns), pinyin).expect("the rules can be used");
    Snapshot { rules: rules.into(), ..snapshot(ENTRIES) }
}

#[test]
fn a_pin_stands_at_its_place_for_its_prefix_alone() {
    let snapshot = with_rules(vec![pin(1, "美食", "美食节今天开幕", 2)], &[], &[], false);
    assert_eq!(texts(&snapshot, "美食"), ["美食", "美食节今天开幕", "美食推荐", "美食街"]);
    assert_eq!(texts(&snapshot, "美"), ["美食", "美食推荐", "美食街"]);
    let items = snapshot.suggest("美 食", 15, 0).items;
    assert!(items[1].placed && !items[0].placed);
    assert_eq!(drawn(&items[1]), "xx.....");
    assert_eq!(snapshot.explain("美食", 15, 0).items[1].rule, Some(1));
}

#[test]
fn a_pinned_text_leaves_the_place_where_it_was_found() {
    let snapshot = with_rules(vec![pin(1, "美食", "美食街", 1), pin(2, "美食", "夜市", 9)], &[], &[], false);
    assert_eq!(texts(&snapshot, "美食"), ["美食街", "美食", "美食推荐", "夜市"]);
    assert_eq!(snapshot.suggest("美食", 2, 0).items.len(), 2);
}

#[test]
fn a_pin_counts_within_its_time() {
    let limited = Pin { valid_from: Some(100), valid_to: Some(200), ..pin(1, "美食", "夜市", 1) };
    let snapshot = with_rules(vec![limited], &[], &[], false);
    let first = |now: i64| snapshot.suggest("美食", 15, now).items.first().map(|item| item.text.clone());
    assert_eq!(
        [99, 100, 199, 200].map(first).map(Option::unwrap_or_default),
        ["美食", "夜市", "夜市", "美食"]
    );
    let until = |now| snapshot.suggest("美食", 15, now).until;
    assert_eq!([99, 100, 200].map(until), [100, 200, i64::MAX]);
}

#[test]
fn banned_words_are_found_in_their_variants() {
    let snapshot = with_rules(vec![pin(1, "夜", "賭 博 夜市", 1)], &["赌博"], &[], false);
    for keyword in ["赌", "賭", "dubo", "db", "网站"] {
        assert!(!texts(&snapshot, keyword).contains(&"赌博网站".to_owned()), "{keyword}");
    }
    assert_eq!(texts(&snapshot, "夜"), Vec::<String>::new(), "a ban stands above a pin");
    assert_eq!(texts(&snapshot, "dubo"), ["dubo网站"], "pinyin is another switch");
    assert_eq!(texts(&snapshot, "赌.博"), Vec::<String>::new());
    let snapshot = with_rules(Vec::new(), &["赌博"], &[], true);
    assert_eq!(texts(&snapshot, "网站"), Vec::<String>::new());
}

#[test]
fn patterns_ban_what_they_match() {
    let snapshot = with_rules(Vec::new(), &[], &["^美食.街?$|推荐"], false);
    assert_eq!(texts(&snapshot, "美食"), ["美食"]);
    let explanation = snapshot.explain("美食", 15, 0);
    assert_eq!(explanation.banned, [("美食推荐".to_owned(), 10), ("美食街".to_owned(), 10)]);
}

#[test]
fn a_pattern_that_is_none_is_named() {
    let error = Rules::check_pattern("美(食").expect_err("a parenthesis is open");
    assert!(error.to_string().contains("美(食"), "{error}");
    assert!(Rules::check_pattern("\\w{500}{500}").is_err(), "too large");
    assert!(Rules::check_pattern("美食.*").is_ok());
}

#[test]
fn a_text_that_is_pinned_twice_stands_once_and_pins_keep_their_order() {
    let pins = vec![
        pin(1, "美食", "夜市", 3),
        pin(2, "美食", "夜市", 1),
        pin(3, "美 食", "早市", 1),
        pin(4, "美食", "集市", 2),
    ];
    let snapshot = with_rules(pins, &[], &[], false);
    assert_eq!(texts(&snapshot, "美食"), ["夜市", "早市", "集市", "美食", "美食推荐", "美食街"]);
}

#[test]
fn what_is_banned_by_the_thousand_does_not_hold_a_request_up() {
    let candidates: Vec<_> =
        (0..20_000).map(|number| crate::support::submitted(&format!("赌博{number}"), 5)).collect();
    let rules = Rules::new(Vec::new(), &[(1, "赌博".to_owned())], &[], false).expect("a word");
    let base = crate::support::base(&candidates);
    let snapshot = Snapshot { rules: rules.into(), ..Snapshot::of_base(base) };
    assert_eq!(texts(&snapshot, "du"), Vec::<String>::new());
}
