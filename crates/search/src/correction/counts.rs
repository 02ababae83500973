//! How often each triple of characters was seen, in memory that is bounded.
//!
//! A triple and its count are one number: three times 16 bits, and 16 bits of count. New ones are gathered unsorted and
//! merged into the sorted ones from time to time, which takes half the memory of a hash map and gives the order that
//! the model is packed in.

/// Triples gathered before they are merged.
const GATHERED: usize = 1 << 20;
const COUNT_BITS: u32 = 16;
const HIGHEST: u64 = (1 << COUNT_BITS) - 1;

/// A triple and how often it was seen.
pub(super) type Counted = ([u16; 3], u32);

/// The triples seen so far.
pub(super) struct Counts {
    sorted: Vec<u64>,
    gathered: Vec<u64>,
    /// How many different triples are kept at the most.
    limit: usize,
}

impl Counts {
    pub(super) fn new(limit: usize) -> Self {
        Self { sorted: Vec::new(), gathered: Vec::new(), limit }
    }

    /// Adds a triple once.
    pub(super) fn add(&mut self, [first, second, third]: [u16; 3]) {
        let key = u64::from(first) << 32 | u64::from(second) << 16 | u64::from(third);
        if self.gathered.len() == GATHERED {
            self.merge();
        }
        self.gathered.push(key << COUNT_BITS | 1);
    }

    /// All of them.
    pub(super) fn finish(mut self) -> Sorted {
        self.merge();
        Sorted(self.sorted)
    }

    fn merge(&mut self) {
        self.gathered.sort_unstable();
        let mut merged: Vec<u64> = Vec::with_capacity(self.sorted.len() + self.gathered.len());
        let (mut left, mut right) = (self.sorted.iter().peekable(), self.gathered.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(one), Some(other)) if one <= other => left.next(),
                (_, Some(_)) => right.next(),
                (_, None) => left.next(),
            };
            let Some(&next) = next else { break };
            match merged.last_mut() {
                Some(last) if *last >> COUNT_BITS == next >> COUNT_BITS => {
                    let count = (*last & HIGHEST) + (next & HIGHEST);
                    *last = next & !HIGHEST | count.min(HIGHEST);
                }
                _ => merged.push(next),
            }
        }
        self.sorted = merged;
        self.gathered.clear();
        self.forget();
    }

    /// Drops the rarest triples until there are no more than may be.
    fn forget(&mut self) {
        let mut rarest = 1;
        while self.sorted.len() > self.limit && rarest < HIGHEST {
            self.sorted.retain(|key| key & HIGHEST > rarest);
            rarest += 1;
        }
    }
}

/// The triples in their order.
pub(super) struct Sorted(Vec<u64>);

impl Sorted {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Counted> + '_ {
        self.0.iter().map(|&key| counted(key))
    }

    /// The triples of one pair after those of another.
    pub(super) fn by_pair(&self) -> impl Iterator<Item = &[u64]> + '_ {
        self.0.chunk_by(|one, other| one >> (2 * COUNT_BITS) == other >> (2 * COUNT_BITS))
    }
}

pub(super) fn counted(key: u64) -> Counted {
    let part = |at: u32| (key >> (COUNT_BITS * at)) as u16;
    ([part(3), part(2), part(1)], u32::from(part(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triples_are_counted_in_order() {
        let mut counts = Counts::new(10);
        for triple in [[3, 1, 2], [1, 2, 3], [3, 1, 2], [u16::MAX; 3]] {
            counts.add(triple);
        }
        let found: Vec<Counted> = counts.finish().iter().collect();
        assert_eq!(found, [([1, 2, 3], 1), ([3, 1, 2], 2), ([u16::MAX; 3], 1)]);
    }

    #[test]
    fn the_rarest_are_forgotten_and_counts_do_not_overflow() {
        let mut counts = Counts::new(2);
        for third in 0..5 {
            counts.add([7, 7, third]);
        }
        for _ in 0..100_000 {
            counts.add([7, 7, 1]);
        }
        counts.add([7, 7, 3]);
        let found: Vec<Counted> = counts.finish().iter().collect();
        assert_eq!(found, [([7, 7, 1], HIGHEST as u32), ([7, 7, 3], 2)]);
    }
}
