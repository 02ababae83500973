//! What a ranking has to be better than: BM25 over one bag of tokens, as Lucene has it.

use std::collections::HashMap;

use text::{script::is_hanzi, segment};
use unicode_normalization::UnicodeNormalization;

use super::ranking::PLACES;

const K1: f64 = 0.9;
const B: f64 = 0.4;

/// What a baseline cuts a text into, after NFKC and lower case. Signs and other scripts are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Every hanzi and every two neighbours; runs of ASCII letters and digits whole.
    CharactersBigrams,
    /// Words of the dictionary.
    Words,
}

impl Cut {
    fn tokens(self, text: &str) -> Vec<String> {
        let normal = text.nfkc().collect::<String>().to_lowercase();
        match self {
            Cut::CharactersBigrams => characters_and_bigrams(&normal),
            Cut::Words => {
                let words = segment::words(&normal).into_iter();
                words.filter(|word| word.chars().any(char::is_alphanumeric)).map(str::to_owned).collect()
            }
        }
    }
}

/// An index of titles in memory.
pub struct Bm25 {
    cut: Cut,
    /// Titles of every token, by place, with how often it stands there.
    postings: HashMap<String, Vec<(usize, f64)>>,
    /// The length part of every title.
    norms: Vec<f64>,
}

impl Bm25 {
    /// Indexes titles.
    pub fn new(cut: Cut, titles: &[String]) -> Self {
        let mut postings: HashMap<String, Vec<(usize, f64)>> = HashMap::new();
        let mut lengths = Vec::with_capacity(titles.len());
        for (place, title) in titles.iter().enumerate() {
            let tokens = cut.tokens(title);
            lengths.push(tokens.len() as f64);
            for (token, count) in counted(tokens) {
                postings.entry(token).or_default().push((place, count));
            }
        }
        let mean = lengths.iter().sum::<f64>() / (lengths.len().max(1) as f64);
        let norms = lengths.iter().map(|length| K1 * (1.0 - B + B * length / mean.max(1.0))).collect();
        Self { cut, postings, norms }
    }

    /// The best titles for a query by their places, at most [`PLACES`], best first; of equals the earlier one.
    pub fn search(&self, query: &str) -> Vec<usize> {
        let mut scores: HashMap<usize, f64> = HashMap::new();
        // Sums are rounded in the order of their parts, so the order must be the same in every run.
        let mut tokens: Vec<(String, f64)> = counted(self.cut.tokens(query)).into_iter().collect();
        tokens.sort_by(|a, b| a.0.cmp(&b.0));
        for (token, times) in tokens {
            let Some(postings) = self.postings.get(&token) else { continue };
            let weight = times * self.idf(postings.len());
            for (title, count) in postings {
                *scores.entry(*title).or_default() += weight * count / (count + self.norms[*title]);
            }
        }
        let mut found: Vec<(usize, f64)> = scores.into_iter().collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.into_iter().take(PLACES).map(|(title, _)| title).collect()
    }

    fn idf(&self, documents: usize) -> f64 {
        let (all, documents) = (self.norms.len() as f64, documents as f64);
        (1.0 + (all - documents + 0.5) / (documents + 0.5)).ln()
    }
}

fn counted(tokens: Vec<String>) -> HashMap<String, f64> {
    let mut counts = HashMap::new();
    for token in tokens {
        *counts.entry(token).or_default() += 1.0;
    }
    counts
}

fn characters_and_bigrams(normal: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut run = String::new();
    let mut before = None;
    for character in normal.chars() {
        if !character.is_ascii_alphanumeric() && !run.is_empty() {
            tokens.push(std::mem::take(&mut run));
        }
        if character.is_ascii_alphanumeric() {
            run.push(character);
        } else if is_hanzi(character) {
            tokens.push(character.to_string());
            tokens.extend(before.map(|before: char| format!("{before}{character}")));
        }
        before = is_hanzi(character).then_some(character);
    }
    if !run.is_empty() {
        tokens.push(run);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts() {
        let characters = Cut::CharactersBigrams.tokens("显卡ＲＴＸ5090，美 女");
        assert_eq!(characters, ["显", "卡", "显卡", "rtx5090", "美", "女"]);
        assert_eq!(Cut::Words.tokens("美食博主推荐，RTX"), ["美食", "博主", "推荐", "rtx"]);
    }

    #[test]
    fn scores_are_those_of_lucene() {
        let titles = ["手机壳", "手机", "电脑"].map(str::to_owned);
        let index = Bm25::new(Cut::CharactersBigrams, &titles);
        assert_eq!(index.search("手机"), [1, 0]);
        assert_eq!(index.search("电视"), [2]);
        assert!(index.search("x").is_empty());
        assert!((index.idf(2) - (1.0f64 + 1.5 / 2.5).ln()).abs() < 1e-12);
        // Tokens 5, 3, 3.
        assert!((index.norms[0] - 0.9 * (0.6 + 0.4 * 5.0 / (11.0 / 3.0))).abs() < 1e-12);
    }
}
