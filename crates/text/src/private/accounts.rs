//! Accounts of QQ and WeChat. A number or a name alone says nothing: a word has to introduce it.

use super::digits::value;
use std::ops::Range;

/// With fewer digits in a text, no account is found.
pub(super) const FEWEST_DIGITS: usize = 2;

/// The lengths of numbers of QQ.
const NUMBER_LENGTHS: std::ops::RangeInclusive<usize> = 5..=11;
/// The lengths of names of WeChat accounts.
const NAME_LENGTHS: std::ops::RangeInclusive<usize> = 6..=20;
/// So many digits make a name of what stands behind a word that says much else as well.
const DIGITS_OF_NAME: usize = 5;
/// So many trailing zeros make a count of what may be a number.
const ROUND: usize = 3;

/// The words that introduce an account: how it is called, and whether hardly anything else follows the word.
const QQ: &[&str] = &["qq", "扣扣", "扣q", "企鹅号"];
const WECHAT: &[(&str, bool)] = &[
    ("微信", false),
    ("weixin", false),
    ("wechat", false),
    ("薇信", true),
    ("v信", true),
    ("vx", true),
    ("wx", true),
];

/// What may stand between the word and the account. Any of the last three makes sure of it.
const LINKS: &[&str] = &[" ", "群", "是", "为", "=", "id", "号码", "號碼", "号", "號", ":"];
const FIRST_SURE_LINK: usize = 5;
/// More of them are not skipped.
const MAX_LINKS: usize = 4;

/// Finds the introduced accounts of `normal`, each with the word.
pub(super) fn find(normal: &str, ranges: &mut Vec<Range<usize>>) {
    for (at, c) in normal.char_indices() {
        // The last characters of the words above.
        if !matches!(c, 'q' | '扣' | '号' | '信' | 'n' | 't' | 'x') {
            continue;
        }
        let end = at + c.len_utf8();
        let ending = &normal[..end];
        let found = if let Some(word) = QQ.iter().find(|word| is_word(ending, word)) {
            number_after(normal, end).map(|account_end| end - word.len()..account_end)
        } else if let Some((word, is_sure)) = WECHAT.iter().find(|(word, _)| is_word(ending, word)) {
            let start = end - word.len();
            let is_sure = *is_sure || normal[..start].trim_end().ends_with(['加', '+']);
            name_after(normal, end, is_sure).map(|account_end| start..account_end)
        } else {
            None
        };
        ranges.extend(found);
    }
}

/// Whether `text` ends with `word`, and a Latin word is not the end of another one.
fn is_word(text: &str, word: &str) -> bool {
    let before = text.strip_suffix(word);
    let is_latin = word.starts_with(|c: char| c.is_ascii());
    before.is_some_and(|before| !is_latin || !before.ends_with(|c: char| c.is_ascii_alphabetic()))
}

/// Skips what links a word to an account; says whether that made sure of it.
fn skip_links(normal: &str, from: usize) -> (usize, bool) {
    let (mut at, mut is_sure) = (from, false);
    for _ in 0..MAX_LINKS {
        let Some(index) = LINKS.iter().position(|link| normal[at..].starts_with(link)) else { break };
        at += LINKS[index].len();
        is_sure |= index >= FIRST_SURE_LINK;
    }
    (at, is_sure)
}

/// The end of the number of QQ after a word that ends at byte `from`.
fn number_after(normal: &str, from: usize) -> Option<usize> {
    let (start, _) = skip_links(normal, from);
    let (mut length, mut zeros, mut end) = (0, 0, start);
    for c in normal[start..].chars() {
        let Some(digit) = value(c) else { break };
        if length == 0 && digit == 0 {
            return None;
        }
        length += 1;
        zeros = if digit == 0 { zeros + 1 } else { 0 };
        end += c.len_utf8();
    }
    let is_word = normal[end..].starts_with(|c: char| c.is_ascii_alphabetic());
    (NUMBER_LENGTHS.contains(&length) && zeros < ROUND && !is_word).then_some(end)
}

/// The end of the name of a WeChat account after a word that ends at byte `from`.
fn name_after(normal: &str, from: usize, is_sure: bool) -> Option<usize> {
    let (start, is_linked_surely) = skip_links(normal, from);
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = normal[start..].bytes().take_while(is_inner).count();
    let name = &normal[start..start + length];
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let is_name = if digits == length {
        // The number of a telephone or of QQ serves as well.
        let zeros = name.bytes().rev().take_while(|&byte| byte == b'0').count();
        NUMBER_LENGTHS.contains(&length) && zeros < ROUND
    } else {
        let fewest = if is_sure || is_linked_surely { FEWEST_DIGITS } else { DIGITS_OF_NAME };
        let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        NAME_LENGTHS.contains(&length) && digits >= fewest && begins_well
    };
    is_name.then_some(start + length)
}
