//! Which beginnings there are, told by a few bits of each: a Bloom filter.
//!
//! ```text
//! words of 64 bits; a beginning has its bits in one of them
//! ```
//! Whoever takes what was typed for something else tries a hundred texts of which hardly one begins any key. To find
//! that out by a search is to wait for memory a dozen times; here it is once.

use crate::file::read_u64;
use crate::hash::hash;

/// The lengths in bytes of the beginnings that are kept, the longest first: one that is not there is told by the longest
/// that it is as long as.
const LENGTHS: [usize; 4] = [12, 9, 6, 4];
/// Beginnings for each word of the filter: eight bits each.
const BEGINNINGS_A_WORD: usize = 8;

/// The beginnings of an order's keys.
#[derive(Clone, Copy, Default)]
pub(crate) struct Beginnings<'a>(&'a [u8]);

impl<'a> Beginnings<'a> {
    /// The length in bytes of the longest that are kept: what two longer texts have in common up to there tells neither
    /// from the other.
    pub(crate) const LONGEST: usize = LENGTHS[0];

    /// As [`write()`] gave them; with no bytes every beginning may be there.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether a key may begin with `typed`; where not, none does.
    pub(crate) fn may_hold(&self, typed: &[u8]) -> bool {
        let words = self.0.len() / 8;
        let beginning = LENGTHS.iter().find_map(|&length| typed.get(..length));
        let Some(beginning) = beginning.filter(|_| words > 0) else { return true };
        let (word, bits) = place(beginning, words);
        read_u64(self.0, word).is_none_or(|word| word & bits == bits)
    }
}

/// The word of a beginning, and its bits.
fn place(beginning: &[u8], words: usize) -> (usize, u64) {
    let hash = hash(0, beginning);
    let word = ((hash >> 32) * words as u64) >> 32;
    let bit = |shift: u32| 1 << (hash >> shift & 63);
    (word as usize, bit(0) | bit(6) | bit(12))
}

/// Writes the beginnings of keys. `key` gives the keys in their order, `shared` how many first bytes a key has in common
/// with the one before it.
pub(super) fn write<'k>(
    key: impl Fn(usize) -> &'k [u8],
    shared: impl Fn(usize) -> usize,
    count: usize,
) -> Vec<u8> {
    // Each beginning once: where the keys that have it start.
    let each = |visit: &mut dyn FnMut(&[u8])| {
        for place in 0..count {
            let (key, in_common) = (key(place), if place == 0 { 0 } else { shared(place) });
            let new = LENGTHS.iter().filter(|&&length| in_common < length);
            new.filter_map(|&length| key.get(..length)).for_each(&mut *visit);
        }
    };
    let mut beginnings = 0usize;
    each(&mut |_| beginnings += 1);
    let mut words = vec![0u64; beginnings.div_ceil(BEGINNINGS_A_WORD)];
    let length = words.len();
    each(&mut |beginning| {
        let (word, bits) = place(beginning, length);
        words[word] |= bits;
    });
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_is_there_and_few_others_are() {
        let mut keys: Vec<String> =
            (0..4_000u32).map(|number| format!("{:x}", number * number + 77)).collect();
        keys.extend((0..900u32).map(|number| format!("lianyiqun{}", number * 7_919)));
        keys.sort();
        keys.dedup();
        let shared = |place: usize| {
            let neighbours = keys[place - 1].bytes().zip(keys[place].bytes());
            neighbours.take_while(|(one, other)| one == other).count()
        };
        let bytes = write(|place| keys[place].as_bytes(), shared, keys.len());
        let beginnings = Beginnings::new(&bytes);
        for key in &keys {
            assert!((0..=key.len()).all(|length| beginnings.may_hold(&key.as_bytes()[..length])), "{key}");
        }
        let others =
            (0..10_000).filter(|number| beginnings.may_hold(format!("other{number}").as_bytes())).count();
        assert!(others < 1_000, "{others} of 10,000");
        assert!(Beginnings::default().may_hold(b"anything"));
    }
}
