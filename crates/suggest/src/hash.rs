//! One hash for all that is told apart by a number; files hold it, so it is ours and never changes on its own.

const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// A number that is different for different bytes, for all that is likely; `seed` starts another such numbering.
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(FACTOR).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let sum = words.iter().fold(mix(1, seed), |sum, word| mix(sum, u64::from_le_bytes(*word)));
    mix(mix(sum, u64::from_le_bytes(last)), bytes.len() as u64)
}
