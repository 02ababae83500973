//! Words of a text that may belong to somebody, though nothing proves it.

use std::ops::Range;

/// So many digits together are no year, price or model any more.
const MAX_DIGITS: usize = 6;
/// So many digits in groups are no date any more.
const MAX_GROUPED_DIGITS: usize = 9;

/// The words of ASCII characters in `normal` that hold an address or too many digits.
pub(super) fn doubtful(normal: &str) -> impl Iterator<Item = Range<usize>> {
    words(normal).filter(|range| is_doubtful(&normal[range.clone()]))
}

/// The longest runs of ASCII characters, cut at the spaces that do not stand between two digits.
fn words(normal: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = normal.as_bytes();
    let is_digit = move |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let is_inner = move |index: usize| match bytes.get(index) {
        Some(b' ') => index > 0 && is_digit(index - 1) && is_digit(index + 1),
        Some(byte) => byte.is_ascii_graphic(),
        None => false,
    };
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = (rest..bytes.len()).find(|&index| is_inner(index))?;
        rest = (start..bytes.len()).find(|&index| !is_inner(index)).unwrap_or(bytes.len());
        Some(start..rest)
    })
}

fn is_doubtful(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_number = word.contains(' ') || !word.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_address = word.contains('@') || word.contains("://") || word.starts_with("www.");
    is_address || longest_run(word) > MAX_DIGITS || is_number && digits > MAX_GROUPED_DIGITS
}

/// The number of digits in the longest run of them.
fn longest_run(word: &str) -> usize {
    word.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}
