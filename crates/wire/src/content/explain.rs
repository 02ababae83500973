//! Why results stand where they do: what operators get, from the endpoint and from the command line.

use serde::{Deserialize, Serialize};

use crate::query::Parameters;

/// Why each item of a page stands where it does: the key `explanation` at the end of an operator's answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// What the keyword was taken for, where it found too little as it was typed.
    pub meant: Option<String>,
    /// The items, in the order of the page.
    pub items: Vec<ExplainedItem>,
}

/// Why one item stands where it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedItem {
    /// The item.
    pub group_id: String,
    /// 0: everything that the keyword requires stands in it, 1: in other words, 2: a part. A higher tier comes later.
    pub tier: u8,
    /// The other words for the keyword by which it was found: synonyms, or the words of another region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reworded: Option<String>,
    /// Whether it was found by what the keyword was taken for; tier and features are those of that.
    pub repaired: bool,
    /// How well it fits, 0 to 1: the sum of all `part`s.
    pub score: f64,
    /// What the score is made of; empty behind the first 200 results, which the index alone orders.
    pub features: Vec<ExplainedFeature>,
}

/// One feature of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedFeature {
    /// Which.
    pub name: String,
    /// How much of it the item has, 0 to 1.
    pub value: f64,
    /// What it counts for; all features together count for 1.
    pub weight: f64,
    /// What it adds to the score: value × weight.
    pub part: f64,
}

/// Whether an explanation is asked for: `explain=1`. It means something for operators alone, so any other value
/// is one that was not sent.
pub fn explain(parameters: &Parameters) -> bool {
    matches!(parameters.get("explain"), Some("1" | "true"))
}
