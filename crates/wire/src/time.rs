//! Beijing time, the clock of both contracts: `recordTime`, the head of a `req_id`, and the day that
//! a quota belongs to.
//!
//! Asia/Shanghai has been UTC+8 without summer time since 1991, so a fixed offset serves and no
//! time zone database is needed.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

const OFFSET_SECONDS: i64 = 8 * 3600;
const DAY_SECONDS: i64 = 86_400;
/// The seconds of the years 1 to 9999: what lies outside is most likely milliseconds.
pub(crate) const MOMENTS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// `YYYY-MM-DD HH:MM:SS` in Beijing time.
pub fn record_time(unix_ms: i64) -> String {
    record_digits(unix_ms).iter().copied().map(char::from).collect()
}

/// Appends [`record_time`].
pub(crate) fn push_record_time(out: &mut Vec<u8>, unix_ms: i64) {
    out.extend_from_slice(&record_digits(unix_ms));
}

fn record_digits(unix_ms: i64) -> [u8; 19] {
    let time = beijing(unix_ms);
    let mut text = *b"0000-00-00 00:00:00";
    // All are positive: years begin with 1970 here.
    let (century, year) = (time.year() / 100, time.year() % 100);
    for (at, number) in [
        (0, century as u8),
        (2, year as u8),
        (5, time.month() as u8),
        (8, time.day() as u8),
        (11, time.hour() as u8),
        (14, time.minute() as u8),
        (17, time.second() as u8),
    ] {
        text[at] += number / 10;
        text[at + 1] += number % 10;
    }
    text
}

/// `YYYYMMDDHHMMSS` in Beijing time, the head of a `req_id`.
pub fn compact(unix_ms: i64) -> String {
    // With room for the rest of a `req_id`.
    let mut text = String::with_capacity(34);
    text.extend(record_digits(unix_ms).into_iter().filter(u8::is_ascii_digit).map(char::from));
    text
}

/// The number of the Asia/Shanghai day, counted from 1970-01-01.
pub fn shanghai_day(unix_ms: i64) -> i64 {
    (unix_ms.div_euclid(1000) + OFFSET_SECONDS).div_euclid(DAY_SECONDS)
}

/// `YYYY-MM-DD` of a day that is counted as [`shanghai_day`] does.
pub fn day_name(day: i64) -> String {
    let start = day.saturating_mul(DAY_SECONDS).saturating_sub(OFFSET_SECONDS);
    let digits = record_digits(start.saturating_mul(1000));
    digits.iter().take(10).copied().map(char::from).collect()
}

/// Whole seconds until the Asia/Shanghai day turns, 1 to 86400: a `Retry-After` for a spent quota.
pub fn seconds_to_midnight(unix_ms: i64) -> u32 {
    let into_day = (unix_ms.div_euclid(1000) + OFFSET_SECONDS).rem_euclid(DAY_SECONDS);
    // Between 1 and 86400, so the conversion keeps the value.
    (DAY_SECONDS - into_day) as u32
}

/// The Unix second in which the Asia/Shanghai day `YYYY-MM-DD` begins; `None` for anything else.
pub fn day_start(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let well_formed = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !well_formed {
        return None;
    }
    let date =
        jiff::civil::Date::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?)
            .ok()?;
    Some(Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_second() - OFFSET_SECONDS)
}

/// The Unix second that a person names: RFC 3339 with its offset (`2026-01-01T08:00:00+08:00`), a moment in
/// Beijing time (`2026-01-01`, `2026-01-01 08:00`, `2026-01-01 08:00:00`), or Unix seconds; `None` for anything
/// else and for years outside 1 to 9999.
pub fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let seconds = if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()?
    } else if let Ok(timestamp) = text.parse::<Timestamp>() {
        timestamp.as_second()
    } else {
        civil(text)?
    };
    MOMENTS.contains(&seconds).then_some(seconds)
}

