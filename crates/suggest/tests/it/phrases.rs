//! Phrases from titles.

use suggest::mine::Miner;

#[track_caller]
fn check(titles: &[&str], minimum: u32, expected: &[(&str, u64)]) {
    let mut miner = Miner::new();
    for title in titles {
        miner.add_title(title);
    }
    let phrases = miner.phrases(minimum);
    let found: Vec<_> = phrases.iter().map(|(phrase, count)| (phrase.as_str(), *count)).collect();
    assert_eq!(found, expected);
}

/// The phrases of these titles, whatever their counts.
fn phrases(titles: &[&str], minimum: u32) -> Vec<String> {
    let mut miner = Miner::new();
    titles.iter().for_each(|title| miner.add_title(title));
    miner.phrases(minimum).into_iter().map(|(phrase, _)| phrase).collect()
}

#[test]
fn counts_are_numbers_of_distinct_titles() {
    let titles = ["重庆，重庆", "重庆。", "重庆!", "重庆！", "北京"];
    // 重庆! and 重庆！ are one title.
    check(&titles, 2, &[("重庆", 3)]);
    check(&titles, 4, &[]);
    check(&[], 0, &[]);
}

#[test]
fn phrases_grow_over_words_but_not_over_punctuation() {
    let found = phrases(&["重庆火锅，北京", "去重庆火锅城", "北京重庆"], 2);
    assert!(found.contains(&"重庆火锅".to_owned()), "{found:?}");
    assert!(!found.iter().any(|phrase| phrase.contains("锅北")), "{found:?}");
}

#[test]
fn words_that_say_nothing_stand_at_no_border() {
    let found = phrases(&["重庆的火锅", "说重庆的火锅吧"], 2);
    assert!(found.contains(&"重庆的火锅".to_owned()), "{found:?}");
    assert!(!found.iter().any(|phrase| phrase.ends_with('的') || phrase.starts_with('的')), "{found:?}");
}

#[test]
fn latin_words_keep_their_spaces() {
    check(&["Rust Book", "a rust  book"], 2, &[("book", 2), ("rust", 2), ("rust book", 2)]);
}

#[test]
fn what_belongs_to_one_person_is_never_a_phrase() {
    let titles = ["找我13800138000", "打给13800138000", "信箱zhang@example.com 谢谢", "写zhang@example.com"];
    let found = phrases(&titles, 1);
    assert!(
        !found
            .iter()
            .any(|phrase| phrase.contains("138") || phrase.contains("zhang") || phrase.contains("com")),
        "{found:?}"
    );
}
