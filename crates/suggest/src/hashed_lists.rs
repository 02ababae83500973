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
        let first = self.first(hash);
        let rest = self.hashes.get(first..).unwrap_or_default();
        let same = rest.iter().take_while(move |&&one| u32::from_le_bytes(one) == hash);
        let lists = self.lists.as_chunks().0.get(first..).unwrap_or_default();
        same.zip(lists).map(|(_, list)| list)
    }

    /// The number of hashes below one. Hashes are spread evenly, so they are looked for where they are to be expected:
    /// a search by halves of all of them would wait for memory at each of its first steps.
    fn first(&self, hash: u32) -> usize {
        let count = self.hashes.len();
        let is_below = |index: usize| u32::from_le_bytes(self.hashes[index]) < hash;
        let expected = ((u64::from(hash) * count as u64) >> 32) as usize;
        let mut reach = NEAR;
        loop {
            let (low, high) = (expected.saturating_sub(reach), (expected + reach).min(count));
            if (low == 0 || is_below(low - 1)) && (high == count || !is_below(high)) {
                let within = &self.hashes[low..high];
                return low + within.partition_point(|&one| u32::from_le_bytes(one) < hash);
            }
            reach *= 2;
        }
    }
}

/// How far from where a hash is expected it is looked for first.
const NEAR: usize = 64;

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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_is_found_however_hashes_are_spread(
            even in prop::collection::vec(any::<u32>(), 0..900),
            crowded in prop::collection::vec(40_000..40_300u32, 0..300),
            hash in any::<u32>(),
            index in any::<prop::sample::Index>(),
        ) {
            let mut hashes = [even, crowded].concat();
            hashes.sort_unstable();
            let bytes = write(hashes.iter().copied(), std::iter::repeat_n([1], hashes.len()));
            let lists = HashedLists::<1>::new(&bytes);
            let known = hashes.get(index.index(hashes.len().max(1))).copied().unwrap_or(hash);
            for hash in [hash, known, 0, u32::MAX, 40_100] {
                prop_assert_eq!(lists.first(hash), hashes.partition_point(|&one| one < hash));
            }
        }
    }

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
