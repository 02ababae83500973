//! Money: whole ten-thousandths of a yuan, so that sums are exact.

use std::{fmt, str::FromStr};

/// Units of one yuan.
const UNITS: i64 = 10_000;
/// Digits after the point.
const DECIMALS: usize = 4;
/// The largest amount that is taken from outside, in yuan: sums of many stay far from the end of 64 bits.
const MOST_YUAN: i64 = 1_000_000_000;

/// An amount of CNY in ten-thousandths. Shown and read as a decimal with a point: `7.7770`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub i64);

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an amount is a decimal of at most 1000000000 yuan with up to four digits after the point, such as 7.7770"
)]
pub struct AmountError;

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);

    /// The amount of that many at this price; `None` beyond 64 bits.
    pub fn times(self, count: i64) -> Option<Amount> {
        self.0.checked_mul(count).map(Amount)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, units) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let one = UNITS.unsigned_abs();
        write!(formatter, "{sign}{}.{:0width$}", units / one, units % one, width = DECIMALS)
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads `7`, `7.5`, `7.7770`, `-0.0001`; nothing else, and never rounds.
    fn from_str(text: &str) -> Result<Amount, AmountError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(part) || part.len() > DECIMALS {
            return Err(AmountError);
        }
        let whole: i64 = whole.parse().map_err(|_| AmountError)?;
        let part: i64 = format!("{part:0<DECIMALS$}").parse().map_err(|_| AmountError)?;
        if whole > MOST_YUAN || (whole == MOST_YUAN && part > 0) {
            return Err(AmountError);
        }
        let units = whole * UNITS + part;
        Ok(Amount(if negative { -units } else { units }))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_shown_exactly() {
        let cases = [("7.7770", 77_770), ("0", 0), ("7", 70_000), ("7.5", 75_000), ("-0.0001", -1)];
        for (text, units) in cases {
            assert_eq!(text.parse::<Amount>().unwrap(), Amount(units), "{text}");
        }
        assert_eq!(Amount(77_770).to_string(), "7.7770");
        assert_eq!(Amount(-1).to_string(), "-0.0001");
        assert_eq!(Amount(i64::MIN).to_string(), "-922337203685477.5808");
        assert_eq!("1000000000".parse::<Amount>().unwrap().to_string(), "1000000000.0000");
    }

    #[test]
    fn what_would_have_to_be_guessed_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "1.23456",
            "1e3",
            "+1",
            "1,5",
            " 1",
            "１",
            "--1",
            "1000000000.0001",
            "99999999999999999999",
        ] {
            assert_eq!(text.parse::<Amount>(), Err(AmountError), "{text}");
        }
    }
}
