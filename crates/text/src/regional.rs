//! Words that one region says in place of another's: 软件 on the mainland, 軟體 in Taiwan.
//!
//! The script does not tell the regions apart here, since the normal form is simplified throughout ([`crate::normal`]);
//! what is left is another word for the same thing.
//!
//! ```
//! assert!(text::regional::pairs().any(|pair| pair == ("软件", "软体")));
//! ```

/// The mainland's word and Taiwan's, a pair a line; generated.
const WORDS: &str = include_str!("../data/regional_words.txt");

/// Pairs of words in normal form that mean the same: the mainland's and Taiwan's. A word may stand in several pairs.
pub fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.lines().filter_map(|line| line.split_once('\t'))
}
