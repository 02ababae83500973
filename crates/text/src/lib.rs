//! Chinese text as pure functions: normal form, tokens, words, pinyin, look-alikes, highlight flags, what to withhold.
//!
//! Every function takes values and returns values. None of them does I/O, none can fail, and none panics on any
//! string. Tables are embedded in the binary and built at their first use ([`segment::warm`], [`pinyin::warm`],
//! [`look_alikes::warm`] build them ahead); this crate knows no other crate of the workspace.
//!
//! - [`normal`]: what is compared in place of the text as written, with a map back to its characters.
//! - [`script`]: what is a hanzi, what is cut by character.
//! - [`tokens`]: characters, bigrams, words and numbers with positions: what documents are found by.
//! - [`segment`]: dictionary words: what ranks, what is mined, what decides a reading.
//! - [`pinyin`]: readings of characters and whole texts.
//! - [`look_alikes`]: characters that are mistaken for one another by their shape.
//! - [`highlight`]: which characters of a suggestion the typed letters account for.
//! - [`syllables`]: the syllables of Mandarin, and typed letters cut into them.
//! - [`fuzzy`]: sounds that are told apart badly.
//! - [`patterns`]: banned words, found through their disguises.
//! - [`regional`]: words that one region says in place of another's.
//! - [`private`]: what belongs to one person: addresses, numbers of telephones, cards and accounts.
//!
//! ```
//! use text::{highlight, normal, pinyin, segment, tokens};
//!
//! // Full width, traditional characters and case do not count; every character knows where it came from.
//! let form = normal::normalize("ＲＴＸ5090 顯卡評測");
//! assert_eq!(form.text(), "rtx5090 显卡评测");
//! assert_eq!(form.source(8), 8..9);
//! assert_eq!(normal::key(" 小红书  爆款 "), "小红书爆款");
//!
//! let found: Vec<String> = tokens::tokens("rtx5090 显卡").map(|token| token.text().to_owned()).collect();
//! assert_eq!(found, ["rtx", "5090", "显", "显卡", "卡"]);
//! assert_eq!(segment::words("小红书爆款标题"), ["小红书", "爆款", "标题"]);
//!
//! // The word decides the reading; where it does not, there are several.
//! assert_eq!(pinyin::full(&pinyin::reading("重庆火锅")), "chongqinghuoguo");
//! assert_eq!(pinyin::character('重'), ["zhong", "chong"]);
//!
//! assert_eq!(highlight::prefix("美女", "美.女壁纸"), [true, false, false, false, false]);
//! assert_eq!(highlight::initials("cqh", "重庆火锅"), Some(vec![true, true, true, false]));
//! ```

pub mod fuzzy;
pub mod highlight;
pub mod look_alikes;
pub mod normal;
pub mod patterns;
pub mod pinyin;
pub mod private;
pub mod regional;
pub mod script;
pub mod segment;
pub mod syllables;
pub mod tokens;
