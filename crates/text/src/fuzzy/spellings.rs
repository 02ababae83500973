//! The ways to spell what sounds like a syllable.

use super::Pairs;

/// A spelling in three parts, so that none has to be put together.
#[derive(Clone, Copy)]
pub(super) struct Spelling<'a> {
    initial: &'a str,
    /// The final; without its g after an, en, in.
    stem: &'a str,
    has_g: bool,
}

impl Spelling<'_> {
    /// Whether it is spelled `typed`.
    pub(super) fn is(&self, typed: &str) -> bool {
        let rest = typed.strip_prefix(self.initial).and_then(|rest| rest.strip_prefix(self.stem));
        rest.is_some_and(|rest| rest == if self.has_g { "g" } else { "" })
    }

    /// Whether its spelling starts with `typed`.
    pub(super) fn starts_with(&self, typed: &str) -> bool {
        let Some(final_letters) = typed.strip_prefix(self.initial) else {
            return self.initial.starts_with(typed);
        };
        match final_letters.strip_prefix(self.stem) {
            Some(rest) => rest.is_empty() || (rest == "g" && self.has_g),
            None => self.stem.starts_with(final_letters),
        }
    }
}

/// A whole or incomplete syllable as its initial, which may be empty, and the rest.
pub(super) fn split(part: &str) -> (&str, &str) {
    let length = match part.as_bytes() {
        [b'z' | b'c' | b's', b'h', ..] => 2,
        [b'b'..=b'd' | b'f'..=b'h' | b'j'..=b'n' | b'p'..=b't' | b'w'..=b'z', ..] => 1,
        _ => 0,
    };
    part.split_at(length)
}

/// Whether `test` holds for a spelling of what sounds like `syllable` under `pairs`.
pub(super) fn any_spelling(syllable: &str, pairs: Pairs, test: impl Fn(Spelling<'_>) -> bool) -> bool {
    let (initial, rest) = split(syllable);
    let (stem, has_g) = match rest.strip_suffix('g') {
        Some(stem) if pair_of(stem).is_some() => (stem, true),
        _ => (rest, false),
    };
    let try_ends = |initial, stem| {
        let is_pair = pair_of(stem).is_some_and(|pair| pairs.contains(pair));
        test(Spelling { initial, stem, has_g }) || is_pair && test(Spelling { initial, stem, has_g: !has_g })
    };
    try_ends(initial, stem)
        || partners(initial).iter().filter(|(pair, _)| pairs.contains(*pair)).any(|&(_, partner)| {
            match initial {
                "h" => try_ends(partner, after_f(stem)),
                // *Hun* has no g, so it is no *feng* unless that is also *fen*.
                "f" if stem == "en" && (!has_g || pairs.contains(Pairs::EN_ENG)) => {
                    try_ends(partner, stem) || test(Spelling { initial: partner, stem: "un", has_g: false })
                }
                "f" => try_ends(partner, stem) || after_hu(stem).is_some_and(|stem| try_ends(partner, stem)),
                _ => try_ends(partner, stem),
            }
        })
}

/// The initials that may be one with this one, and by which pair.
fn partners(initial: &str) -> &'static [(Pairs, &'static str)] {
    match initial {
        "z" => &[(Pairs::Z_ZH, "zh")],
        "zh" => &[(Pairs::Z_ZH, "z")],
        "c" => &[(Pairs::C_CH, "ch")],
        "ch" => &[(Pairs::C_CH, "c")],
        "s" => &[(Pairs::S_SH, "sh")],
        "sh" => &[(Pairs::S_SH, "s")],
        "n" => &[(Pairs::N_L, "l")],
        "r" => &[(Pairs::R_L, "l")],
        "l" => &[(Pairs::N_L, "n"), (Pairs::R_L, "r")],
        "f" => &[(Pairs::F_H, "h")],
        "h" => &[(Pairs::F_H, "f")],
        _ => &[],
    }
}

/// The pair that a final of this stem has a part in.
fn pair_of(stem: &str) -> Option<Pairs> {
    match stem.as_bytes() {
        [.., b'a', b'n'] => Some(Pairs::AN_ANG),
        [.., b'e', b'n'] => Some(Pairs::EN_ENG),
        [.., b'i', b'n'] => Some(Pairs::IN_ING),
        _ => None,
    }
}

/// The final after hu that sounds like `stem` after f; *fen* is not here, since *hun* is spelled without e.
fn after_hu(stem: &str) -> Option<&'static str> {
    match stem {
        "a" => Some("ua"),
        "an" => Some("uan"),
        "ei" => Some("ui"),
        "o" => Some("uo"),
        _ => None,
    }
}

/// The final after f that sounds like `stem` after h.
fn after_f(stem: &str) -> &str {
    match stem {
        "u" => stem,
        "ui" => "ei",
        "un" => "en",
        _ => stem.strip_prefix('u').unwrap_or(stem),
    }
}
