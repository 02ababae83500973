//! The two identifiers that the server makes.

use std::fmt::Write;

use crate::json::hex;
use crate::time;

/// The id of one request: 14 digits of Beijing time and 20 upper-case hexadecimal digits.
pub fn req_id(unix_ms: i64, random: [u8; 10]) -> String {
    let mut text = time::compact(unix_ms);
    for byte in random {
        let written = write!(text, "{byte:02X}");
        debug_assert!(written.is_ok(), "a string takes any text");
    }
    text
}

/// The id of a search whose caller gave none: 32 lower-case hexadecimal digits.
pub fn search_id(random: [u8; 16]) -> String {
    hex(&random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_their_form() {
        assert_eq!(req_id(1_695_624_033_000, [0xAB; 10]), "20230925144033ABABABABABABABABABAB");
        assert_eq!(req_id(0, [0x0F; 10]).len(), 34);
        assert_eq!(search_id([0x0F; 16]), "0f".repeat(16));
    }
}
