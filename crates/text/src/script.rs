//! Which characters are hanzi, and which are cut character by character.

/// Whether `c` is a Chinese character (the Han script without its radicals and strokes).
pub fn is_hanzi(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{20000}'..='\u{3FFFD}'
        | '\u{F900}'..='\u{FAFF}'
        | '々' | '〇' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303B}')
}

/// Whether `c` is written without spaces between words and so is cut by character: hanzi, kana, bopomofo, hangul.
pub fn is_ideographic(c: char) -> bool {
    is_hanzi(c)
        || matches!(c,
            '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}'
            | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}'
            | '\u{FF66}'..='\u{FF9D}'
            | '\u{3105}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}'
            | '\u{AC00}'..='\u{D7A3}'
            | '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}'
            | '\u{A960}'..='\u{A97C}' | '\u{D7B0}'..='\u{D7FB}'
            | '\u{FFA0}'..='\u{FFDC}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hanzi_are_told_from_kana_letters_and_punctuation() {
        for c in "中〇々㐂𠮷".chars() {
            assert!(is_hanzi(c) && is_ideographic(c), "{c}");
        }
        for c in "かカ한ㄅ".chars() {
            assert!(!is_hanzi(c) && is_ideographic(c), "{c}");
        }
        for c in "aé1，。 ・🙂я".chars() {
            assert!(!is_ideographic(c), "{c}");
        }
    }
}
