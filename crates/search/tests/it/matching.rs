//! What matches, and in which order it stands.

use std::collections::BTreeSet;

use proptest::prelude::*;
use search::{Change, ContentIndex, Document, LIST_LIMIT, Query, Spread, weights};
use tempfile::tempdir;
use text::{normal, script::is_hanzi, tokens};

use crate::{create, document, put, rank};

/// Every hanzi substring of 1 to 4 inside a run, spaces left out, and every word and number.
fn must_match(title: &str) -> Vec<String> {
    let normal = normal::normal_form(title);
    let mut keywords: Vec<String> = tokens::units(&normal)
        .filter(|unit| matches!(unit.kind, tokens::Kind::Word | tokens::Kind::Number))
        .map(|unit| unit.text().to_owned())
        .collect();
    let joined: Vec<char> = normal.chars().filter(|c| !c.is_whitespace()).collect();
    for start in 0..joined.len() {
        let run = joined[start..].iter().take(4).take_while(|c| is_hanzi(**c)).count();
        keywords.extend((1..=run).map(|length| joined[start..start + length].iter().collect::<String>()));
    }
    keywords
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn nothing_in_a_title_is_missed(
        titles in prop::collection::vec("[春夏秋冬裙衣連繁體字后里 　，。！aB5７９éñ\u{3042}\u{ac00}\u{20}]{1,14}", 1..12),
        bodies in prop::collection::vec("[春夏秋冬 abc，]{0,20}", 12),
    ) {
        let folder = tempdir().unwrap();
        let index = create(folder.path());
        for (id, (title, body)) in titles.iter().zip(&bodies).enumerate() {
            let item = Document { body: body.clone(), ..document(id as i64, title) };
            index.apply(&[Change::Put(Box::new(item))]).unwrap();
            if id % 5 == 4 {
                index.commit(id as i64).unwrap();
            }
        }
        index.commit(100).unwrap();
        for (id, title) in titles.iter().enumerate() {
            for keyword in must_match(title) {
                prop_assert_eq!(index.matches(id as i64, &keyword).unwrap(), Some(0), "{} in {}", keyword, title);
                let list = rank(&index, &keyword);
                prop_assert!(list.ids[..list.tier_zero].contains(&(id as i64)), "{} in {}", keyword, title);
            }
        }
    }

    #[test]
    fn tiers_are_never_mixed(
        titles in prop::collection::vec("[春夏秋冬裙衣ab，]{1,10}", 1..30),
        keyword in "[春夏秋冬裙衣ab ]{1,7}",
    ) {
        let folder = tempdir().unwrap();
        let index = create(folder.path());
        let changes: Vec<Change> = titles.iter().enumerate().map(|(id, title)| put(id as i64, title)).collect();
        index.apply(&changes[..changes.len() / 2]).unwrap();
        index.commit(1).unwrap();
        index.apply(&changes[changes.len() / 2..]).unwrap();
        index.commit(2).unwrap();
        let list = rank(&index, &keyword);
        prop_assert_eq!(list.ids.len(), list.scores.len());
        prop_assert!(list.scores.iter().all(|score| (0.0..=1.0).contains(score)));
        prop_assert_eq!(list.ids.iter().collect::<BTreeSet<_>>().len(), list.ids.len(), "an id twice");
        let tiers: Vec<u8> = list.ids.iter().map(|id| index.matches(*id, &keyword).unwrap().unwrap()).collect();
        prop_assert!(tiers.is_sorted(), "{:?}", tiers);
        prop_assert_eq!(tiers.iter().take_while(|tier| **tier == 0).count(), list.tier_zero);
        // There is room in the window for every title, so whoever matches at all is there, unless so many match
        // exactly that the others are not looked for by single characters.
        let matching = (0..titles.len()).filter(|id| index.matches(*id as i64, &keyword).unwrap().is_some());
        let (matching, listed) = (matching.count(), list.ids.len());
        let is_wide = list.tier_zero < weights::ENOUGH;
        prop_assert!(matching == listed || !is_wide && matching > listed, "{} of {}", listed, matching);
    }
}

