//! The one walk over a text that all normal forms share.

use super::table::{Fate, Table, is_invisible, lower, simplify};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// Takes the pieces of the normal form in order. Positions count source characters.
pub(super) trait Sink {
    /// `count` characters, the first at `first`, that stay as they are.
    fn same(&mut self, run: &str, first: usize, count: usize);
    /// The character at `at` became `c`.
    fn one(&mut self, c: char, at: usize);
    /// The characters of `range` together became `output`.
    fn cluster(&mut self, output: &[char], range: Range<usize>);
}

/// Walks over `source` and hands its normal form to `sink`; returns the number of source characters.
///
/// Unchanged characters are handed on as runs. The full algorithm runs only over a cluster: a character that
/// needs it, or one that is followed by a character that may combine with it.
pub(super) fn scan(source: &str, sink: &mut impl Sink) -> usize {
    let table = Table::get();
    // The next character, as byte and character position.
    let (mut byte, mut at) = (0, 0);
    while byte < source.len() {
        let (mut end, mut count) = table.same_run(source, byte);
        let after_run = source[end..].chars().next();
        let fate = after_run.map_or(Fate::Same, |c| table.fate(c));
        if fate == Fate::Joins && count > 0 {
            // The last character of the run belongs to the cluster.
            end -= source[..end].chars().next_back().map_or(0, char::len_utf8);
            count -= 1;
        }
        if count > 0 {
            sink.same(&source[byte..end], at, count);
            (byte, at) = (end, at + count);
        }
        let Some(c) = after_run else { continue };
        match fate {
            Fate::Same => {
                sink.same(&source[byte..byte + c.len_utf8()], at, 1);
                (byte, at) = (byte + c.len_utf8(), at + 1);
            }
            Fate::Becomes(single) if !joins_at(table, source, byte + c.len_utf8()) => {
                sink.one(single, at);
                (byte, at) = (byte + c.len_utf8(), at + 1);
            }
            _ => (byte, at) = cluster(table, source, byte, at, sink),
        }
    }
    at
}

fn joins_at(table: &Table, source: &str, byte: usize) -> bool {
    source[byte..].chars().next().is_some_and(|next| table.fate(next) == Fate::Joins)
}

/// Normalises the cluster that begins at `byte`; returns the position after it.
#[cold]
fn cluster(table: &Table, source: &str, byte: usize, at: usize, sink: &mut impl Sink) -> (usize, usize) {
    let (mut end, mut end_at) = (byte, at);
    for c in source[byte..].chars() {
        if end > byte && table.fate(c) != Fate::Joins {
            break;
        }
        end += c.len_utf8();
        end_at += 1;
    }
    let visible = source[byte..end].chars().filter(|&c| !is_invisible(c));
    // Lower case can make a pair composable that was not (J with caron), hence the second composition.
    let output: Vec<char> = visible.nfkc().flat_map(lower).nfc().map(simplify).collect();
    sink.cluster(&output, at..end_at);
    (end, end_at)
}
