//! Words that make no phrase: particles, pronouns, prepositions at no border of one; question words and other words
//! that only go with a topic not alone.

/// Whether a word, in normal form, says nothing at the border of a phrase.
pub(super) fn says_nothing(word: &str) -> bool {
    WORDS.binary_search(&word).is_ok()
}

/// Whether a word, in normal form, is no topic: people search with it (怎么做), but not for it.
pub(super) fn is_no_topic(word: &str) -> bool {
    ALONE.binary_search(&word).is_ok()
}

/// Sorted by code points.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "he", "i", "in", "is", "it",
    "its", "my", "of", "on", "or", "our", "she", "that", "the", "they", "this", "to", "was", "we",
    "were", "with", "you", "your", "一下", "一个", "一些", "一直", "一种", "上", "下", "不", "不是", "不过", "与",
    "且", "个", "中", "为", "之", "之前", "之后", "之间", "也", "也是", "了", "于", "于是", "仍", "仍然", "从", "他", "他们",
    "以", "以前", "以及", "以后", "们", "会", "但", "但是", "位", "你", "你们", "例如", "其", "其中", "其他", "其它", "再",
    "则", "到", "前", "即", "却", "去", "又", "及", "只", "只是", "只有", "只能", "可", "可以", "同", "名", "后", "向",
    "吗", "否则", "吧", "呀", "呢", "和", "哈", "哦", "啊", "啦", "嘛", "因为", "在", "地", "太", "她", "她们", "如果",
    "它", "它们", "对", "将", "就", "就是", "已", "已经", "并", "并且", "当", "很", "得", "我", "我们", "或", "所", "所以",
    "才", "把", "时", "时候", "是", "更", "曾", "曾经", "最", "有", "来", "某", "次", "正在", "此", "此次", "每", "比如",
    "没", "没有", "然而", "由", "的", "着", "种", "称", "第", "等", "等等", "给", "而", "而且", "能", "自己", "至", "至于",
    "若", "虽然", "被", "要", "让", "该", "说", "跟", "过", "还", "还是", "还有", "这", "这个", "这么", "这些", "这样", "那",
    "那个", "那么", "那些", "那样", "都", "都是", "里",
];

/// Sorted by code points.
#[rustfmt::skip]
const ALONE: &[&str] = &[
    "how", "what", "when", "where", "which", "who", "why", "一样", "一次", "不会", "不同", "不想", "不能", "不要",
    "为什么", "为何", "人们", "什么", "什么样", "会不会", "其实", "几个", "出现", "别人", "到底", "发生", "可能", "哪", "哪个",
    "哪些", "哪儿", "哪里", "多久", "多大", "多少", "大家", "如何", "应该", "开始", "怎么", "怎么办", "怎么样", "怎样", "成为",
    "是不是", "是否", "最后", "有什么", "有哪些", "有没有", "没什么", "特别", "现在", "看到", "看待", "真的", "知道", "究竟", "终于",
    "能不能", "能否", "要不要", "觉得", "认为", "谁", "这种", "进行", "那种", "需要", "非常",
];

#[cfg(test)]
mod tests {
    use super::{ALONE, WORDS, is_no_topic, says_nothing};

    #[test]
    fn the_words_are_sorted() {
        assert!(WORDS.is_sorted() && ALONE.is_sorted());
    }

    #[test]
    fn question_words_may_stand_at_a_border() {
        assert!(says_nothing("的") && says_nothing("the") && !says_nothing("怎么") && !says_nothing(""));
        assert!(is_no_topic("怎么") && is_no_topic("why") && !is_no_topic("的") && !is_no_topic(""));
    }
}
