//! Which characters of a suggestion the typed letters account for: one flag a character, always a leading part.

use crate::normal::{NormalForm, normal_form, normalize};
use crate::pinyin::{self, Unit};

/// Flags the leading run of `text` that matches the typed `keyword`.
///
/// Both are compared in normal form (case, width and script do not count). White space inside the keyword is
/// skipped where the text has none. The run stops at the first mismatch: 美女 on 美.女壁纸 flags one character.
pub fn prefix(keyword: &str, text: &str) -> Vec<bool> {
    let normal = normalize(text);
    let mut typed = normal_form(keyword);
    typed.truncate(typed.trim_end().len());
    let mut matched = 0;
    let mut rest = normal.text().chars().peekable();
    for c in typed.chars() {
        if rest.next_if_eq(&c).is_some() {
            matched += 1;
        } else if !c.is_whitespace() {
            break;
        }
    }
    flag(&normal, |index| index < matched)
}

/// Flags the characters whose full pinyin was typed; the last syllable may be incomplete.
///
/// None when the typed letters are not the beginning of a plausible reading of `text`.
pub fn pinyin(typed: &str, text: &str) -> Option<Vec<bool>> {
    by_sound(typed, text, |rest, unit| {
        spellings(&unit.text).find_map(|syllable| {
            rest.strip_prefix(syllable).or_else(|| syllable.starts_with(rest).then_some(""))
        })
    })
}

/// Flags the characters whose first letters were typed, one letter a character.
///
/// None when the typed letters are not the beginning of the initials of a plausible reading of `text`.
pub fn initials(typed: &str, text: &str) -> Option<Vec<bool>> {
    by_sound(typed, text, |rest, unit| rest.strip_prefix(unit.text.chars().next()?))
}

/// Tries the readings of `text` in order; `take` removes from the typed letters what one unit accounts for.
fn by_sound(
    typed: &str,
    text: &str,
    take: impl for<'a> Fn(&'a str, &Unit) -> Option<&'a str>,
) -> Option<Vec<bool>> {
    let letters = typed_letters(typed);
    if letters.is_empty() {
        return None;
    }
    let normal = normalize(text);
    let readings = pinyin::readings(normal.text());
    let units = readings.iter().find_map(|units| {
        let mut rest = letters.as_str();
        for (count, unit) in units.iter().enumerate() {
            if rest.is_empty() {
                return Some(&units[..count]);
            }
            rest = take(rest, unit)?;
        }
        rest.is_empty().then_some(&units[..])
    })?;
    Some(flag(&normal, |index| units.iter().any(|unit| unit.source == index)))
}

/// Typed letters and digits as readings write them; apostrophes and spaces between syllables do not count.
fn typed_letters(typed: &str) -> String {
    let letters = normal_form(typed).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    letters.replace('ü', "v")
}

/// The ways to type a syllable: *lve* and *nve* are also typed with u.
fn spellings(syllable: &str) -> impl Iterator<Item = &str> {
    let other = match syllable {
        "lve" => Some("lue"),
        "nve" => Some("nue"),
        _ => None,
    };
    std::iter::once(syllable).chain(other)
}

/// One flag for each source character: set if all that it became is matched, and it became something.
fn flag(normal: &NormalForm, is_matched: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut flags = vec![false; normal.source_len()];
    let mut missed = vec![false; normal.source_len()];
    for index in 0..normal.len() {
        let target = if is_matched(index) { &mut flags } else { &mut missed };
        target[normal.source(index)].fill(true);
    }
    flags.iter().zip(missed).map(|(&flag, miss)| flag && !miss).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(flags: &[bool]) -> String {
        flags.iter().map(|&flag| if flag { 'T' } else { 'F' }).collect()
    }

    fn check_prefix(keyword: &str, text: &str, expected: &str) {
        assert_eq!(shown(&prefix(keyword, text)), expected, "{keyword} on {text}");
    }

    fn check(found: Option<Vec<bool>>, expected: &str) {
        assert_eq!(found.map_or("none".into(), |flags| shown(&flags)), expected);
    }

    #[test]
    fn prefix_is_the_leading_run() {
        check_prefix("美女", "美女壁纸", "TTFF");
        check_prefix("美女", "美.女壁纸", "TFFFF");
        check_prefix("美女", "壁纸美女", "FFFF");
        check_prefix("IPHONE", "iPhone17", "TTTTTTFF");
        check_prefix("iphone 17", "iPhone 17 Pro", "TTTTTTTTTFFFF");
        check_prefix("小 红", "小红书", "TTF");
        check_prefix("開幕", "开幕式", "TTF");
        check_prefix("ＡＢ", "ab", "TT");
        check_prefix("美女", "美女美女", "TTFF");
        check_prefix("", "美女", "FF");
        check_prefix("m", "㎒", "F");
        check_prefix("美女 ", "美女 图", "TTFF");
    }

    #[test]
    fn pinyin_accounts_for_whole_characters() {
        check(pinyin("chongq", "重庆火锅"), "TTFF");
        check(pinyin("chong'qing", "重慶火鍋"), "TTFF");
        check(pinyin("zhaoy", "朝阳区"), "none");
        check(pinyin("zhaoy", "朝阳"), "TT");
        check(pinyin("meinv", "美.女壁纸"), "TFTFF");
        check(pinyin("lüese", "掠色"), "TT");
        check(pinyin("lue", "掠色"), "TF");
        check(pinyin("huoguo", "重庆火锅"), "none");
        check(pinyin("chongqinghuoguodian", "重庆火锅"), "none");
        check(pinyin("", "重庆"), "none");
        check(pinyin("rtx50xianka", "RTX50显卡"), "TTTTTTT");
    }

    #[test]
    fn initials_take_one_letter_each() {
        check(initials("lyq", "连衣裙女"), "TTTF");
        check(initials("LYQ", "连衣裙"), "TTT");
        check(initials("lyx", "连衣裙"), "none");
        check(initials("cqhg", "重庆火锅"), "TTTT");
    }
}
