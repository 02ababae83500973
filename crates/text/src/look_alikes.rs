//! Characters that look alike: which other character was meant by one that was misread or picked by its shape.
//!
//! Readings ([`crate::pinyin`]) repair what was typed by sound; this table repairs what was written, drawn, scanned
//! or typed by shape: 末来 for 未来, 拨牙 for 拔牙. It knows the standard characters in normal form and comes from
//! drawings, character codes, phonetic classes and lists (`scripts/look_alikes.py` makes it); the pairs of
//! `data/look_alikes_by_hand.txt` come first.
//!
//! ```
//! use text::look_alikes::look_alikes;
//!
//! assert_eq!(look_alikes('末')[0], '未');
//! assert!(look_alikes('贷').contains(&'货') && look_alikes('货').contains(&'贷'));
//! assert!(look_alikes('a').is_empty());
//! ```

use std::sync::LazyLock;

/// A character and its look-alikes, the most alike first, a line; generated.
const LOOK_ALIKES: &str = include_str!("../data/look_alikes.txt");

/// The most look-alikes that a character has.
pub const LIMIT: usize = 10;

/// The characters that the dense table covers: extension A and the basic block.
const FIRST: u32 = 0x3400;
const DENSE: usize = 0x9FFF - 0x3400 + 1;

static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

/// The characters that look like the simplified character `c`, the most alike first, at most [`LIMIT`].
///
/// None if there are none or `c` is no hanzi in normal form. Symmetric: if `b` is among those of `a`, then `a` is
/// among those of `b`.
pub fn look_alikes(c: char) -> &'static [char] {
    TABLE.of(c)
}

/// Builds the table now (under a millisecond and 0.3 MiB) instead of at the first character.
pub fn warm() {
    LazyLock::force(&TABLE);
}

/// All lists one after the other, with the way to each.
struct Table {
    characters: Vec<char>,
    /// By code point from [`FIRST`]: where the list starts in `characters`; the next entry is where it ends.
    starts: Vec<u32>,
}

impl Table {
    fn build() -> Self {
        let mut table = Self { characters: Vec::new(), starts: Vec::with_capacity(DENSE + 1) };
        // The lines are ordered by their first character, so lists and entries grow together.
        for line in LOOK_ALIKES.lines() {
            let mut characters = line.chars();
            let Some(offset) = characters.next().and_then(offset) else { continue };
            table.start_until(offset);
            table.characters.extend(characters);
        }
        table.start_until(DENSE);
        table
    }

    /// Lets all lists up to that of `offset` that have no start yet start at the end of what is there.
    fn start_until(&mut self, offset: usize) {
        // The embedded table holds some fifty thousand characters.
        let end = u32::try_from(self.characters.len()).unwrap_or(u32::MAX);
        if self.starts.len() <= offset {
            self.starts.resize(offset + 1, end);
        }
    }

    fn of(&self, c: char) -> &[char] {
        let range = offset(c).and_then(|offset| {
            let start = *self.starts.get(offset)? as usize;
            let end = *self.starts.get(offset + 1)? as usize;
            self.characters.get(start..end)
        });
        range.unwrap_or(&[])
    }
}

/// The place of `c` in the dense table, if it has one.
fn offset(c: char) -> Option<usize> {
    let offset = u32::from(c).checked_sub(FIRST)? as usize;
    (offset < DENSE).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal::simplify;
    use crate::script::is_hanzi;

    const BY_HAND: &str = include_str!("../data/look_alikes_by_hand.txt");

    /// Everyone in `group` is a look-alike of everyone else in it.
    fn check(group: &str) {
        for a in group.chars() {
            for b in group.chars().filter(|&b| b != a) {
                assert!(look_alikes(a).contains(&b), "{group}: {a} lacks {b}");
            }
        }
    }

    /// The characters of the lines, each with its list as the file has it.
    fn lines() -> impl Iterator<Item = (char, Vec<char>)> {
        LOOK_ALIKES.lines().filter_map(|line| {
            let mut characters = line.chars();
            Some((characters.next()?, characters.collect()))
        })
    }

    #[test]
    fn characters_mistaken_for_one_another_are_found() {
        let groups = "末未 己已 侯候 辨辩 凤风 贷货 拨拔 析折 茶荼 戌戍戊 折拆析 炙灸 祟崇 汩汨 人入八 土士 日曰目 \
                      干千于 天夭夫 大太犬 午牛 田由甲申 清请情晴睛 跑炮泡抱 很狠恨根跟 喝渴竭 幕慕墓暮募 梁粱 \
                      冶治 免兔 鸟乌岛 孟盂 亨享 徒徙 即既 历厉 竟竞 壁璧 燥躁噪澡操";
        groups.split_whitespace().for_each(check);
    }

    #[test]
    fn every_pair_made_by_hand_is_found() {
        let groups = BY_HAND.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        groups.for_each(check);
    }

    #[test]
    fn the_most_alike_come_first() {
        for (c, expected) in
            [('末', '未'), ('拨', '拔'), ('贷', '货'), ('祟', '崇'), ('侯', '候'), ('戍', '戌')]
        {
            assert!(look_alikes(c)[..2].contains(&expected), "{c}");
        }
    }

    #[test]
    fn the_lists_are_symmetric_short_and_without_repetition() {
        for (c, list) in lines() {
            assert!((1..=LIMIT).contains(&list.len()) && !list.contains(&c), "{c}");
            for (at, &other) in list.iter().enumerate() {
                assert!(look_alikes(other).contains(&c), "{other} lacks {c}");
                assert!(!list[..at].contains(&other), "{c} has {other} twice");
            }
        }
    }

    #[test]
    fn every_character_is_a_hanzi_in_normal_form() {
        for (c, list) in lines() {
            for c in list.into_iter().chain([c]) {
                assert!(is_hanzi(c) && simplify(c) == c && offset(c).is_some(), "{c}");
            }
        }
    }

    #[test]
    fn every_line_is_found_by_its_character() {
        assert!(lines().map(|(c, _)| c).is_sorted_by(|a, b| a < b));
        for (c, list) in lines() {
            assert_eq!(look_alikes(c), list, "{c}");
        }
        let found: usize = ('\0'..=char::MAX).map(|c| look_alikes(c).len()).sum();
        assert_eq!(found, lines().map(|(_, list)| list.len()).sum::<usize>());
        assert!(lines().count() > 6_000);
    }

    #[test]
    fn other_characters_have_none() {
        for c in ['a', '5', 'か', '，', '🙂', '𠮷', '會', '\0', char::MAX] {
            assert!(look_alikes(c).is_empty(), "{c}");
        }
    }
}
