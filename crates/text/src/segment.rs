//! Cutting into words: the jieba dictionary with our own additions, without guessing unless asked.
//!
//! Words act on the query side (runs that a good document keeps together), in pinyin and in mining. They are
//! never what a document is found by, so a change of the dictionary needs no new index. `data/user_words.txt`
//! holds the additions; `data/folded_words.txt` the dictionary words that the normal form changes (着名 for 著名).

use jieba_rs::Jieba;
use std::sync::LazyLock;

/// One word a line: current words that the dictionary lacks or cuts apart.
const USER_WORDS: &str = include_str!("../data/user_words.txt");

/// Word and frequency a line; generated.
const FOLDED_WORDS: &str = include_str!("../data/folded_words.txt");

static DICTIONARY: LazyLock<Jieba> = LazyLock::new(|| {
    let mut jieba = Jieba::new();
    for (word, frequency) in FOLDED_WORDS.lines().filter_map(|line| line.split_once('\t')) {
        jieba.add_word(word, frequency.parse().ok(), None);
    }
    for word in USER_WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace) {
        jieba.add_word(word, None, None);
    }
    jieba
});

/// Cuts a text in normal form into words. Nothing is dropped: the words joined are the text.
pub fn words(normal: &str) -> Vec<&str> {
    cut(normal, false)
}

/// Cuts like [`words`], but also guesses words the dictionary does not know.
///
/// The guess depends on the surroundings, so it suits mining and never what a document or query is matched by.
pub fn words_with_guesses(normal: &str) -> Vec<&str> {
    cut(normal, true)
}

/// Builds the dictionary now (about 0.15 s of CPU and 30 MiB) instead of at the first text.
pub fn warm() {
    LazyLock::force(&DICTIONARY);
}

/// Whether the dictionary or our additions hold `word`, which is in normal form.
pub fn is_word(word: &str) -> bool {
    DICTIONARY.has_word(word)
}

fn cut(normal: &str, guess: bool) -> Vec<&str> {
    DICTIONARY.cut(normal, guess).into_iter().map(|token| token.word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(words(text).join("/"), expected);
    }

    #[test]
    fn current_words_stay_whole() {
        check("小红书笔记爆款标题怎么写", "小红书/笔记/爆款/标题/怎么/写");
        check("美食博主推荐的家常菜做法大全", "美食/博主/推荐/的/家常菜/做法/大全");
        check("氛围感穿搭多巴胺配色", "氛围感/穿搭/多巴胺/配色");
        check("北京冬奥会开幕式烟火", "北京/冬奥会/开幕式/烟火");
        check("结婚的和尚未结婚的", "结婚/的/和/尚未/结婚/的");
    }

    #[test]
    fn words_changed_by_folding_stay_whole() {
        check("着名的干隆皇帝", "着名/的/干隆/皇帝");
    }

    #[test]
    fn nothing_is_dropped() {
        let text = "显卡 rtx5090，价格!\n和iphone17pro 对比";
        assert_eq!(words(text).concat(), text);
        assert_eq!(words_with_guesses(text).concat(), text);
        assert!(words("").is_empty());
        assert!(is_word("穿搭"));
    }
}
