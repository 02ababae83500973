//! The kinds of numbers that are private, told by their digits and how these are grouped.

use super::digits::Group;

/// The digits of the longest number: a bank card.
pub(super) const LONGEST: usize = 19;

/// So many trailing zeros make an amount of what may be a number.
const ROUND: usize = 7;

/// The provinces as identity cards number them.
const PROVINCES: &[u8] = &[
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 71, 81, 82, 83, 91,
];

/// The weights of the first digits of an identity card, and the remainder of 10 as its check digit.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_DIGITS: [u8; 11] = [1, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2];

/// Digits that may be a number, at most [`LONGEST`].
pub(super) struct Window<'a> {
    /// Their values.
    pub(super) digits: &'a [u8],
    /// The groups in which they stand, at least one.
    pub(super) groups: &'a [Group],
    /// Whether what stands between the groups is usual there.
    pub(super) is_neat: bool,
    /// Whether an x follows at once.
    pub(super) ends_with_x: bool,
}

/// Whether the digits are a private number.
pub(super) fn is_private(window: &Window<'_>) -> bool {
    let zeros = window.digits.iter().rev().take_while(|&&digit| digit == 0).count();
    zeros < ROUND
        && (is_mobile(window) || is_fixed_line(window) || is_identity(window) || is_bank_card(window))
}

impl Window<'_> {
    /// Whether the digits from `skipped` on, which is within the first group, stand in groups of `sizes`.
    fn is_grouped(&self, skipped: usize, sizes: &[usize]) -> bool {
        let is_neat = self.is_neat || sizes.len() == 1;
        let first = self.groups[0].len() - skipped;
        let own = std::iter::once(first).chain(self.groups[1..].iter().map(Group::len));
        is_neat && own.eq(sizes.iter().copied())
    }

    /// Whether the digits stand one by one, or two by two.
    fn is_scattered(&self) -> bool {
        let size = self.groups[0].len();
        let is_even = self.groups.iter().rev().skip(1).all(|group| group.len() == size);
        is_even && size <= 2 && self.groups.len() > 1
    }
}

/// A mobile number of the mainland, maybe with the code of the country.
fn is_mobile(window: &Window<'_>) -> bool {
    const GROUPINGS: [&[usize]; 8] =
        [&[11], &[3, 4, 4], &[3, 8], &[7, 4], &[3, 3, 5], &[3, 5, 3], &[4, 3, 4], &[5, 6]];
    let skipped = match (window.digits, window.digits.len()) {
        (_, 11) => 0,
        ([0, ..], 12) => 1,
        ([8, 6, ..], 13) => 2,
        ([0, 0, 8, 6, ..], 15) => 4,
        _ => return false,
    };
    if !matches!(window.digits[skipped..], [1, 3..=9, ..]) {
        return false;
    }
    let is_grouped =
        skipped < window.groups[0].len() && GROUPINGS.iter().any(|sizes| window.is_grouped(skipped, sizes));
    is_grouped || window.is_scattered()
}

/// A number of a fixed line with its area code.
fn is_fixed_line(window: &Window<'_>) -> bool {
    let area = match (window.digits, window.digits.len()) {
        ([0, 1, 0, 2..=8, ..] | [0, 2, _, 2..=8, ..], 11) => 3,
        ([0, 3..=9, _, _, 2..=8, ..], 11 | 12) => 4,
        _ => return false,
    };
    let rest = window.digits.len() - area;
    let groupings: [&[usize]; 3] = [&[area + rest], &[area, rest], &[area, rest - 4, 4]];
    groupings.iter().any(|sizes| window.is_grouped(0, sizes))
}

/// An identity card, of 18 digits with a check digit or of 15 in one group.
fn is_identity(window: &Window<'_>) -> bool {
    let digits = window.digits;
    let number =
        |from: usize, to: usize| digits[from..to].iter().fold(0, |sum, &digit| sum * 10 + u32::from(digit));
    if digits.len() < 15 || !PROVINCES.contains(&(digits[0] * 10 + digits[1])) {
        return false;
    }
    let is_date = |from: usize| {
        (1..=12).contains(&number(from, from + 2)) && (1..=31).contains(&number(from + 2, from + 4))
    };
    let check_digit = match digits.len() {
        15 => return window.groups.len() == 1 && is_date(8),
        17 if window.ends_with_x => 10,
        18 => digits[17],
        _ => return false,
    };
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(&digit, weight)| u32::from(digit) * weight).sum();
    (19..=20).contains(&number(6, 8)) && is_date(10) && CHECK_DIGITS[sum as usize % 11] == check_digit
}

/// A bank card: the first digits of a network, the check digit of Luhn, in one group or in fours.
fn is_bank_card(window: &Window<'_>) -> bool {
    let is_of_network = match (window.digits, window.digits.len()) {
        ([4, ..], 13) | ([3, ..], 14 | 15) | ([2, 2..=7, ..] | [3..=6 | 9, ..], 16..=19) => true,
        _ => return false,
    };
    let Some((last, others)) = window.groups.split_last() else { return false };
    let is_in_fours = others.iter().all(|group| group.len() == 4) && last.len() <= 4;
    let is_in_two = matches!(others, [first] if first.len() == 6);
    is_of_network && (others.is_empty() || is_in_fours || is_in_two) && has_luhn_digit(window.digits)
}

/// Whether the last digit is the check digit of the others after Luhn.
fn has_luhn_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| {
            let doubled = u32::from(digit) * 2;
            if place % 2 == 0 { u32::from(digit) } else { doubled / 10 + doubled % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}
