//! Slips of the finger in letters alone: a letter too much, one missing, a wrong one, two that changed places. The
//! first letter is taken to be right.
//!
//! Only what is in the index is tried: what was typed up to the slip begins some reading, so the slip is looked for
//! along the letters as far as any reading goes with them. What a slip would have been is asked of the filter of
//! beginnings first, which says no to nearly all that is not there; where what was typed before is longer than the
//! beginnings that it knows, readings are few, and only the letters that they have there are tried.

use std::ops::Range;

use crate::base::View;
use crate::exact::By;
use crate::permutation::Beginnings;

/// The letters and digits that readings have, in their order.
const LETTERS: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

/// Every beginning of a full reading that is one slip away, with its part of the order.
pub(super) fn corrected(view: &View<'_>, letters: &str) -> Vec<(Range<usize>, String)> {
    let mut search = Search { view, beginnings: view.beginnings(), tried: String::new(), found: Vec::new() };
    let mut range = view.by_reading(By::Full, &letters[..1]).range;
    for at in 1..letters.len() {
        if range.is_empty() {
            break;
        }
        search.slip_at(letters, at, &range);
        let before = &letters[..=at];
        let may_go_on = search.beginnings.may_hold(before.as_bytes());
        range = if may_go_on { view.by_reading_within(By::Full, range, before) } else { 0..0 };
    }
    search.found
}

struct Search<'v, 'a> {
    view: &'v View<'a>,
    beginnings: Beginnings<'a>,
    /// The text that is tried.
    tried: String,
    found: Vec<(Range<usize>, String)>,
}

impl Search<'_, '_> {
    /// Tries every slip at a place of the letters; `range` are the readings with those before it.
    fn slip_at(&mut self, letters: &str, at: usize, range: &Range<usize>) {
        let (before, rest) = letters.split_at(at);
        let behind = &rest[1..];
        // A letter too much; at the end it is rather the beginning of what follows.
        if !behind.is_empty() {
            self.look(range, [before, behind, ""]);
        }
        if at < Beginnings::LONGEST {
            for letter in 0..LETTERS.len() {
                self.another_letter(range, before, &LETTERS[letter..=letter], rest);
            }
        } else {
            for (letter, part) in self.view.next_letters(before, range.clone()) {
                self.another_letter(&part, before, letter.encode_utf8(&mut [0; 4]), rest);
            }
        }
    }

    /// A wrong letter; one missing; two that changed places.
    fn another_letter(&mut self, range: &Range<usize>, before: &str, letter: &str, rest: &str) {
        let (typed, behind) = rest.split_at(1);
        if letter == typed {
            return;
        }
        self.look(range, [before, letter, behind]);
        self.look(range, [before, letter, rest]);
        if let Some(others) = behind.strip_prefix(letter) {
            self.look(range, [before, letter, typed, others]);
        }
    }

    fn look<const PIECES: usize>(&mut self, range: &Range<usize>, pieces: [&str; PIECES]) {
        self.tried.clear();
        self.tried.extend(pieces);
        let tried = self.tried.as_str();
        if !self.beginnings.may_hold(tried.as_bytes()) || self.found.iter().any(|(_, known)| known == tried) {
            return;
        }
        let found = self.view.by_reading_within(By::Full, range.clone(), tried);
        if !found.is_empty() {
            self.found.push((found, tried.to_owned()));
        }
    }
}
