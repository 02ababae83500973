//! Ascending lists of entries, in Elias–Fano form: near the smallest possible, and a later place is found at once.
//!
//! ```text
//! length · low bits of each element · the high parts in unary: for each element a one, before it as many zeros as
//! its high part is larger than the one before · samples: where every 64th zero stands, u32
//! ```
//! The number of low bits follows from the length and the number of entries, and so does the length of each piece.

use crate::file::read_u32;

/// A zero in so many has its place noted.
const SAMPLE: usize = 64;
/// So many zeros ahead are gone by element after element, which takes less than to skip them.
const NEAR: usize = 4;

/// The number of low bits of a list of that many elements.
fn low_bits(length: usize, universe: u32) -> u32 {
    (u64::from(universe) / (length.max(1) as u64)).checked_ilog2().unwrap_or(0)
}

/// The number of zeros among the high parts.
fn zeros(universe: u32, low_bits: u32) -> usize {
    (universe >> low_bits) as usize + 1
}

/// Appends a list; the elements ascend and are smaller than `universe`.
pub(crate) fn write(elements: &[u32], universe: u32, out: &mut Vec<u8>) {
    let low_bits = low_bits(elements.len(), universe);
    out.extend_from_slice(&(elements.len() as u32).to_le_bytes());
    let mut lows = BitWriter::default();
    for &element in elements {
        lows.push(element & ((1u32 << low_bits) - 1), low_bits);
    }
    out.extend_from_slice(&lows.finish());
    let zeros = zeros(universe, low_bits);
    let mut highs = vec![0u8; (elements.len() + zeros).div_ceil(8)];
    for (index, &element) in elements.iter().enumerate() {
        let place = (element >> low_bits) as usize + index;
        highs[place / 8] |= 1 << (place % 8);
    }
    out.extend_from_slice(&highs);
    let mut seen = 0;
    for place in 0..elements.len() + zeros {
        if highs[place / 8] & (1 << (place % 8)) == 0 {
            seen += 1;
            if seen % SAMPLE == 0 {
                out.extend_from_slice(&(place as u32).to_le_bytes());
            }
        }
    }
}

/// Packs numbers of few bits.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    waiting: u64,
    bits: u32,
}

impl BitWriter {
    fn push(&mut self, number: u32, bits: u32) {
        self.waiting |= u64::from(number) << self.bits;
        self.bits += bits;
        while self.bits >= 8 {
            self.bytes.push(self.waiting as u8);
            self.waiting >>= 8;
            self.bits -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.bits > 0 {
            self.bytes.push(self.waiting as u8);
        }
        self.bytes
    }
}

/// A list in a base's image. Reading is total: wrong bytes give wrong elements, never a panic or an endless walk.
#[derive(Clone, Copy, Default)]
pub(crate) struct List<'a> {
    length: usize,
    low_bits: u32,
    zeros: usize,
    lows: &'a [u8],
    highs: &'a [u8],
    samples: &'a [u8],
}

impl<'a> List<'a> {
    /// Reads the list at the beginning of `bytes`.
    pub(crate) fn new(bytes: &'a [u8], universe: u32) -> Self {
        Self::read(bytes, universe).unwrap_or_default()
    }

    fn read(bytes: &'a [u8], universe: u32) -> Option<Self> {
        let length = read_u32(bytes, 0)? as usize;
        if length > universe as usize {
            return None;
        }
        let low_bits = low_bits(length, universe);
        let zeros = zeros(universe, low_bits);
        let (lows, rest) = bytes.get(4..)?.split_at_checked((length * low_bits as usize).div_ceil(8))?;
        let (highs, rest) = rest.split_at_checked((length + zeros).div_ceil(8))?;
        let samples = rest.get(..zeros / SAMPLE * 4)?;
        Some(Self { length, low_bits, zeros, lows, highs, samples })
    }

    /// The number of elements.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// A walk from the first element on.
    pub(crate) fn cursor(&self) -> Cursor<'a> {
        Cursor { list: *self, index: 0, place: 0, word: 0, ones: word_at(self.highs, 0) }
    }

    fn low(&self, index: usize) -> u32 {
        if self.low_bits == 0 {
            return 0;
        }
        let bit = index * self.low_bits as usize;
        let word = word_at(self.lows, bit / 8) >> (bit % 8);
        word as u32 & ((1u32 << self.low_bits) - 1)
    }
}

/// Eight bytes from a place on, filled up with zeros.
fn word_at(bytes: &[u8], place: usize) -> u64 {
    let rest = bytes.get(place..).unwrap_or_default();
    if let Some(whole) = rest.first_chunk() {
        return u64::from_le_bytes(*whole);
    }
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(word)
}

/// A walk over a list.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    list: List<'a>,
    /// The index of the next element.
    index: usize,
    /// The bit of the high parts from which on the next element is looked for.
    place: usize,
    /// Where the 64 bits begin that were read last, and which ones of them are still ahead.
    word: usize,
    ones: u64,
}

