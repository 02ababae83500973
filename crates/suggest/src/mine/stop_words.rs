//! Words that no phrase begins or ends with: particles, pronouns, prepositions.
//!
//! Question words (怎么, 什么, 哪里) are not among them: people search with them.

/// Whether a word, in normal form, says nothing at the border of a phrase.
pub(super) fn contains(word: &str) -> bool {
    WORDS.binary_search(&word).is_ok()
}

/// Sorted by code points.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "he", "i", "in", "is", "it",
    "its", "my", "of", "on", "or", "our", "she", "that", "the", "they", "this", "to", "was", "we",
    "were", "with", "you", "your", "一下", "一个", "一些", "一种", "上", "下", "不", "与", "个", "中", "为", "之",
    "也", "了", "于", "从", "他", "他们", "以", "们", "会", "但", "但是", "位", "你", "你们", "其", "再", "到", "前",
    "去", "又", "及", "只", "可", "可以", "同", "名", "后", "向", "吗", "吧", "呀", "呢", "和", "哈", "哦", "啊", "啦",
    "嘛", "因为", "在", "地", "太", "她", "她们", "如果", "它", "它们", "对", "将", "就", "已", "已经", "并", "很", "得",
    "我", "我们", "或", "所", "所以", "才", "把", "时", "是", "更", "最", "有", "来", "次", "没", "没有", "由", "的",
    "着", "种", "称", "第", "等", "给", "而", "能", "自己", "虽然", "被", "要", "让", "说", "跟", "过", "还", "这",
    "这个", "这些", "这样", "那", "那个", "那些", "那样", "都", "里",
];

#[cfg(test)]
mod tests {
    use super::{WORDS, contains};

    #[test]
    fn the_words_are_sorted() {
        assert!(WORDS.is_sorted());
        assert!(contains("的") && contains("the") && !contains("怎么") && !contains(""));
    }
}
