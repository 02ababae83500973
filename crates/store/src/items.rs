//! Items of record: what was imported, whole, and whether it is online.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{
    Error, Result, Store, Subject,
    bulk::{Bulk, pieces},
    sequence::{add_to_counter, announce},
};

/// An item to be written. What is `None` keeps its value in an item that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemRecord {
    /// The identity.
    pub group_id: i64,
    /// The content type: 0 article, 1 horizontal video, 2 vertical video.
    pub kind: u8,
    /// Whether it can be found; offline means taken down.
    pub online: bool,
    /// The title.
    pub title: String,
    /// The abstract.
    pub abstract_text: String,
    /// The tags.
    pub tags: Vec<String>,
    /// The author's name.
    pub author: String,
    /// The author's number.
    pub user_id: Option<i64>,
    /// The text that is searched and never answered.
    pub body: String,
    /// When it was published, Unix seconds.
    pub publish_time: Option<i64>,
    /// The time of publication of a new item without one, Unix seconds.
    pub now: i64,
    /// How often it was read.
    pub read_count: Option<i64>,
    /// How many comments it has.
    pub comment_count: Option<i64>,
    /// How many likes it has.
    pub digg_count: Option<i64>,
    /// How often it was shared.
    pub share_count: Option<i64>,
    /// How often it was watched.
    pub watch_count: Option<i64>,
    /// The answer's bytes, opaque here.
    pub answer: Vec<u8>,
}

/// An item as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// The identity.
    pub group_id: i64,
    /// The content type: 0 article, 1 horizontal video, 2 vertical video.
    pub kind: u8,
    /// Whether it can be found; offline means taken down.
    pub online: bool,
    /// The title.
    pub title: String,
    /// The abstract.
    pub abstract_text: String,
    /// The tags.
    pub tags: Vec<String>,
    /// The author's name.
    pub author: String,
    /// The author's number.
    pub user_id: Option<i64>,
    /// The text that is searched and never answered.
    pub body: String,
    /// When it was published, Unix seconds.
    pub publish_time: i64,
    /// How often it was read.
    pub read_count: i64,
    /// How many comments it has.
    pub comment_count: i64,
    /// How many likes it has.
    pub digg_count: i64,
    /// How often it was shared.
    pub share_count: i64,
    /// How often it was watched.
    pub watch_count: i64,
    /// The answer's bytes, opaque here.
    pub answer: Vec<u8>,
}

/// A change of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemChange {
    /// The change's number.
    pub sequence: i64,
    /// The item's identity.
    pub group_id: i64,
    /// The item as it is now, which may be newer than this change; `None` if it is gone.
    pub item: Option<Item>,
}

/// What a write did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutOutcome {
    /// Rows that are new.
    pub accepted: u64,
    /// Rows that were there already.
    pub updated: u64,
    /// The number of the newest change; 0 when nothing was written.
    pub sequence: i64,
    /// For every row in the order given, whether it was there already.
    pub updated_flags: Vec<bool>,
}

/// How many items there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// Items that can be found.
    pub online: i64,
    /// Items taken down.
    pub offline: i64,
}

/// The columns of an item in the order in which they are bound and read.
macro_rules! columns {
    () => {
        "group_id, kind, online, user_id, publish_time, read_count, comment_count, digg_count, share_count, \
         watch_count, title, author, tags, abstract, answer, body"
    };
}
const COLUMNS: usize = 16;

static KEPT: Bulk = Bulk::list(
    "SELECT group_id, online, publish_time, read_count, comment_count, digg_count, share_count, watch_count \
     FROM items WHERE group_id IN",
    "",
);
static PUT: Bulk = Bulk::rows(
    concat!("INSERT INTO items (", columns!(), ") VALUES"),
    COLUMNS,
    "ON CONFLICT (group_id) DO UPDATE SET kind = excluded.kind, online = excluded.online, \
     user_id = excluded.user_id, publish_time = excluded.publish_time, read_count = excluded.read_count, \
     comment_count = excluded.comment_count, digg_count = excluded.digg_count, \
     share_count = excluded.share_count, watch_count = excluded.watch_count, title = excluded.title, \
     author = excluded.author, tags = excluded.tags, abstract = excluded.abstract, answer = excluded.answer, \
     body = excluded.body",
);

