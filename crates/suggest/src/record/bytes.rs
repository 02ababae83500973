//! Numbers, byte strings and characters as records hold them: read without trust, written without choice.

use crate::file::{read_u16, read_u64};

/// The first character of a key. Not `str::from_utf8`, which would look at the whole key where a probe of a search
/// seldom needs more than its beginning; from bytes that are no UTF-8 comes any character or none.
pub(crate) fn first_character(bytes: &[u8]) -> Option<char> {
    let tail = |byte: u8| u32::from(byte & 0x3F);
    char::from_u32(match *bytes {
        [first @ ..0x80, ..] => u32::from(first),
        [first @ 0xC0..0xE0, second, ..] => u32::from(first & 0x1F) << 6 | tail(second),
        [first @ 0xE0..0xF0, second, third, ..] => {
            u32::from(first & 0x0F) << 12 | tail(second) << 6 | tail(third)
        }
        [first @ 0xF0..=0xFF, second, third, fourth, ..] => {
            u32::from(first & 0x07) << 18 | tail(second) << 12 | tail(third) << 6 | tail(fourth)
        }
        _ => return None,
    })
}

pub(super) fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(first)
}

pub(super) fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(bytes)?;
        number |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

pub(super) fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

pub(super) fn take_time(bytes: &mut &[u8]) -> Option<i64> {
    let time = read_u64(bytes, 0)?;
    *bytes = bytes.get(8..)?;
    Some(time.cast_signed())
}

pub(super) fn take_difference(bytes: &mut &[u8]) -> Option<(usize, u16)> {
    let distance = usize::try_from(take_number(bytes)?).ok()?;
    let code = read_u16(bytes, 0)?;
    *bytes = bytes.get(2..)?;
    Some((distance, code))
}

pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
