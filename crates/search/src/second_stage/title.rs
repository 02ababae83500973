//! A keyword's units in a title, by bit masks: one word a unit of the keyword, one bit a place of the title.

use crate::{
    analysis::{BREAK, UNIT_BYTES, UnitId},
    plan::UNIT_LIMIT,
    weights as w,
};

/// For every unit of the keyword the places of the title where it stands.
#[derive(Default)]
pub(super) struct Masks {
    places: [u64; UNIT_LIMIT],
    units: usize,
    /// Units of the title, breaks not counted.
    pub(super) length: usize,
}

impl Masks {
    /// Of that keyword and that title; before, nothing stands anywhere.
    pub(super) fn read(&mut self, units: &[UnitId], title: &[u8]) {
        let mut buffer = [[0; size_of::<u64>()]; TITLE_WORDS];
        // What is not filled reads as breaks.
        let flat = buffer.as_flattened_mut();
        let length = title.len().min(flat.len());
        flat[..length].copy_from_slice(&title[..length]);
        let words = buffer.map(u64::from_le_bytes);
        let title = &words[..length.div_ceil(size_of::<u64>())];
        for (mask, unit) in self.places.iter_mut().zip(units) {
            *mask = places_of(*unit, title);
        }
        self.units = units.len();
        self.length = title.len() * FOUR - places_of(BREAK, title).count_ones() as usize;
    }

    /// How often the `length` units from `first` on stand in the title, side by side.
    pub(super) fn count(&self, first: usize, length: usize) -> u32 {
        match (self.places.get(first), length) {
            (Some(places), 1) => places.count_ones(),
            (Some(places), _) => {
                (places & self.places.get(first + 1).copied().unwrap_or(0) >> 1).count_ones()
            }
            (None, _) => 0,
        }
    }

    /// Whether the `length` units from `first` on stand in the title side by side.
    pub(super) fn has_run(&self, first: usize, length: usize) -> bool {
        let Some(run) = self.places.get(first..first + length) else { return false };
        run.iter().enumerate().fold(u64::MAX, |starts, (step, places)| starts & places >> step) != 0
    }

    /// The first place of the title at which anything of the keyword stands.
    pub(super) fn first(&self) -> Option<u32> {
        let any = self.places[..self.units].iter().fold(0, |all, places| all | places);
        (any != 0).then(|| any.trailing_zeros())
    }

    /// BM25's length part.
    pub(super) fn norm(&self) -> f32 {
        w::BM25_K1 * (1.0 - w::BM25_B + w::BM25_B * self.length as f32 / w::USUAL_TITLE)
    }

    /// The length of the longest common subsequence of keyword and title, by Hyyrö's bit-parallel algorithm: one
    /// addition a unit of the keyword.
    pub(super) fn longest_subsequence(&self) -> u32 {
        let open = self.places[..self.units].iter().fold(u64::MAX, |open, places| {
            let matched = open & places;
            open.wrapping_add(matched) | (open - matched)
        });
        open.count_zeros()
    }
}

/// So many places of a title are compared at once: those of a word.
const FOUR: usize = size_of::<u64>() / UNIT_BYTES;
/// The words of the longest title.
const TITLE_WORDS: usize = 64 / FOUR;

/// A bit for every place of a title where a unit stands.
fn places_of(unit: UnitId, title: &[u64]) -> u64 {
    let four = u64::from(unit) * 0x0001_0001_0001_0001;
    title.iter().rev().fold(0, |bits, word| bits << FOUR | zeros(word ^ four))
}

/// A bit for every quarter of a word that is 0, the lowest first.
fn zeros(word: u64) -> u64 {
    const BUT_THE_HIGHEST: u64 = 0x7fff_7fff_7fff_7fff;
    // The sum carries into a quarter's highest bit unless all others are 0, and never further.
    let sum = (word & BUT_THE_HIGHEST) + BUT_THE_HIGHEST;
    let highest = !(sum | word | BUT_THE_HIGHEST);
    // The product brings the four bits side by side.
    (highest >> 15).wrapping_mul(1 << 48 | 1 << 33 | 1 << 18 | 1 << 3) >> 48
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masks(keyword: &[UnitId], title: &[UnitId]) -> Masks {
        let bytes: Vec<u8> = title.iter().flat_map(|id| id.to_le_bytes()).collect();
        let mut masks = Masks::default();
        masks.read(keyword, &bytes);
        masks
    }

    #[test]
    fn every_place_of_a_title_of_any_length_has_its_bit() {
        for length in 0..70 {
            let title: Vec<UnitId> = (0..length).map(|place| place * 7 % 5 % 3).collect();
            let masks = masks(&[1, 2, 9], &title);
            for (mask, unit) in masks.places.iter().zip([1, 2, 9]) {
                let places = title.iter().take(64).enumerate().filter(|(_, id)| **id == unit);
                assert_eq!(*mask, places.fold(0, |bits, (place, _)| bits | 1 << place), "{length}");
            }
            assert_eq!(masks.length, title.iter().take(64).filter(|id| **id != BREAK).count());
        }
    }

    #[test]
    fn runs_stop_at_breaks() {
        let runs = |title: &[UnitId]| {
            let masks = masks(&[1, 2, 3], title);
            [masks.has_run(0, 3), masks.has_run(0, 2), masks.has_run(1, 2)]
        };
        assert_eq!(runs(&[9, 1, 2, 3]), [true, true, true]);
        assert_eq!(runs(&[1, 2, BREAK, 3]), [false, true, false]);
        assert_eq!(runs(&[2, 3, 1]), [false, false, true]);
        assert_eq!(runs(&[4]), [false; 3]);
    }

    #[test]
    fn subsequences() {
        assert_eq!(masks(&[1, 2, 3], &[1, 9, 2, BREAK, 3]).longest_subsequence(), 3);
        assert_eq!(masks(&[1, 2, 3], &[3, 2, 1]).longest_subsequence(), 1);
        assert_eq!(masks(&[1, 2, 1], &[2, 1, 1]).longest_subsequence(), 2);
        assert_eq!(masks(&[1, 2], &[4, 4]).longest_subsequence(), 0);
        assert_eq!(masks(&[7; 3], &[7; 64]).longest_subsequence(), 3);
        assert_eq!(masks(&[1, 2], &[4, 4, 2]).first(), Some(2));
    }

    #[test]
    fn pairs_are_counted_side_by_side() {
        let title = masks(&[1, 2], &[1, 2, 1, BREAK, 2, 1, 2]);
        assert_eq!(title.count(0, 2), 2);
        assert_eq!(title.count(0, 1), 3);
        assert_eq!(title.length, 6);
    }

    #[test]
    fn a_title_as_long_as_a_row_holds_is_compared_to_its_end() {
        let mut long = [7; 64];
        long[63] = 1;
        assert_eq!(masks(&[1], &long).count(0, 1), 1);
    }

    proptest! {
        #[test]
        fn places_are_those_of_equal_units(
            unit in any::<UnitId>(),
            others in prop::collection::vec(any::<UnitId>(), 64),
            stands in any::<u64>(),
        ) {
            let at = |place: usize| if stands >> place & 1 == 1 { unit } else { others[place] };
            let title: Vec<UnitId> = (0..64).map(at).collect();
            let expected = (0..64).filter(|&place| title[place] == unit).fold(0, |bits, place| bits | 1 << place);
            prop_assert_eq!(masks(&[unit], &title).places[0], expected);
        }
    }
}
