//! An item's way into a row and back.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{Item, ItemChange, ItemRecord, TitleRow};
use crate::{
    Error, Result,
    bulk::{Bound, Bulk, large_pieces},
};

const COLUMNS: usize = 16;

static KEPT: Bulk = Bulk::list(
    "SELECT group_id, online, publish_time, read_count, comment_count, digg_count, share_count, watch_count \
     FROM items WHERE group_id IN",
    "",
);
/// Items that are not there yet.
pub(super) static ADD: Bulk = Bulk::rows(concat!("INSERT INTO items (", columns!(), ") VALUES"), COLUMNS, "");
/// An item that is as it was is not written, and is not among the identities that come back.
pub(super) static PUT: Bulk = Bulk::rows(
    concat!("INSERT INTO items (", columns!(), ") VALUES"),
    COLUMNS,
    "ON CONFLICT (group_id) DO UPDATE SET kind = excluded.kind, online = excluded.online, \
     user_id = excluded.user_id, publish_time = excluded.publish_time, read_count = excluded.read_count, \
     comment_count = excluded.comment_count, digg_count = excluded.digg_count, \
     share_count = excluded.share_count, watch_count = excluded.watch_count, title = excluded.title, \
     author = excluded.author, tags = excluded.tags, abstract = excluded.abstract, answer = excluded.answer, \
     body = excluded.body \
     WHERE items.kind <> excluded.kind OR items.online <> excluded.online \
     OR items.user_id IS DISTINCT FROM excluded.user_id OR items.publish_time <> excluded.publish_time \
     OR items.read_count <> excluded.read_count OR items.comment_count <> excluded.comment_count \
     OR items.digg_count <> excluded.digg_count OR items.share_count <> excluded.share_count \
     OR items.watch_count <> excluded.watch_count OR items.title <> excluded.title \
     OR items.author <> excluded.author OR items.tags <> excluded.tags OR items.abstract <> excluded.abstract \
     OR items.answer <> excluded.answer OR items.body <> excluded.body RETURNING group_id",
);

/// A record with what it leaves open filled in.
pub(super) struct Row<'a> {
    pub(super) item: &'a ItemRecord,
    publish_time: Option<i64>,
    counters: [Option<i64>; 5],
    first_now: i64,
    tags: String,
}

/// What an existing item keeps where a record says nothing.
pub(super) struct Kept {
    pub(super) online: bool,
    publish_time: i64,
    /// In the order of the columns.
    pub(super) counters: [i64; 5],
}

impl<'a> Row<'a> {
    fn new(item: &'a ItemRecord) -> Row<'a> {
        let counters =
            [item.read_count, item.comment_count, item.digg_count, item.share_count, item.watch_count];
        Row {
            item,
            publish_time: item.publish_time,
            counters,
            first_now: item.now,
            tags: join_tags(&item.tags),
        }
    }

    /// Puts a later record of the same identity over this one.
    fn replace(&mut self, item: &'a ItemRecord) {
        let mut later = Row::new(item);
        later.publish_time = later.publish_time.or(self.publish_time);
        for (later, earlier) in later.counters.iter_mut().zip(self.counters) {
            *later = later.or(earlier);
        }
        later.first_now = self.first_now;
        *self = later;
    }

    /// Fills in what is open: from the existing item, or the beginnings of a new one.
    pub(super) fn settle(&mut self, kept: Option<&Kept>) {
        let publish_time = kept.map_or(self.first_now, |kept| kept.publish_time);
        self.publish_time.get_or_insert(publish_time);
        let counters = kept.map_or([0; 5], |kept| kept.counters);
        for (counter, beginning) in self.counters.iter_mut().zip(counters) {
            counter.get_or_insert(beginning);
        }
    }

    /// The change that a settled row makes, under its number.
    pub(super) fn change(&self, sequence: i64) -> ItemChange {
        let item = self.item;
        let [read_count, comment_count, digg_count, share_count, watch_count] =
            self.counters.map(Option::unwrap_or_default);
        let written = Item {
            group_id: item.group_id,
            kind: item.kind,
            online: item.online,
            title: item.title.clone(),
            abstract_text: item.abstract_text.clone(),
            tags: item.tags.clone(),
            author: item.author.clone(),
            user_id: item.user_id,
            body: item.body.clone(),
            publish_time: self.publish_time.unwrap_or_default(),
            read_count,
            comment_count,
            digg_count,
            share_count,
            watch_count,
            answer: item.answer.clone(),
        };
        ItemChange { sequence, group_id: item.group_id, item: Some(written), was: None }
    }

    /// Binds the values in the order of the columns.
    pub(super) fn bind<'q>(&self, query: Bound<'q>) -> Bound<'q> {
        let item = self.item;
        let mut query = query
            .bind(item.group_id)
            .bind(i64::from(item.kind))
            .bind(i64::from(item.online))
            .bind(item.user_id)
            .bind(self.publish_time);
        for counter in self.counters {
            query = query.bind(counter);
        }
        query
            .bind(item.title.clone())
            .bind(item.author.clone())
            .bind(self.tags.clone())
            .bind(item.abstract_text.clone())
            .bind(item.answer.clone())
            .bind(item.body.clone())
    }
}

