//! Lines about items, on their way into the engine: what HTTP and the command line share.
//!
//! A batch is parsed as a whole, written as a whole, and then every line has a result in the words of the outside.

use engine::{Act, Acts, CountersRecord, Item, ItemRecord, Put};
use serde_json::{Map, Value};
use wire::{
    content::{self, GroupType},
    import::{ContentLine, CountersLine, LineError, content_line, counters_line},
    items::{ItemResult, Outcome, OwnKeys, line_of},
    template::{self, AnswerContext, TemplateError},
};

use crate::http::item_counters;

/// Lines of one transaction.
pub(crate) const BATCH_LINES: usize = 500;
/// Bytes of lines after which a batch is full whatever its number of lines.
pub(crate) const BATCH_BYTES: usize = 1 << 20;

/// One line as it was read: its number, counted from 1, and its text, or why it has none.
pub(crate) struct ReadLine {
    pub(crate) number: u64,
    pub(crate) text: Result<String, LineError>,
}

/// Parsed lines: the rows of the good ones, and for every line a result.
pub(crate) struct Batch<T> {
    pub(crate) rows: Vec<T>,
    results: Vec<ItemResult>,
    /// For every row the place of its result.
    places: Vec<usize>,
}

impl Batch<ItemRecord> {
    /// Reads lines of content. Addresses under `own_base` are left out; `now` (Unix seconds) is the time of
    /// publication of a new item without one.
    pub(crate) fn of_items(lines: Vec<ReadLine>, own_base: Option<&str>, now: i64) -> Batch<ItemRecord> {
        Batch::of(lines, |text| {
            let mut line = content_line(text, own_base)?;
            let unknown_keys = std::mem::take(&mut line.unknown_keys);
            Ok((line.group_id, record(line, now), unknown_keys))
        })
    }

    /// The results, now that the rows are written.
    pub(crate) fn put(mut self, put: &Put) -> Vec<ItemResult> {
        for (row, place) in self.places.iter().enumerate() {
            self.results[*place].result = match (put.unchanged_flags.get(row), put.updated_flags.get(row)) {
                (Some(true), _) => Outcome::Unchanged,
                (_, Some(true)) => Outcome::Updated,
                _ => Outcome::Created,
            };
        }
        self.results
    }
}

impl Batch<CountersRecord> {
    /// Reads lines of counters.
    pub(crate) fn of_counters(lines: Vec<ReadLine>) -> Batch<CountersRecord> {
        Batch::of(lines, |text| {
            let line = counters_line(text)?;
            Ok((line.group_id, counters_record(&line), Vec::new()))
        })
    }

    /// The results, now that the counters are set.
    pub(crate) fn set(mut self, acts: &Acts) -> Vec<ItemResult> {
        for ((act, place), row) in acts.acts.iter().zip(&self.places).zip(&self.rows) {
            let result = &mut self.results[*place];
            match act {
                Act::Changed => result.result = Outcome::Updated,
                Act::Unchanged => result.result = Outcome::Unchanged,
                Act::Absent => {
                    *result = ItemResult::without_item(result.line.unwrap_or_default(), row.group_id);
                }
            }
        }
        self.results
    }
}

impl<T> Batch<T> {
    fn of(
        lines: Vec<ReadLine>,
        mut parse: impl FnMut(&str) -> Result<(i64, T, Vec<String>), LineError>,
    ) -> Batch<T> {
        let mut batch =
            Batch { rows: Vec::new(), results: Vec::with_capacity(lines.len()), places: Vec::new() };
        for ReadLine { number, text } in lines {
            let result = match text.and_then(|text| parse(&text)) {
                Ok((group_id, row, unknown_keys)) => {
                    batch.places.push(batch.results.len());
                    batch.rows.push(row);
                    let result = ItemResult::new(Some(number), Some(group_id), Outcome::Unchanged);
                    ItemResult { unknown_keys, ..result }
                }
                Err(error) => ItemResult::rejected(number, error),
            };
            batch.results.push(result);
        }
        batch
    }
}

