//! The table of words that Taiwan says in place of the mainland's.

use super::lexicon_lines;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use text::normal::key;

/// `regional_words.txt`: the mainland's word and Taiwan's, in normal form, a pair a line, ordered.
pub(crate) fn words(lexicon: &Path, _data: &Path) -> io::Result<String> {
    let mut pairs = BTreeSet::new();
    for line in lexicon_lines(lexicon, "opencc_TWPhrases.txt.gz")? {
        let Some((mainland, taiwan)) = line.split_once('\t') else { continue };
        let mainland = key(mainland);
        for word in taiwan.split(' ').map(key) {
            if is_worth_looking_for(&mainland, &word) {
                pairs.insert(format!("{mainland}\t{word}\n"));
            }
        }
    }
    Ok(pairs.into_iter().collect())
}

/// Words that differ by script alone are one word here, and a single character says too little by itself.
fn is_worth_looking_for(one: &str, other: &str) -> bool {
    let is_long = |word: &str| word.chars().nth(1).is_some();
    one != other && is_long(one) && is_long(other)
}
