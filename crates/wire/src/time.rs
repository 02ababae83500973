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

/// `YYYY-MM-DD HH:MM:SS` in Beijing time.
pub fn record_time(unix_ms: i64) -> String {
    let time = beijing(unix_ms);
    let mut text = String::with_capacity(19);
    push_digits(&mut text, i64::from(time.year()), 4);
    for (separator, number) in [
        ('-', time.month()),
        ('-', time.day()),
        (' ', time.hour()),
        (':', time.minute()),
        (':', time.second()),
    ] {
        text.push(separator);
        push_digits(&mut text, i64::from(number), 2);
    }
    text
}

/// `YYYYMMDDHHMMSS` in Beijing time, the head of a `req_id`.
pub fn compact(unix_ms: i64) -> String {
    let time = beijing(unix_ms);
    let mut text = String::with_capacity(34);
    push_digits(&mut text, i64::from(time.year()), 4);
    for number in [time.month(), time.day(), time.hour(), time.minute(), time.second()] {
        push_digits(&mut text, i64::from(number), 2);
    }
    text
}

/// The number of the Asia/Shanghai day, counted from 1970-01-01.
pub fn shanghai_day(unix_ms: i64) -> i64 {
    (unix_ms.div_euclid(1000) + OFFSET_SECONDS).div_euclid(DAY_SECONDS)
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

/// Clamped to 1970 … 9999, the years of four digits.
fn beijing(unix_ms: i64) -> DateTime {
    let seconds = unix_ms.div_euclid(1000).clamp(0, Timestamp::MAX.as_second());
    Offset::constant(8).to_datetime(Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn push_digits(text: &mut String, number: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_i64.pow(place) % 10;
        // A remainder of ten is one digit, and years are positive here.
        text.push(char::from(b'0' + digit as u8));
    }
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
