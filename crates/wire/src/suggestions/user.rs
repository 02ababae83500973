//! What a token's owner may ask about its account: the balance and the calls of the last days.

use serde::{Deserialize, Serialize};

use crate::time;

/// The data of `/user/get-balance`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Four decimals, as a string.
    pub balance: String,
    /// `CNY`.
    pub currency: String,
}

impl Balance {
    /// A balance in CNY, which is shown as amounts are: with four decimals.
    pub fn cny(balance: &impl ToString) -> Balance {
        Balance { balance: balance.to_string(), currency: "CNY".to_owned() }
    }
}

/// The data of `/user/get-usage-summary`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageSummary {
    /// Calls a day.
    #[serde(rename = "apiTrendDaily")]
    pub api_trend_daily: UsageDays,
}

/// Calls per interface and day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageDays {
    /// The days, `YYYY-MM-DD`, oldest first.
    pub days: Vec<String>,
    /// One row an interface.
    pub series: Vec<UsageSeries>,
}

/// The calls of one interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageSeries {
    /// The interface.
    pub name: String,
    /// One number a day.
    pub data: Vec<i64>,
}

impl UsageSummary {
    /// No calls on the last `count` days of Asia/Shanghai up to `today`, for these interfaces.
    pub fn empty(today: i64, count: usize, interfaces: &[&str]) -> UsageSummary {
        let days = (0..count as i64).rev().map(|back| time::day_name(today - back)).collect();
        let series =
            interfaces.iter().map(|name| UsageSeries { name: (*name).to_owned(), data: vec![0; count] });
        UsageSummary { api_trend_daily: UsageDays { days, series: series.collect() } }
    }

    /// Adds the calls of a day to those of an interface; a day or an interface that is not shown is left out.
    pub fn add(&mut self, day: i64, interface: &str, calls: i64) {
        let UsageDays { days, series } = &mut self.api_trend_daily;
        let name = time::day_name(day);
        let Some(place) = days.iter().position(|shown| *shown == name) else { return };
        let row = series.iter_mut().find(|row| row.name == interface);
        if let Some(number) = row.and_then(|row| row.data.get_mut(place)) {
            *number += calls;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_balance_on_the_wire() {
        let text = serde_json::to_string(&Balance::cny(&"123.4500")).unwrap();
        assert_eq!(text, r#"{"balance":"123.4500","currency":"CNY"}"#);
    }

    #[test]
    fn a_summary_has_every_day_and_no_other() {
        let today = time::shanghai_day(1_767_225_600_000);
        let mut summary = UsageSummary::empty(today, 3, &["/a", "/b"]);
        for (day, interface, calls) in [
            (today, "/a", 5),
            (today - 2, "/a", 7),
            (today - 2, "/a", 1),
            (today - 3, "/a", 9),
            (today, "/c", 9),
        ] {
            summary.add(day, interface, calls);
        }
        summary.add(today + 1, "/a", 9);
        let text = serde_json::to_string(&summary).unwrap();
        let expected = r#"{"apiTrendDaily":{"days":["2025-12-30","2025-12-31","2026-01-01"],"series":[{"name":"/a","data":[8,0,5]},{"name":"/b","data":[0,0,0]}]}}"#;
        assert_eq!(text, expected);
    }
}
