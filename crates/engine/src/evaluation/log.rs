//! A dated query log in memory: what was searched, and when.

use std::collections::HashMap;

/// Seconds in a day.
pub const DAY: i64 = 86_400;
/// Seconds in an hour, the grain of the query log.
pub const HOUR: i64 = 3_600;
/// Seconds that Asia/Shanghai is ahead of UTC; it has had no summer time since 1991.
const SHANGHAI: i64 = 8 * HOUR;

/// One text of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is compared by.
    pub key: String,
    /// As it was first written.
    pub text: String,
}

/// Submissions of one text in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Hours since 1970.
    pub hour: i64,
    /// The text's place in [`Log::entries`].
    pub entry: u32,
    /// How often.
    pub count: i64,
}

impl Event {
    /// The moment that it counts as: the middle of its hour.
    pub fn time(&self) -> i64 {
        self.hour * HOUR + HOUR / 2
    }

    /// The Asia/Shanghai day it belongs to, counted from 1970-01-01.
    pub fn day(&self) -> i64 {
        day_of(self.hour * HOUR)
    }
}

/// A query log. Texts with one key are one entry.
#[derive(Debug, Default)]
pub struct Log {
    by_key: HashMap<String, u32>,
    entries: Vec<Entry>,
    events: Vec<Event>,
}

impl Log {
    /// Adds a line. `time` is in Unix seconds; the beginning of an Asia/Shanghai day means a date without a time of
    /// day and counts as that day's noon. A text that nothing is left of in the compared form is passed over.
    pub fn add(&mut self, text: &str, time: i64, count: i64) {
        let key = text::normal::key(text);
        if key.is_empty() {
            return;
        }
        let entry = match self.by_key.get(&key) {
            Some(&entry) => entry,
            None => {
                let entry = self.entries.len() as u32;
                self.by_key.insert(key.clone(), entry);
                self.entries.push(Entry { key, text: text.to_owned() });
                entry
            }
        };
        let moment = if time == day_start(day_of(time)) { time + DAY / 2 } else { time };
        self.events.push(Event { hour: moment.div_euclid(HOUR), entry, count });
    }

    /// Puts the events in the order of time.
    pub fn sort(&mut self) {
        self.events.sort_unstable();
    }

    /// The texts, as they first came.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The events; in the order of time after [`Log::sort`].
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The first and the last day; `None` for an empty log.
    pub fn days(&self) -> Option<(i64, i64)> {
        let days = || self.events.iter().map(Event::day);
        days().min().zip(days().max())
    }

    /// Places of the entries that were searched on at least so many different days, in order.
    pub fn seen_on_days(&self, days: usize) -> Vec<usize> {
        let mut seen: Vec<(u32, i64)> = self.events.iter().map(|event| (event.entry, event.day())).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.chunk_by(|one, two| one.0 == two.0)
            .filter(|of_entry| of_entry.len() >= days)
            .map(|of_entry| of_entry[0].0 as usize)
            .collect()
    }
}

/// The Asia/Shanghai day of a moment, counted from 1970-01-01.
pub fn day_of(time: i64) -> i64 {
    (time + SHANGHAI).div_euclid(DAY)
}

/// The Unix second in which an Asia/Shanghai day begins.
pub fn day_start(day: i64) -> i64 {
    day * DAY - SHANGHAI
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_one_entry_and_a_date_is_its_noon() {
        let mut log = Log::default();
        log.add("显卡", day_start(100), 1);
        log.add("顯卡", day_start(101) + 5, 2);
        log.add("  ", day_start(101), 1);
        log.add("口红", day_start(99), 1);
        log.sort();
        assert_eq!(
            log.entries().iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(),
            ["显卡", "口红"]
        );
        let noon = log.events()[1];
        assert_eq!((noon.day(), noon.time() - day_start(100)), (100, DAY / 2 + HOUR / 2));
        assert_eq!(log.events()[2].hour * HOUR, day_start(101));
        assert_eq!(log.days(), Some((99, 101)));
        assert_eq!(log.seen_on_days(2), [0]);
    }
}
