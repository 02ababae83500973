//! Limits as they are written in the configuration and on the command line: `5/s`, `1000`, `7.7770`, `none`.
//!
//! Every reader returns what it expected as the end of a sentence that begins with "expected".

use engine::{Amount, Rate};

/// Lifts a limit.
pub(crate) const NONE: &str = "none";
/// The units of time that a rate may have, in milliseconds.
const PERIODS: [(&str, i64); 3] = [("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
/// The most calls that a rate, a burst or a quota may have: what is counted stays far from the end of 64 bits.
const MOST_CALLS: i64 = 1_000_000_000_000;

/// Reads a number of calls in a second, a minute or an hour: `5/s`, `100/m`, `5000/h`.
pub(crate) fn parse_rate(text: &str) -> Result<Rate, String> {
    let refuse = || "a rate such as 5/s, 100/m or 5000/h".to_owned();
    let (calls, unit) = text.split_once('/').ok_or_else(refuse)?;
    let (_, period_ms) = PERIODS.into_iter().find(|(name, _)| *name == unit).ok_or_else(refuse)?;
    let calls = count(calls, 1).ok_or_else(refuse)?;
    Ok(Rate { calls, period_ms })
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

/// A rate as it is read; one of another period than those has the milliseconds.
pub(crate) fn show_rate(rate: Rate) -> String {
    match PERIODS.into_iter().find(|(_, period_ms)| *period_ms == rate.period_ms) {
        Some((unit, _)) => format!("{}/{unit}", rate.calls),
        None => format!("{}/{}ms", rate.calls, rate.period_ms),
    }
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
}
