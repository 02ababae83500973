//! JSON written straight into a byte buffer, byte for byte what `serde_json` writes.
//!
//! The writers of whole answers use these instead of `serde_json::to_writer`, because they cannot
//! fail: there is no error to pass on or to swallow on the way.

/// Appends `text`, which is UTF-8, as a JSON string with its quotes.
pub(crate) fn push_string(out: &mut Vec<u8>, text: impl AsRef<[u8]>) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Appends `text`, which is UTF-8, escaped for the inside of a JSON string, without quotes.
pub(crate) fn push_escaped(out: &mut Vec<u8>, text: impl AsRef<[u8]>) {
    let bytes = text.as_ref();
    // Most texts need no escape; a fold without an early end is compiled to vector instructions.
    if !bytes.iter().fold(false, |found, byte| found | needs_escape(*byte)) {
        out.extend_from_slice(bytes);
        return;
    }
    let mut written = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if needs_escape(byte) {
            out.extend_from_slice(&bytes[written..index]);
            push_escape(out, byte);
            written = index + 1;
        }
    }
    out.extend_from_slice(&bytes[written..]);
}

fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        _ => {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&digits);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends a whole number.
pub(crate) fn push_integer(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends `true` or `false`.
pub(crate) fn push_bool(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Appends `value` as `serde_json` writes it.
///
/// Meant for plain values and derived structures, whose serialisation into memory cannot fail.
pub(crate) fn push_value<T: serde::Serialize>(out: &mut Vec<u8>, value: &T) {
    let result = serde_json::to_writer(out, value);
    debug_assert!(result.is_ok(), "a plain value serialises into memory");
}

/// The bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| digits(*byte)).map(char::from).collect()
}

/// Appends the bytes as lower-case hexadecimal digits.
pub(crate) fn push_hex(out: &mut Vec<u8>, bytes: &[u8; 16]) {
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&digits(*byte));
    }
    out.extend_from_slice(&text);
}

fn digits(byte: u8) -> [u8; 2] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_are_written_as_serde_json_writes_them(text in any::<String>()) {
            let mut out = Vec::new();
            push_string(&mut out, &text);
            prop_assert_eq!(out, serde_json::to_vec(&text).unwrap());
        }
    }

    #[test]
    fn every_control_character_is_escaped() {
        let text: String = (0..0x80u8).map(char::from).collect();
        let mut out = Vec::new();
        push_string(&mut out, &text);
        assert_eq!(out, serde_json::to_vec(&text).unwrap());
    }
}
