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
    let mut run = Run { source, from: 0, count: 0 };
    // The next character, as byte and character position.
    let (mut byte, mut at) = (0, 0);
    let mut last = 0;
    while let Some(c) = source[byte..].chars().next() {
        let after = byte + c.len_utf8();
        let fate = table.fate(c);
        if fate == Fate::Same {
            (last, byte, at, run.count) = (byte, after, at + 1, run.count + 1);
            continue;
        }
        if let Fate::Becomes(single) = fate
            && !joins_at(table, source, after)
        {
            run.flush(sink, byte, at);
            sink.one(single, at);
            (byte, at) = (after, at + 1);
        } else {
            if fate == Fate::Joins && run.count > 0 {
                // The character before belongs to the cluster: take it back out of the run.
                (byte, at, run.count) = (last, at - 1, run.count - 1);
            }
            run.flush(sink, byte, at);
            (byte, at) = cluster(table, source, byte, at, sink);
        }
        run.from = byte;
    }
    run.flush(sink, byte, at);
    at
}

/// The unchanged characters not handed on yet.
struct Run<'a> {
    source: &'a str,
    from: usize,
    count: usize,
}

impl Run<'_> {
    /// Hands on the run that ends before `byte`, at character `at`.
    fn flush(&mut self, sink: &mut impl Sink, byte: usize, at: usize) {
        if self.count > 0 {
            sink.same(&self.source[self.from..byte], at - self.count, self.count);
        }
        self.count = 0;
    }
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
