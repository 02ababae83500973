//! Digits of a text in groups, and the windows over them that a number may fill.

use super::kinds::{self, Window};
use std::ops::Range;

/// More characters between two groups of digits part them.
const MAX_BETWEEN: usize = 3;

/// The value of a Chinese digit, simplified or not, small or capital; 幺 is one on the telephone.
#[inline]
pub(super) fn chinese(c: char) -> Option<u8> {
    Some(match c {
        '〇' | '零' => 0,
        '一' | '壹' | '幺' => 1,
        '二' | '贰' | '貳' => 2,
        '三' | '叁' | '参' | '參' | '叄' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// The value of a digit of a normal form.
#[inline]
pub(super) fn value(c: char) -> Option<u8> {
    ascii(c).or_else(|| chinese(c))
}

fn ascii(c: char) -> Option<u8> {
    u8::try_from(c).ok().filter(u8::is_ascii_digit).map(|byte| byte - b'0')
}

/// Finds the numbers of `normal` that are private without a word that introduces them.
pub(super) fn find_numbers(normal: &str, ranges: &mut Vec<Range<usize>>) {
    Groups::of(normal, value).find(normal, ranges);
    // A Chinese digit before a number is likely a word: 找一13800138000.
    if normal.contains(|c| chinese(c).is_some()) {
        Groups::of(normal, ascii).find(normal, ranges);
    }
}

/// Digits that stand together.
pub(super) struct Group {
    /// Where they stand in the text.
    range: Range<usize>,
    /// Where they stand in the list of all digits.
    digits: Range<usize>,
    /// Whether only something that may part the digits of one number stands between the group before and this.
    is_joined: bool,
    /// Whether that is something that is usual between groups of digits.
    is_joined_neatly: bool,
}

impl Group {
    /// The number of digits.
    pub(super) fn len(&self) -> usize {
        self.digits.len()
    }
}

#[derive(Default)]
struct Groups {
    digits: Vec<u8>,
    groups: Vec<Group>,
}

impl Groups {
    fn of(normal: &str, value: impl Fn(char) -> Option<u8>) -> Self {
        let mut all = Self::default();
        // What stands since the last digit: the number of characters, and whether they only part.
        let (mut between, mut is_joined, mut is_neat) = (0, false, false);
        for (at, c) in normal.char_indices() {
            let Some(digit) = value(c) else {
                between += 1;
                is_joined &= between <= MAX_BETWEEN && !c.is_alphanumeric();
                is_neat &= is_joined && is_usual_between_digits(c);
                continue;
            };
            let count = all.digits.len();
            let end = at + c.len_utf8();
            match all.groups.last_mut() {
                Some(group) if between == 0 => {
                    group.range.end = end;
                    group.digits.end = count + 1;
                }
                _ => all.groups.push(Group {
                    range: at..end,
                    digits: count..count + 1,
                    is_joined,
                    is_joined_neatly: is_neat,
                }),
            }
            all.digits.push(digit);
            (between, is_joined, is_neat) = (0, true, true);
        }
        all
    }

    fn find(&self, normal: &str, ranges: &mut Vec<Range<usize>>) {
        for first in 0..self.groups.len() {
            ranges.extend(self.widest_from(first, normal));
        }
    }

    /// The widest private number that begins with the group of this index.
    fn widest_from(&self, first: usize, normal: &str) -> Option<Range<usize>> {
        let start = &self.groups[first];
        let mut is_neat = true;
        let mut found = None;
        for (index, group) in self.groups.iter().enumerate().skip(first) {
            let digits = start.digits.start..group.digits.end;
            if digits.len() > kinds::LONGEST || index > first && !group.is_joined {
                break;
            }
            is_neat &= index == first || group.is_joined_neatly;
            let follower = normal[group.range.end..].chars().next();
            let window = Window {
                digits: &self.digits[digits],
                groups: &self.groups[first..=index],
                is_neat,
                ends_with_x: follower == Some('x'),
            };
            if kinds::is_private(&window) {
                let end = group.range.end + usize::from(window.ends_with_x);
                found = Some(start.range.start..end);
            }
        }
        found
    }
}

/// Whether `c` is used to group the digits of one number, not to list several.
fn is_usual_between_digits(c: char) -> bool {
    !matches!(c, ',' | '，' | '、' | '/' | '\\' | '|' | ':' | ';' | '。' | '!' | '?' | '\n' | '<' | '>')
}
