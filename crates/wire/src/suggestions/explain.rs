//! Why suggestions stand where they do: what operators get, from the endpoint and from the command line.

use serde::{Deserialize, Serialize};

use crate::json::push_value;

/// The keys that an operator's answer has more: at the end of `data`, or alone as a document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// Why each item stands where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// Why a text does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNot>,
}

impl Explained {
    /// Appends the keys that are there to an object that has others already.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if let Some(explanation) = &self.explanation {
            out.extend_from_slice(br#","explanation":"#);
            push_value(out, explanation);
        }
        if let Some(why_not) = &self.why_not {
            out.extend_from_slice(br#","why_not":"#);
            push_value(out, why_not);
        }
    }
}

/// Why each item stands where it does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// What was typed, as it is compared.
    pub key: String,
    /// The typed letters, where they may be pinyin.
    pub letters: String,
    /// The rule that bans what was typed, so that there are no items.
    pub banned_by: Option<i64>,
    /// The items, best first.
    pub items: Vec<ExplainedItem>,
    /// Texts that were reached and are banned, as far as they were met.
    pub banned: Vec<BannedText>,
}

/// Where an item was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// In the suggestion file.
    Base,
    /// In the suggestion file, among those that were submitted lately.
    Recent,
    /// Among what changed since that was built.
    Overlay,
    /// Nowhere: a rule placed it.
    Rule,
}

/// One item and what put it in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedItem {
    /// The suggested text.
    pub text: String,
    /// The text as it is compared.
    pub key: String,
    /// `notes` or `goods`.
    pub search_type: String,
    /// One flag a code point of `text`.
    pub highlight_flags: Vec<bool>,
    /// Whether an operator placed it.
    pub is_intervened: bool,
    /// The way from what was typed to the text; absent for one that a rule placed.
    pub route: Option<String>,
    /// Where it was found.
    pub source: Origin,
    /// Its place there, 0 for the best of all.
    pub rank: Option<u32>,
    /// How often it was submitted, whenever that was.
    pub queries: u64,
    /// In how many documents it stands as a phrase.
    pub documents: u64,
    /// The weight of an operator's entry.
    pub entry_weight: u64,
    /// The submissions, each halved with every slow half-life of its age.
    pub slow: f64,
    /// The submissions, each halved with every fast half-life of its age.
    pub fast: f64,
    /// The part of its submissions that found something, where that is known.
    pub found: Option<f32>,
    /// Doublings of the slow part of its weight, when the suggestion file was built.
    pub slow_score: f64,
    /// Doublings of the fast part now.
    pub fast_score: Option<f64>,
    /// Doublings that its route costs.
    pub penalty: f64,
    /// What it was ordered by: both scores as one sum, less the penalty.
    pub score: f64,
    /// The rule that placed it.
    pub rule: Option<i64>,
}

/// A text that a rule keeps out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BannedText {
    /// The text.
    pub text: String,
    /// The rule.
    pub rule: i64,
}

/// Why a text is not among the items: the first thing that kept it out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WhyNot {
    /// The text that was asked about.
    pub text: String,
    /// Whether it is among the items after all.
    pub shown: bool,
    /// What kept it out, as one word: `banned`, `no_entry`, `rank` …
    pub stage: String,
    /// The same as a sentence.
    pub reason: String,
    /// What to do about it, where something can be done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remedy: String,
    /// The rule that keeps it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<i64>,
    /// The route that leads to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Its place, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// What it was ordered by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The same of the last item that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_score: Option<f64>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::suggestions::{Answer, ReadyItems, write_success};

    #[test]
    fn an_operator_gets_further_keys_at_the_end_of_data() {
        let why_not = WhyNot {
            text: "竹叶".to_owned(),
            stage: "banned".to_owned(),
            rule: Some(7),
            ..WhyNot::default()
        };
        let explained = Explained { explanation: Some(Explanation::default()), why_not: Some(why_not) };
        let answer = Answer {
            search_cpl_id: [0; 16],
            word_request_id: [0; 16],
            base: "http://a",
            now_ms: 0,
            request_id: [0; 16],
            explained: Some(&explained),
        };
        let mut out = Vec::new();
        write_success(&mut out, &answer, &ReadyItems::default());
        let body: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let keys: Vec<_> = body["data"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["search_cpl_id", "result", "items", "word_request_id", "explanation", "why_not"]);
        let read: Explained = serde_json::from_value(body["data"].clone()).unwrap();
        assert_eq!(read, explained);
    }
}
