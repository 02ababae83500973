//! Ends that stand in many texts, each with the best entries that end so.
//!
//! They are [`HashedLists`] of the numbers of KEPT entries each. Who types a text from a later word on may want one that ends there, while better ones that go on fill the list. What
//! people remember the end of is as often known of old as wanted just now, so a list has some entries of either kind. An
//! end begins with a word, but not with the first one. Two ends of one hash share a list, so whoever reads one looks at
//! the texts as well.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::hashed_lists::{self, HashedLists, short_hash};

/// Entries that are kept of an end.
pub(crate) const KEPT: usize = 4;
/// How many of them are the best by score; the others are the most submitted, whenever that was.
const BY_SCORE: usize = 2;
/// An end has a list if so many entries or more hold it from a word on: fewer find room without one.
const CROWDED: u8 = 16;
/// The fewest characters of an end: less is typed by those who only begin.
const LEAST_CHARACTERS: usize = 3;
/// The most: nothing longer stands in that many entries.
const MOST_CHARACTERS: usize = 12;
/// Places to count at, an entry.
const COUNTS_AN_ENTRY: usize = 8;
/// Fills up a list.
const NO_ENTRY: u32 = u32::MAX;

/// Shared ends in a base's image.
pub(crate) type Ends<'a> = HashedLists<'a, KEPT>;

impl<'a> Ends<'a> {
    /// The best entries that may end so.
    pub(crate) fn find(&self, end: &str) -> impl Iterator<Item = u32> + use<'a> {
        let entries = self.of(short_hash(end.as_bytes())).flatten().map(|&entry| u32::from_le_bytes(entry));
        entries.take_while(|&entry| entry != NO_ENTRY)
    }
}

/// Whether so short a text is no end that is kept.
pub(crate) fn is_too_short(text: &str) -> bool {
    text.chars().nth(LEAST_CHARACTERS - 1).is_none()
}

/// Collects the ends of all entries, and counts how often each text begins with a word.
pub(crate) struct EndsWriter {
    /// The hash of an end above the number of its entry, so that both are sorted as one; a piece for each chunk.
    ends: Vec<Vec<u64>>,
    /// How many texts of one hash begin with a word, as far as that matters. Some hashes share a place, so a count may be
    /// too high, which costs a list that nobody needs.
    counts: Vec<u8>,
}

impl EndsWriter {
    /// For that many entries.
    pub(crate) fn new(entries: usize) -> Self {
        Self { ends: Vec::new(), counts: vec![0; (entries * COUNTS_AN_ENTRY).next_power_of_two()] }
    }

    /// Adds a chunk of entries, given by the number of the first, the texts, and the words that they were cut into.
    pub(crate) fn push<'t>(&mut self, first: u32, entries: impl Iterator<Item = (&'t str, &'t [&'t str])>) {
        let mut ends = Vec::new();
        for (entry, (text, words)) in (first..).zip(entries) {
            let mut rest = text;
            for (index, word) in words.iter().enumerate() {
                // Between words stands what is none.
                rest = &rest[rest.find(word).unwrap_or(0)..];
                self.count(rest);
                if index > 0 && !is_too_short(rest) {
                    ends.push(u64::from(short_hash(rest.as_bytes())) << 32 | u64::from(entry));
                }
                rest = rest.get(word.len()..).unwrap_or_default();
            }
        }
        self.ends.push(ends);
    }

    /// Counts every beginning of what stands from a word on.
    fn count(&mut self, rest: &str) {
        let lengths = rest.char_indices().map(|(at, character)| at + character.len_utf8());
        for length in lengths.take(MOST_CHARACTERS).skip(LEAST_CHARACTERS - 1) {
            let place = self.place(short_hash(&rest.as_bytes()[..length]));
            self.counts[place] = self.counts[place].saturating_add(1);
        }
    }

    fn place(&self, hash: u32) -> usize {
        hash as usize & (self.counts.len() - 1)
    }

    /// Writes those that stand in more entries than a list has places. `queries` tells how often an entry was submitted.
    pub(crate) fn finish(mut self, queries: impl Fn(u32) -> u64) -> Vec<u8> {
        let all = std::mem::take(&mut self.ends);
        let is_crowded = |end: &u64| self.counts[self.place((end >> 32) as u32)] >= CROWDED;
        let mut ends: Vec<u64> = all.into_iter().flatten().filter(is_crowded).collect();
        ends.par_sort_unstable();
        let of_same = || ends.chunk_by(|one, two| one >> 32 == two >> 32);
        let hashes = of_same().map(|entries| (entries[0] >> 32) as u32);
        hashed_lists::write(hashes, of_same().map(|entries| list(entries, &queries)))
    }
}

/// The list of an end, from its entries in the order of their numbers, which is that of their scores.
fn list(entries: &[u64], queries: impl Fn(u32) -> u64) -> [u32; KEPT] {
    let mut entries: Vec<u32> = entries.iter().map(|&entry| entry as u32).collect();
    let others = entries.get_mut(BY_SCORE..).unwrap_or_default();
    others.sort_by_cached_key(|&entry| Reverse(queries(entry)));
    entries.resize(KEPT, NO_ENTRY);
    std::array::from_fn(|index| entries[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowded_ends_have_their_best_entries() {
        let texts: Vec<String> = (0..20).map(|number| format!("{number}的演唱会")).collect();
        let cut: Vec<[&str; 2]> = texts.iter().map(|text| [&text[..text.len() - 9], "演唱会"]).collect();
        let mut writer = EndsWriter::new(22);
        writer.push(0, texts.iter().zip(&cut).map(|(text, words)| (text.as_str(), &words[..])));
        let few = [("她的，舞台剧", &["她", "的", "舞台剧"][..]), ("看音乐剧", &["看", "音乐剧"])];
        writer.push(20, few.into_iter());
        let bytes = writer.finish(|entry| if entry == 11 { 9 } else { 1 });
        let ends = Ends::new(&bytes);
        assert!(Ends::is_length(bytes.len()));
        assert_eq!(ends.find("演唱会").collect::<Vec<_>>(), [0, 1, 11, 2]);
        assert_eq!(ends.find("舞台剧").count() + ends.find("音乐剧").count() + ends.find("唱会").count(), 0);
        assert!(is_too_short("唱会") && !is_too_short("演唱会"));
    }

    #[test]
    fn a_short_list_is_filled_up() {
        let mut writer = EndsWriter::new(20);
        let texts = [("看演唱会", &["看", "演唱会"][..])];
        writer.push(0, texts.into_iter().chain(std::iter::repeat_n(("演唱会", &["演唱会"][..]), 19)));
        let bytes = writer.finish(|_| 1);
        assert_eq!(Ends::new(&bytes).find("演唱会").collect::<Vec<_>>(), [0]);
    }
}
