//! What of a text counts when words are looked for.

/// The letter that `c`, a character of a normal form, counts as; none if it is skipped.
#[inline]
pub(super) fn fold(c: char) -> Option<char> {
    match c {
        'a'..='z' | '0'..='9' | '\u{4E00}'..='\u{9FFF}' => Some(c),
        '\0'..='\u{7F}' => c.is_ascii_uppercase().then(|| c.to_ascii_lowercase()),
        _ => fold_other(c),
    }
}

/// Whether `c` counts as a Latin letter or digit.
#[inline]
pub(super) fn is_latin(c: char) -> bool {
    fold(c).is_some_and(|letter| letter.is_ascii())
}

fn fold_other(c: char) -> Option<char> {
    match c {
        // Punctuation of Chinese texts, the most frequent of all, then the blocks of combining characters, some
        // of which are called alphabetic.
        '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' => None,
        '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' => None,
        '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}' => None,
        '×' | '÷' | 'ʼ' => None,
        // As pinyin writes it.
        'ü' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' => Some('v'),
        '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => Some(without_accent(c)),
        // Letters in black circles and squares and those that flags are made of; the white ones are letters in
        // the normal form already.
        '\u{1F150}'..='\u{1F169}' => Some(nth_letter(c, '\u{1F150}')),
        '\u{1F170}'..='\u{1F189}' => Some(nth_letter(c, '\u{1F170}')),
        '\u{1F1E6}'..='\u{1F1FF}' => Some(nth_letter(c, '\u{1F1E6}')),
        _ => c.is_alphanumeric().then_some(c),
    }
}

fn without_accent(c: char) -> char {
    let mut base = c;
    let mut is_first = true;
    unicode_normalization::char::decompose_canonical(c, |part| {
        if is_first && part.is_ascii_alphabetic() {
            base = part.to_ascii_lowercase();
        }
        is_first = false;
    });
    base
}

fn nth_letter(c: char, first: char) -> char {
    let place = u32::from(c) - u32::from(first);
    char::from_u32(u32::from('a') + place).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        for (c, expected) in [
            ('a', Some('a')),
            ('Z', Some('z')),
            ('-', None),
            (' ', None),
            ('é', Some('e')),
            ('ü', Some('v')),
            ('ǚ', Some('v')),
            ('美', Some('美')),
            ('，', None),
            ('\u{301}', None),
            ('🙂', None),
            ('か', Some('か')),
            ('🅰', Some('a')),
            ('🇿', Some('z')),
            ('ø', Some('ø')),
            ('𠮷', Some('𠮷')),
            ('×', None),
            ('ʼ', None),
        ] {
            assert_eq!(fold(c), expected, "{c}");
        }
        assert!(is_latin('é') && is_latin('7') && !is_latin('美') && !is_latin('я') && !is_latin('.'));
    }

    #[test]
    fn what_is_folded_stays() {
        for letter in ('\0'..=char::MAX).filter_map(fold) {
            assert_eq!(fold(letter), Some(letter), "{letter}");
        }
    }
}
