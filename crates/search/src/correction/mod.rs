//! Repair of keywords whose characters are wrong: what was meant by 梅食, by 末来, by 牛柔面.
//!
//! A typed character may stand for one that sounds the same, one that sounds alike to many, or one that looks alike
//! (`confusions`). Which of them was meant is told by what people write here: a model of character triples (`model`)
//! over titles and the query log, with the dictionary's words of two characters for what has not been written yet. A beam search
//! (`beam`) finds the readings that are likeliest under both; [`weights`] has every number that decides.
//!
//! Characters are replaced and never added or left out, so a repair has as many characters as what was typed in
//! normal form. Letters, digits and signs stay.
//!
//! ```
//! use search::correction::{ModelBuilder, weights::THRESHOLD};
//!
//! let mut builder = ModelBuilder::new();
//! for title in ["上海美食推荐", "美食探店", "周末美食", "腊梅开了"] {
//!     builder.add(title);
//! }
//! let model = builder.build();
//! assert_eq!(model.repairs("梅食", THRESHOLD)[0].text, "美食");
//! assert!(model.repairs("美食", THRESHOLD).is_empty());
//! ```

mod alphabet;
mod beam;
mod confusions;
mod counts;
mod model;
pub mod weights;

pub use model::{Model, ModelBuilder};

/// What a keyword may have been meant as.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// The repaired keyword in normal form.
    pub text: String,
    /// How many nats likelier it is to be meant than what was typed, the slips of typing accounted for.
    pub gain: f32,
}
