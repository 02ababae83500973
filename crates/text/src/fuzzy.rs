//! Sounds that are told apart badly: southern pronunciation and its spellings.
//!
//! A [`Pairs`] says which pairs of sounds count as one. [`matches()`] and [`begins`] compare what was typed with a
//! syllable; [`canonical`] is what an index is keyed by, the same for everything that any pairs make equal.
//!
//! The pair f and h joins f+X with h+X (*fan* and *han*) and also with hu+X as it is spoken: *fa hua*,
//! *fan huan*, *fang huang*, *fei hui*, *fen hun*, *fo huo*, *fu hu*. *Feng* and *hong* stay apart.

mod pairs;
mod spellings;

pub use pairs::Pairs;

use spellings::{any_spelling, split};

/// Appends the representative of a whole or incomplete syllable when every pair is one sound.
///
/// zh, ch, sh become z, c, s; n and r at the beginning become l; final ang, eng, ing become an, en, in. What
/// begins with f or h becomes fu and the rest without u (*huang*, *hang* and *fang* are `fuan`), *hui* and *hun*
/// as if they were *huei* and *huen*; f or h alone is `f`.
///
/// Whatever [`matches()`] under any pairs has equal representatives. Whatever [`begins`] a syllable under any pairs
/// has a representative that the syllable's one begins with.
pub fn canonical(part: &str, out: &mut String) {
    let (initial, rest) = split(written(part));
    let joined = match initial {
        "zh" => "z",
        "ch" => "c",
        "sh" => "s",
        "n" | "r" => "l",
        "f" | "h" if rest.is_empty() => "f",
        "f" | "h" => "fu",
        other => other,
    };
    let rest = if joined == "fu" {
        match rest {
            "ui" => "ei",
            "un" => "en",
            _ => rest.strip_prefix('u').unwrap_or(rest),
        }
    } else {
        rest
    };
    out.push_str(joined);
    out.push_str(match rest.strip_suffix('g') {
        Some(stem) if ["an", "en", "in"].iter().any(|end| stem.ends_with(end)) => stem,
        _ => rest,
    });
}

/// Whether a typed whole syllable sounds like `syllable` under `pairs`.
///
/// Each pair holds for itself: n and r are one sound only by way of nothing, even if both are one with l.
pub fn matches(typed: &str, syllable: &str, pairs: Pairs) -> bool {
    let (typed, syllable) = (written(typed), written(syllable));
    typed == syllable
        || (may_sound_alike(typed, syllable, pairs)
            && any_spelling(syllable, pairs, |spelling| spelling.is(typed)))
}

/// Whether a typed beginning of a syllable may become one that sounds like `syllable` under `pairs`.
///
/// A whole syllable is a beginning as well: *xing* begins *xin* where ing and in are one.
pub fn begins(typed: &str, syllable: &str, pairs: Pairs) -> bool {
    let (typed, syllable) = (written(typed), written(syllable));
    syllable.starts_with(typed)
        || (may_sound_alike(typed, syllable, pairs)
            && any_spelling(syllable, pairs, |spelling| spelling.starts_with(typed)))
}

/// A syllable as readings write it: *lue* and *nue* are typed for *lve* and *nve*.
fn written(part: &str) -> &str {
    match part {
        "lue" => "lve",
        "nue" => "nve",
        other => other,
    }
}

