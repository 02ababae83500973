//! Slips of the finger in a Latin word that stands beside other things: the word is taken for one of the dictionary.

use crate::dictionary::Dictionary;

use super::MIN_LETTERS;

/// Longer words are not corrected: each letter costs half a hundred looks at the dictionary.
const MAX_LETTERS: usize = 16;
/// The most words of a key that are tried.
const MAX_WORDS: usize = 2;

/// The key with one Latin word of it taken for a word of the dictionary that is one slip away; the last word may be
/// the beginning of one.
pub(super) fn corrected(key: &str, words: &Dictionary<'_>) -> Vec<String> {
    let mut corrected = Vec::new();
    let mut tried = 0;
    for range in runs(key) {
        let word = &key[range.clone()];
        let is_last = range.end == key.len();
        let is_word = |text: &str| {
            let text = text.as_bytes();
            if is_last { words.has_beginning(text) } else { words.find(text).is_some() }
        };
        if !(MIN_LETTERS..=MAX_LETTERS).contains(&word.len()) || is_word(word) {
            continue;
        }
        tried += 1;
        if tried > MAX_WORDS {
            break;
        }
        each(word, |text| {
            if is_word(text) {
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

/// Calls `visit` with every text that is one slip away: a letter too much, one missing, a wrong one, two that changed
/// places. The first letter is taken to be right.
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
        let mut all = Vec::new();
        each("abc", |text| all.push(text.to_owned()));
        for slip in ["ac", "ab", "acb", "abbc", "abcd", "axc", "abx"] {
            assert!(all.contains(&slip.to_owned()), "{slip}: {all:?}");
        }
        assert!(!all.contains(&"abc".to_owned()) && !all.contains(&"bc".to_owned()));
        assert_eq!(runs("苹果ihpone 17pro").collect::<Vec<_>>(), [6..12, 15..18]);
    }
}