/// RFC 3339 in Beijing time, as [`moment`] reads it; a moment outside the years 1 to 9999 is given in seconds.
pub fn shown_moment(seconds: i64) -> String {
    let shown = Timestamp::from_second(seconds).ok().filter(|_| MOMENTS.contains(&seconds));
    shown.map_or_else(
        || seconds.to_string(),
        |timestamp| timestamp.display_with_offset(Offset::constant(8)).to_string(),
    )
}

/// A day or a moment of a day in Beijing time.
fn civil(text: &str) -> Option<i64> {
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let start = day_start(day)?;
    if clock.is_empty() {
        return (day.len() == text.len()).then_some(start);
    }
    let parts: Vec<i64> = clock.split(':').map(two_digits).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let is_clock = hour < 24 && minute < 60 && second < 60;
    is_clock.then_some(start + hour * 3600 + minute * 60 + second)
}

fn two_digits(text: &str) -> Option<i64> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// Clamped to 1970 … 9999, the years of four digits.
fn beijing(unix_ms: i64) -> DateTime {
    let seconds = unix_ms.div_euclid(1000).clamp(0, Timestamp::MAX.as_second());
    Offset::constant(8).to_datetime(Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beijing_is_eight_hours_ahead() {
        assert_eq!(record_time(0), "1970-01-01 08:00:00");
        assert_eq!(record_time(1_695_624_033_999), "2023-09-25 14:40:33");
        assert_eq!(compact(1_695_657_599_000), "20230925235959");
        assert_eq!(compact(1_695_657_600_000), "20230926000000");
    }

    #[test]
    fn absurd_times_are_clamped() {
        assert_eq!(record_time(i64::MIN), "1970-01-01 08:00:00");
        assert_eq!(&record_time(i64::MAX)[..8], "9999-12-");
    }

    #[test]
    fn the_day_turns_at_midnight() {
        let midnight = 1_695_657_600_000;
        assert_eq!(shanghai_day(midnight), shanghai_day(midnight - 1) + 1);
        assert_eq!(seconds_to_midnight(midnight), 86_400);
        assert_eq!(seconds_to_midnight(midnight - 1), 1);
        assert_eq!(seconds_to_midnight(midnight - 1000), 1);
        assert_eq!(shanghai_day(-1), 0);
        assert_eq!(day_name(shanghai_day(midnight)), "2023-09-26");
        assert_eq!(day_name(shanghai_day(midnight - 1)), "2023-09-25");
        assert_eq!((day_name(0).as_str(), &day_name(i64::MAX)[..5]), ("1970-01-01", "9999-"));
    }

    #[test]
    fn a_moment_is_read_in_its_three_forms() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(moment(text), expected, "{text}");
        let midnight = 1_767_196_800;
        for text in [
            "2026-01-01",
            "2026-01-01 00:00",
            " 2026-01-01 00:00:00 ",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+08:00",
            "2025-12-31T16:00:00Z",
            "1767196800",
        ] {
            check(text, Some(midnight));
        }
        check("2026-01-01 23:59:59", Some(midnight + 86_399));
        check("0", Some(0));
        check("-1", Some(-1));
        for text in [
            "",
            "-",
            "now",
            "2026-01-01 ",
            "2026-1-1",
            "2026-01-01 24:00",
            "2026-01-01 8:00",
            "2026-01-01 08",
        ] {
            check(text, day_start(text.trim()));
        }
        check("1767196800000", None);
        check("2026-01-01 08:00:00:00", None);
        assert_eq!(shown_moment(midnight), "2026-01-01T00:00:00+08:00");
        assert_eq!(moment(&shown_moment(midnight)), Some(midnight));
        assert_eq!(shown_moment(i64::MAX), i64::MAX.to_string());
    }

    #[test]
    fn a_day_is_read_strictly() {
        assert_eq!(day_start("2023-09-26"), Some(1_695_657_600));
        assert_eq!(day_start("1970-01-01"), Some(-28_800));
        for text in ["2023-9-26", "2023-02-30", "2023/09/26", "20230926", "+023-09-26", "日日-月月"] {
            assert_eq!(day_start(text), None, "{text}");
        }
    }
}
