//! E-mail addresses.

use std::ops::Range;

/// The longest name before the `@` and the longest host behind it, in bytes.
const MAX_NAME: usize = 64;
const MAX_HOST: usize = 255;

/// Finds the addresses of `normal`. A space on each side of the `@` and `。` for a dot do not hide one.
pub(super) fn find(normal: &str, ranges: &mut Vec<Range<usize>>) {
    ranges.extend(normal.match_indices('@').filter_map(|(at, _)| {
        let before = normal[..at].strip_suffix(' ').unwrap_or(&normal[..at]);
        let after = normal[at + 1..].strip_prefix(' ').unwrap_or(&normal[at + 1..]);
        let name = name_length(before)?;
        let host = host_length(after)?;
        Some(before.len() - name..normal.len() - after.len() + host)
    }));
}

/// The length of the name that `text` ends with.
fn name_length(text: &str) -> Option<usize> {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let length = text.bytes().rev().take(MAX_NAME).take_while(is_inner).count();
    text.as_bytes()[text.len() - length..].iter().any(u8::is_ascii_alphanumeric).then_some(length)
}

/// The length of the host that `text` begins with: labels with dots between them, the last one of letters.
fn host_length(text: &str) -> Option<usize> {
    let mut end = None;
    let mut label = 0..0;
    for (at, c) in text.char_indices().take(MAX_HOST) {
        let is_dot = matches!(c, '.' | '。');
        if is_dot && label.is_empty() || !is_dot && c != '-' && !c.is_ascii_alphanumeric() {
            break;
        }
        if is_dot {
            label = at + c.len_utf8()..at + c.len_utf8();
            continue;
        }
        label.end = at + 1;
        if label.start > 0
            && label.len() >= 2
            && text.as_bytes()[label.clone()].iter().all(u8::is_ascii_alphabetic)
        {
            end = Some(label.end);
        }
    }
    end
}
