//! Which sounds count as one.

/// A set of pairs of sounds that are told apart badly.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pairs(u16);

impl Pairs {
    /// No pair: every sound for itself.
    pub const NONE: Self = Self(0);
    /// z and zh.
    pub const Z_ZH: Self = Self(1);
    /// c and ch.
    pub const C_CH: Self = Self(1 << 1);
    /// s and sh.
    pub const S_SH: Self = Self(1 << 2);
    /// n and l at the beginning.
    pub const N_L: Self = Self(1 << 3);
    /// r and l at the beginning.
    pub const R_L: Self = Self(1 << 4);
    /// f and h, also hu before a vowel.
    pub const F_H: Self = Self(1 << 5);
    /// an and ang at the end, also of ian, iang, uan, uang.
    pub const AN_ANG: Self = Self(1 << 6);
    /// en and eng at the end.
    pub const EN_ENG: Self = Self(1 << 7);
    /// in and ing at the end.
    pub const IN_ING: Self = Self(1 << 8);
    /// Every pair.
    pub const ALL: Self = Self((1 << 9) - 1);

    const NAMES: [(&'static str, Self); 9] = [
        ("z_zh", Self::Z_ZH),
        ("c_ch", Self::C_CH),
        ("s_sh", Self::S_SH),
        ("n_l", Self::N_L),
        ("r_l", Self::R_L),
        ("f_h", Self::F_H),
        ("an_ang", Self::AN_ANG),
        ("en_eng", Self::EN_ENG),
        ("in_ing", Self::IN_ING),
    ];

    /// Whether every pair of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The pairs of both sets.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The pairs of this set that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Adds the pairs of `other`.
    pub const fn insert(&mut self, other: Self) {
        *self = self.with(other);
    }

    /// Whether no pair is in this set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Every single pair that there is, with its name.
    pub fn names() -> impl ExactSizeIterator<Item = (&'static str, Self)> {
        Self::NAMES.into_iter()
    }

    /// The pair of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::names().find(|&(other, _)| other == name).map(|(_, pair)| pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let mut pairs = Pairs::NONE;
        for (name, pair) in Pairs::names() {
            assert_eq!(Pairs::from_name(name), Some(pair));
            assert!(!pairs.contains(pair) && !pair.is_empty());
            pairs.insert(pair);
            assert!(pairs.contains(pair));
        }
        assert_eq!(pairs, Pairs::ALL);
        assert!(!pairs.without(Pairs::N_L).contains(Pairs::N_L));
        assert_eq!(Pairs::from_name("x_y"), None);
        assert_eq!(Pairs::default(), Pairs::NONE);
    }
}
