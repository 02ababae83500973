//! What is found by which route, in which order, with which marks.

use proptest::prelude::*;
use suggest::{Base, Candidate, Route, Suggestion};

use crate::oracle;

fn base(entries: &[(&str, u64)]) -> Base {
    Base::build(entries.iter().map(|&(text, weight)| Candidate::mined(text, weight)).collect(), 7)
}

fn texts(items: &[Suggestion]) -> Vec<&str> {
    items.iter().map(|item| item.text.as_str()).collect()
}

/// Flags as a string: `x` marked, `.` not.
fn drawn(item: &Suggestion) -> String {
    item.flags.iter().map(|&flag| if flag { 'x' } else { '.' }).collect()
}

#[track_caller]
fn check(entries: &[(&str, u64)], keyword: &str, expected: &[(&str, Route, &str)]) {
    let items = base(entries).suggest(keyword, 15, 0).items;
    let flags: Vec<_> = items.iter().map(drawn).collect();
    let found: Vec<_> = items
        .iter()
        .zip(&flags)
        .map(|(item, flags)| (item.text.as_str(), item.route, flags.as_str()))
        .collect();
    assert_eq!(found, expected, "keyword {keyword}");
}

const DRESSES: &[(&str, u64)] = &[("连衣裙", 90), ("连衣裙搭配", 40), ("长款连衣裙", 70), ("连裤袜", 50)];

#[test]
fn a_hanzi_prefix_gives_the_best_first() {
    check(
        DRESSES,
        "连",
        &[
            ("连衣裙", Route::Prefix, "x.."),
            ("连裤袜", Route::Prefix, "x.."),
            ("连衣裙搭配", Route::Prefix, "x...."),
        ],
    );
    check(DRESSES, "连衣裙搭", &[("连衣裙搭配", Route::Prefix, "xxxx.")]);
    check(DRESSES, "连衣裙子", &[]);
}

#[test]
fn pinyin_may_end_within_a_syllable() {
    check(DRESSES, "liany", &[("连衣裙", Route::Pinyin, "xx."), ("连衣裙搭配", Route::Pinyin, "xx...")]);
    check(DRESSES, "lian yi q", &[("连衣裙", Route::Pinyin, "xxx"), ("连衣裙搭配", Route::Pinyin, "xxx..")]);
    check(DRESSES, "LIANYI", &[("连衣裙", Route::Pinyin, "xx."), ("连衣裙搭配", Route::Pinyin, "xx...")]);
}

#[test]
fn initials_reach_the_text() {
    check(DRESSES, "lyq", &[("连衣裙", Route::Initials, "xxx"), ("连衣裙搭配", Route::Initials, "xxx..")]);
}

#[test]
fn routes_are_merged_by_weight_times_factor() {
    let entries = [("lyq店", 10), ("连衣裙", 30), ("连衣裙搭配", 50)];
    check(
        &entries,
        "lyq",
        &[
            ("连衣裙搭配", Route::Initials, "xxx.."),
            ("lyq店", Route::Prefix, "xxx."),
            ("连衣裙", Route::Initials, "xxx"),
        ],
    );
}

#[test]
fn twins_become_their_most_frequent_surface() {
    let entries = [("連衣裙", 3), ("连衣裙", 4), ("連衣裙", 2), ("iPhone 17", 5), ("iphone 17", 1)];
    let base = base(&entries);
    assert_eq!(base.len(), 2);
    let items = base.suggest("连", 15, 0).items;
    assert_eq!((texts(&items), items[0].weight, drawn(&items[0])), (vec!["連衣裙"], 9, "x..".to_owned()));
    let items = base.suggest("IPHONE", 15, 0).items;
    assert_eq!((texts(&items), drawn(&items[0])), (vec!["iPhone 17"], "xxxxxx...".to_owned()));
}

#[test]
fn nothing_typed_gives_nothing() {
    for keyword in ["", " ", "\0", "'", "　"] {
        assert_eq!(base(DRESSES).suggest(keyword, 15, 0).items, [], "keyword {keyword:?}");
    }
    assert!(base(&[("", 1), (" ", 2)]).is_empty());
    assert_eq!(base(&[]).suggest("连", 15, 0).items, []);
}

