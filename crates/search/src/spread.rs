//! Which of the ranked documents may stand near each other: near-duplicates and documents of one author are spread
//! over the pages.
//!
//! Positions are filled block by block, ten at a time. What a block may not take waits for a later one, in its
//! order; nothing leaves the list, and nothing leaves its tier, so where a tier ends what still waits stands
//! there as it comes.

use std::collections::VecDeque;

use crate::{
    analysis::{BREAK, UnitId, unit_ids},
    rows::RankingRow,
    weights as w,
};

/// How many positions are looked at together: a page of the usual size.
const BLOCK: usize = 10;

/// What is spread over the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Whether of near-duplicate titles only one stands among ten results.
    pub near_duplicates: bool,
    /// How many of ten results may have the same author; 0: any number. Those without an author always may.
    pub author_limit: usize,
}

impl Spread {
    /// Nothing is moved: every document stands where it ranks.
    pub const NONE: Self = Self { near_duplicates: false, author_limit: 0 };
}

impl Default for Spread {
    fn default() -> Self {
        Self { near_duplicates: true, author_limit: 3 }
    }
}

/// What of a document decides whether it may stand in a block.
#[derive(Debug)]
pub(crate) struct Kin {
    /// The units of the title, breaks left out.
    title: Box<[UnitId]>,
    /// A bit for every unit of the title, by its id: differs where the titles are not alike.
    bits: u64,
    /// A hash of the author's name; 0 where there is none.
    author: u32,
}

impl Kin {
    pub(crate) fn of(row: &RankingRow<'_>) -> Self {
        let [title, _, author] = row.units();
        Self::new(title, author)
    }

    fn new(title: &[u8], author: &[u8]) -> Self {
        let title: Box<[UnitId]> = unit_ids(title).filter(|id| *id != BREAK).collect();
        let bit = |unit: UnitId| 1 << (u32::from(unit).wrapping_mul(0x9e37_79b1) >> 26);
        let bits = title.iter().fold(0, |bits, unit| bits | bit(*unit));
        Self { title, bits, author: if author.is_empty() { 0 } else { crc32fast::hash(author) | 1 } }
    }

    /// Whether two titles have nearly the same characters, words and numbers. Most differ in the bits already.
    fn is_near(&self, other: &Self) -> bool {
        let is_near = |common: usize, all: usize| all > 0 && common as f32 >= all as f32 * w::NEAR_DUPLICATE;
        let ones = |bits: u64| bits.count_ones() as usize;
        is_near(ones(self.bits & other.bits), ones(self.bits | other.bits)) && {
            let common = self.title.iter().filter(|unit| other.title.contains(unit)).count();
            is_near(common, self.title.len().max(other.title.len()))
        }
    }
}

/// The documents of one tier, best first, in the order in which they are listed behind `placed`, to which they are
/// added until the block is full that has the `head`th position.
pub(crate) fn add_tier<T>(
    documents: impl Iterator<Item = T>,
    kin: impl Fn(&T) -> &Kin,
    (spread, head): (Spread, usize),
    placed: &mut Vec<T>,
) {
    let may_stand = |document: &T, block: &[T]| {
        let document = kin(document);
        let of_author = block.iter().filter(|other| kin(other).author == document.author).count();
        let author = spread.author_limit == 0 || document.author == 0 || of_author < spread.author_limit;
        author && !(spread.near_duplicates && block.iter().any(|other| kin(other).is_near(document)))
    };
    let mut documents = documents;
    let mut waiting: VecDeque<T> = VecDeque::new();
    // How many of those that wait were refused by this block already: it only fills, so they would be again.
    let mut refused = 0;
    loop {
        let start = placed.len() / BLOCK * BLOCK;
        if start == placed.len() && start >= head {
            return;
        }
        refused = if start == placed.len() { 0 } else { refused };
        let free = waiting.iter().skip(refused).position(|document| may_stand(document, &placed[start..]));
        if let Some(document) = free.and_then(|place| waiting.remove(refused + place)) {
            refused += free.unwrap_or(0);
            placed.push(document);
            continue;
        }
        refused = waiting.len();
        match documents.next() {
            Some(document) if may_stand(&document, &placed[start..]) => placed.push(document),
            Some(document) => {
                waiting.push_back(document);
                refused = waiting.len();
            }
            None => break,
        }
    }
    placed.extend(waiting);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Titles and authors as numbers; gives the places in their new order.
    fn order(documents: &[(&[UnitId], UnitId)], spread: Spread) -> Vec<usize> {
        let kin = documents.iter().map(|(title, author)| {
            let author = if *author == 0 { Vec::new() } else { author.to_le_bytes().to_vec() };
            Kin::new(&title.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>(), &author)
        });
        let mut placed = Vec::new();
        add_tier(kin.enumerate(), |(_, kin)| kin, (spread, usize::MAX), &mut placed);
        placed.into_iter().map(|(place, _)| place).collect()
    }

    #[test]
    fn an_author_goes_on_in_the_next_block() {
        let titles: Vec<[UnitId; 2]> = (0..22).map(|id| [id * 2 + 1, id * 2 + 2]).collect();
        let documents: Vec<(&[UnitId], UnitId)> =
            titles.iter().enumerate().map(|(place, title)| (&title[..], UnitId::from(place < 5))).collect();
        let spread = Spread { near_duplicates: false, author_limit: 3 };
        let placed = order(&documents, spread);
        assert_eq!(placed[..12], [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 3, 4]);
        assert_eq!(placed[12..], (12..22).collect::<Vec<_>>());
        assert_eq!(order(&documents, Spread { author_limit: 0, ..spread }), (0..22).collect::<Vec<_>>());
    }

    #[test]
    fn near_duplicates_wait_and_nobody_leaves() {
        let (a, b): (&[UnitId], &[UnitId]) =
            (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &[1, 2, 3, 4, 0, 5, 6, 7, 8, 9, 10]);
        let other: &[UnitId] = &[1, 2, 3, 4, 5, 11, 12, 13, 14, 15];
        let spread = Spread { near_duplicates: true, author_limit: 3 };
        assert_eq!(order(&[(a, 0), (b, 0), (other, 0)], spread), [0, 2, 1]);
        let alike = vec![(a, 0); 40];
        assert_eq!(
            order(&alike, spread),
            (0..40).collect::<Vec<_>>(),
            "where there is nothing else they stand"
        );
        let one_author = vec![(a, 7); 40];
        assert_eq!(order(&one_author, Spread { near_duplicates: false, ..spread }).len(), 40);
    }
}
