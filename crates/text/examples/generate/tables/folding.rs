//! The table of traditional to simplified characters.

use super::{hand_lines, lexicon_lines};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// `simplified.txt`: one pair of characters a line, ordered; only characters that change.
pub(crate) fn simplified(lexicon: &Path, data: &Path) -> io::Result<String> {
    let mut pairs = BTreeMap::new();
    for line in lexicon_lines(lexicon, "opencc_TSCharacters.txt.gz")?
        .into_iter()
        .chain(hand_lines(data, "folding_by_hand.txt")?)
    {
        if let Some((from, to)) = pair(&line) {
            pairs.insert(from, to);
        }
    }
    let mut content = String::new();
    for &from in pairs.keys() {
        let to = end_of_chain(&pairs, from);
        if to != from {
            content.extend([from, to, '\n']);
        }
    }
    Ok(content)
}

/// The source lists several candidates for some characters; the first is the usual one.
fn pair(line: &str) -> Option<(char, char)> {
    let (from, to) = line.split_once('\t')?;
    Some((from.chars().next()?, to.chars().next()?))
}

/// Folding twice must change nothing more, so a pair leads to the end of its chain.
fn end_of_chain(pairs: &BTreeMap<char, char>, from: char) -> char {
    let mut current = from;
    for _ in 0..4 {
        match pairs.get(&current) {
            Some(&next) => current = next,
            None => break,
        }
    }
    current
}
