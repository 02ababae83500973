//! The search for ways to cut: from the end to the beginning, the best few at each place.

use super::table::{Fit, LONGEST, fit};
use super::{MAX_CUTS, MAX_LETTERS, Part, Piece};
use std::ops::Range;

/// At least so many ways are kept at each place, since a piece before may not go with the best of them.
const MIN_KEPT: usize = 8;

/// Every way to cut `typed` into syllables: fewest pieces first, then those with the most whole ones, then those
/// whose first pieces are short; at most `limit` and [`MAX_CUTS`].
///
/// White space, `'` and `’` in `typed` force a border and belong to no piece. The last piece may be a
/// [`Part::Beginning`]. With `initials` a [`Part::Initial`] may stand for a syllable anywhere else, and a, e, o
/// are both a syllable and an initial. A letter that completes the whole syllable before it to a longer one is
/// never a piece of its own: *xian* is *xian* and *xi an*, not *xia n*.
///
/// Empty if there is no letter, another character than small Latin letters, no way to cut, or more than
/// [`MAX_LETTERS`].
pub fn cuts(typed: &str, initials: bool, limit: usize) -> Vec<Vec<Piece>> {
    let Some(letters) = Letters::of(typed) else { return Vec::new() };
    let limit = limit.min(MAX_CUTS);
    let mut search = Search::new(&letters, initials, limit.max(MIN_KEPT));
    for from in (0..letters.bytes.len()).rev() {
        search.visit(from);
    }
    (0..limit).map_while(|rank| search.pieces(rank)).collect()
}

/// The letters without what stands between them.
struct Letters {
    bytes: Vec<u8>,
    /// Where each letter stands in what was typed.
    places: Vec<usize>,
}

impl Letters {
    /// None if there are no letters, too many, or anything else.
    fn of(typed: &str) -> Option<Self> {
        let capacity = typed.len().min(MAX_LETTERS);
        let mut letters = Self { bytes: Vec::with_capacity(capacity), places: Vec::with_capacity(capacity) };
        for (place, c) in typed.char_indices() {
            match u8::try_from(c) {
                Ok(byte) if byte.is_ascii_lowercase() && letters.bytes.len() < MAX_LETTERS => {
                    letters.bytes.push(byte);
                    letters.places.push(place);
                }
                _ if c.is_whitespace() || matches!(c, '\'' | '’') => {}
                _ => return None,
            }
        }
        (!letters.bytes.is_empty()).then_some(letters)
    }

    /// The letter after the last one that a piece beginning at `from` may hold.
    fn reach(&self, from: usize) -> usize {
        let end = self.bytes.len().min(from + LONGEST);
        (from + 1..end).find(|&index| self.places[index] != self.places[index - 1] + 1).unwrap_or(end)
    }

    /// Whether the letters of `range` stand together and are a syllable that may be a piece.
    fn is_whole(&self, range: Range<usize>) -> bool {
        range.end <= self.reach(range.start) && is_whole(&self.bytes[range])
    }
}

/// One way to cut from a place to the end: a piece, and a way from its end on.
#[derive(Clone, Copy)]
struct Way {
    pieces: u16,
    incomplete: u16,
    end: u16,
    part: Part,
    /// The index of the way from `end` on, if there are letters left.
    next: usize,
}

struct Search<'a> {
    letters: &'a Letters,
    initials: bool,
    kept: usize,
    ways: Vec<Way>,
    /// The ways from each place, best first, as a range of `ways`.
    from: Vec<Range<usize>>,
    candidates: Vec<Way>,
}

impl<'a> Search<'a> {
    fn new(letters: &'a Letters, initials: bool, kept: usize) -> Self {
        let places = letters.bytes.len();
        let ways = Vec::with_capacity(places * 4);
        Self { letters, initials, kept, ways, from: vec![0..0; places], candidates: Vec::with_capacity(16) }
    }

    /// Finds the best ways from a place when those from all later ones are known.
    fn visit(&mut self, from: usize) {
        self.candidates.clear();
        for end in from + 1..=self.letters.reach(from) {
            let piece = &self.letters.bytes[from..end];
            if is_whole(piece) {
                self.add(from, end, Part::Whole);
            } else if end == self.letters.bytes.len() && is_incomplete_end(piece) {
                self.add(from, end, Part::Beginning);
                continue;
            }
            if self.initials && is_initial(piece) {
                self.add(from, end, Part::Initial);
            }
        }
        // Stable, so that among equals the order of the pieces' lengths stays.
        self.candidates.sort_by_key(|way| (way.pieces, way.incomplete));
        self.candidates.truncate(self.kept);
        let start = self.ways.len();
        self.ways.append(&mut self.candidates);
        self.from[from] = start..self.ways.len();
    }

