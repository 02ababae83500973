//! The content search's access token, which verifies itself: `A` and the base62 digits of
//! (version, application, user, time of issue, 128-bit keyed MAC).
//!
//! Nothing is stored when one is issued, so neither registrations nor invented tokens cost memory.

use subtle::ConstantTimeEq;

/// How long a token is good for: 60 days.
pub const LIFETIME_SECONDS: i64 = 5_184_000;

const VERSION: u8 = 1;
const PAYLOAD_BYTES: usize = 1 + 4 + 8 + 4;
const MAC_BYTES: usize = 16;
const TOKEN_BYTES: usize = PAYLOAD_BYTES + MAC_BYTES;
/// The fewest base62 digits that hold every value of that many bytes.
const DIGITS: usize = 45;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits are taken five at a time: 62^5 fits a 32-bit limb.
const GROUP_DIGITS: usize = 5;
const GROUP: u64 = 62_u64.pow(GROUP_DIGITS as u32);
/// 264 bits in 32-bit limbs; the highest holds eight of them.
const LIMBS: usize = 9;

/// Who a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessToken {
    /// The application (partner) that registered the user.
    pub application: u32,
    /// The application's user: the same uuid is the same user.
    pub user: u64,
    /// Unix seconds of issue, 0 to 2^32 − 1.
    pub issued: i64,
}

/// Why a token is refused; on the wire all three are ret 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// It does not have the form of a token.
    #[error("access_token is not one that this server issued; register again")]
    Malformed,
    /// Its MAC does not match.
    #[error("access_token was not issued by this server; register again")]
    Forged,
    /// It is older than [`LIFETIME_SECONDS`].
    #[error("access_token has expired; register again")]
    Expired,
}

/// Issues the text of a token.
///
/// An `issued` outside of 0 to 2^32 − 1 is clamped into it.
pub fn issue(key: &[u8; 32], token: &AccessToken) -> String {
    // The clamp makes the conversion lossless.
    let issued = token.issued.clamp(0, i64::from(u32::MAX)) as u32;
    let mut bytes = [0; TOKEN_BYTES];
    bytes[0] = VERSION;
    bytes[1..5].copy_from_slice(&token.application.to_be_bytes());
    bytes[5..13].copy_from_slice(&token.user.to_be_bytes());
    bytes[13..17].copy_from_slice(&issued.to_be_bytes());
    let mac = mac(key, &bytes[..PAYLOAD_BYTES]);
    bytes[PAYLOAD_BYTES..].copy_from_slice(&mac);
    encode(&bytes)
}

/// Checks form, MAC and age of a token's text; `now` is in Unix seconds.
///
/// # Errors
/// When the text is not a token, was not issued with `key`, or is [`LIFETIME_SECONDS`] old.
pub fn verify(key: &[u8; 32], text: &str, now: i64) -> Result<AccessToken, AccessTokenError> {
    let bytes = decode(text).ok_or(AccessTokenError::Malformed)?;
    let (payload, given) = bytes.split_at(PAYLOAD_BYTES);
    if !bool::from(mac(key, payload).ct_eq(given)) {
        return Err(AccessTokenError::Forged);
    }
    if payload[0] != VERSION {
        return Err(AccessTokenError::Malformed);
    }
    let token = AccessToken {
        application: number(&payload[1..5]) as u32,
        user: number(&payload[5..13]),
        issued: number(&payload[13..17]) as i64,
    };
    if now >= token.issued.saturating_add(LIFETIME_SECONDS) {
        return Err(AccessTokenError::Expired);
    }
    Ok(token)
}

fn mac(key: &[u8; 32], payload: &[u8]) -> [u8; MAC_BYTES] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    // The purpose goes into the MAC: a key that is used for something else gives no valid token.
    hasher.update(b"wire access token\0");
    hasher.update(payload);
    let mut mac = [0; MAC_BYTES];
    mac.copy_from_slice(&hasher.finalize().as_bytes()[..MAC_BYTES]);
    mac
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn encode(bytes: &[u8; TOKEN_BYTES]) -> String {
    let mut limbs = to_limbs(bytes);
    let mut digits = [0_u8; DIGITS];
    for group in digits.rchunks_mut(GROUP_DIGITS) {
        let mut remainder = 0;
        for limb in &mut limbs {
            let value = remainder << 32 | u64::from(*limb);
            *limb = (value / GROUP) as u32;
            remainder = value % GROUP;
        }
        for digit in group.iter_mut().rev() {
            *digit = ALPHABET[(remainder % 62) as usize];
            remainder /= 62;
        }
    }
    let mut text = String::with_capacity(1 + DIGITS);
    text.push('A');
    text.extend(digits.map(char::from));
    text
}

