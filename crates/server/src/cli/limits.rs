//! The options by which a token or an application gets its account and its limits.

use clap::{Args, ValueEnum};
use engine::{Limit, Rate};

use crate::limits_text::{
    NONE, parse_burst, parse_limit, parse_overlap, parse_quota, parse_rate, parse_units,
};

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

fn rate(text: &str) -> Result<Limit<Rate>, String> {
    parse_limit(text, parse_rate).map_err(|what| expected(&what))
}

fn burst(text: &str) -> Result<Limit<i64>, String> {
    parse_limit(text, parse_burst).map_err(|what| expected(&what))
}

fn quota(text: &str) -> Result<Limit<i64>, String> {
    parse_limit(text, parse_quota).map_err(|what| expected(&what))
}

fn amount(text: &str) -> Result<Limit<i64>, String> {
    parse_limit(text, parse_units).map_err(|what| expected(&what))
}

/// A time such as `30m`, `24h` or `7d`, in milliseconds; `0` for none.
pub(super) fn overlap(text: &str) -> Result<i64, String> {
    parse_overlap(text).map_err(|what| expected(&what))
}

fn expected(what: &str) -> String {
    format!("expected {what}")
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
}