/// What an act on one item did, in the words of the outside.
pub(crate) fn outcome(act: Act, changed: Outcome) -> Outcome {
    match act {
        Act::Changed => changed,
        Act::Unchanged => Outcome::Unchanged,
        Act::Absent => Outcome::NotFound,
    }
}

/// A line of the outside as the engine's item: the columns that are acted on, and the answer's bytes.
pub(crate) fn record(line: ContentLine, now: i64) -> ItemRecord {
    ItemRecord {
        group_id: line.group_id,
        kind: line.kind.bit().trailing_zeros() as u8,
        online: line.online,
        publish_time: line.publish_time,
        now,
        title: line.title,
        abstract_text: line.abstract_text,
        tags: line.tags,
        author: line.author,
        user_id: line.user_id,
        body: line.content,
        answer: line.answer,
        read_count: line.read_count,
        comment_count: line.comment_count,
        digg_count: line.digg_count,
        share_count: line.share_count,
        watch_count: line.watch_count,
    }
}

/// A line of counters as the engine takes them.
pub(crate) fn counters_record(line: &CountersLine) -> CountersRecord {
    CountersRecord {
        group_id: line.group_id,
        read_count: line.read_count,
        comment_count: line.comment_count,
        digg_count: line.digg_count,
        share_count: line.share_count,
        watch_count: line.watch_count,
    }
}

/// The item of record as a line that can be put again.
pub(crate) fn line(item: Item) -> Result<Map<String, Value>, TemplateError> {
    let default_author = content::render_author(&content::UserInfo::default(), "");
    let context = AnswerContext { base: "", default_author: &default_author, related_score: None };
    let counters = item_counters(&item);
    let answer = template::item(&item.answer, &counters, item.publish_time, &context)?;
    let own = OwnKeys {
        kind: GroupType::from_bit(1 << item.kind).unwrap_or(GroupType::Tuwen),
        content: item.body,
        tags: item.tags,
        online: item.online,
        has_author: item.user_id.is_some(),
    };
    Ok(line_of(&answer, own))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<ReadLine> {
        let read = |(number, text): (u64, &&str)| ReadLine { number, text: Ok((*text).to_owned()) };
        (1..).zip(texts).map(read).collect()
    }

    #[test]
    fn every_line_has_its_result() {
        let mut read = lines(&[
            r#"{"group_id":1,"group_type":"tuwen","title":"一","colour":"red"}"#,
            "{",
            r#"{"group_id":3,"group_type":"tuwen","title":"三"}"#,
        ]);
        read.push(ReadLine { number: 9, text: Err(LineError::new("line", "is not UTF-8")) });
        let batch = Batch::of_items(read, None, 5);
        assert_eq!(batch.rows.iter().map(|row| row.group_id).collect::<Vec<_>>(), [1, 3]);
        let put =
            Put { updated_flags: vec![false, true], unchanged_flags: vec![false, true], ..Put::default() };
        let results = batch.put(&put);
        let found: Vec<_> = results.iter().map(|result| (result.line.unwrap(), result.result)).collect();
        let expected = [Outcome::Created, Outcome::Rejected, Outcome::Unchanged, Outcome::Rejected];
        assert_eq!(found, [1, 2, 3, 9].into_iter().zip(expected).collect::<Vec<_>>());
        assert_eq!(results[0].unknown_keys, ["colour"]);
        assert!(results[1].reason.as_ref().is_some_and(|reason| reason.contains("is not JSON")));
    }

    #[test]
    fn counters_for_nobody_name_the_item() {
        let batch = Batch::of_counters(lines(&[
            "[]",
            r#"{"group_id":"5","digg_count":1}"#,
            r#"{"group_id":"6","digg_count":1}"#,
        ]));
        let acts = Acts { acts: vec![Act::Changed, Act::Absent], sequence: 1 };
        let results = batch.set(&acts);
        let found: Vec<_> =
            results.iter().map(|result| (result.group_id.as_deref(), result.result)).collect();
        let expected =
            [(None, Outcome::Rejected), (Some("5"), Outcome::Updated), (Some("6"), Outcome::NotFound)];
        assert_eq!(found, expected);
    }
}