impl Cursor<'_> {
    /// The first element from here on that is not smaller than `target`; the walk goes on behind it.
    pub(crate) fn seek(&mut self, target: u32) -> Option<u32> {
        let high = (target >> self.list.low_bits) as usize;
        if high > self.zeros() + NEAR {
            self.skip_zeros(high.min(self.list.zeros));
        }
        self.find(|&element| element >= target)
    }

    /// The zeros before the place.
    fn zeros(&self) -> usize {
        self.place.saturating_sub(self.index)
    }

    /// Goes behind the zero of that number, counted from 1.
    fn skip_zeros(&mut self, number: usize) {
        let mut zeros = self.zeros();
        if let Some(sample) = (number / SAMPLE).checked_sub(1)
            && (sample + 1) * SAMPLE > zeros
            && let Some(sampled) = read_u32(self.list.samples, sample)
        {
            zeros = (sample + 1) * SAMPLE;
            self.go_to(sampled as usize + 1);
        }
        while zeros < number && self.word < self.bits() {
            let ahead = u64::MAX.checked_shl((self.place - self.word) as u32).unwrap_or(0);
            let left = !self.ones & ahead;
            let here = left.count_ones() as usize;
            if zeros + here < number {
                zeros += here;
                self.go_to(self.word + 64);
            } else {
                self.go_to(self.word + nth_one(left, number - zeros) + 1);
                zeros = number;
            }
        }
        self.index = self.place.saturating_sub(zeros);
    }

    /// The number of bits of the high parts, filled up to whole bytes.
    fn bits(&self) -> usize {
        self.list.highs.len() * 8
    }

    fn go_to(&mut self, place: usize) {
        (self.place, self.word) = (place, place / 64 * 64);
        self.ones = word_at(self.list.highs, self.word / 8) & u64::MAX << (place % 64);
    }
}

/// The place of the one of that number, counted from 1, in a word that has as many. The ones are counted by bytes, all at
/// once, up to the byte that holds it: a walk from one to one would be most of what seeking costs.
fn nth_one(word: u64, number: usize) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = EACH << 7;
    let pairs = word - ((word >> 1) & (0x55 * EACH));
    let fours = (pairs & (0x33 * EACH)) + ((pairs >> 2) & (0x33 * EACH));
    // In each byte how many ones it and those below have.
    let up_to = ((fours + (fours >> 4)) & (0x0F * EACH)).wrapping_mul(EACH);
    let is_reached = (up_to | HIGHEST).wrapping_sub(number as u64 * EACH) & HIGHEST;
    let byte = is_reached.trailing_zeros() & 0x38;
    let below = (up_to << 8) >> byte & 0xFF;
    let mut rest = word >> byte;
    for _ in 1..number.saturating_sub(below as usize) {
        rest &= rest.wrapping_sub(1);
    }
    (byte + rest.trailing_zeros()) as usize
}

impl Iterator for Cursor<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.index >= self.list.length {
            return None;
        }
        while self.ones == 0 {
            self.word += 64;
            if self.word >= self.bits() {
                return None;
            }
            self.ones = word_at(self.list.highs, self.word / 8);
        }
        let one = self.word + self.ones.trailing_zeros() as usize;
        self.ones &= self.ones - 1;
        let high = one.saturating_sub(self.index) as u32;
        let element = high.wrapping_shl(self.list.low_bits) | self.list.low(self.index);
        self.index += 1;
        self.place = one + 1;
        Some(element)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn elements_come_back_and_are_sought(
            mut elements in prop_oneof![
                prop::collection::vec(0..5000u32, 0..900),
                prop::collection::vec(0..60u32, 0..60),
                prop::collection::vec(0..4_000_000u32, 0..40),
            ],
            more in 0..70_000u32,
            targets in prop::collection::vec(0..5500u32, 0..40),
        ) {
            elements.sort_unstable();
            elements.dedup();
            let universe = elements.last().map_or(1, |last| last + 1) + more;
            let mut bytes = Vec::new();
            write(&elements, universe, &mut bytes);
            bytes.extend_from_slice(b"what follows");
            let list = List::new(&bytes, universe);
            prop_assert_eq!(list.cursor().collect::<Vec<_>>(), elements.clone());
            let mut targets = targets;
            targets.sort_unstable();
            let (mut cursor, mut from) = (list.cursor(), 0);
            for target in targets {
                let expected = elements.iter().copied().find(|&element| element >= target && element >= from);
                prop_assert_eq!(cursor.seek(target), expected);
                from = expected.map_or(u32::MAX, |found| found + 1);
            }
        }

        #[test]
        fn ones_are_found_by_their_number(word in 1u64.., number in 0..64u32) {
            let number = number % word.count_ones() + 1;
            let place = nth_one(word, number as usize);
            prop_assert!(word >> place & 1 == 1);
            prop_assert_eq!((word & ((1u64 << place) - 1)).count_ones() + 1, number);
        }

        #[test]
        fn wrong_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..200), universe in 1..3000u32, target in any::<u32>()) {
            let list = List::new(&bytes, universe);
            prop_assert!(list.cursor().count() <= universe as usize);
            list.cursor().seek(target);
        }
    }
}
