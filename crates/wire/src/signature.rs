//! The content search's request signature: SHA-1 over the byte-wise sorted parts.

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use crate::json::hex;

/// Signs a request: 40 lower-case hexadecimal digits.
pub fn sign(secure_key: &str, timestamp: &str, nonce: &str) -> String {
    digest(&mut [secure_key, timestamp, nonce])
}

/// Signs a registration, where `uuid` is signed too.
pub fn sign_register(secure_key: &str, timestamp: &str, nonce: &str, uuid: &str) -> String {
    digest(&mut [secure_key, timestamp, nonce, uuid])
}

/// Whether `given` signs a request with these parts: compared in constant time, hex in either case.
pub fn verify(secure_key: &str, timestamp: &str, nonce: &str, given: &str) -> bool {
    equal(&sign(secure_key, timestamp, nonce), given)
}

/// Whether `given` signs a registration with these parts.
pub fn verify_register(secure_key: &str, timestamp: &str, nonce: &str, uuid: &str, given: &str) -> bool {
    equal(&sign_register(secure_key, timestamp, nonce, uuid), given)
}

fn digest(parts: &mut [&str]) -> String {
    // `str` is ordered by its UTF-8 bytes, which is the order the contract signs.
    parts.sort_unstable();
    let mut hasher = Sha1::new();
    for part in parts.iter() {
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

fn equal(expected: &str, given: &str) -> bool {
    let given = given.to_ascii_lowercase();
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "3f9a1c5e7b2d4860a1b2c3d4e5f60718";

    fn check(timestamp: &str, nonce: &str, expected: &str) {
        assert_eq!(sign(KEY, timestamp, nonce), expected);
        assert!(verify(KEY, timestamp, nonce, expected));
        assert!(verify(KEY, timestamp, nonce, &expected.to_uppercase()));
        assert!(!verify(KEY, timestamp, "other", expected));
        assert!(!verify(KEY, timestamp, nonce, &expected[1..]));
        assert!(!verify(KEY, timestamp, nonce, ""));
    }

    fn check_register(uuid: &str, expected: &str) {
        assert_eq!(sign_register(KEY, "1656048140", "894038", uuid), expected);
        assert!(verify_register(KEY, "1656048140", "894038", uuid, expected));
        assert!(!verify_register(KEY, "1656048141", "894038", uuid, expected));
    }

    #[test]
    fn the_worked_examples_of_the_contract() {
        check("1695624033", "123456", "0a403725e0720dab41edc027c4eda38214e4388f");
        check("1695624033", "894038", "e5d84663c044746d720d864d39c94e3581860525");
        check("1695624033", "aB3dE9", "7b84d803e0fcf0c2f4bb1087e1299f22059c7566");
        check_register("user-0001", "8410c013d45983dd6855437c7fa4b9f9f55dc027");
        check_register("Device_XYZ", "6026bca00df7d0150bbfbb056281a4a886d39c60");
    }
}
