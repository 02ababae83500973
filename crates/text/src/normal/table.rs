//! What becomes of single characters, as tables that one look-up answers.

use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, is_nfc_quick};

/// Pairs of traditional and simplified characters, ordered by the first; see `data/NOTICE.part`.
const SIMPLIFIED: &str = include_str!("../../data/simplified.txt");

/// Stands in the dense table for a character that needs more than a look-up. No character by Unicode's promise.
const SPECIAL: u16 = 0xFFFF;

static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

/// What becomes of a character on its way to the normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Stays as it is.
    Same,
    /// Becomes this one character.
    Becomes(char),
    /// Becomes several characters, or needs the full algorithm for another reason.
    Complex,
    /// May combine with the character before it, or vanish.
    Joins,
}

/// The look-up tables, built once.
pub(super) struct Table {
    /// By code point of the basic plane: the character it becomes, or [`SPECIAL`].
    dense: Box<[u16; 0x1_0000]>,
    /// Pairs beyond the basic plane or leading there, ordered.
    far: Vec<(char, char)>,
}

impl Table {
    pub(super) fn get() -> &'static Self {
        &TABLE
    }

    fn build() -> Self {
        let mut table = Self { dense: Box::new([SPECIAL; 0x1_0000]), far: Vec::new() };
        for code in 0..SPECIAL {
            let c = char::from_u32(u32::from(code));
            let entry = c.and_then(|c| if is_inert(c) { Some(code) } else { dense_entry(c) });
            table.dense[usize::from(code)] = entry.unwrap_or(SPECIAL);
        }
        for (from, to) in SIMPLIFIED.lines().filter_map(pair) {
            match (u16::try_from(u32::from(from)), u16::try_from(u32::from(to))) {
                (Ok(near), Ok(entry)) => table.dense[usize::from(near)] = entry,
                (Ok(near), Err(_)) => {
                    table.dense[usize::from(near)] = SPECIAL;
                    table.far.push((from, to));
                }
                _ => table.far.push((from, to)),
            }
        }
        table.chain();
        table
    }

    /// Leads entries on to the end: a radical or compatibility form may stand for a traditional character.
    fn chain(&mut self) {
        for code in 0..usize::from(SPECIAL) {
            let entry = self.dense[code];
            if entry != SPECIAL {
                self.dense[code] = self.dense[usize::from(entry)];
            }
        }
    }

    /// The end of the run from byte `from` on that stays as it is, and its number of characters.
    ///
    /// It may end early: characters of two or four bytes are left to [`fate`](Self::fate).
    #[inline]
    pub(super) fn same_run(&self, source: &str, from: usize) -> (usize, usize) {
        let bytes = source.as_bytes();
        let (mut end, mut count) = (from, 0);
        while let Some(&first) = bytes.get(end) {
            if first < 0x80 {
                if first.is_ascii_uppercase() {
                    break;
                }
                end += 1;
            } else if let (0xE0..=0xEF, Some(&[second, third])) =
                (first, bytes.get(end + 1..end + 3).and_then(<[u8]>::as_array))
            {
                let code = three_byte_code(first, second, third);
                if code == SPECIAL || self.dense[usize::from(code)] != code {
                    break;
                }
                end += 3;
            } else {
                break;
            }
            count += 1;
        }
        (end, count)
    }

    /// What becomes of `c`.
    #[inline]
    pub(super) fn fate(&self, c: char) -> Fate {
        if let Ok(code) = u16::try_from(u32::from(c)) {
            let entry = self.dense[usize::from(code)];
            if entry == code && code != SPECIAL {
                return Fate::Same;
            }
            if entry != SPECIAL {
                // Entries are code points of characters, so this never falls back.
                return char::from_u32(u32::from(entry)).map_or(Fate::Complex, Fate::Becomes);
            }
        }
        self.slow_fate(c)
    }

    #[cold]
    fn slow_fate(&self, c: char) -> Fate {
        if let Some(simplified) = self.far_simplified(c) {
            return Fate::Becomes(simplified);
        }
        // Ideographs (not the compatibility ones, U+2F800 on) and pictures have no other form.
        if matches!(c, '\u{20000}'..='\u{2F7FF}' | '\u{30000}'..='\u{3FFFD}' | '\u{1F300}'..='\u{1FAFF}') {
            return Fate::Same;
        }
        if joins(c) { Fate::Joins } else { Fate::Complex }
    }

    fn far_simplified(&self, c: char) -> Option<char> {
        let at = self.far.binary_search_by_key(&c, |&(from, _)| from).ok()?;
        Some(self.far[at].1)
    }
}

