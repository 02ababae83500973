//! The rows of the log by key, and adding them up.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use super::{QueryTotal, ROW_LIMIT};
use crate::Result;

/// Which rows count.
#[derive(Clone, Copy)]
pub(super) enum Counting {
    /// All.
    All,
    /// Imported ones, and the live ones of a query that found something and that so many users asked.
    Enough(i64),
}

/// Rows by key, in the order of the log's primary key.
#[derive(Default)]
pub(super) struct Gathered(Vec<OfKey>);

/// The rows of a key, by the way of typing it.
struct OfKey {
    key: String,
    surfaces: Vec<Surface>,
}

/// One way of typing a query.
struct Surface {
    text: String,
    rows: Vec<Row>,
}

/// A row of the log without its texts.
struct Row {
    hour: i64,
    live: bool,
    count: i64,
    results: i64,
    clicks: i64,
}

impl Gathered {
    /// Takes up the next rows.
    pub(super) fn add(&mut self, rows: &[AnyRow]) -> Result<()> {
        for row in rows {
            let (key, surface): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
            let row = read_row(row)?;
            match self.0.last_mut() {
                Some(last) if last.key == key => last.add(surface, row),
                _ => self.0.push(OfKey { key: key.to_owned(), surfaces: vec![Surface::new(surface, row)] }),
            }
        }
        Ok(())
    }

    /// Leaves the last key out, if it is not the only one; tells whether it did.
    pub(super) fn put_last_back(&mut self) -> bool {
        let several = self.0.len() > 1;
        if several {
            self.0.pop();
        }
        several
    }

    /// The first and the last key.
    pub(super) fn ends(&self) -> Option<(&str, &str)> {
        Some((&self.0.first()?.key, &self.0.last()?.key))
    }

    /// What the rows come to, with how many users asked each key.
    pub(super) fn totals(self, users: &HashMap<String, i64>, counting: Counting) -> Vec<QueryTotal> {
        let total = |of_key: OfKey| {
            let users = users.get(&of_key.key).copied().unwrap_or(0);
            total(of_key, users, counting)
        };
        self.0.into_iter().filter_map(total).collect()
    }
}

impl OfKey {
    fn add(&mut self, surface: &str, row: Row) {
        match self.surfaces.last_mut() {
            Some(last) if last.text == surface => last.rows.push(row),
            _ => self.surfaces.push(Surface::new(surface, row)),
        }
    }
}

impl Surface {
    fn new(text: &str, row: Row) -> Surface {
        Surface { text: text.to_owned(), rows: vec![row] }
    }
}

/// The numbers of a row, within the limit also where it was written before there was one.
fn read_row(row: &AnyRow) -> Result<Row> {
    Ok(Row {
        hour: row.try_get(2)?,
        live: row.try_get::<i64, _>(3)? != 0,
        count: row.try_get::<i64, _>(4)?.min(ROW_LIMIT),
        results: row.try_get::<i64, _>(5)?.min(ROW_LIMIT),
        clicks: row.try_get::<i64, _>(6)?.min(ROW_LIMIT),
    })
}

/// Adds up the surfaces of a key; `None` if none of them counts.
fn total(of_key: OfKey, users: i64, counting: Counting) -> Option<QueryTotal> {
    let OfKey { key, surfaces } = of_key;
    let mut total = QueryTotal { key, ..QueryTotal::default() };
    for row in surfaces.iter().flat_map(|surface| &surface.rows).filter(|row| row.live) {
        total.live = true;
        total.live_count = total.live_count.saturating_add(row.count);
        total.live_results = total.live_results.saturating_add(row.results);
    }
    let enough = match counting {
        Counting::All => true,
        Counting::Enough(minimum) => users >= minimum,
    };
    let live_counts = matches!(counting, Counting::All) || (enough && total.live_results > 0);
    total.users = if enough { users } else { 0 };
    let mut best = None;
    for surface in &surfaces {
        let (mut count, mut last_hour) = (0_i64, i64::MIN);
        for row in surface.rows.iter().filter(|row| !row.live || live_counts) {
            count = count.saturating_add(row.count);
            last_hour = last_hour.max(row.hour);
            total.results = total.results.saturating_add(row.results);
            total.clicks = total.clicks.saturating_add(row.clicks);
            add_hour(&mut total.hours, row);
        }
        total.count = total.count.saturating_add(count);
        if count > 0 && best.is_none_or(|best| (count, last_hour) > best) {
            best = Some((count, last_hour));
            total.surface.clone_from(&surface.text);
        }
        total.last_hour = total.last_hour.max(last_hour);
    }
    best?;
    if surfaces.len() > 1 {
        merge_hours(&mut total.hours);
    }
    Some(total)
}

/// Notes what a row counts for its hour. The rows of a surface come in the order of their hours.
fn add_hour(hours: &mut Vec<(i64, i64)>, row: &Row) {
    match hours.last_mut() {
        Some((hour, count)) if *hour == row.hour => *count = count.saturating_add(row.count),
        _ if row.count > 0 => hours.push((row.hour, row.count)),
        _ => {}
    }
}

/// One place for every hour, ascending: the hours of several surfaces overlap.
fn merge_hours(hours: &mut Vec<(i64, i64)>) {
    hours.sort_unstable();
    hours.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hour_has_one_place() {
        let mut hours = vec![(3, 1), (5, i64::MAX), (3, 4), (4, 2), (5, 1), (3, 2)];
        merge_hours(&mut hours);
        assert_eq!(hours, [(3, 7), (4, 2), (5, i64::MAX)]);
    }
}
