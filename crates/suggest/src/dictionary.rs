//! Words in their order, each with the ascending list of the entries that it stands in.

use std::ops::Range;

use crate::file::read_u32;
use crate::lists::{self, List};

/// A dictionary in a base's image.
#[derive(Clone, Copy)]
pub(crate) struct Dictionary<'a> {
    texts: &'a [u8],
    /// For each word where its text and its list end: two `u32`.
    index: &'a [u8],
    lists: &'a [u8],
    universe: u32,
}

impl<'a> Dictionary<'a> {
    pub(crate) fn new(texts: &'a [u8], index: &'a [u8], lists: &'a [u8], universe: u32) -> Self {
        Self { texts, index, lists, universe }
    }

    /// The number of words.
    pub(crate) fn len(&self) -> usize {
        self.index.len() / 8
    }

    fn border(&self, word: usize, which: usize) -> Range<usize> {
        let end = |word: usize| read_u32(self.index, 2 * word + which).unwrap_or(0) as usize;
        (if word == 0 { 0 } else { end(word - 1) })..end(word)
    }

    /// The text of a word.
    pub(crate) fn text(&self, word: usize) -> &'a [u8] {
        self.texts.get(self.border(word, 0)).unwrap_or_default()
    }

    /// The entries that a word stands in.
    pub(crate) fn list(&self, word: usize) -> List<'a> {
        List::new(self.lists.get(self.border(word, 1)).unwrap_or_default(), self.universe)
    }

    /// The number of a word.
    pub(crate) fn find(&self, text: &[u8]) -> Option<usize> {
        let word = self.partition(0, |word| word < text);
        (word < self.len() && self.text(word) == text).then_some(word)
    }

    /// The numbers of the words that begin so.
    pub(crate) fn beginning(&self, text: &[u8]) -> Range<usize> {
        let first = self.partition(0, |word| word < text);
        // Few words begin so, mostly: look near before looking far.
        let mut step = 1;
        while first + step < self.len() && self.text(first + step).starts_with(text) {
            step *= 2;
        }
        let last =
            self.partition_within(first..(first + step).min(self.len()), |word| word.starts_with(text));
        first..last
    }

    /// Whether a word begins so.
    pub(crate) fn has_beginning(&self, text: &[u8]) -> bool {
        let first = self.partition(0, |word| word < text);
        first < self.len() && self.text(first).starts_with(text)
    }

    fn partition(&self, from: usize, is_before: impl Fn(&[u8]) -> bool) -> usize {
        self.partition_within(from..self.len(), is_before)
    }

    fn partition_within(&self, range: Range<usize>, is_before: impl Fn(&[u8]) -> bool) -> usize {
        let Range { start: mut low, end: mut high } = range;
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(self.text(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// The three parts of a dictionary: texts, index, lists.
pub(crate) type Parts = [Vec<u8>; 3];

/// Makes the parts from words and, for every entry in its order, the numbers of its words.
///
/// `words` are in any order; `occurrences` holds the numbers of each entry's words, `ends` where each entry's end.
pub(crate) fn parts(words: &[Box<str>], occurrences: &[u32], ends: &[u32]) -> Parts {
    let universe = ends.len() as u32;
    let (entries, borders) = by_word(words.len(), occurrences, ends);
    let mut order: Vec<u32> = (0..words.len() as u32).collect();
    order.sort_unstable_by(|&one, &two| words[one as usize].cmp(&words[two as usize]));
    let [mut texts, mut index, mut all] = Parts::default();
    for word in order.into_iter().map(|word| word as usize) {
        texts.extend_from_slice(words[word].as_bytes());
        lists::write(&entries[borders[word]..borders[word + 1]], universe, &mut all);
        index.extend_from_slice(&(texts.len() as u32).to_le_bytes());
        index.extend_from_slice(&(all.len() as u32).to_le_bytes());
    }
    [texts, index, all]
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
    use super::*;

    #[test]
    fn words_have_their_entries() {
        let words: Vec<Box<str>> = ["b", "ab", "a", "c"].map(Into::into).into();
        // Entries: [b, a, b], [], [c], [ab, b].
        let [texts, index, lists] = parts(&words, &[0, 2, 0, 3, 1, 0], &[3, 3, 4, 6]);
        let dictionary = Dictionary::new(&texts, &index, &lists, 4);
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
