//! `highlight_flags` on every route, for every kind of character.

use proptest::prelude::*;
use suggest::{Route, Snapshot};

use crate::oracle;
use crate::support::{base, drawn, snapshot};

#[track_caller]
fn check(text: &str, keyword: &str, expected: &str) {
    let items = snapshot(&[(text, 1)]).suggest(keyword, 15, 0).items;
    let flags: Vec<String> = items.iter().map(drawn).collect();
    assert_eq!(flags, [expected], "{keyword} on {text}");
}

#[test]
fn marks_stand_on_the_characters_that_were_typed() {
    check("连衣裙", "连衣", "xx.");
    check("連衣裙", "连衣", "xx.");
    check("ＲＴＸ 5090", "rtx", "xxx.....");
    check("iPhone 17 Pro", "iphone 17", "xxxxxxxxx....");
    check("美.女壁纸", "meinv", "x.x..");
    check("美.女壁纸", "mnb", "x.xx.");
    check("連 衣 裙", "lianyi", "x.x..");
    check("重庆火锅", "chongq", "xx..");
    check("㎒是什么", "m", "x...");
}

#[test]
fn emoji_combining_marks_and_signs_have_flags_of_their_own() {
    check("🍜美食🍜探店", "美食", ".xx...");
    check("美食🍜探店", "meishi", "xx...");
    check("美食🍜探店", "美食🍜", "xxx..");
    check("Cafe\u{301} 咖啡", "café", "xxxxx...");
    check("Cafe\u{301}咖啡", "caf", "xxx....");
    check("👨‍👩‍👧家庭", "👨", "x......");
    check("家庭👨‍👩‍👧", "家庭", "xx.....");
    check("C++入门", "c++", "xxx..");
    check("50%折扣", "50", "xx...");
}

/// What was typed, without what may be skipped.
fn typed_characters(keyword: &str) -> Vec<char> {
    let skipped = |c: &char| c.is_whitespace() || *c == '\'' || *c == '’';
    text::normal::key(keyword).chars().filter(|c| !skipped(c)).collect()
}

/// Whether every typed character is told by a flagged one: itself, or a syllable or letter of one.
fn is_accounted(typed: &[char], flagged: &[char]) -> bool {
    fn walk(typed: &[char], flagged: &[char]) -> bool {
        let Some((&first, rest)) = typed.split_first() else { return true };
        flagged.iter().enumerate().any(|(index, &character)| {
            let mut others = flagged.to_vec();
            others.remove(index);
            if character == first && walk(rest, &others) {
                return true;
            }
            text::pinyin::character(character).iter().any(|syllable| {
                (1..=syllable.len().min(typed.len())).any(|length| {
                    typed[..length].iter().copied().eq(syllable.chars().take(length))
                        && walk(&typed[length..], &others)
                })
            })
        })
    }
    walk(typed, flagged)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn flags_say_what_was_typed(
        candidates in oracle::candidates(),
        keywords in prop::collection::vec(oracle::keyword(), 12),
    ) {
        let snapshot = Snapshot::of_base(base(&candidates));
        for keyword in &keywords {
            for item in snapshot.suggest(keyword, 15, 5).items {
                let shown = format!("{} on {} by {:?}: {}", keyword, item.text, item.route, drawn(&item));
                prop_assert_eq!(item.flags.len(), item.text.chars().count(), "{}", shown);
                prop_assert!(item.flags.contains(&true), "{}", shown);
                let marked: String =
                    item.text.chars().zip(&item.flags).filter(|(_, flag)| **flag).map(|(c, _)| c).collect();
                let marked: Vec<char> = text::normal::normal_form(&marked).chars().collect();
                let typed = typed_characters(keyword);
                if item.route == Route::Prefix {
                    let leading = item.flags.iter().take_while(|flag| **flag).count();
                    prop_assert_eq!(leading, item.flags.iter().filter(|flag| **flag).count(), "{}", shown);
                }
                if !item.route.is_repair() {
                    prop_assert!(is_accounted(&typed, &marked), "{}", shown);
                    prop_assert!(marked.iter().filter(|c| !c.is_whitespace()).count() <= typed.len(), "{}", shown);
                }
            }
        }
    }

    #[test]
    fn any_text_has_as_many_flags_as_characters(text in any::<String>(), other in "\\PC{0,6}", length in 1..5usize) {
        let snapshot = snapshot(&[(text.as_str(), 1), (other.as_str(), 1)]);
        let keyword: String = text.chars().take(length).collect();
        for item in snapshot.suggest(&keyword, 15, 0).items {
            prop_assert_eq!(item.flags.len(), item.text.chars().count());
        }
    }
}