impl Store {
    /// Writes items and announces each, in one transaction. An identity that stands in `items` twice is
    /// written once, as if the first had been written before the second, and announced once.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn put_items(&self, items: &[ItemRecord]) -> Result<PutOutcome> {
        if items.is_empty() {
            return Ok(PutOutcome::default());
        }
        let (mut rows, places) = fold(items);
        let mut transaction = self.begin().await?;
        let kept = read_kept(&mut transaction, &rows).await?;
        let (mut online, mut offline) = (0, 0);
        for row in &mut rows {
            let before = kept.get(&row.item.group_id);
            row.settle(before);
            *(if row.item.online { &mut online } else { &mut offline }) += 1;
            if let Some(before) = before {
                *(if before.online { &mut online } else { &mut offline }) -= 1;
            }
        }
        for piece in pieces(&rows) {
            let mut query = PUT.query(piece.len());
            for row in piece {
                query = row.bind(query);
            }
            query.execute(&mut *transaction).await?;
        }
        add_to_counter(&mut transaction, "items.online", online).await?;
        add_to_counter(&mut transaction, "items.offline", offline).await?;
        let keys: Vec<i64> = rows.iter().map(|row| row.item.group_id).collect();
        let sequence = announce(&mut transaction, Subject::Item, &keys).await?;
        transaction.commit().await?;
        Ok(outcome(sequence, &places, |place| kept.contains_key(&rows[place].item.group_id)))
    }

    /// The item changes after `after`, in their order, each with the item as it is now.
    ///
    /// # Errors
    /// [`Error::Pruned`] if changes after that number are no longer kept; when the database fails.
    pub async fn item_changes(&self, after: i64, limit: i64) -> Result<Vec<ItemChange>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            ", changes.sequence, changes.key FROM changes LEFT JOIN items ON items.group_id = changes.key \
             WHERE changes.subject = 0 AND changes.sequence > $1 ORDER BY changes.sequence LIMIT $2"
        ))
        .bind(after)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        // Asked afterwards: what was pruned before the rows were read shows now.
        self.check_not_pruned(after).await?;
        rows.iter().map(read_change).collect()
    }

    /// The item of that identity, online or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn item(&self, group_id: i64) -> Result<Option<Item>> {
        let row = sqlx::query(concat!("SELECT ", columns!(), " FROM items WHERE group_id = $1"))
            .bind(group_id)
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(read_item).transpose()
    }

    /// The online items of an author, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn items_of_author(&self, user_id: i64, limit: i64) -> Result<Vec<Item>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM items WHERE user_id = $1 AND online = 1 ORDER BY publish_time DESC, group_id DESC LIMIT $2"
        ))
        .bind(user_id)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read_item).collect()
    }

    /// The items whose identity is greater than `group_id`, in the order of their identities; offline ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn items_after(&self, group_id: i64, limit: i64) -> Result<Vec<Item>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM items WHERE group_id > $1 ORDER BY group_id LIMIT $2"
        ))
        .bind(group_id)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read_item).collect()
    }

    /// Identities and titles of the online items whose identity is greater than `group_id`, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn titles_after(&self, group_id: i64, limit: i64) -> Result<Vec<(i64, String)>> {
        let rows = sqlx::query(
            "SELECT group_id, title FROM items WHERE group_id > $1 AND online = 1 ORDER BY group_id LIMIT $2",
        )
        .bind(group_id)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// How many items there are, without counting them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_items(&self) -> Result<ItemCounts> {
        let rows = sqlx::query(
            "SELECT value FROM counter WHERE name IN ('items.online', 'items.offline') ORDER BY name DESC",
        )
        .fetch_all(self.readers())
        .await?;
        let value = |at: usize| rows.get(at).map_or(Err(sqlx::Error::RowNotFound), |row| row.try_get(0));
        Ok(ItemCounts { online: value(0)?, offline: value(1)? })
    }
}

/// The outcome of rows folded to fewer: `places` says for every row given which folded one it went into.
pub(crate) fn outcome(sequence: i64, places: &[usize], existed: impl Fn(usize) -> bool) -> PutOutcome {
    let mut seen = vec![false; places.len()];
    let mut outcome = PutOutcome { sequence, ..PutOutcome::default() };
    for place in places {
        let updated = existed(*place) || std::mem::replace(&mut seen[*place], true);
        outcome.updated_flags.push(updated);
        outcome.updated += u64::from(updated);
        outcome.accepted += u64::from(!updated);
    }
    outcome
}

/// A record with what it leaves open filled in.
struct Row<'a> {
    item: &'a ItemRecord,
    publish_time: Option<i64>,
    counters: [Option<i64>; 5],
    first_now: i64,
    tags: String,
}

/// What an existing item keeps where a record says nothing.
struct Kept {
    online: bool,
    publish_time: i64,
    counters: [i64; 5],
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
    fn settle(&mut self, kept: Option<&Kept>) {
        let publish_time = kept.map_or(self.first_now, |kept| kept.publish_time);
        self.publish_time.get_or_insert(publish_time);
        let counters = kept.map_or([0; 5], |kept| kept.counters);
        for (counter, beginning) in self.counters.iter_mut().zip(counters) {
            counter.get_or_insert(beginning);
        }
    }

    /// Binds the values in the order of the columns.
    fn bind<'q>(&self, query: crate::bulk::Bound<'q>) -> crate::bulk::Bound<'q> {
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

/// One row for every identity, in the order of their first records, and for every record its row.
fn fold(items: &[ItemRecord]) -> (Vec<Row<'_>>, Vec<usize>) {
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(items.len());
    let mut known: HashMap<i64, usize> = HashMap::with_capacity(items.len());
    let mut places = Vec::with_capacity(items.len());
    for item in items {
        let place = *known.entry(item.group_id).or_insert(rows.len());
        if place == rows.len() {
            rows.push(Row::new(item));
        } else {
            rows[place].replace(item);
        }
        places.push(place);
    }
    (rows, places)
}

async fn read_kept(connection: &mut AnyConnection, rows: &[Row<'_>]) -> Result<HashMap<i64, Kept>> {
    let mut kept = HashMap::new();
    for piece in pieces(rows) {
        let mut query = KEPT.query(piece.len());
        for row in piece {
            query = query.bind(row.item.group_id);
        }
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

fn read_item(row: &AnyRow) -> Result<Item> {
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
        body: row.try_get(15)?,
    })
}

fn read_change(row: &AnyRow) -> Result<ItemChange> {
    let gone = row.try_get::<Option<i64>, _>(0)?.is_none();
    let item = if gone { None } else { Some(read_item(row)?) };
    Ok(ItemChange { sequence: row.try_get(COLUMNS)?, group_id: row.try_get(COLUMNS + 1)?, item })
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

fn split_tags(text: &str) -> Vec<String> {
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
        let (mut rows, places) = fold(&records);
        assert_eq!(places, [0, 0]);
        rows[0].settle(None);
        assert_eq!(rows[0].publish_time, Some(10));
        assert_eq!(rows[0].counters, [Some(4), Some(0), Some(3), Some(0), Some(0)]);
    }
}
