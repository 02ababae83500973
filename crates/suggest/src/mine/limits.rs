//! Every threshold of the statistics, and how they were chosen.
//!
//! Measured on 147,315 real titles (146,044 distinct) without tags, phrases of at least 3 titles; a phrase is right
//! if it is one of 503,483 real search terms or a leading part of one. Shares in percent:
//!
//! | filters                 | phrases | right of the top 5,000 | of the top 20,000 | of all | of 2 words | of 3 words |
//! |-------------------------|--------:|-----:|-----:|-----:|-----:|-----:|
//! | none                    |  65,835 | 75.3 | 59.1 | 40.3 | 33.0 | 23.1 |
//! | association             |  59,501 | 75.5 | 59.1 | 41.5 | 34.0 | 23.5 |
//! | association and freedom |  48,846 | 77.7 | 61.3 | 47.2 | 41.3 | 33.6 |
//! | all three               |  47,833 | 77.6 | 61.4 | 47.4 | 41.3 | 33.6 |
//!
//! The rest is not wrong: the search terms are news of two years, and the titles are broader (新番动画, 可视化大屏).

/// What a phrase of several words needs, and what it must not be.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// The least association of its parts, from -1 (never together) over 0 (by chance) to 1 (never apart).
    pub(super) association: f64,
    /// The least entropy, in bits, of the words before it and of the words after it.
    pub(super) freedom: f64,
    /// A phrase with this share of its documents inside one longer phrase is a piece of that.
    pub(super) inside: f64,
}

impl Limits {
    /// The limits that are used.
    ///
    /// Each alone, on the titles above; "terms" are whole search terms:
    ///
    /// - Association: up to 0.3 what falls out is chance (什么收获, 年仍; 26 terms among 6,334 phrases); from there to
    ///   0.4 good ones go too (前景如何, 14 pro; 56 among 6,127).
    /// - Freedom: 1 bit is two neighbours in equal parts. Below it lie pieces (大战僵尸融合, 听一遍; 117 terms among
    ///   12,918 phrases); up to 1.3 bits only 537 more go, with 6 terms.
    /// - Inside: after the other two it drops 1,011 phrases with 6 terms, nearly all single words that the
    ///   dictionary cuts out of names (结弦, 哈利波).
    pub(super) const CHOSEN: Self = Self { association: 0.3, freedom: 1.0, inside: 0.9 };
}

#[cfg(test)]
mod tests {
    use super::Limits;
    use crate::mine::Miner;

    /// Asserts that a phrase is found with one filter off and not with all of them.
    #[track_caller]
    fn check_drops(titles: &[String], filter_off: &Limits, phrase: &str) {
        let is_found = |limits: &Limits| {
            let mut miner = Miner::new();
            titles.iter().for_each(|title| miner.add_title(title));
            miner.phrases_within(3, limits).iter().any(|(found, _)| found == phrase)
        };
        assert!(is_found(filter_off), "{phrase} without the filter");
        assert!(!is_found(&Limits::CHOSEN), "{phrase} with the filter");
    }

    /// Titles in which each of these texts stands between different words.
    fn among_words(texts: &[(&str, usize)]) -> Vec<String> {
        let titles = texts.iter().enumerate();
        titles
            .flat_map(|(number, (text, times))| {
                (0..*times).map(move |time| format!("left{number}{time} {text} right{number}{time}"))
            })
            .collect()
    }

    #[test]
    fn neighbours_by_chance_are_dropped() {
        let titles = among_words(&[("cooking", 20), ("summer", 20), ("cooking summer", 3), ("tea party", 3)]);
        let off = Limits { association: -1.0, ..Limits::CHOSEN };
        check_drops(&titles, &off, "cooking summer");
    }

    #[test]
    fn what_nearly_always_goes_on_in_one_way_is_dropped() {
        let titles = among_words(&[("深夜 食堂 故事", 5), ("深夜 食堂", 1)]);
        check_drops(&titles, &Limits { freedom: -1.0, ..Limits::CHOSEN }, "深夜食堂");
    }

    #[test]
    fn every_number_is_the_same_neighbour() {
        let titles = ["1月22日 大雪", "2月22日 小雨", "3月22日 晴天", "4月22日 多云"].map(str::to_owned);
        let off = Limits { freedom: -1.0, inside: 2.0, ..Limits::CHOSEN };
        check_drops(&titles, &off, "月22日");
    }

    #[test]
    fn pieces_of_one_longer_phrase_are_dropped() {
        let titles = among_words(&[("深夜 食堂", 9), ("食堂", 1)]);
        check_drops(&titles, &Limits { inside: 2.0, ..Limits::CHOSEN }, "食堂");
    }
}
