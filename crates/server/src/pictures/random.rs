//! Numbers that follow from a seed.

/// A stream of numbers that look random and are always the same for a seed (`SplitMix64`).
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number in `low..high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        // 24 bits fill a float exactly.
        let unit = (self.next() >> 40) as f32 / (1_u32 << 24) as f32;
        low + (high - low) * unit
    }

    /// A number in `0..count`.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        self.next() % count
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
