//! Properties of what is withheld: banned words and personal data.

use proptest::prelude::*;
use text::normal::normal_form;
use text::patterns::Words;
use text::private::{is_private, public_pieces};

fn any_text() -> impl Strategy<Value = String> {
    let dense = "[abc1 \u{3000}.，赌博毒賭品\u{301}\u{200B}Ａ①🙂🅰é]{0,16}";
    let numbers = "[0-9０-９一三八零@.a:q微信xwv: \\-+]{0,30}";
    prop_oneof![any::<String>(), dense, numbers, "[0-9 ]{10,40}", "[a-z0-9@. ]{0,20}"]
}

fn any_word() -> impl Strategy<Value = String> {
    prop_oneof!["[abc1赌博毒賭]{1,3}", "[赌博毒品]{1,2}", any::<String>()]
}

/// What remains of a text when all that is skipped is left out, as far as the texts below go.
fn letters(text: &str) -> Vec<char> {
    normal_form(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn raw_and_normal_texts_agree(words in prop::collection::vec(any_word(), 0..5), text in any_text()) {
        let words = Words::new(words.iter().map(String::as_str), false);
        prop_assert_eq!(words.find(&text), words.find_in_normal(&normal_form(&text)));
    }

    #[test]
    fn a_word_of_hanzi_is_found_wherever_it_stands(
        word in "[赌博毒品]{1,3}", before in any_text(), after in any_text(), gap in "[ 。🙂\u{200B}*]{0,3}",
    ) {
        let written: Vec<String> = word.chars().map(String::from).collect();
        let text = format!("{before}，{}，{after}", written.join(&gap));
        prop_assert_eq!(Words::new([word.as_str()], false).find(&text), Some(0));
    }

    #[test]
    fn words_of_hanzi_are_found_as_the_long_way_finds_them(
        words in prop::collection::vec("[赌博毒品]{1,3}", 1..5), text in "[赌博毒品 ，a]{0,10}",
    ) {
        let letters = letters(&text);
        let long_way = (0..letters.len()).find_map(|start| {
            let begins = |word: &&String| letters[start..].starts_with(&word.chars().collect::<Vec<_>>());
            // The shortest one, the first among equals.
            let word = words.iter().filter(begins).min_by_key(|word| word.len())?;
            words.iter().position(|other| other == word)
        });
        prop_assert_eq!(Words::new(words.iter().map(String::as_str), false).find(&text), long_way);
    }

    #[test]
    fn latin_words_do_not_touch_others(text in "[ab1é .赌]{0,10}") {
        let normal: Vec<char> = normal_form(&text).chars().collect();
        let is_latin = |index: usize| normal.get(index).is_some_and(|c| matches!(c, 'a' | 'b' | '1' | 'é'));
        let places: Vec<usize> = (0..normal.len()).filter(|&at| is_latin(at) || normal[at] == '赌').collect();
        let long_way = places.windows(2).any(|pair| {
            let &[first, last] = pair else { return false };
            let is_free = (first == 0 || !is_latin(first - 1)) && !is_latin(last + 1);
            (normal[first], normal[last]) == ('a', 'b') && is_free
        });
        prop_assert_eq!(Words::new(["ab"], false).find(&text).is_some(), long_way);
    }

    #[test]
    fn pieces_are_public_parts_in_order(text in any_text()) {
        let normal = normal_form(&text);
        let mut rest = normal.as_str();
        for piece in public_pieces(&normal) {
            let at = rest.find(piece);
            prop_assert!(at.is_some() && !piece.trim().is_empty());
            rest = &rest[at.unwrap_or(0) + piece.len()..];
            prop_assert!(!is_private(piece), "{}", piece);
        }
        if is_private(&normal) {
            prop_assert!(public_pieces(&normal) != [normal.as_str()]);
        }
    }

    #[test]
    fn raw_and_normal_texts_are_private_alike(text in any_text()) {
        prop_assert_eq!(is_private(&text), is_private(&normal_form(&text)));
    }

    #[test]
    fn a_mobile_number_is_found_anywhere(
        number in "1[3-9][0-9]{8}[1-9]", before in "[a-z赌 ，🙂]{0,8}", after in "[a-z赌 ，🙂]{0,8}", mark in "[ .\\-·]?",
    ) {
        let plain = format!("{before}{number}{after}");
        prop_assert!(is_private(&plain));
        let grouped = format!("{before}{}{mark}{}{mark}{}{after}", &number[..3], &number[3..7], &number[7..]);
        prop_assert!(is_private(&grouped));
    }
}
