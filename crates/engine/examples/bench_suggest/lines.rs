//! The generated log, line by line: `date`, `query`, `count`, tab-separated, under a header; the lines of one entry
//! follow one another.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use suggest::{Candidate, Evidence, Weights};

use super::Outcome;

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;

/// One entry of the log.
pub(crate) struct Entry {
    /// Its text.
    pub(crate) text: String,
    /// Days since 1970 and the count of each.
    pub(crate) days: Vec<(i64, u64)>,
}

impl Entry {
    /// How often it was searched.
    pub(crate) fn count(&self) -> u64 {
        self.days.iter().map(|&(_, count)| count).sum()
    }

    /// As a candidate whose age is counted up to `now`; a day counts as its noon.
    pub(crate) fn candidate(&self, now: i64) -> Candidate {
        let hours = self.days.iter().map(|&(day, count)| (day * 24 + 12, count as i64));
        Candidate::new(self.text.as_str(), Evidence::of_hours(hours, now, &Weights::DEFAULT))
    }
}

/// Reads entries one after the other, so that ten million of them need no memory.
pub(crate) struct Entries {
    lines: std::io::Lines<BufReader<File>>,
    next: Option<(String, i64, u64)>,
}

impl Entries {
    pub(crate) fn open(file: &Path) -> Outcome<Self> {
        let mut lines = BufReader::with_capacity(1 << 20, File::open(file)?).lines();
        lines.next().ok_or("the file is empty")??;
        let mut entries = Self { lines, next: None };
        entries.next = entries.line()?;
        Ok(entries)
    }

    /// The next entry.
    pub(crate) fn next(&mut self) -> Outcome<Option<Entry>> {
        let Some((text, day, count)) = self.next.take() else { return Ok(None) };
        let mut entry = Entry { text, days: vec![(day, count)] };
        loop {
            self.next = self.line()?;
            match &self.next {
                Some((text, day, count)) if *text == entry.text => entry.days.push((*day, *count)),
                _ => return Ok(Some(entry)),
            }
        }
    }

    fn line(&mut self) -> Outcome<Option<(String, i64, u64)>> {
        let Some(line) = self.lines.next().transpose()? else { return Ok(None) };
        let mut cells = line.split('\t');
        let mut cell = || cells.next().ok_or("a line has too few columns");
        let (day, text, count) = (cell()?, cell()?, cell()?);
        Ok(Some((text.to_owned(), day_number(day)?, count.parse()?)))
    }
}

/// Days since 1970 of `YYYY-MM-DD`.
pub(crate) fn day_number(date: &str) -> Outcome<i64> {
    let number =
        |range: std::ops::Range<usize>| -> Outcome<i64> { Ok(date.get(range).ok_or("no date")?.parse()?) };
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * month + 2) / 5 + day - 1;
    Ok(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// `YYYY-MM-DD` of a day since 1970.
pub(crate) fn date(day: i64) -> String {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted - era * 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) =
        if month < 10 { (year + era * 400, month + 3) } else { (year + era * 400 + 1, month - 9) };
    format!("{year:04}-{month:02}-{day:02}")
}
