//! Finding typed words within the text of an entry.

use std::ops::Range;

use memchr::memmem;
use smallvec::SmallVec;

use crate::record::first_character;

/// Words of most keywords: for so many no memory is asked for.
const FEW: usize = 8;

/// Where words stand, in bytes.
pub(crate) type Places = SmallVec<[Range<usize>; FEW]>;

/// Where `typed` stands in `key`, in bytes. Latin letters and digits are found from the beginning of a word on.
///
/// Keys are looked at as bytes: text found in text stands at whole characters, and most keys are only passed over.
pub(crate) fn find(key: &[u8], typed: &str) -> Option<Range<usize>> {
    find_free(key, typed, &[])
}

/// Where each of the words stands, no two over each other; the words may come in any order.
///
/// Longer words are placed first, so that a short one does not take a part of theirs.
pub(crate) fn find_all(key: &[u8], words: &[String]) -> Option<Places> {
    let mut order: SmallVec<[&str; FEW]> = words.iter().map(String::as_str).collect();
    order.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut places = Places::new();
    for word in order {
        let place = find_free(key, word, &places)?;
        places.push(place);
    }
    Some(places)
}

/// Whether `key` ends with `typed`, which begins a later word of it.
pub(crate) fn ends(key: &[u8], typed: &str) -> bool {
    let before = key.strip_suffix(typed.as_bytes()).filter(|before| !before.is_empty());
    before.is_some_and(|before| begins_word(before, typed))
}

fn find_free(key: &[u8], typed: &str, taken: &[Range<usize>]) -> Option<Range<usize>> {
    let first = typed.chars().next()?;
    let mut from = 0;
    while let Some(found) = memmem::find(key.get(from..)?, typed.as_bytes()) {
        let start = from + found;
        let place = start..start + typed.len();
        let is_taken = taken.iter().any(|other| other.start < place.end && place.start < other.end);
        if !is_taken && begins_word(&key[..start], typed) {
            return Some(place);
        }
        from = start + first.len_utf8();
    }
    None
}

/// Whether a word may begin behind this: not within a run of Latin letters or of digits.
fn begins_word(before: &[u8], typed: &str) -> bool {
    let (Some(before), Some(first)) = (last_character(before), typed.chars().next()) else {
        return true;
    };
    let class = |c: char| (c.is_ascii_digit(), c.is_alphabetic() && !text::script::is_ideographic(c));
    class(before) == (false, false) || class(before) != class(first)
}

fn last_character(bytes: &[u8]) -> Option<char> {
    let start = bytes.iter().rposition(|byte| byte & 0xC0 != 0x80)?;
    first_character(&bytes[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_they_begin() {
        let find = |key: &str, typed| find(key.as_bytes(), typed);
        assert_eq!(find("长款连衣裙", "连衣"), Some(6..12));
        assert_eq!(find("smart art", "art"), Some(6..9));
        assert_eq!(find("smart", "art"), None);
        assert_eq!(find("rtx5090", "5090"), Some(3..7));
        assert_eq!(find("连衣裙", ""), None);
    }

    #[test]
    fn an_end_begins_a_word() {
        let ends = |key: &str, typed| ends(key.as_bytes(), typed);
        assert!(ends("长款连衣裙", "连衣裙"));
        assert!(!ends("连衣裙", "连衣裙") && !ends("长款连衣裙", "连衣") && !ends("smart", "art"));
    }

    #[test]
    fn words_do_not_stand_over_each_other() {
        let all = |key: &str, words: &[&str]| {
            find_all(key.as_bytes(), &words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
                .map(Places::into_vec)
        };
        assert_eq!(all("美食美食家", &["美食", "美食家"]), Some(vec![6..15, 0..6]));
        assert_eq!(all("美食家", &["美食", "美食家"]), None);
        assert_eq!(all("长款连衣裙", &["连衣裙", "长"]), Some(vec![6..15, 0..3]));
    }
}
