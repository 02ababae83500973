//! Words in their order, each with the ascending list of the entries that it stands in.

use std::ops::Range;

use crate::file::{read_u32, read_u64};
use crate::lists::{self, List};
use crate::permutation::{head, partition};

/// One word in so many has its first bytes beside the others': a search looks at few texts only.
const BLOCK: usize = 16;

/// A dictionary in a base's image.
#[derive(Clone, Copy)]
pub(crate) struct Dictionary<'a> {
    parts: Parts<&'a [u8]>,
    universe: u32,
}

/// The parts of a dictionary.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Parts<B> {
    pub(crate) texts: B,
    /// The first eight bytes of the first word of each block, as [`head`] gives them.
    pub(crate) heads: B,
    /// For each word where its text and its list end: two `u32`.
    pub(crate) index: B,
    pub(crate) lists: B,
}

/// The number of bytes of the heads for so many words.
pub(crate) fn heads_length(words: usize) -> usize {
    words.div_ceil(BLOCK) * 8
}

impl<'a> Dictionary<'a> {
    pub(crate) fn new(parts: Parts<&'a [u8]>, universe: u32) -> Self {
        Self { parts, universe }
    }

    /// The number of words.
    pub(crate) fn len(&self) -> usize {
        self.parts.index.len() / 8
    }

    fn border(&self, word: usize, which: usize) -> Range<usize> {
        let end = |word: usize| read_u32(self.parts.index, 2 * word + which).unwrap_or(0) as usize;
        (if word == 0 { 0 } else { end(word - 1) })..end(word)
    }

    /// The text of a word.
    pub(crate) fn text(&self, word: usize) -> &'a [u8] {
        self.parts.texts.get(self.border(word, 0)).unwrap_or_default()
    }

    /// The entries that a word stands in.
    pub(crate) fn list(&self, word: usize) -> List<'a> {
        List::new(self.parts.lists.get(self.border(word, 1)).unwrap_or_default(), self.universe)
    }

    /// The number of a word.
    pub(crate) fn find(&self, text: &[u8]) -> Option<usize> {
        let word = self.first(text);
        (word < self.len() && self.text(word) == text).then_some(word)
    }

    /// The numbers of the words that begin so.
    pub(crate) fn beginning(&self, text: &[u8]) -> Range<usize> {
        let first = self.first(text);
        // Few words begin so, mostly: look near before looking far.
        let mut step = 1;
        while first + step < self.len() && self.text(first + step).starts_with(text) {
            step *= 2;
        }
        let last = self.partition(first..(first + step).min(self.len()), |word| word.starts_with(text));
        first..last
    }

    /// Whether a word begins so.
    pub(crate) fn has_beginning(&self, text: &[u8]) -> bool {
        let first = self.first(text);
        first < self.len() && self.text(first).starts_with(text)
    }

    /// The number of the first word that is not before `text`.
    fn first(&self, text: &[u8]) -> usize {
        let blocks = 0..self.len().div_ceil(BLOCK);
        let head_of = |block: usize| read_u64(self.parts.heads, block).unwrap_or(u64::MAX);
        let typed = head(text, 0);
        let first = partition(blocks.clone(), |block| head_of(block) < typed);
        // Beside the block before, those whose words begin with the same eight bytes.
        let behind = partition(first..blocks.end, |block| head_of(block) <= typed);
        let (start, end) = (first.saturating_sub(1) * BLOCK, (behind * BLOCK).min(self.len()));
        self.partition(start..end, |word| word < text)
    }

    fn partition(&self, words: Range<usize>, is_before: impl Fn(&[u8]) -> bool) -> usize {
        partition(words, |word| is_before(self.text(word)))
    }
}