/// Records as they are written.
pub(super) struct Folded<'a> {
    /// One row for every identity, in the order of their first records.
    pub(super) rows: Vec<Row<'a>>,
    /// For every record its row.
    pub(super) places: Vec<usize>,
    /// Whether a record says what the one of its identity before it said.
    pub(super) repeated: Vec<bool>,
}

pub(super) fn fold(items: &[ItemRecord]) -> Folded<'_> {
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(items.len());
    let mut known: HashMap<i64, usize> = HashMap::with_capacity(items.len());
    let (mut places, mut repeated) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    for item in items {
        let place = *known.entry(item.group_id).or_insert(rows.len());
        if place == rows.len() {
            rows.push(Row::new(item));
            repeated.push(false);
        } else {
            let before = rows[place].item;
            repeated.push(ItemRecord { now: before.now, ..item.clone() } == *before);
            rows[place].replace(item);
        }
        places.push(place);
    }
    Folded { rows, places, repeated }
}

pub(super) async fn read_kept(connection: &mut AnyConnection, keys: &[i64]) -> Result<HashMap<i64, Kept>> {
    let mut kept = HashMap::new();
    for piece in large_pieces(keys) {
        let query = piece.iter().fold(KEPT.query_on(connection, piece.len()), |query, key| query.bind(*key));
        for row in query.fetch_all(&mut *connection).await? {
            let mut counters = [0; 5];
            for (at, counter) in counters.iter_mut().enumerate() {
                *counter = row.try_get(3 + at)?;
            }
            let online = row.try_get::<i64, _>(1)? != 0;
            kept.insert(row.try_get(0)?, Kept { online, publish_time: row.try_get(2)?, counters });
        }
    }
    Ok(kept)
}

pub(super) fn read_item(row: &AnyRow) -> Result<Item> {
    Ok(Item { body: row.try_get(COLUMNS - 1)?, ..read_item_without_body(row)? })
}

/// An item from a row of all columns but the body, which is left empty.
pub(super) fn read_item_without_body(row: &AnyRow) -> Result<Item> {
    let kind: i64 = row.try_get(1)?;
    Ok(Item {
        group_id: row.try_get(0)?,
        kind: u8::try_from(kind)
            .map_err(|_| Error::Damaged { what: format!("an item has the type {kind}") })?,
        online: row.try_get::<i64, _>(2)? != 0,
        user_id: row.try_get(3)?,
        publish_time: row.try_get(4)?,
        read_count: row.try_get(5)?,
        comment_count: row.try_get(6)?,
        digg_count: row.try_get(7)?,
        share_count: row.try_get(8)?,
        watch_count: row.try_get(9)?,
        title: row.try_get(10)?,
        author: row.try_get(11)?,
        tags: split_tags(row.try_get(12)?),
        abstract_text: row.try_get(13)?,
        answer: row.try_get(14)?,
        body: String::new(),
    })
}

pub(super) fn read_change(row: &AnyRow) -> Result<ItemChange> {
    let gone = row.try_get::<Option<i64>, _>(0)?.is_none();
    let item = if gone { None } else { Some(read_item(row)?) };
    let (sequence, group_id) = (row.try_get(COLUMNS)?, row.try_get(COLUMNS + 1)?);
    let title: Option<String> = if gone { row.try_get(COLUMNS + 2)? } else { None };
    let was = match title {
        Some(title) => Some(TitleRow { group_id, title, tags: row.try_get(COLUMNS + 3)? }),
        None => None,
    };
    Ok(ItemChange { sequence, group_id, item, was })
}

/// Tags as one text, a line each; a line break or a backslash inside a tag is escaped.
fn join_tags(tags: &[String]) -> String {
    let mut text = String::new();
    for tag in tags {
        text.push_str(&tag.replace('\\', "\\\\").replace('\n', "\\n"));
        text.push('\n');
    }
    text
}

pub(super) fn split_tags(text: &str) -> Vec<String> {
    text.split_terminator('\n').map(unescape).collect()
}

fn unescape(line: &str) -> String {
    let mut tag = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n') => tag.push('\n'),
                Some(other) => tag.push(other),
                None => {}
            },
            _ => tag.push(c),
        }
    }
    tag
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tags_survive(tags in proptest::collection::vec("[a\\\\\n美 ]{0,5}", 0..6)) {
            prop_assert_eq!(split_tags(&join_tags(&tags)), tags);
        }
    }

    #[test]
    fn a_later_record_keeps_what_the_earlier_one_said_and_it_does_not() {
        let first = ItemRecord { group_id: 1, now: 10, digg_count: Some(3), ..ItemRecord::default() };
        let second = ItemRecord { group_id: 1, now: 20, read_count: Some(4), ..ItemRecord::default() };
        let records = [first, second];
        let Folded { mut rows, places, repeated } = fold(&records);
        assert_eq!((places, repeated), (vec![0, 0], vec![false, false]));
        rows[0].settle(None);
        assert_eq!(rows[0].publish_time, Some(10));
        assert_eq!(rows[0].counters, [Some(4), Some(0), Some(3), Some(0), Some(0)]);
    }
}