#[test]
fn every_exact_hit_stands_once_up_to_the_limit() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    for id in 0..1100 {
        let title = if id % 11 == 0 { "夏天" } else { "春天的花" };
        index.apply(&[put(id, title)]).unwrap();
    }
    index.commit(1).unwrap();
    let list = rank(&index, "春天");
    assert_eq!((list.ids.len(), list.tier_zero), (LIST_LIMIT, LIST_LIMIT));
    assert_eq!(list.ids.iter().collect::<BTreeSet<_>>().len(), LIST_LIMIT);
    assert_eq!(rank(&index, "夏天").tier_zero, 100);
}

#[test]
fn a_space_in_the_keyword_parts_it_and_traditional_is_folded() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    index.apply(&[put(1, "手机和电脑"), put(2, "手 機電腦"), put(3, "手机")]).unwrap();
    index.commit(1).unwrap();
    let exact = |keyword: &str| {
        let list = rank(&index, keyword);
        list.ids[..list.tier_zero].to_vec()
    };
    assert_eq!(exact("手机 电脑").len(), 2);
    assert_eq!(exact("手机电脑"), [2]);
    assert_eq!(exact("ＰＣ"), Vec::<i64>::new());
}

#[test]
fn no_tokens_no_hits() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    index.apply(&[put(1, "春天")]).unwrap();
    index.commit(1).unwrap();
    for keyword in ["", "  ", "？！", "\u{0}"] {
        assert!(rank(&index, keyword).ids.is_empty(), "{keyword:?}");
        assert_eq!(index.matches(1, keyword).unwrap(), None);
    }
}

#[test]
fn every_field_matches_and_the_title_stands_first() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    let with = |group_id, change: fn(&mut Document)| {
        let mut item = document(group_id, "别的东西");
        item.counters.read = 0;
        change(&mut item);
        Change::Put(Box::new(item))
    };
    let changes = [
        with(1, |item| item.body = "连衣裙".into()),
        with(2, |item| item.abstract_text = "连衣裙".into()),
        with(3, |item| item.tags = vec!["连衣裙".into()]),
        with(4, |item| item.author = "连衣裙".into()),
        with(5, |item| item.title = "连衣裙".into()),
        with(6, |item| (item.tags, item.author) = (vec!["连衣".into()], "裙".into())),
    ];
    index.apply(&changes).unwrap();
    index.commit(1).unwrap();
    let list = rank(&index, "连衣裙");
    assert_eq!(list.tier_zero, 5, "{list:?}");
    assert_eq!(list.ids[0], 5);
    assert_eq!(list.ids[5], 6, "fields are kept apart");
}

#[test]
fn kinds_are_filtered() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    for kind in 0..3 {
        let item = Document { kind, ..document(i64::from(kind), "春天 花") };
        index.apply(&[Change::Put(Box::new(item))]).unwrap();
    }
    index.commit(1).unwrap();
    let ids = |kinds| {
        let mut ids = index
            .rank(&Query {
                keyword: "春天 花园",
                kinds,
                now: 0,
                spread: Spread::NONE,
                relaxed: true,
                head: usize::MAX,
            })
            .unwrap()
            .ids;
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(0b111), [0, 1, 2]);
    assert_eq!(ids(0b101), [0, 2]);
    assert_eq!(ids(0b010), [1]);
    assert_eq!(ids(0), Vec::<i64>::new());
}