/// Makes the parts from words and, for every entry in its order, the numbers of its words.
///
/// `words` are in any order; `occurrences` holds the numbers of each entry's words, `ends` where each entry's end.
pub(crate) fn parts(words: &[Box<str>], occurrences: &[u32], ends: &[u32]) -> Parts<Vec<u8>> {
    let universe = ends.len() as u32;
    let (entries, borders) = by_word(words.len(), occurrences, ends);
    let mut order: Vec<u32> = (0..words.len() as u32).collect();
    order.sort_unstable_by(|&one, &two| words[one as usize].cmp(&words[two as usize]));
    let (mut texts, mut heads, mut index, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, word) in order.into_iter().map(|word| word as usize).enumerate() {
        let text = words[word].as_bytes();
        if place % BLOCK == 0 {
            heads.extend_from_slice(&head(text, 0).to_le_bytes());
        }
        texts.extend_from_slice(text);
        lists::write(&entries[borders[word]..borders[word + 1]], universe, &mut all);
        index.extend_from_slice(&(texts.len() as u32).to_le_bytes());
        index.extend_from_slice(&(all.len() as u32).to_le_bytes());
    }
    Parts { texts, heads, index, lists: all }
}

/// Sorts by counting: all entries of the first word, then those of the second, …, and where each word's begin.
fn by_word(words: usize, occurrences: &[u32], ends: &[u32]) -> (Vec<u32>, Vec<usize>) {
    let mut borders = vec![0usize; words + 2];
    let mut last = vec![u32::MAX; words];
    each(occurrences, ends, |entry, word| {
        if last[word] != entry {
            last[word] = entry;
            borders[word + 2] += 1;
        }
    });
    for word in 2..borders.len() {
        borders[word] += borders[word - 1];
    }
    let mut entries = vec![0; borders[words + 1]];
    last.fill(u32::MAX);
    each(occurrences, ends, |entry, word| {
        if last[word] != entry {
            last[word] = entry;
            entries[borders[word + 1]] = entry;
            borders[word + 1] += 1;
        }
    });
    borders.pop();
    (entries, borders)
}

fn each(occurrences: &[u32], ends: &[u32], mut visit: impl FnMut(u32, usize)) {
    let mut start = 0;
    for (entry, &end) in (0u32..).zip(ends) {
        for &word in &occurrences[start..end as usize] {
            visit(entry, word as usize);
        }
        start = end as usize;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dictionary(parts: &Parts<Vec<u8>>, universe: u32) -> Dictionary<'_> {
        let Parts { texts, heads, index, lists } = parts;
        Dictionary::new(Parts { texts, heads, index, lists }, universe)
    }

    proptest! {
        #[test]
        fn words_are_found_as_by_a_scan(
            words in prop::collection::btree_set("[ab]{1,11}", 1..200),
            sought in prop::collection::vec("[ab]{0,12}", 1..20),
        ) {
            let words: Vec<Box<str>> = words.into_iter().map(Into::into).collect();
            let parts = parts(&words, &[], &[]);
            let dictionary = dictionary(&parts, 0);
            for text in sought.iter().map(String::as_str).chain(words.iter().map(|word| &**word)) {
                let expected = words.iter().position(|word| &**word == text);
                prop_assert_eq!(dictionary.find(text.as_bytes()), expected);
                let found = dictionary.beginning(text.as_bytes());
                let expected: Vec<usize> = (0..words.len()).filter(|&word| words[word].starts_with(text)).collect();
                prop_assert_eq!(found.clone().collect::<Vec<_>>(), expected);
                prop_assert_eq!(dictionary.has_beginning(text.as_bytes()), !found.is_empty());
            }
        }
    }

    #[test]
    fn words_have_their_entries() {
        let words: Vec<Box<str>> = ["b", "ab", "a", "c"].map(Into::into).into();
        // Entries: [b, a, b], [], [c], [ab, b].
        let parts = parts(&words, &[0, 2, 0, 3, 1, 0], &[3, 3, 4, 6]);
        let dictionary = dictionary(&parts, 4);
        assert_eq!(dictionary.len(), 4);
        let entries = |text: &str| {
            dictionary.find(text.as_bytes()).map(|word| dictionary.list(word).cursor().collect::<Vec<_>>())
        };
        assert_eq!(entries("a"), Some(vec![0]));
        assert_eq!(entries("b"), Some(vec![0, 3]));
        assert_eq!(entries("ab"), Some(vec![3]));
        assert_eq!(entries("c"), Some(vec![2]));
        assert_eq!(entries("d"), None);
        assert_eq!(dictionary.beginning(b"a"), 0..2);
        assert_eq!(dictionary.beginning(b"d"), 4..4);
        assert_eq!(dictionary.beginning(b""), 0..4);
        assert!(dictionary.has_beginning(b"c") && !dictionary.has_beginning(b"ca"));
    }
}
