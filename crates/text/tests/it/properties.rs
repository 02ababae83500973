//! Properties that hold for any text.

use proptest::prelude::*;
use text::normal::{key, normal_form, normalize, simplify};
use text::pinyin::MAX_READINGS;
use text::tokens::{Kind, Token, tokens, units};
use text::{highlight, pinyin, script, segment};

/// Any string, and strings in which the interesting characters stand close together.
fn any_text() -> impl Strategy<Value = String> {
    let dense = "[a-zA-Z0-9 \u{3000}.，。!美女重庆长乐行薄開會煙乾著頭𠮷鱟ａＺ㎒①ｶﾞパかéßİςẞ\u{301}\u{30C}\u{200B}\u{200D}\u{FE0F}\u{3099}\u{1161}\u{11A8}가ﬁ🙂Ⅳ٣]{0,24}";
    prop_oneof![any::<String>(), dense, "[\u{4E00}-\u{9FFF}]{0,16}", "[\u{0}-\u{FFFF}]{0,16}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_map_leads_into_the_source_and_never_back(source in any_text()) {
        let form = normalize(&source);
        prop_assert_eq!(form.source_len(), source.chars().count());
        prop_assert_eq!(form.len(), form.text().chars().count());
        prop_assert_eq!(form.is_empty(), form.text().is_empty());
        let mut last = 0..0;
        for index in 0..form.len() {
            let range = form.source(index);
            prop_assert!(range.start < range.end && range.end <= form.source_len());
            prop_assert!(last.start <= range.start && last.end <= range.end);
            last = range;
        }
    }

    #[test]
    fn both_normal_forms_agree_and_are_final(source in any_text()) {
        let normal = normal_form(&source);
        let mapped = normalize(&source);
        prop_assert_eq!(mapped.text(), &normal);
        prop_assert_eq!(normal_form(&normal), normal);
    }

    #[test]
    fn one_character_is_simplified_as_in_a_text(c in any::<char>()) {
        prop_assert_eq!(simplify(simplify(c)), simplify(c));
        if script::is_hanzi(c) && simplify(c) != c {
            prop_assert_eq!(normal_form(&c.to_string()), simplify(c).to_string());
        }
    }

    #[test]
    fn keys_are_final_and_trimmed(source in any_text()) {
        let once = key(&source);
        prop_assert_eq!(key(&once), once.clone());
        prop_assert_eq!(once.trim(), &once);
        prop_assert!(!once.contains("  "));
    }

    #[test]
    fn tokens_are_ordered_and_lie_in_the_text(source in any_text()) {
        let normal = normal_form(&source);
        let all: Vec<Token<'_>> = tokens(&normal).collect();
        prop_assert!(all.is_sorted_by_key(|token| token.position));
        for token in &all {
            let covered = &normal[token.range.clone()];
            let expected = if token.kind == Kind::Bigram {
                covered.chars().filter(|&c| script::is_ideographic(c)).collect()
            } else {
                covered.to_owned()
            };
            prop_assert_eq!(token.text(), expected);
        }
        let without: Vec<_> = all.into_iter().filter(|token| token.kind != Kind::Bigram).collect();
        prop_assert_eq!(units(&normal).collect::<Vec<_>>(), without);
    }

    #[test]
    fn every_substring_of_a_run_finds_its_text(
        run in "[\u{4E00}-\u{9FFF}]{1,12}", from in 0_usize..12, length in 1_usize..5, after in any_text(),
    ) {
        let part: String = run.chars().skip(from).take(length).collect();
        let text = normal_form(&format!("，{run}，{after}"));
        let held: Vec<String> = tokens(&text).map(|token| token.text().to_owned()).collect();
        for token in tokens(&normal_form(&part)) {
            prop_assert!(held.iter().any(|text| text == token.text()));
        }
    }

    #[test]
    fn words_joined_are_the_text(source in any_text()) {
        let normal = normal_form(&source);
        prop_assert_eq!(segment::words(&normal).concat(), normal.clone());
        prop_assert_eq!(segment::words_with_guesses(&normal).concat(), normal);
    }

    #[test]
    fn readings_agree_on_which_characters_count(source in any_text()) {
        let normal = normal_form(&source);
        let best = pinyin::reading(&normal);
        let all = pinyin::readings(&normal);
        prop_assert!((1..=MAX_READINGS).contains(&all.len()));
        prop_assert_eq!(&all[0], &best);
        let places: Vec<usize> = best.iter().map(|unit| unit.source).collect();
        prop_assert!(places.is_sorted_by(|a, b| a < b));
        prop_assert!(places.last().is_none_or(|&last| last < normal.chars().count()));
        for units in &all {
            prop_assert_eq!(units.iter().map(|unit| unit.source).collect::<Vec<_>>(), places.clone());
            prop_assert_eq!(pinyin::initials(units).chars().count(), units.len());
        }
    }

    #[test]
    fn there_is_one_flag_for_each_character(keyword in any_text(), text in any_text()) {
        let count = text.chars().count();
        prop_assert_eq!(highlight::prefix(&keyword, &text).len(), count);
        for flags in [highlight::pinyin(&keyword, &text), highlight::initials(&keyword, &text)] {
            prop_assert!(flags.is_none_or(|flags| flags.len() == count));
        }
    }

    #[test]
    fn a_typed_reading_is_accounted_for(text in "[\u{4E00}-\u{9FA5}]{1,8}", cut in 1_usize..12) {
        let normal = normal_form(&text);
        for units in pinyin::readings(&normal).iter().filter(|units| !units.is_empty()) {
            let typed: String = pinyin::full(units).chars().take(cut).collect();
            prop_assert!(highlight::pinyin(&typed, &text).is_some_and(|flags| flags[units[0].source]));
            let typed: String = pinyin::initials(units).chars().take(cut).collect();
            prop_assert!(highlight::initials(&typed, &text).is_some());
        }
    }
}
