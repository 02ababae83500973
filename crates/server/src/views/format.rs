//! Figures and times as a reader wants them.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// A moment, shown in the time of China.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(Timestamp);

impl Moment {
    /// The moment of this Unix second; one beyond the calendar is shown as the calendar's end.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        let end = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self(Timestamp::from_second(seconds).unwrap_or(end))
    }

    pub(super) fn day(self) -> String {
        self.shown("%Y-%m-%d")
    }

    pub(super) fn minute(self) -> String {
        self.shown("%Y-%m-%d %H:%M")
    }

    pub(super) fn machine(self) -> String {
        self.shown("%Y-%m-%dT%H:%M:%S+08:00")
    }

    fn shown(self, form: &str) -> String {
        self.0.to_zoned(TimeZone::fixed(Offset::constant(8))).strftime(form).to_string()
    }
}

/// A count as it is said: 9999, 1.2万, 3.4亿. Never rounded up.
pub(super) fn count(number: i64) -> String {
    let scaled = |unit: i64, name: &str| match (number / unit, number % unit * 10 / unit) {
        (whole, 0) => format!("{whole}{name}"),
        (whole, tenth) => format!("{whole}.{tenth}{name}"),
    };
    match number {
        ..10_000 => number.to_string(),
        10_000..100_000_000 => scaled(10_000, "万"),
        _ => scaled(100_000_000, "亿"),
    }
}

/// A duration: 0:07, 2:03, 1:02:03.
pub(super) fn duration(seconds: f64) -> String {
    // A float that is no number becomes 0; what is too large, the largest.
    let seconds = seconds.round() as u32;
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{rest:02}") } else { format!("{hours}:{minutes:02}:{rest:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let check = |number, expected: &str| assert_eq!(count(number), expected);
        check(0, "0");
        check(-3, "-3");
        check(9_999, "9999");
        check(10_000, "1万");
        check(12_999, "1.2万");
        check(99_999_999, "9999.9万");
        check(100_000_000, "1亿");
        check(i64::MAX, "92233720368.5亿");
    }

    #[test]
    fn durations() {
        let check = |seconds, expected: &str| assert_eq!(duration(seconds), expected);
        check(7.4, "0:07");
        check(126.967, "2:07");
        check(3_723.0, "1:02:03");
        check(f64::NAN, "0:00");
        check(-1.0, "0:00");
    }

    #[test]
    fn moments() {
        let moment = Moment::from_seconds(1_795_000_000);
        assert_eq!(moment.day(), "2026-11-18");
        assert_eq!(moment.minute(), "2026-11-18 19:06");
        assert_eq!(moment.machine(), "2026-11-18T19:06:40+08:00");
        assert!(!Moment::from_seconds(i64::MAX).day().is_empty());
        assert!(!Moment::from_seconds(i64::MIN).day().is_empty());
    }
}