/// The token's bytes; `None` for a wrong length, a strange digit or a number that is too large.
fn decode(text: &str) -> Option<[u8; TOKEN_BYTES]> {
    let digits = text.strip_prefix('A')?.as_bytes();
    if digits.len() != DIGITS {
        return None;
    }
    let mut limbs = [0_u32; LIMBS];
    for group in digits.chunks(GROUP_DIGITS) {
        let mut carry = 0;
        for digit in group {
            carry = carry * 62 + digit_value(*digit)?;
        }
        for limb in limbs.iter_mut().rev() {
            let value = u64::from(*limb) * GROUP + carry;
            *limb = value as u32;
            carry = value >> 32;
        }
        if carry != 0 {
            return None;
        }
    }
    from_limbs(&limbs)
}

fn digit_value(digit: u8) -> Option<u64> {
    let value = match digit {
        b'0'..=b'9' => digit - b'0',
        b'A'..=b'Z' => digit - b'A' + 10,
        b'a'..=b'z' => digit - b'a' + 36,
        _ => return None,
    };
    Some(u64::from(value))
}

/// Big-endian limbs; the first holds the single byte that does not fill a limb.
fn to_limbs(bytes: &[u8; TOKEN_BYTES]) -> [u32; LIMBS] {
    let mut limbs = [0; LIMBS];
    limbs[0] = u32::from(bytes[0]);
    for (limb, chunk) in limbs[1..].iter_mut().zip(bytes[1..].chunks(4)) {
        *limb = number(chunk) as u32;
    }
    limbs
}

fn from_limbs(limbs: &[u32; LIMBS]) -> Option<[u8; TOKEN_BYTES]> {
    let mut bytes = [0; TOKEN_BYTES];
    bytes[0] = u8::try_from(limbs[0]).ok()?;
    for (limb, chunk) in limbs[1..].iter().zip(bytes[1..].chunks_mut(4)) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: [u8; 32] = [7; 32];
    const TOKEN: AccessToken = AccessToken { application: 3, user: 99, issued: 1_700_000_000 };

    #[test]
    fn a_token_is_alphanumeric_and_begins_with_a() {
        let text = issue(&KEY, &TOKEN);
        assert_eq!(text.len(), 46);
        assert!(text.starts_with('A') && text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(verify(&KEY, &text, TOKEN.issued), Ok(TOKEN));
    }

    #[test]
    fn it_expires_after_sixty_days() {
        let text = issue(&KEY, &TOKEN);
        let end = TOKEN.issued + LIFETIME_SECONDS;
        assert_eq!(verify(&KEY, &text, end - 1), Ok(TOKEN));
        assert_eq!(verify(&KEY, &text, end), Err(AccessTokenError::Expired));
        assert_eq!(verify(&KEY, &text, i64::MAX), Err(AccessTokenError::Expired));
        assert_eq!(verify(&KEY, &text, 0), Ok(TOKEN), "another server's clock may be ahead");
    }

    #[test]
    fn another_key_or_a_flipped_bit_is_a_forgery() {
        let text = issue(&KEY, &TOKEN);
        assert_eq!(verify(&[8; 32], &text, TOKEN.issued), Err(AccessTokenError::Forged));
        let bytes = decode(&text).unwrap();
        for bit in 0..TOKEN_BYTES * 8 {
            let mut forged = bytes;
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = encode(&forged);
            assert_eq!(verify(&KEY, &forged, TOKEN.issued), Err(AccessTokenError::Forged), "bit {bit}");
        }
    }

    #[test]
    fn other_texts_are_malformed() {
        let text = issue(&KEY, &TOKEN);
        let too_large = format!("A{}", "z".repeat(DIGITS));
        for bad in [
            "",
            "A",
            &text[..45],
            &text[1..],
            &format!("{text}0"),
            &text.replace('A', "B"),
            &too_large,
            "好好好",
        ] {
            assert_eq!(verify(&KEY, bad, 0), Err(AccessTokenError::Malformed), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn bytes_survive_base62(bytes in prop::collection::vec(any::<u8>(), TOKEN_BYTES)) {
            let bytes: [u8; TOKEN_BYTES] = bytes.try_into().unwrap();
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn tokens_come_back(application: u32, user: u64, issued: u32, key: [u8; 32]) {
            let token = AccessToken { application, user, issued: i64::from(issued) };
            prop_assert_eq!(verify(&key, &issue(&key, &token), token.issued), Ok(token));
        }

        #[test]
        fn any_text_is_refused_without_panic(text in any::<String>()) {
            prop_assert!(verify(&KEY, &text, 0).is_err());
        }
    }
}
