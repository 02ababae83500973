//! Chinese text as pure functions: normal form, segmentation, pinyin, tokens, highlight flags.
