//! What each route finds, with which marks.

use suggest::{Candidate, Evidence, Route};

use crate::support::{base, drawn, snapshot, submitted, texts};

#[track_caller]
fn check(entries: &[(&str, u64)], keyword: &str, expected: &[(&str, Route, &str)]) {
    let items = snapshot(entries).suggest(keyword, 15, 0).items;
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
fn a_hanzi_prefix_gives_the_best_first_and_later_words_behind() {
    check(
        DRESSES,
        "连",
        &[
            ("连衣裙", Route::Prefix, "x.."),
            ("连裤袜", Route::Prefix, "x.."),
            ("连衣裙搭配", Route::Prefix, "x...."),
            ("长款连衣裙", Route::WordBreak, "..x.."),
        ],
    );
    check(DRESSES, "连衣裙搭", &[("连衣裙搭配", Route::Prefix, "xxxx.")]);
}

#[test]
fn what_ends_with_the_typed_text_has_places_in_a_full_list() {
    let better: Vec<String> = (10..40).map(|number| format!("演唱会{number}")).collect();
    let mut entries: Vec<(&str, u64)> = better.iter().map(|text| (text.as_str(), 900)).collect();
    entries.extend([("周杰伦演唱会", 1), ("梁静茹演唱会", 3)]);
    let found = texts(&snapshot(&entries), "演唱会");
    assert_eq!(found.len(), 15);
    assert_eq!(found[13..], ["梁静茹演唱会", "周杰伦演唱会"]);
    assert!(!texts(&snapshot(&entries), "演唱").contains(&"周杰伦演唱会".to_owned()), "too short");
}

#[test]
fn words_may_come_in_any_order_and_the_last_be_a_beginning() {
    check(DRESSES, "连衣裙长", &[("长款连衣裙", Route::AnyOrder, "x.xxx")]);
    check(DRESSES, "搭配 连衣", &[("连衣裙搭配", Route::AnyOrder, "xx.xx")]);
    check(
        &[("the rust book", 1), ("thebookrusts", 1)],
        "book rust",
        &[("the rust book", Route::AnyOrder, "....xxxx.xxxx")],
    );
    check(&[("苹果手机壳", 3)], "手机", &[("苹果手机壳", Route::WordBreak, "..xx.")]);
}

#[test]
fn pinyin_may_end_within_a_syllable() {
    check(
        DRESSES,
        "liany",
        &[
            ("连衣裙", Route::Pinyin, "xx."),
            ("连衣裙搭配", Route::Pinyin, "xx..."),
            // There is room, and k stands for y: lianku.
            ("连裤袜", Route::Typo, "xx."),
        ],
    );
    check(DRESSES, "lian yi q", &[("连衣裙", Route::Pinyin, "xxx"), ("连衣裙搭配", Route::Pinyin, "xxx..")]);
    check(DRESSES, "LIANYI", &[("连衣裙", Route::Pinyin, "xx."), ("连衣裙搭配", Route::Pinyin, "xx...")]);
    check(&[("美食", 1)], "meis", &[("美食", Route::Pinyin, "xx")]);
    check(&[("重庆火锅", 1)], "chongqingh", &[("重庆火锅", Route::Pinyin, "xxx.")]);
}

#[test]
fn initials_reach_the_text() {
    check(DRESSES, "lyq", &[("连衣裙", Route::Initials, "xxx"), ("连衣裙搭配", Route::Initials, "xxx..")]);
}

#[test]
fn hanzi_syllables_and_initials_mix() {
    let dress = |flags| [("连衣裙", Route::Mixed, flags)];
    for (keyword, flags) in [
        ("连yi", "xx."),
        ("连y", "xx."),
        ("lian衣", "xx."),
        ("连yi裙", "xxx"),
        ("l衣裙", "xxx"),
        ("lianyq", "xxx"),
        ("lyqun", "xxx"),
        ("ly裙", "xxx"),
        ("连衣q", "xxx"),
        ("連ＹＩ", "xx."),
    ] {
        check(&[("连衣裙", 90)], keyword, &dress(flags));
    }
    check(&[("刘德华演唱会", 1)], "ldh演唱", &[("刘德华演唱会", Route::Mixed, "xxxxx.")]);
    check(&[("中国银行", 1)], "zhg", &[("中国银行", Route::Mixed, "xx..")]);
    check(&[("iphone手机壳", 1)], "iphone手ji", &[("iphone手机壳", Route::Mixed, "xxxxxxxx.")]);
    check(&[("2024年高考", 1)], "2024n", &[("2024年高考", Route::Pinyin, "xxxxx..")]);
}

#[test]
fn homophones_are_found_by_their_sound() {
    check(
        DRESSES,
        "连衣群",
        &[("连衣裙", Route::Homophone, "xxx"), ("连衣裙搭配", Route::Homophone, "xxx..")],
    );
    // A whole character was typed, so a syllable that only begins like it is another one.
    check(&[("两个", 1), ("联络", 2)], "连", &[("联络", Route::Homophone, "x.")]);
    check(&[("西安", 1)], "先", &[]);
}

#[test]
fn sounds_that_are_told_apart_badly() {
    check(&[("中国", 1)], "zongguo", &[("中国", Route::Fuzzy, "xx")]);
    check(&[("牛奶", 1)], "liulai", &[("牛奶", Route::Fuzzy, "xx")]);
    check(&[("湖南", 1)], "fulan", &[("湖南", Route::Fuzzy, "xx")]);
    check(&[("上班", 1)], "sanb", &[("上班", Route::Fuzzy, "xx")]);
    check(&[("精品", 1)], "jinpi", &[("精品", Route::Fuzzy, "xx")]);
}

#[test]
fn slips_of_the_finger() {
    check(&[("什么", 1)], "shenem", &[("什么", Route::Typo, "xx")]);
    check(&[("美食推荐", 1)], "meishitiu", &[("美食推荐", Route::Typo, "xxx.")]);
    check(&[("iphone 17 pro", 1)], "ipohne 17", &[("iphone 17 pro", Route::Typo, "xxxxxx.xx....")]);
    check(&[("苹果iphone", 1)], "苹果ihpone", &[("苹果iphone", Route::Typo, "xxxxxxxx")]);
    check(&[("爱", 1)], "aix", &[]);
}

#[test]
fn characters_that_look_alike() {
    check(&[("未来世界", 1)], "末来", &[("未来世界", Route::LookAlike, "xx..")]);
    check(&[("世界未来", 1)], "世界末", &[("世界未来", Route::LookAlike, "xxx.")]);
}

#[test]
fn routes_are_merged_by_score_less_penalty() {
    // Initials cost four doublings: 1,600 counts as 100.
    let entries = [("lyq店", 60), ("连衣裙", 30), ("连衣裙搭配", 1_600)];
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
    let entries =
        [("連衣裙", 3), ("连衣裙", 4), ("連衣裙", 2), ("iPhone 17", 5), ("iphone 17", 1), ("连 衣 裙", 1)];
    let snapshot = snapshot(&entries);
    assert_eq!(snapshot.base.len(), 2);
    let items = snapshot.explain("连", 15, 0).items;
    assert_eq!((items[0].suggestion.text.as_str(), items[0].evidence.queries), ("連衣裙", 10));
    assert_eq!(drawn(&items[0].suggestion), "x..");
    let items = snapshot.suggest("IPHONE", 15, 0).items;
    assert_eq!((items[0].text.as_str(), drawn(&items[0])), ("iPhone 17", "xxxxxx...".to_owned()));
}

#[test]
fn polyphones_are_reached_by_every_plausible_reading() {
    for keyword in ["chaoyang", "zhaoyang", "cy", "zy"] {
        assert_eq!(texts(&snapshot(&[("朝阳", 1)]), keyword), ["朝阳"], "{keyword}");
    }
}

#[test]
fn nothing_typed_gives_nothing() {
    for keyword in ["", " ", "\0", "'", "　"] {
        assert_eq!(texts(&snapshot(DRESSES), keyword), Vec::<String>::new(), "keyword {keyword:?}");
    }
    assert!(base(&[submitted("", 1), submitted(" ", 2)]).is_empty());
    assert_eq!(texts(&snapshot(&[]), "连"), Vec::<String>::new());
}

#[test]
fn an_entry_hides_its_twin_while_it_is_valid() {
    let entry = Candidate {
        extra: b"{}".to_vec(),
        valid_from: Some(100),
        valid_to: Some(200),
        ..Candidate::new("连衣裙", Evidence::of_entry(1))
    };
    let base = base(&[submitted("连衣裙", 9), entry, submitted("连裤袜", 9)]);
    let snapshot = suggest::Snapshot::of_base(base);
    let shown = |now: i64| -> Vec<(String, Vec<u8>)> {
        snapshot.suggest("连", 15, now).items.into_iter().map(|item| (item.text, item.extra)).collect()
    };
    let lasting = vec![("连衣裙".to_owned(), vec![]), ("连裤袜".to_owned(), vec![])];
    let with_entry = vec![("连衣裙".to_owned(), b"{}".to_vec()), ("连裤袜".to_owned(), vec![])];
    assert_eq!(shown(99), lasting);
    assert_eq!(shown(100), with_entry);
    assert_eq!(shown(199), with_entry);
    assert_eq!(shown(200), lasting);
    // Whoever keeps an answer has to know; what was not looked at does not matter.
    let until = |keyword, now| snapshot.suggest(keyword, 15, now).until;
    assert_eq!([99, 100, 199, 200].map(|now| until("连", now)), [100, 200, 200, i64::MAX]);
    assert_eq!(until("连裤", 99), i64::MAX);
}

#[test]
fn expired_entries_make_room_for_others() {
    let expired =
        (0..500).map(|number| Candidate { valid_to: Some(10), ..submitted(&format!("连{number}"), 1000) });
    let candidates: Vec<_> = expired.chain([submitted("连衣裙", 1)]).collect();
    let snapshot = suggest::Snapshot::of_base(base(&candidates));
    let texts = |now| -> Vec<String> {
        snapshot.suggest("连", 15, now).items.into_iter().map(|item| item.text).collect()
    };
    assert_eq!(texts(10), ["连衣裙"]);
    assert_eq!(texts(9).len(), 15);
}

#[test]
fn notes_and_goods_of_one_name_stand_beside_each_other() {
    let goods = Candidate { class: 1, ..submitted("连衣裙", 2) };
    let snapshot = suggest::Snapshot::of_base(base(&[submitted("连衣裙", 3), goods]));
    let classes: Vec<_> = snapshot.suggest("连", 15, 0).items.iter().map(|item| item.class).collect();
    assert_eq!(classes, [0, 1]);
}

#[test]
fn by_sound_takes_whole_readings_only() {
    let snapshot = snapshot(&[("西安", 5), ("先", 9), ("西安北", 20), ("西岸", 7)]);
    assert_eq!(snapshot.by_sound("xian"), ["先", "西岸", "西安"]);
    assert_eq!(snapshot.by_sound("xianb"), Vec::<String>::new());
    assert_eq!(snapshot.by_sound("xab"), ["西安北"]);
    assert_eq!(snapshot.by_sound("西安"), Vec::<String>::new());
}

#[test]
fn every_text_is_found_by_its_own_beginning_whatever_the_size() {
    // More than one block of the orders, and keys that share their first eight bytes.
    let candidates: Vec<_> =
        (0..5000).map(|number| submitted(&format!("连衣裙{number:04}"), number % 97)).collect();
    let snapshot = suggest::Snapshot::of_base(base(&candidates));
    for candidate in &candidates {
        assert_eq!(texts(&snapshot, &candidate.text)[0], candidate.text);
    }
    let found = snapshot.explain("连衣裙00", 100, 0).items;
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|item| item.suggestion.route == Route::Prefix));
    assert!(found.is_sorted_by_key(|item| std::cmp::Reverse(item.evidence.queries)));
}

#[test]
fn goods_and_notes_of_different_texts_are_never_one() {
    // The classes differ by the same bit as the first characters do.
    let goods = Candidate { class: 1, ..submitted("4g手机", 2) };
    let snapshot = suggest::Snapshot::of_base(base(&[goods, submitted("5g手机", 1)]));
    assert_eq!(texts(&snapshot, "手机"), ["4g手机", "5g手机"]);
}

#[test]
fn what_was_typed_in_full_is_always_in_the_list() {
    let longer = (0..40).map(|number| submitted(&format!("华为手机{number}"), 1_000));
    let candidates: Vec<_> = longer.chain([submitted("华为", 1)]).collect();
    let snapshot = suggest::Snapshot::of_base(base(&candidates));
    for keyword in ["华为", "huawei", "hw", "huaweu", "花为"] {
        let found = texts(&snapshot, keyword);
        assert_eq!(found.len(), 15, "{keyword}");
        if keyword != "花为" {
            assert_eq!(found[14], "华为", "{keyword}");
        }
    }
}
