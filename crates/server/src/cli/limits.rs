//! The options by which a token or an application gets its account and its limits.

use clap::{Args, ValueEnum};
use engine::{Amount, Limit, Rate};

/// The most calls of a day, or at once, that can be set.
const MOST_CALLS: i64 = 1_000_000_000_000;
/// Lifts a limit.
const NONE: &str = "none";
/// Lets the configuration say it again.
const DEFAULT: &str = "default";

/// Who pays, and what may be done.
#[derive(Debug, Clone, Default, Args)]
pub struct CallerOptions {
    /// The account that pays, by number or name; none takes it away
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// The API that rate, burst, quota, cap and price are for [default: the one it calls]
    #[arg(long, value_enum, value_name = "API")]
    pub api: Option<ApiName>,
    /// APIs that it may call: suggest, search
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    pub allow: Vec<ApiName>,
    /// APIs that it may not call
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    pub deny: Vec<ApiName>,
    /// How often it may call: N/s, N/m or N/h; none, or default
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub rate: Option<Limit<Rate>>,
    /// How many calls at once, where there is a rate; none and default follow the rate
    #[arg(long, value_name = "N", value_parser = burst)]
    pub burst: Option<Limit<i64>>,
    /// Calls of a day in Asia/Shanghai; none, or default
    #[arg(long, value_name = "N", value_parser = quota)]
    pub quota: Option<Limit<i64>>,
    /// CNY that it may ever spend; none, or default
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub cap: Option<Limit<i64>>,
    /// CNY that a successful call costs; none for nothing, or default
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub price: Option<Limit<i64>>,
}

impl CallerOptions {
    /// The account to take, `Some(None)` to take it away.
    pub fn account(&self) -> Option<Option<String>> {
        self.account.clone().map(|account| (account != NONE).then_some(account))
    }
}

/// An API by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ApiName {
    /// Keyword suggestions
    Suggest,
    /// Content search
    Search,
}

impl From<ApiName> for engine::Api {
    fn from(name: ApiName) -> engine::Api {
        match name {
            ApiName::Suggest => engine::Api::Suggest,
            ApiName::Search => engine::Api::Search,
        }
    }
}

/// `none`, `default`, or a value.
fn limit<T>(text: &str, value: impl Fn(&str) -> Result<T, String>) -> Result<Limit<T>, String> {
    match text {
        NONE => Ok(Limit::None),
        DEFAULT => Ok(Limit::Default),
        text => value(text).map(Limit::At),
    }
}

fn rate(text: &str) -> Result<Limit<Rate>, String> {
    let expected =
        || "expected a number of calls and /s, /m or /h, such as 10/s; or none, or default".to_owned();
    limit(text, |text| Rate::parse(text).ok_or_else(expected))
}

fn calls(text: &str, least: i64) -> Result<i64, String> {
    let number = text.parse().ok().filter(|number| (least..=MOST_CALLS).contains(number));
    number.ok_or_else(|| format!("expected a number from {least} to {MOST_CALLS}; or none, or default"))
}

fn burst(text: &str) -> Result<Limit<i64>, String> {
    limit(text, |text| calls(text, 1))
}

fn quota(text: &str) -> Result<Limit<i64>, String> {
    limit(text, |text| calls(text, 0))
}

fn amount(text: &str) -> Result<Limit<i64>, String> {
    limit(text, |text| match text.parse::<Amount>() {
        Ok(amount) if amount >= Amount::ZERO => Ok(amount.0),
        Ok(_) => Err("an amount below 0 cannot be set; none lifts the limit".to_owned()),
        Err(error) => Err(format!("{error}; or none, or default")),
    })
}

/// A time such as `30m`, `24h` or `7d`, in milliseconds; `0` for none.
pub(super) fn overlap(text: &str) -> Result<i64, String> {
    const MOST_MS: i64 = 365 * 86_400_000;
    let expected = || "expected a number and m, h or d, such as 24h, at most 365d; or 0".to_owned();
    if text == "0" {
        return Ok(0);
    }
    let units = [('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];
    let found = units.into_iter().find_map(|(unit, ms)| Some((text.strip_suffix(unit)?, ms)));
    let (number, unit_ms) = found.ok_or_else(expected)?;
    let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let ms = number.parse().ok().filter(|_| is_plain).and_then(|number: i64| number.checked_mul(unit_ms));
    ms.filter(|ms| *ms <= MOST_MS).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_values_or_words() {
        assert_eq!(rate("10/s"), Ok(Limit::At(Rate { calls: 10, period_ms: 1_000 })));
        assert_eq!((rate("none"), rate("default")), (Ok(Limit::None), Ok(Limit::Default)));
        assert_eq!((quota("0"), burst("1")), (Ok(Limit::At(0)), Ok(Limit::At(1))));
        assert_eq!((amount("7.7770"), amount("none")), (Ok(Limit::At(77_770)), Ok(Limit::None)));
        for wrong in [rate("10").is_err(), rate("0/s").is_err(), burst("0").is_err(), quota("-1").is_err()] {
            assert!(wrong);
        }
        assert!(amount("-1").is_err() && amount("1.23456").is_err() && amount("lots").is_err());
    }

    #[test]
    fn overlaps_have_a_unit() {
        assert_eq!((overlap("0"), overlap("30m")), (Ok(0), Ok(1_800_000)));
        assert_eq!((overlap("24h"), overlap("7d")), (Ok(86_400_000), Ok(604_800_000)));
        for wrong in ["", "h", "24", "-1h", "+1h", "1.5h", "366d", "99999999999999d", "1w"] {
            assert!(overlap(wrong).is_err(), "{wrong}");
        }
    }
}
