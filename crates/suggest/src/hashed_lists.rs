//! Lists of one length that are found by the hash of a text.
//!
//! ```text
//! the short hash of each text, ascending, u32 · for each in that order the WORDS words of its list, u32 each
//! ```
//! The texts themselves are not kept: whoever reads a list makes sure that it is of the text that was asked for.

use crate::hash::hash;

/// Such lists in a base's image.
#[derive(Clone, Copy, Default)]
pub(crate) struct HashedLists<'a, const WORDS: usize> {
    hashes: &'a [[u8; 4]],
    lists: &'a [[u8; 4]],
}

impl<'a, const WORDS: usize> HashedLists<'a, WORDS> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let words = bytes.as_chunks().0;
        let (hashes, lists) = words.split_at(words.len() / (1 + WORDS));
        Self { hashes, lists }
    }

    /// Whether that many bytes hold whole lists.
    pub(crate) fn is_length(bytes: usize) -> bool {
        bytes.is_multiple_of(4 * (1 + WORDS))
    }

    /// The lists of all texts of that hash, each word of which is a little-endian u32.
    pub(crate) fn of(&self, hash: u32) -> impl Iterator<Item = &'a [[u8; 4]; WORDS]> + use<'a, WORDS> {
        let first = self.hashes.partition_point(|&one| u32::from_le_bytes(one) < hash);
        let rest = self.hashes.get(first..).unwrap_or_default();
        let same = rest.iter().take_while(move |&&one| u32::from_le_bytes(one) == hash);
        let lists = self.lists.as_chunks().0.get(first..).unwrap_or_default();
        same.zip(lists).map(|(_, list)| list)
    }
}

/// The hash that a text's list is found by.
pub(crate) fn short_hash(text: &[u8]) -> u32 {
    (hash(0, text) >> 32) as u32
}

/// Writes lists and their hashes, which ascend.
pub(crate) fn write<const WORDS: usize>(
    hashes: impl Iterator<Item = u32>,
    lists: impl Iterator<Item = [u32; WORDS]>,
) -> Vec<u8> {
    hashes.chain(lists.flatten()).flat_map(u32::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_found_by_their_hash() {
        let bytes = write([3, 5, 5, 9].into_iter(), [[1, 2], [3, 4], [5, 6], [7, 8]].into_iter());
        let lists = HashedLists::<2>::new(&bytes);
        let of = |hash| lists.of(hash).map(|list| list.map(u32::from_le_bytes)).collect::<Vec<_>>();
        assert_eq!(of(3), [[1, 2]]);
        assert_eq!(of(5), [[3, 4], [5, 6]]);
        assert_eq!(of(9), [[7, 8]]);
        assert!([0, 4, 10].into_iter().all(|hash| of(hash).is_empty()));
        assert!(HashedLists::<2>::is_length(bytes.len()) && !HashedLists::<2>::is_length(bytes.len() - 4));
        assert_eq!(HashedLists::<2>::default().of(3).count(), 0);
    }
}
