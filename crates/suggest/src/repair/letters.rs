//! Slips of the finger in letters alone: a letter too much, one missing, a wrong one, two that changed places. The
//! first letter is taken to be right.
//!
//! Only what is in the index is tried: what was typed up to the slip begins some reading, and so does that with the
//! letter that should have followed. So the slip is looked for along the letters as far as any reading goes with them,
//! and at each place only the letters that readings have there are tried.

use std::ops::Range;

use crate::base::View;
use crate::exact::By;

/// Every beginning of a full reading that is one slip away, with its part of the order.
pub(super) fn corrected(view: &View<'_>, letters: &str) -> Vec<(Range<usize>, String)> {
    let mut search = Search { view, found: Vec::new() };
    let mut range = view.by_reading(By::Full, &letters[..1]).range;
    for at in 1..letters.len() {
        if range.is_empty() {
            break;
        }
        let (before, rest) = letters.split_at(at);
        search.slip_at(before, rest, &range);
        range = view.by_reading_within(By::Full, range, &letters[..=at]);
    }
    search.found
}

struct Search<'v, 'a> {
    view: &'v View<'a>,
    found: Vec<(Range<usize>, String)>,
}

impl Search<'_, '_> {
    /// Tries every slip right behind `before`, whose readings are `range`.
    fn slip_at(&mut self, before: &str, rest: &str, range: &Range<usize>) {
        let (typed, behind) = rest.split_at(1);
        // A letter too much; at the end it is rather the beginning of what follows.
        if !behind.is_empty() {
            self.look(range, [before, behind, ""]);
        }
        for (letter, part) in self.view.next_letters(before, range.clone()) {
            let letter = letter.to_string();
            if letter == typed {
                continue;
            }
            // A wrong letter; one missing; two that changed places.
            self.look(&part, [before, &letter, behind]);
            self.look(&part, [before, &letter, rest]);
            if let Some(others) = behind.strip_prefix(letter.as_str()) {
                self.look(&part, [&format!("{before}{letter}"), typed, others]);
            }
        }
    }

    fn look(&mut self, range: &Range<usize>, pieces: [&str; 3]) {
        let text = pieces.concat();
        if self.found.iter().any(|(_, known)| *known == text) {
            return;
        }
        let found = self.view.by_reading_within(By::Full, range.clone(), &text);
        if !found.is_empty() {
            self.found.push((found, text));
        }
    }
}