#[test]
fn an_operators_entry_hides_its_twin_while_it_is_valid() {
    let placed = Candidate {
        placed: true,
        extra: b"{}".to_vec(),
        valid_from: Some(100),
        valid_to: Some(200),
        ..Candidate::mined("连衣裙", 1)
    };
    let base = Base::build(vec![Candidate::mined("连衣裙", 9), placed, Candidate::mined("连裤袜", 9)], 0);
    let shown = |now: i64| -> Vec<(String, bool, u64)> {
        base.suggest("连", 15, now)
            .items
            .into_iter()
            .map(|item| (item.text, item.placed, item.weight))
            .collect()
    };
    let lasting = vec![("连衣裙".to_owned(), false, 9), ("连裤袜".to_owned(), false, 9)];
    let with_placed = vec![("连衣裙".to_owned(), true, 10), ("连裤袜".to_owned(), false, 9)];
    assert_eq!(shown(99), lasting);
    assert_eq!(shown(100), with_placed);
    assert_eq!(shown(199), with_placed);
    assert_eq!(shown(200), lasting);
    assert_eq!(base.suggest("连衣", 1, 150).items[0].extra, b"{}");
}

#[test]
fn expired_entries_make_room_for_others() {
    let expired = (0..500)
        .map(|number| Candidate { valid_to: Some(10), ..Candidate::mined(format!("连{number}"), 1000) });
    let base = Base::build(expired.chain([Candidate::mined("连衣裙", 1)]).collect(), 0);
    assert_eq!(texts(&base.suggest("连", 15, 10).items), ["连衣裙"]);
    assert_eq!(base.suggest("连", 15, 9).items.len(), 15);
}

#[test]
fn notes_and_goods_of_one_name_stand_beside_each_other() {
    let goods = Candidate { class: 1, ..Candidate::mined("连衣裙", 2) };
    let base = Base::build(vec![Candidate::mined("连衣裙", 3), goods], 0);
    let classes: Vec<_> = base.suggest("连", 15, 0).items.iter().map(|item| item.class).collect();
    assert_eq!(classes, [0, 1]);
}

#[test]
fn by_sound_takes_whole_readings_only() {
    let base = base(&[("西安", 5), ("先", 9), ("西安北", 20), ("西岸", 7)]);
    assert_eq!(base.by_sound("xian"), ["先", "西岸", "西安"]);
    assert_eq!(base.by_sound("xianb"), Vec::<&str>::new());
    assert_eq!(base.by_sound("xab"), ["西安北"]);
    assert_eq!(base.by_sound("西安"), Vec::<&str>::new());
}

#[test]
fn every_text_is_found_by_its_own_beginning_whatever_the_size() {
    // More than one block of the permutations, and keys that share their first eight bytes.
    let entries: Vec<_> = (0..5000).map(|number| (format!("连衣裙{number:04}"), number % 97)).collect();
    let base = Base::build(
        entries.iter().map(|(text, weight)| Candidate::mined(text.as_str(), *weight)).collect(),
        0,
    );
    for (text, _) in &entries {
        assert_eq!(texts(&base.suggest(text, 15, 0).items), [text.as_str()]);
    }
    let found = base.suggest("连衣裙00", 1000, 0).items;
    assert_eq!(found.len(), 100);
    assert!(found.is_sorted_by_key(|item| std::cmp::Reverse(item.weight)));
}

/// What `text::highlight` says of a hit by sound, if it is drawn as it is compared: else it may read the text's
/// spaces as borders of words.
fn highlighted(item: &Suggestion, keyword: &str) -> Option<Vec<bool>> {
    if text::normal::key(&item.text) != text::normal::normal_form(&item.text) {
        return None;
    }
    match item.route {
        Route::Prefix => None,
        Route::Pinyin => text::highlight::pinyin(keyword, &item.text),
        Route::Initials => text::highlight::initials(keyword, &item.text),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn suggestions_equal_a_scan(
        candidates in oracle::candidates(),
        keywords in prop::collection::vec(oracle::keyword(), 12),
        limit in prop_oneof![Just(15usize), 0..20usize],
        now in 0..14i64,
    ) {
        let base = Base::build(candidates.clone(), 1);
        for keyword in &keywords {
            let items = base.suggest(keyword, limit, now).items;
            prop_assert!(items.len() <= limit);
            for item in &items {
                prop_assert_eq!(item.flags.len(), item.text.chars().count());
                prop_assert!(item.flags.contains(&true), "{} without a mark for {}", item.text, keyword);
                if let Some(flags) = highlighted(item, keyword) {
                    prop_assert_eq!(&item.flags, &flags, "{} for {}", item.text, keyword);
                }
            }
            let found: Vec<_> = items.into_iter().map(|item| (item.text, item.weight, item.route)).collect();
            prop_assert_eq!(found, oracle::suggest(&candidates, keyword, limit, now), "keyword {}", keyword);
            prop_assert_eq!(base.by_sound(keyword), oracle::by_sound(&candidates, keyword), "typed {}", keyword);
        }
    }
}
