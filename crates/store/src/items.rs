//! Items of record: what was imported, whole, and whether it is online.

use sqlx::{Row as _, any::AnyRow};

use crate::{Result, Store};

/// The columns of an item in the order in which they are bound and read.
macro_rules! columns {
    () => {
        concat!(columns!(without body), ", body")
    };
    (without body) => {
        "group_id, kind, online, user_id, publish_time, read_count, comment_count, digg_count, share_count, \
         watch_count, title, author, tags, abstract, answer"
    };
}

/// Bytes of long texts after which a page of items ends, full or not: a body alone may have a mebibyte.
const PAGE_BYTES: usize = 8 << 20;
/// Rows read at once. So many more than [`PAGE_BYTES`] may come, and a page of short items costs hardly more
/// than if it were read at once.
const STEP: i64 = 50;

mod put;
mod rows;
mod standing;
mod titles;

pub use standing::{Act, Acts, CountersRecord, Standing, StandingChange};
pub use titles::TitleRow;

use rows::{read_change, read_item, read_item_without_body};

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
    /// Title and tags of an item that was deleted, as they were.
    pub was: Option<TitleRow>,
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
    /// For every row in the order given, whether it was there already just as it is; empty where nobody looked.
    pub unchanged_flags: Vec<bool>,
}

/// How many items there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// Items that can be found.
    pub online: i64,
    /// Items taken down.
    pub offline: i64,
}

impl Store {
    /// The item changes after `after`, in their order, each with the item as it is now. At most `limit`, and
    /// fewer where the items are long: only an empty answer means that there are no more.
    ///
    /// # Errors
    /// [`crate::Error::Pruned`] if changes after that number are no longer kept; when the database fails.
    pub async fn item_changes(&self, after: i64, limit: i64) -> Result<Vec<ItemChange>> {
        let mut page = Page::new(limit);
        while let Some(step) = page.step() {
            let rows = sqlx::query(concat!(
                "SELECT ",
                columns!(),
                ", changes.sequence, changes.key, last_title, last_tags FROM changes \
                 LEFT JOIN items ON items.group_id = changes.key LEFT JOIN gone_items ON item = changes.key \
                 WHERE changes.subject = 0 AND changes.sequence > $1 ORDER BY changes.sequence LIMIT $2"
            ))
            .bind(page.last().map_or(after, |change: &ItemChange| change.sequence))
            .bind(step)
            .fetch_all(self.readers())
            .await?;
            page.add(&rows, read_change, |change| change.item.as_ref().map_or(0, long_bytes))?;
        }
        // Asked afterwards: what was pruned before the rows were read shows now.
        self.check_not_pruned(after).await?;
        Ok(page.rows)
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

    /// The online items of an author, newest first: `limit` of them after the first `offset`. The body is not
    /// read: it is empty in every one of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn items_of_author(&self, user_id: i64, offset: i64, limit: i64) -> Result<Vec<Item>> {
        // Which ones is found out first, so that those passed over are not read whole.
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(without body),
            " FROM items WHERE group_id IN (SELECT group_id FROM items WHERE user_id = $1 AND online = 1 \
             ORDER BY publish_time DESC, group_id DESC LIMIT $2 OFFSET $3) \
             ORDER BY publish_time DESC, group_id DESC"
        ))
        .bind(user_id)
        .bind(limit)
        .bind(offset)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read_item_without_body).collect()
    }

    /// The items whose identity is greater than `group_id`, in the order of their identities; offline ones too.
    /// At most `limit`, and fewer where the items are long: only an empty answer means that there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn items_after(&self, group_id: i64, limit: i64) -> Result<Vec<Item>> {
        let mut page = Page::new(limit);
        while let Some(step) = page.step() {
            let rows = sqlx::query(concat!(
                "SELECT ",
                columns!(),
                " FROM items WHERE group_id > $1 ORDER BY group_id LIMIT $2"
            ))
            .bind(page.last().map_or(group_id, |item: &Item| item.group_id))
            .bind(step)
            .fetch_all(self.readers())
            .await?;
            page.add(&rows, read_item, long_bytes)?;
        }
        Ok(page.rows)
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

/// The bytes of an item's long texts.
fn long_bytes(item: &Item) -> usize {
    item.body.len() + item.answer.len() + item.abstract_text.len()
}

/// Rows that are read step by step, until there are enough of them or of their bytes.
struct Page<T> {
    rows: Vec<T>,
    limit: i64,
    bytes: usize,
    ended: bool,
}

impl<T> Page<T> {
    fn new(limit: i64) -> Page<T> {
        Page { rows: Vec::new(), limit, bytes: 0, ended: false }
    }

    /// How many rows to read next; `None` when the page is full.
    fn step(&self) -> Option<i64> {
        let step = (self.limit - self.rows.len() as i64).min(STEP);
        (step > 0 && self.bytes < PAGE_BYTES && !self.ended).then_some(step)
    }

    fn last(&self) -> Option<&T> {
        self.rows.last()
    }

    /// Adds the rows of one step.
    fn add(
        &mut self,
        rows: &[AnyRow],
        read: impl Fn(&AnyRow) -> Result<T>,
        bytes: impl Fn(&T) -> usize,
    ) -> Result<()> {
        self.ended = rows.is_empty();
        for row in rows {
            let row = read(row)?;
            self.bytes += bytes(&row);
            self.rows.push(row);
        }
        Ok(())
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
