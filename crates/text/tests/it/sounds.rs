//! Properties of syllables and of fuzzy sounds: what an index over them is built on.

use proptest::prelude::*;
use text::fuzzy::{self, Pairs};
use text::syllables::{self, MAX_CUTS, Part, Piece};

/// Every beginning of every syllable, ordered.
fn beginnings() -> Vec<&'static str> {
    let all = syllables::all().iter().copied().chain(["lue", "nue"]);
    let mut beginnings: Vec<&str> =
        all.flat_map(|text| (1..=text.len()).map(move |end| &text[..end])).collect();
    beginnings.sort_unstable();
    beginnings.dedup();
    beginnings
}

fn canonical(part: &str) -> String {
    let mut out = String::new();
    fuzzy::canonical(part, &mut out);
    out
}

/// Any set of pairs.
fn any_pairs() -> impl Strategy<Value = Pairs> {
    any::<u16>().prop_map(|bits| {
        let chosen = Pairs::names().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
        chosen.fold(Pairs::NONE, |set, (_, (_, pair))| set.with(pair))
    })
}

/// All pairs accept whatever any set of them accepts (see `more_pairs_accept_more`), so all are enough here.
#[test]
fn representatives_hold_whatever_is_accepted() {
    let beginnings = beginnings();
    for syllable in syllables::all().iter().copied() {
        let representative = canonical(syllable);
        for typed in beginnings.iter().copied() {
            if fuzzy::begins(typed, syllable, Pairs::ALL) {
                assert!(representative.starts_with(&canonical(typed)), "{typed} begins {syllable}");
            }
            if fuzzy::matches(typed, syllable, Pairs::ALL) {
                assert_eq!(canonical(typed), representative, "{typed} {syllable}");
            }
        }
    }
}

#[test]
fn without_pairs_letters_decide() {
    let beginnings = beginnings();
    for syllable in syllables::all().iter().copied() {
        for typed in beginnings.iter().copied().filter(|typed| !matches!(*typed, "lue" | "nue")) {
            assert_eq!(fuzzy::matches(typed, syllable, Pairs::NONE), typed == syllable);
            assert_eq!(fuzzy::begins(typed, syllable, Pairs::NONE), syllable.starts_with(typed));
        }
    }
}

#[test]
fn each_pair_goes_both_ways() {
    let sets = Pairs::names().map(|(_, pair)| pair).chain([Pairs::ALL, Pairs::F_H.with(Pairs::EN_ENG)]);
    for pairs in sets {
        for one in syllables::all() {
            for other in syllables::all() {
                let forth = fuzzy::matches(one, other, pairs);
                assert_eq!(forth, fuzzy::matches(other, one, pairs), "{one} {other}");
                assert!(!forth || fuzzy::begins(one, other, pairs), "{one} {other}");
            }
        }
    }
}

/// Every way to cut letters without borders, found the long way.
fn all_cuts(typed: &str, from: usize, initials: bool) -> Vec<Vec<Piece>> {
    if from == typed.len() {
        return vec![vec![]];
    }
    let has_vowel = |letters: &str| letters.contains(['a', 'e', 'i', 'o', 'u', 'v']);
    let is_whole = |letters: &str| syllables::is_syllable(letters) && has_vowel(letters);
    let mut found = Vec::new();
    for end in from + 1..=typed.len() {
        let letters = &typed[from..end];
        let is_end = end == typed.len() && !is_whole(letters);
        let is_beginning = is_end && syllables::is_beginning(letters) && letters != "ng";
        let is_first = letters.len() == 1 && syllables::is_beginning(letters);
        let is_initial = initials && !is_beginning && (is_first || ["zh", "ch", "sh"].contains(&letters));
        let parts =
            [(is_whole(letters), Part::Whole), (is_initial, Part::Initial), (is_beginning, Part::Beginning)];
        for (_, part) in parts.into_iter().filter(|(is_piece, _)| *is_piece) {
            for rest in all_cuts(typed, end, initials) {
                let is_completed = part == Part::Whole
                    && rest.first().is_some_and(|next| {
                        next.part != Part::Whole && is_whole(&typed[from..next.range.end])
                    });
                if !is_completed {
                    let piece = Piece { range: from..end, part };
                    found.push(std::iter::once(piece).chain(rest).collect());
                }
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_pairs_accept_more(
        typed in prop::sample::select(beginnings()), syllable in prop::sample::select(syllables::all().to_vec()),
        some in any_pairs(), others in any_pairs(),
    ) {
        let more = some.with(others);
        prop_assert!(!fuzzy::matches(typed, syllable, some) || fuzzy::matches(typed, syllable, more));
        prop_assert!(!fuzzy::begins(typed, syllable, some) || fuzzy::begins(typed, syllable, more));
    }

    #[test]
    fn any_strings_can_be_compared(typed in any::<String>(), syllable in "[a-z鸡é]{0,7}", pairs in any_pairs()) {
        for (one, other) in [(&typed, &syllable), (&syllable, &typed), (&typed, &typed)] {
            let is_same = one == other;
            prop_assert!(!is_same || fuzzy::matches(one, other, pairs) && fuzzy::begins(one, other, pairs));
            prop_assert!(!fuzzy::matches(one, other, pairs) || canonical(one) == canonical(other));
        }
        prop_assert!(!syllables::is_syllable(&typed) || syllables::is_beginning(&typed));
    }

    #[test]
    fn cuts_are_all_and_in_order(typed in "[aeioungzhxl]{1,8}", initials in any::<bool>(), limit in 1_usize..6) {
        let mut expected = all_cuts(&typed, 0, initials);
        expected.sort_by_key(|pieces| {
            (pieces.len(), pieces.iter().filter(|piece| piece.part != Part::Whole).count())
        });
        let found = syllables::cuts(&typed, initials, MAX_CUTS);
        prop_assert_eq!(found.len(), expected.len().min(MAX_CUTS));
        prop_assert_eq!(&found[..], &expected[..found.len()]);
        let few = syllables::cuts(&typed, initials, limit);
        prop_assert_eq!(few.len(), found.len().min(limit));
        prop_assert_eq!(few.first(), found.first());
    }

    #[test]
    fn pieces_cover_the_letters(typed in "[a-z '’]{0,40}", other in any::<String>(), initials in any::<bool>()) {
        for typed in [&typed, &other] {
            for pieces in syllables::cuts(typed, initials, 9) {
                let covered: String = pieces.iter().map(|piece| &typed[piece.range.clone()]).collect();
                let letters: String = typed.chars().filter(char::is_ascii_lowercase).collect();
                prop_assert_eq!(covered, letters);
                for (index, piece) in pieces.iter().enumerate() {
                    let letters = &typed[piece.range.clone()];
                    prop_assert!(syllables::is_beginning(letters));
                    prop_assert_eq!(piece.part == Part::Whole, piece.part != Part::Initial
                        && syllables::is_syllable(letters) && letters != "n");
                    prop_assert!(piece.part != Part::Beginning || index + 1 == pieces.len());
                }
            }
        }
    }
}