    fn add(&mut self, from: usize, end: usize, part: Part) {
        let incomplete = u16::from(part != Part::Whole);
        let end_code = end as u16; // At most MAX_LETTERS.
        if end == self.letters.bytes.len() {
            self.candidates.push(Way { pieces: 1, incomplete, end: end_code, part, next: usize::MAX });
            return;
        }
        for next in self.from[end].clone() {
            let rest = self.ways[next];
            let is_completed = part == Part::Whole
                && rest.part != Part::Whole
                && self.letters.is_whole(from..usize::from(rest.end));
            if !is_completed {
                let (pieces, incomplete) = (rest.pieces + 1, rest.incomplete + incomplete);
                self.candidates.push(Way { pieces, incomplete, end: end_code, part, next });
            }
        }
    }

    /// The pieces of the way of this rank from the beginning on.
    fn pieces(&self, rank: usize) -> Option<Vec<Piece>> {
        let mut next = self.from.first()?.clone().nth(rank)?;
        let mut pieces = Vec::with_capacity(usize::from(self.ways[next].pieces));
        let mut from = 0;
        while let Some(way) = self.ways.get(next) {
            let end = usize::from(way.end);
            let range = self.letters.places[from]..self.letters.places[end - 1] + 1;
            pieces.push(Piece { range, part: way.part });
            (from, next) = (end, way.next);
        }
        Some(pieces)
    }
}

/// Whether `letters` are a syllable that may be a piece: one with a vowel.
fn is_whole(letters: &[u8]) -> bool {
    fit(letters) == Fit::Whole && !matches!(letters, b"n" | b"ng")
}

/// Whether `letters`, which are no piece as a syllable, may be the last piece.
fn is_incomplete_end(letters: &[u8]) -> bool {
    fit(letters) != Fit::Nothing && letters != b"ng"
}

fn is_initial(letters: &[u8]) -> bool {
    match letters {
        [letter] => letter.is_ascii_lowercase() && !matches!(letter, b'i' | b'u' | b'v'),
        _ => matches!(letters, b"zh" | b"ch" | b"sh"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces with a space between them, a `.` behind an initial and a `-` behind a beginning.
    fn shown(typed: &str, pieces: &[Piece]) -> String {
        let mark = |part| match part {
            Part::Whole => "",
            Part::Initial => ".",
            Part::Beginning => "-",
        };
        let shown = pieces.iter().map(|piece| typed[piece.range.clone()].to_owned() + mark(piece.part));
        shown.collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check_with(typed: &str, initials: bool, limit: usize, expected: &[&str]) {
        let found: Vec<_> = cuts(typed, initials, limit).iter().map(|pieces| shown(typed, pieces)).collect();
        assert_eq!(found, expected, "{typed}");
    }

    #[track_caller]
    fn check(typed: &str, expected: &[&str]) {
        check_with(typed, false, 9, expected);
    }

    #[track_caller]
    fn check_initials(typed: &str, expected: &[&str]) {
        check_with(typed, true, expected.len().max(1), expected);
    }

    #[test]
    fn syllables_are_found() {
        check("xian", &["xian", "xi an"]);
        check("fangan", &["fan gan", "fang an"]);
        check_with("chongqinghuoguo", false, 1, &["chong qing huo guo"]);
        check("nver", &["nv er", "nve r-"]);
        check("lueduo", &["lue duo", "lu e duo", "lue du o", "lu e du o"]);
        check("wobuzhidao", &["wo bu zhi dao", "wo bu zhi da o"]);
    }

    #[test]
    fn the_last_piece_may_be_incomplete() {
        check("meis", &["mei s-"]);
        check("zh", &["zh-"]);
        check("n", &["n-"]);
        check("zhonggun", &["zhong gun"]);
        check("zhongg", &["zhong g-"]);
        check("xio", &["xio-", "xi o"]);
        check("biang", &["bi ang", "bian g-"]);
        check("shangh", &["shang h-"]);
    }

    #[test]
    fn borders_are_kept() {
        check("xi'an", &["xi an"]);
        check("xi’an", &["xi an"]);
        check(" fang  an\t", &["fang an"]);
        check("mei s", &["mei s-"]);
        check("zh ong", &[]);
    }

    #[test]
    fn initials_mix_with_syllables() {
        check_initials("lyq", &["l. y. q-"]);
        check_initials("lyqun", &["l. y. qun"]);
        check_initials("lianyq", &["lian y. q-"]);
        check_initials("zhg", &["zh. g-", "z. h. g-"]);
        check_initials("zhongg", &["zhong g-", "z. hong g-"]);
        check_initials("xa", &["x. a", "x. a."]);
        check_initials("a", &["a", "a."]);
        check_initials("zh", &["zh-", "z. h-"]);
        check("lyq", &[]);
    }

    #[test]
    fn other_characters_cannot_be_cut() {
        for typed in ["", " ", "'", "xi1", "XIAN", "西安", "lü", "xi-an", "uu", "ng", "vi"] {
            check_with(typed, true, 9, if typed == "ng" { &["n. g-"] } else { &[] });
        }
        check("ng", &[]);
        check_with("xian", false, 0, &[]);
        check_with("xian", false, 1, &["xian"]);
        assert!(cuts(&"a".repeat(MAX_LETTERS + 1), true, 9).is_empty());
        assert_eq!(cuts(&"a".repeat(MAX_LETTERS), true, usize::MAX).len(), MAX_CUTS);
    }
}
