//! Chinese text as pure functions: normal form, segmentation, pinyin, tokens, highlight flags.
pub mod normal;
pub mod script;
pub mod tokens;
