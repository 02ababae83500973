//! Slips of the finger: a letter too much, one missing, a wrong one, two that changed places. The first letter is
//! taken to be right.

use crate::dictionary::Dictionary;

use super::{MAX_LETTERS, MIN_LETTERS};

/// Every text that is one slip away and may be pinyin, at the end perhaps within a syllable.
pub(super) fn pinyin(letters: &str) -> Vec<String> {
    let mut corrected = Vec::new();
    each(letters, |text| {
        let is_pinyin = !text::syllables::cuts(text, false, 1).is_empty();
        if is_pinyin && !corrected.iter().any(|known| known == text) {
            corrected.push(text.to_owned());
        }
    });
    corrected
}

/// The key with one Latin word of it taken for a word of the dictionary that is one slip away; the last word may be
/// the beginning of one.
pub(super) fn words(key: &str, words: &Dictionary<'_>) -> Vec<String> {
    let mut corrected = Vec::new();
    for range in runs(key) {
        let word = &key[range.clone()];
        if !(MIN_LETTERS..=MAX_LETTERS).contains(&word.len()) {
            continue;
        }
        let is_last = range.end == key.len();
        if words.find(word.as_bytes()).is_some() || (is_last && words.has_beginning(word.as_bytes())) {
            continue;
        }
        each(word, |text| {
            let is_word = if is_last {
                words.has_beginning(text.as_bytes())
            } else {
                words.find(text.as_bytes()).is_some()
            };
            if is_word {
                let key = format!("{}{text}{}", &key[..range.start], &key[range.end..]);
                if !corrected.contains(&key) {
                    corrected.push(key);
                }
            }
        });
    }
    corrected
}

/// The runs of Latin letters in a key.
fn runs(key: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + key.get(rest..)?.find(|c: char| c.is_ascii_lowercase())?;
        let length = key[start..].find(|c: char| !c.is_ascii_lowercase()).unwrap_or(key.len() - start);
        rest = start + length;
        Some(start..rest)
    })
}

/// Calls `visit` with every text that is one slip away.
fn each(letters: &str, mut visit: impl FnMut(&str)) {
    let typed = letters.as_bytes();
    let mut buffer = Vec::with_capacity(typed.len() + 1);
    let mut with = |pieces: [&[u8]; 3]| {
        buffer.clear();
        pieces.iter().for_each(|piece| buffer.extend_from_slice(piece));
        // Letters of ASCII stay text whichever way they are put together.
        if let Ok(text) = std::str::from_utf8(&buffer) {
            visit(text);
        }
    };
    for at in 1..=typed.len() {
        let (before, rest) = typed.split_at(at);
        for letter in b'a'..=b'z' {
            with([before, &[letter], rest]);
            if let Some((wrong, behind)) = rest.split_first()
                && *wrong != letter
            {
                with([before, &[letter], behind]);
            }
        }
        if let Some((_, behind)) = rest.split_first() {
            with([before, behind, b""]);
        }
        if let [first, second, behind @ ..] = rest
            && first != second
        {
            with([before, &[*second, *first], behind]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_one_letter() {
        let all = pinyin("shenem");
        assert!(all.contains(&"shenme".to_owned()), "{all:?}");
        assert!(pinyin("meihi").contains(&"meishi".to_owned()));
        assert!(pinyin("meisshi").contains(&"meishi".to_owned()));
        assert!(pinyin("meidhi").contains(&"meishi".to_owned()));
        assert!(!pinyin("meishi").contains(&"meishi".to_owned()));
    }
}