#[test]
fn quotes_hold_together_and_a_minus_keeps_out() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    let titles = ["红色连衣裙", "连衣的裙子 RTX 5090", "二手连衣裙", "连衣，衣裙", "RTX 显卡 5090"];
    let changes: Vec<Change> = (0..).zip(titles).map(|(id, title)| put(id, title)).collect();
    index.apply(&changes).unwrap();
    index.commit(1).unwrap();
    let check = |keyword: &str, expected: &[i64]| {
        let mut ids = rank(&index, keyword).ids;
        ids.sort_unstable();
        assert_eq!(ids, expected, "{keyword}");
        for id in 0..5 {
            let matches = index.matches(id, keyword).unwrap().is_some();
            assert_eq!(matches, expected.contains(&id), "{keyword} {id}");
        }
    };
    check("连衣裙", &[0, 1, 2, 3]);
    check("\"连衣裙\"", &[0, 2]);
    check("\u{201c}连衣裙\u{201d} 红色", &[0, 2]);
    check("连衣裙 -二手", &[0, 1, 3]);
    check("\"连衣裙\" -二手", &[0]);
    check("\"rtx 5090\"", &[1]);
    check("5090 -\"rtx 5090\"", &[4]);
    check("-二手", &[2]);
    // Nothing holds the phrase.
    check("\"连衣裙红色\"", &[0, 1, 2, 3]);
    check("\"\" 5090", &[1, 4]);
}

#[test]
fn like_documents_are_spread_and_none_is_lost() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    // Every second item has the same author, and one title stands five times.
    for id in 0..40 {
        let title = if id < 5 {
            "春天的花园".to_owned()
        } else {
            format!("春天{}", char::from_u32(0x5000 + id).unwrap())
        };
        let author = if id % 2 == 0 { String::new() } else { "同一作者".to_owned() };
        let item = Document { author, ..document(i64::from(id), &title) };
        index.apply(&[Change::Put(Box::new(item))]).unwrap();
    }
    index.commit(1).unwrap();
    let list = |spread| {
        index
            .rank(&Query { keyword: "春天", kinds: 7, now: 0, spread, relaxed: true, head: usize::MAX })
            .unwrap()
            .ids
    };
    let (plain, spread) = (list(Spread::NONE), list(Spread::default()));
    let sorted = |ids: &[i64]| ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    assert_eq!((plain.len(), sorted(&plain)), (40, (0..40).collect()));
    assert_eq!((spread.len(), sorted(&spread)), (40, (0..40).collect()));
    for page in spread[..20].chunks(10) {
        assert!(page.iter().filter(|id| **id % 2 == 1).count() <= 3, "{page:?}");
        assert!(page.iter().filter(|id| **id < 5).count() <= 1, "{page:?}");
    }
    assert_eq!(spread[0], plain[0]);
}

#[test]
fn a_list_in_two_parts_is_the_list_as_it_was() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    let spread = Spread::default();
    let query = |keyword, head| Query { keyword, kinds: 7, now: 0, spread, relaxed: true, head };
    // 30 hold all of the first keyword and 30 a part of it; 300 hold the second one.
    for id in 0..360 {
        let title = match id {
            0..30 => format!("春天花园{id}"),
            30..60 => format!("春天{id}花"),
            _ => format!("冬天{id}"),
        };
        index.apply(&[put(id, &title)]).unwrap();
    }
    index.commit(1).unwrap();
    for (keyword, head, exact, all) in [("春天花园", 30, 30, 60), ("冬天", 11, 300, 300)] {
        let whole = index.rank(&query(keyword, usize::MAX)).unwrap();
        assert!(whole.rest.is_none() && (whole.ids.len(), whole.tier_zero) == (all, exact));
        let list = index.rank(&query(keyword, head)).unwrap();
        assert_eq!((list.tier_zero, list.ids.len()), (exact, head.next_multiple_of(10)));
        // What is written now is in no part of the list, whatever it does to what stands in it.
        index.apply(&[Change::Remove(40), put(900, "春天花"), put(901, "冬天春天花园")]).unwrap();
        index.commit(2).unwrap();
        let (ids, scores) = list.rest.unwrap().rank();
        assert_eq!(ids.len(), scores.len());
        let parts = [list.ids, ids].concat();
        assert_eq!(parts, whole.ids);
        let too_few = index.rank(&query(keyword, 301)).unwrap();
        assert!(too_few.rest.is_none(), "what is wanted is not in the head");
        index.apply(&[put(40, "春天40花"), Change::Remove(900), Change::Remove(901)]).unwrap();
        index.commit(3).unwrap();
    }
}
