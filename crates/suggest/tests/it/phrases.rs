//! Phrases from titles and tags.

use proptest::prelude::*;
use std::collections::HashSet;
use suggest::mine::{Miner, phrases_of};

type Document<'a> = (&'a str, &'a [&'a str]);

fn mine(documents: &[Document<'_>], minimum: u32) -> Vec<(String, u64)> {
    let mut miner = Miner::new();
    documents.iter().for_each(|(title, tags)| miner.add(title, tags));
    miner.phrases(minimum)
}

fn untagged<'a>(titles: &[&'a str]) -> Vec<Document<'a>> {
    titles.iter().map(|&title| (title, [].as_slice())).collect()
}

#[track_caller]
fn check_documents(documents: &[Document<'_>], minimum: u32, expected: &[(&str, u64)]) {
    let phrases = mine(documents, minimum);
    let found: Vec<_> = phrases.iter().map(|(phrase, count)| (phrase.as_str(), *count)).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn check(titles: &[&str], minimum: u32, expected: &[(&str, u64)]) {
    check_documents(&untagged(titles), minimum, expected);
}

/// Asserts which phrases are found and which are not, whatever their counts.
#[track_caller]
fn check_fate(titles: &[&str], minimum: u32, kept: &[&str], dropped: &[&str]) {
    let phrases = mine(&untagged(titles), minimum);
    let is_found = |phrase: &&str| phrases.iter().any(|(found, _)| found == phrase);
    assert!(kept.iter().all(is_found), "{kept:?} in {phrases:?}");
    assert!(!dropped.iter().any(is_found), "{dropped:?} not in {phrases:?}");
}

#[track_caller]
fn check_of(title: &str, tags: &[&str], expected: &[&str]) {
    let mut sorted = expected.to_vec();
    sorted.sort_unstable();
    assert_eq!(phrases_of(title, tags), sorted, "{title} {tags:?}");
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
fn one_document_alone_supports_no_common_phrase() {
    let titles = ["成都小吃，北京", "去成都小吃城", "北京天气"];
    check_fate(&titles, 2, &["成都小吃", "北京"], &["北京天气", "天气"]);
    check_fate(&titles[1..], 2, &[], &["成都小吃", "北京"]);
}

#[test]
fn phrases_grow_over_words_but_not_over_punctuation() {
    check_fate(
        &["成都小吃，北京", "去成都小吃城", "北京成都"],
        2,
        &["成都小吃"],
        &["成都小吃北京", "小吃北京"],
    );
}

#[test]
fn phrases_have_up_to_six_words() {
    let six = "海边 日落 露营 装备 清单 推荐";
    check(&[six, &format!("{six}！")], 2, &[("海边日落露营装备清单推荐", 2)]);
    let seven = format!("周末 {six}");
    check_fate(&[&seven, &format!("{seven}！")], 2, &[], &["周末海边日落露营装备清单推荐"]);
}

#[test]
fn words_that_say_nothing_stand_at_no_border() {
    let titles = ["成都的小吃", "说成都的小吃吧"];
    check_fate(&titles, 2, &["成都的小吃"], &["成都的", "的小吃", "的"]);
}

#[test]
fn numbers_single_hanzi_and_question_words_are_no_phrase_alone() {
    let titles = ["猫 2024 怎么", "怎么，猫，2024", "2024！猫？怎么"];
    check(&titles, 3, &[]);
}

#[test]
fn latin_words_keep_their_spaces() {
    check(&["Rust Book", "a rust  book"], 2, &[("rust book", 2)]);
    check(&["Rust Book", "rust", "a book"], 2, &[("book", 2), ("rust", 2)]);
}

#[test]
fn pieces_that_also_stand_elsewhere_stay() {
    let titles = ["成都小吃", "成都小吃！", "成都小吃？", "成都"];
    check(&titles, 3, &[("成都", 4), ("成都小吃", 3)]);
    check(&titles[..3], 3, &[("成都小吃", 3)]);
}

#[test]
fn a_tag_is_a_phrase_and_counts_with_the_titles() {
    let tag: &[&str] = &["露营装备"];
    check_documents(&[("甲", tag), ("乙", &["#露營裝備#"]), ("露营装备", tag)], 3, &[("露营装备", 3)]);
    check_documents(&[("甲", tag), ("甲", tag)], 2, &[]);
    check_documents(&[("", tag), ("", tag)], 2, &[("露营装备", 2)]);
}

#[test]
fn tags_that_say_nothing_or_belong_to_one_person_are_no_phrase() {
    let tags = ["2024", "的", "什么", "猫", "13800138000", "zhang@example.com", "！", "", "###", "a\u{1}b"];
    check_of("", &tags, &[]);
    check_of("", &["C#", "#Rust#", "Machine  Learning"], &["c#", "rust", "machine learning"]);
}

#[test]
fn what_belongs_to_one_person_is_never_a_phrase() {
    let titles = ["找我13800138000", "打给13800138000", "信箱zhang@example.com 谢谢", "写zhang@example.com"];
    let phrases = mine(&untagged(&titles), 1);
    let is_private = |phrase: &str| ["138", "zhang", "com"].iter().any(|part| phrase.contains(part));
    assert!(!phrases.iter().any(|(phrase, _)| is_private(phrase)), "{phrases:?}");
    assert!(!titles.iter().flat_map(|title| phrases_of(title, &[])).any(|phrase| is_private(&phrase)));
}

#[test]
fn a_document_could_support_every_fit_run_of_its_words() {
    let of_title = ["成都", "成都小吃", "成都小吃的味道", "小吃", "小吃的味道", "味道"];
    check_of("成都小吃的味道", &[], &of_title);
    check_of("成都小吃的味道！", &["美食", "小吃"], &[&of_title[..], &["美食"]].concat());
    check_of("", &[], &[]);
}

#[test]
fn the_order_of_the_documents_does_not_count() {
    let mut documents = untagged(&["南京市长江大桥", "长江大桥 南京", "市长 江大桥", "大桥南京市", "南京市"]);
    documents.push(("长江", &["大桥"]));
    let phrases = mine(&documents, 1);
    documents.reverse();
    assert_eq!(mine(&documents, 1), phrases);
}

const PARTS: [&str; 16] = [
    "南京",
    "市长",
    "江",
    "大桥",
    "京市",
    "氛围感",
    "穿搭",
    "的",
    "怎么",
    "rust",
    "Book",
    "17",
    "，",
    " ",
    "13800138000",
    "學習",
];

fn texts(parts: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PARTS[..]), 0..parts).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn counts_are_those_of_the_documents_that_could_support_the_phrase(
        documents in prop::collection::vec((texts(9), prop::collection::vec(texts(4), 0..3)), 0..30),
        minimum in 0_u32..4,
    ) {
        let mut miner = Miner::new();
        let mut keys = HashSet::new();
        let mut could: Vec<Vec<String>> = Vec::new();
        for (title, tags) in &documents {
            let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
            miner.add(title, &tags);
            let key = text::normal::key(title);
            if key.is_empty() || keys.insert(key) {
                could.push(phrases_of(title, &tags));
            }
        }
        let phrases = miner.phrases(minimum);
        for (phrase, count) in &phrases {
            let documents = could.iter().filter(|phrases| phrases.contains(phrase)).count();
            prop_assert_eq!(documents as u64, *count, "{}", phrase);
            prop_assert!(*count >= u64::from(minimum));
        }
        prop_assert!(phrases.is_sorted_by(|left, right| (right.1, &left.0) < (left.1, &right.0)));
    }
}
