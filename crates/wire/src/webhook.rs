//! How an alarm is posted: the names of the headers, and the signature by which its receiver knows the sender.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::json::hex;

/// The header with the Unix second in which it is sent.
pub const TIMESTAMP: &str = "X-Qiusuo-Timestamp";
/// The header with the alarm's identity, the same at every attempt.
pub const EVENT_ID: &str = "X-Qiusuo-Event-Id";
/// The header with what [`sign`] makes.
pub const SIGNATURE: &str = "X-Qiusuo-Signature";

/// `sha256=` and the HMAC-SHA256 of `timestamp.body` under the secret, in lower-case hexadecimal digits.
pub fn sign(secret: &str, timestamp: &str, body: &str) -> String {
    format!("sha256={}", hmac(secret, &[timestamp, ".", body]))
}

fn hmac(secret: &str, parts: &[&str]) -> String {
    // A key of any length is taken; there is no other error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    for part in parts {
        mac.update(part.as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hmac("Jefe", &["what do ya want ", "for nothing?"]), expected);
        // Made with Python's hmac.
        assert_eq!(
            sign("hush", "1767225600", r#"{"kind":"quota"}"#),
            "sha256=fe98a1c90d86777a09b2c7ed6e0142af2969674584e756321615648525b2fe87"
        );
    }
}