/// The simplified form of one character in lower case and NFKC; every other character stays as it is.
pub fn simplify(c: char) -> char {
    match c {
        '\u{2E80}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFD}' => match Table::get().fate(c) {
            Fate::Becomes(simplified)
                if crate::script::is_hanzi(simplified) && crate::script::is_hanzi(c) =>
            {
                simplified
            }
            _ => c,
        },
        _ => c,
    }
}

/// Whether `c` vanishes: Unicode's default-ignorable characters, less the tags and unassigned ranges.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Lower case of one character, one or several; the final sigma is written as any other.
pub(super) fn lower(c: char) -> impl Iterator<Item = char> {
    let c = if c == 'ς' { 'σ' } else { c };
    c.to_lowercase()
}

/// Whether `c` may change together with what stands before it, so that a text must not be cut there.
fn joins(c: char) -> bool {
    if is_invisible(c) {
        return true;
    }
    let Some(first) = std::iter::once(c).nfkd().next() else { return true };
    canonical_combining_class(first) != 0
        || is_combining_mark(first)
        || is_nfc_quick(std::iter::once(first)) == IsNormalized::Maybe
}

/// Whether `c` lies in a large range whose characters have no other form and join nothing; spares the long way.
fn is_inert(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{9FFF}' | '\u{A000}'..='\u{A48C}' | '\u{AC00}'..='\u{D7A3}' | '\u{E000}'..='\u{F8FF}')
}

/// The code point that three bytes of UTF-8 stand for.
#[inline]
pub(crate) fn three_byte_code(first: u8, second: u8, third: u8) -> u16 {
    u16::from(first & 0x0F) << 12 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F)
}

/// The dense entry of a character that becomes exactly one character whatever stands around it.
fn dense_entry(c: char) -> Option<u16> {
    if joins(c) {
        return None;
    }
    let mut output = std::iter::once(c).nfkc().flat_map(lower).nfc();
    let only = output.next()?;
    if output.next().is_some() {
        return None;
    }
    u16::try_from(u32::from(only)).ok()
}

fn pair(line: &str) -> Option<(char, char)> {
    let mut characters = line.chars();
    Some((characters.next()?, characters.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simplify_changes_hanzi_only() {
        for (from, to) in [('會', '会'), ('会', '会'), ('A', 'A'), ('Ａ', 'Ａ'), ('⼈', '⼈'), ('乾', '干')]
        {
            assert_eq!(simplify(from), to);
        }
    }

    #[test]
    fn inert_ranges_are_what_the_long_way_finds() {
        for c in (0..SPECIAL).filter_map(|code| char::from_u32(code.into())).filter(|&c| is_inert(c)) {
            assert_eq!(dense_entry(c).map(u32::from), Some(u32::from(c)), "{c}");
        }
    }

    #[test]
    fn every_pair_of_the_table_is_found_and_final() {
        for (from, to) in SIMPLIFIED.lines().filter_map(pair) {
            assert_eq!(simplify(from), to, "{from}");
            assert_eq!(simplify(to), to, "{to}");
        }
        assert!(SIMPLIFIED.lines().count() > 3_000);
        assert!(TABLE.far.is_sorted());
    }
}