/// Answers most comparisons: where there are pairs, the first letters at least belong together.
#[inline]
fn may_sound_alike(typed: &str, syllable: &str, pairs: Pairs) -> bool {
    let class = |text: &str| match text.as_bytes().first() {
        Some(b'n' | b'r') => Some(b'l'),
        Some(b'h') => Some(b'f'),
        first => first.copied(),
    };
    pairs != Pairs::NONE && class(typed) == class(syllable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(part: &str) -> String {
        let mut out = String::new();
        canonical(part, &mut out);
        out
    }

    #[test]
    fn representatives() {
        for (part, expected) in [
            ("zhang", "zan"),
            ("zhong", "zong"),
            ("zh", "z"),
            ("shuang", "suan"),
            ("niang", "lian"),
            ("ren", "len"),
            ("ling", "lin"),
            ("er", "er"),
            ("ang", "an"),
            ("eng", "en"),
            ("huang", "fuan"),
            ("hang", "fuan"),
            ("fang", "fuan"),
            ("hui", "fuei"),
            ("fei", "fuei"),
            ("hun", "fuen"),
            ("huo", "fuo"),
            ("fo", "fuo"),
            ("hu", "fu"),
            ("fu", "fu"),
            ("h", "f"),
            ("f", "f"),
            ("", ""),
            ("hong", "fuong"),
            ("xin", "xin"),
            ("lue", "lve"),
            ("nve", "lve"),
            ("yang", "yan"),
            ("美", "美"),
        ] {
            assert_eq!(shown(part), expected, "{part}");
        }
    }

    #[track_caller]
    fn check(pairs: Pairs, alike: &[(&str, &str)], apart: &[(&str, &str)]) {
        for (one, other) in alike {
            assert!(matches(one, other, pairs) && matches(other, one, pairs), "{one} {other}");
            assert!(!matches(one, other, Pairs::NONE), "{one} {other}");
        }
        for (one, other) in apart {
            assert!(!matches(one, other, pairs) && !matches(other, one, pairs), "{one} {other}");
        }
    }

    #[test]
    fn pairs_hold_for_themselves() {
        check(Pairs::Z_ZH, &[("zong", "zhong"), ("zi", "zhi")], &[("ci", "chi"), ("zan", "zhang")]);
        check(Pairs::Z_ZH.with(Pairs::AN_ANG), &[("zan", "zhang"), ("zhan", "zang")], &[("zen", "zhang")]);
        check(Pairs::N_L.with(Pairs::R_L), &[("nan", "lan"), ("ran", "lan")], &[("nan", "ran")]);
        check(Pairs::AN_ANG, &[("lian", "liang"), ("shuan", "shuang"), ("yan", "yang")], &[("xin", "xing")]);
        check(Pairs::EN_ENG, &[("wen", "weng"), ("en", "eng")], &[("zheng", "zhong"), ("fen", "hun")]);
        check(Pairs::IN_ING, &[("yin", "ying")], &[("yin", "yang")]);
        check(Pairs::ALL, &[("ning", "lin"), ("nve", "lue")], &[("er", "e"), ("dong", "don"), ("ma", "na")]);
    }

    #[test]
    fn f_and_h() {
        let alike = [
            ("fan", "han"),
            ("fan", "huan"),
            ("fa", "hua"),
            ("fang", "huang"),
            ("fei", "hui"),
            ("fei", "hei"),
            ("fen", "hun"),
            ("fo", "huo"),
            ("fu", "hu"),
            ("feng", "heng"),
            ("fou", "hou"),
        ];
        check(Pairs::F_H, &alike, &[("feng", "hong"), ("feng", "hun"), ("han", "huan"), ("fang", "huan")]);
        check(Pairs::F_H.with(Pairs::EN_ENG), &[("feng", "hun")], &[("fang", "huan")]);
        check(Pairs::F_H.with(Pairs::AN_ANG), &[("fang", "huan"), ("fan", "huang")], &[]);
    }

    #[test]
    fn beginnings() {
        let check = |typed, syllable, pairs, expected| {
            assert_eq!(begins(typed, syllable, pairs), expected, "{typed} {syllable}");
        };
        check("z", "zhong", Pairs::NONE, true);
        check("zo", "zhong", Pairs::NONE, false);
        check("zo", "zhong", Pairs::Z_ZH, true);
        check("zh", "zong", Pairs::Z_ZH, true);
        check("zh", "zong", Pairs::AN_ANG, false);
        check("lia", "niang", Pairs::N_L, true);
        check("lian", "niang", Pairs::N_L, true);
        check("liang", "nian", Pairs::N_L, false);
        check("liang", "nian", Pairs::N_L.with(Pairs::AN_ANG), true);
        check("xing", "xin", Pairs::IN_ING, true);
        check("xing", "xin", Pairs::AN_ANG, false);
        check("h", "fang", Pairs::F_H, true);
        check("hu", "fang", Pairs::F_H, true);
        check("fu", "huang", Pairs::F_H, false);
        check("fa", "huang", Pairs::F_H, true);
        check("hui", "fei", Pairs::F_H, true);
        check("lue", "lve", Pairs::NONE, true);
        check("lu", "lve", Pairs::ALL, false);
    }
}
