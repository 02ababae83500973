//! Limits as they are written in the configuration, on the command line and in the operators' API: `5/s`, `1000`,
//! `7.7770`, `none`.
//!
//! Every reader returns what it expected as the end of a sentence that begins with "expected".

use engine::{Amount, Limit, Rate};

/// Lifts a limit.
pub(crate) const NONE: &str = "none";
/// Lets the configuration say it again.
pub(crate) const DEFAULT: &str = "default";
/// The most calls that a burst or a quota may have: what is counted stays far from the end of 64 bits.
const MOST_CALLS: i64 = 1_000_000_000_000;

/// Reads a number of calls in a second, a minute or an hour: `5/s`, `100/m`, `5000/h`.
pub(crate) fn parse_rate(text: &str) -> Result<Rate, String> {
    Rate::parse(text).ok_or_else(|| "a rate such as 5/s, 100/m or 5000/h".to_owned())
}

/// Reads how many calls may come at once.
pub(crate) fn parse_burst(text: &str) -> Result<i64, String> {
    count(text, 1).ok_or_else(|| format!("a number of calls, 1 to {MOST_CALLS}"))
}

/// Reads how many calls a day may have; 0 lets none through.
pub(crate) fn parse_quota(text: &str) -> Result<i64, String> {
    count(text, 0).ok_or_else(|| format!("a number of calls, 0 to {MOST_CALLS}"))
}

/// Reads an amount of CNY that is not negative.
pub(crate) fn parse_amount(text: &str) -> Result<Amount, String> {
    let amount: Amount = text.parse().map_err(|error: engine::AmountError| shortened(error))?;
    if amount < Amount::ZERO { Err("an amount that is not negative".to_owned()) } else { Ok(amount) }
}

/// Reads what may be lifted: `none`, or what `parse` reads.
pub(crate) fn parse_or_none<T>(
    text: &str,
    parse: fn(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    if text == NONE {
        return Ok(None);
    }
    parse(text).map(Some).map_err(|expected| format!("{expected}, or {NONE}"))
}

/// Reads an amount of CNY that is not negative, in its units.
pub(crate) fn parse_units(text: &str) -> Result<i64, String> {
    parse_amount(text).map(|amount| amount.0)
}

/// Reads what an operator sets: `none`, `default`, or what `parse` reads.
pub(crate) fn parse_limit<T>(text: &str, parse: fn(&str) -> Result<T, String>) -> Result<Limit<T>, String> {
    match text {
        NONE => Ok(Limit::None),
        DEFAULT => Ok(Limit::Default),
        text => parse(text).map(Limit::At).map_err(|expected| format!("{expected}, or {NONE}, or {DEFAULT}")),
    }
}

/// Reads for how long a secret goes on beside its successor, in milliseconds: `30m`, `24h`, `7d`, `0`.
pub(crate) fn parse_overlap(text: &str) -> Result<i64, String> {
    const MOST_MS: i64 = 365 * 86_400_000;
    let refuse = || "a number and m, h or d, such as 24h, at most 365d; or 0".to_owned();
    if text == "0" {
        return Ok(0);
    }
    let units = [('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];
    let found = units.into_iter().find_map(|(unit, ms)| Some((text.strip_suffix(unit)?, ms)));
    let (number, unit_ms) = found.ok_or_else(refuse)?;
    let ms = count(number, 0).and_then(|number| number.checked_mul(unit_ms));
    ms.filter(|ms| *ms <= MOST_MS).ok_or_else(refuse)
}

/// A rate as it is read; one of another period than those has the milliseconds.
pub(crate) fn show_rate(rate: Rate) -> String {
    rate.to_string()
}

/// What is shown for a limit that may be lifted.
pub(crate) fn show_or_none<T>(limit: Option<T>, show: impl FnOnce(T) -> String) -> String {
    limit.map_or_else(|| NONE.to_owned(), show)
}

/// Digits alone: no sign, no space.
fn count(text: &str, least: i64) -> Option<i64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let count: i64 = text.parse().ok().filter(|_| plain)?;
    (least..=MOST_CALLS).contains(&count).then_some(count)
}

/// The error's sentence without its beginning: "an amount is a decimal …" becomes "an amount, a decimal …".
fn shortened(error: engine::AmountError) -> String {
    error.to_string().replacen(" is", ",", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_shown() {
        for (text, calls, period_ms) in
            [("5/s", 5, 1_000), ("100/m", 100, 60_000), ("1000000000000/h", MOST_CALLS, 3_600_000)]
        {
            let rate = Rate { calls, period_ms };
            assert_eq!(parse_rate(text), Ok(rate));
            assert_eq!(show_rate(rate), text);
        }
        assert_eq!(show_rate(Rate { calls: 3, period_ms: 5 }), "3/5ms");
        assert_eq!((parse_quota("0"), parse_burst("1")), (Ok(0), Ok(1)));
        assert_eq!(parse_amount("0.05"), Ok(Amount(500)));
        assert_eq!(parse_or_none("none", parse_quota), Ok(None));
        assert_eq!(parse_or_none("7", parse_quota), Ok(Some(7)));
        assert_eq!(show_or_none(None, show_rate), "none");
    }

    #[test]
    fn what_is_no_limit_is_refused_with_what_was_expected() {
        for text in ["", "5", "0/s", "-1/s", "5/d", "5 /s", "5/", "/s", "5/s/s", "+5/s", "1000000000001/s"] {
            assert_eq!(parse_rate(text), Err("a rate such as 5/s, 100/m or 5000/h".to_owned()), "{text}");
        }
        for text in ["", "-1", "+1", "1.5", " 1", "99999999999999999999", "none"] {
            assert!(parse_quota(text).is_err() && parse_burst(text).is_err(), "{text}");
        }
        assert_eq!(parse_burst("0"), Err(format!("a number of calls, 1 to {MOST_CALLS}")));
        assert_eq!(parse_amount("-0.0001"), Err("an amount that is not negative".to_owned()));
        let told = parse_or_none("1.23456", parse_amount);
        assert!(
            told.as_ref().is_err_and(|told| told.starts_with("an amount, a decimal of at most")),
            "{told:?}"
        );
        assert!(told.is_err_and(|told| told.ends_with("such as 7.7770, or none")));
    }

    #[test]
    fn overlaps_have_a_unit() {
        assert_eq!((parse_overlap("0"), parse_overlap("30m")), (Ok(0), Ok(1_800_000)));
        assert_eq!((parse_overlap("24h"), parse_overlap("7d")), (Ok(86_400_000), Ok(604_800_000)));
        for wrong in ["", "h", "24", "-1h", "+1h", "1.5h", "366d", "99999999999999d", "1w"] {
            assert!(parse_overlap(wrong).is_err(), "{wrong}");
        }
    }
}
