//! An item's standing: its counters and whether it is online. Both change all day, and neither needs the item to be
//! indexed again.

use std::collections::HashSet;

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::rows::read_kept;
use crate::{
    Result, Store, Subject,
    bulk::{Bulk, large_pieces, pieces},
    sequence::{add_to_counter, announce},
};

/// Counters to be set; what is `None` keeps its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountersRecord {
    /// The item's identity.
    pub group_id: i64,
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
}

/// What can change of an item without indexing it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it can be found.
    pub online: bool,
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
}

/// A change of an item's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingChange {
    /// The change's number.
    pub sequence: i64,
    /// The item's identity.
    pub group_id: i64,
    /// The standing as it is now, which may be newer than this change; `None` if the item is gone.
    pub standing: Option<Standing>,
}

/// What became of one item that was acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It changed.
    Changed,
    /// It was so already; nothing was written.
    Unchanged,
    /// There is no such item.
    Absent,
}

/// What an act on several items did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acts {
    /// For every item in the order given what became of it.
    pub acts: Vec<Act>,
    /// The number of the newest change; 0 when nothing was written.
    pub sequence: i64,
}

static SET_COUNTERS: Bulk = Bulk::rows(
    "UPDATE items SET read_count = fresh.column2, comment_count = fresh.column3, digg_count = fresh.column4, \
     share_count = fresh.column5, watch_count = fresh.column6 FROM (VALUES",
    6,
    ") AS fresh WHERE items.group_id = fresh.column1",
);
static SET_ONLINE: Bulk = Bulk::list("UPDATE items SET online = 1 WHERE group_id IN", "");
static SET_OFFLINE: Bulk = Bulk::list("UPDATE items SET online = 0 WHERE group_id IN", "");
static REMEMBER: Bulk = Bulk::list(
    "INSERT INTO gone_items (item, last_title, last_tags, gone_at) SELECT group_id, title, tags, \
     (SELECT value FROM counter WHERE name = 'sequence') FROM items WHERE group_id IN",
    "ON CONFLICT (item) DO UPDATE SET last_title = excluded.last_title, last_tags = excluded.last_tags, \
     gone_at = excluded.gone_at",
);
static DELETE: Bulk = Bulk::list("DELETE FROM items WHERE group_id IN", "");

impl Store {
    /// Sets counters and announces each item whose counters changed, in one transaction. Items that stand in
    /// `records` twice are treated as if the first had been written before the second.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn set_counters(&self, records: &[CountersRecord]) -> Result<Acts> {
        let keys: Vec<i64> = records.iter().map(|record| record.group_id).collect();
        let mut transaction = self.begin().await?;
        let mut kept = read_kept(&mut transaction, &keys).await?;
        let (mut acts, mut changed) = (Vec::with_capacity(records.len()), Changed::default());
        for record in records {
            let Some(item) = kept.get_mut(&record.group_id) else {
                acts.push(Act::Absent);
                continue;
            };
            let counters = record.over(item.counters);
            acts.push(changed.note(record.group_id, counters != item.counters));
            item.counters = counters;
        }
        for piece in pieces(&changed.keys) {
            let mut query = SET_COUNTERS.query(piece.len());
            for key in piece {
                query = query.bind(*key);
                // Every key of `changed` came from `kept`.
                for counter in kept.get(key).map_or([0; 5], |item| item.counters) {
                    query = query.bind(counter);
                }
            }
            query.execute(&mut *transaction).await?;
        }
        let sequence = match &*changed.keys {
            [] => 0,
            keys => announce(&mut transaction, Subject::Standing, keys).await?,
        };
        transaction.commit().await?;
        Ok(Acts { acts, sequence })
    }

    /// Takes items down (`online` false) or brings them back, and announces each that changed, in one transaction.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn set_online(&self, group_ids: &[i64], online: bool) -> Result<Acts> {
        let mut transaction = self.begin().await?;
        let mut kept = read_kept(&mut transaction, group_ids).await?;
        let (mut acts, mut changed) = (Vec::with_capacity(group_ids.len()), Changed::default());
        for group_id in group_ids {
            let act = kept.get_mut(group_id).map_or(Act::Absent, |item| {
                changed.note(*group_id, std::mem::replace(&mut item.online, online) != online)
            });
            acts.push(act);
        }
        let statement = if online { &SET_ONLINE } else { &SET_OFFLINE };
        execute(&mut transaction, statement, &changed.keys).await?;
        let amount = if online { 1 } else { -1 } * changed.keys.len() as i64;
        let sequence = announced(&mut transaction, &changed.keys, (amount, -amount)).await?;
        transaction.commit().await?;
        Ok(Acts { acts, sequence })
    }

    /// Deletes items and announces each, in one transaction.
    ///
    /// # Errors
    /// When the database fails; then nothing was deleted.
    pub async fn delete_items(&self, group_ids: &[i64]) -> Result<Acts> {
        let mut transaction = self.begin().await?;
        let mut kept = read_kept(&mut transaction, group_ids).await?;
        let (mut acts, mut changed) = (Vec::with_capacity(group_ids.len()), Changed::default());
        let (mut online, mut offline) = (0, 0);
        for group_id in group_ids {
            let act = kept.remove(group_id).map_or(Act::Absent, |item| {
                *(if item.online { &mut online } else { &mut offline }) -= 1;
                changed.note(*group_id, true)
            });
            acts.push(act);
        }
        let sequence = announced(&mut transaction, &changed.keys, (online, offline)).await?;
        execute(&mut transaction, &REMEMBER, &changed.keys).await?;
        execute(&mut transaction, &DELETE, &changed.keys).await?;
        transaction.commit().await?;
        Ok(Acts { acts, sequence })
    }

    /// The changes of standings after `after`, in their order, each with the standing as it is now; at most
    /// `limit`. Fewer than that means that there were no more.
    ///
    /// # Errors
    /// [`crate::Error::Pruned`] if changes after that number are no longer kept; when the database fails.
    pub async fn standing_changes(&self, after: i64, limit: i64) -> Result<Vec<StandingChange>> {
        // The usual case, and it must not be found out by passing over everything else that changed: an import of a
        // million items would be walked through ten times a second.
        if self.last_sequence_of(Subject::Standing).await? <= after {
            self.check_not_pruned(after).await?;
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "SELECT changes.sequence, changes.key, online, read_count, comment_count, digg_count, share_count, \
             watch_count FROM changes LEFT JOIN items ON items.group_id = changes.key \
             WHERE changes.subject = 5 AND changes.sequence > $1 ORDER BY changes.sequence LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        // Asked afterwards: what was pruned before the rows were read shows now.
        self.check_not_pruned(after).await?;
        rows.iter().map(read_standing_change).collect()
    }
}

impl CountersRecord {
    /// These counters over others, in the order of the columns.
    fn over(&self, kept: [i64; 5]) -> [i64; 5] {
        let given =
            [self.read_count, self.comment_count, self.digg_count, self.share_count, self.watch_count];
        std::array::from_fn(|at| given[at].unwrap_or(kept[at]))
    }
}

/// The keys of the items that changed, each once.
#[derive(Default)]
struct Changed {
    keys: Vec<i64>,
    known: HashSet<i64>,
}

impl Changed {
    fn note(&mut self, key: i64, has_changed: bool) -> Act {
        if !has_changed {
            return Act::Unchanged;
        }
        if self.known.insert(key) {
            self.keys.push(key);
        }
        Act::Changed
    }
}

/// Announces that items came or went, to those who index them and to those who need only know whether they are
/// there; gives the number of the last change of an item. The standings come last: whoever has applied one has
/// applied the item's change too.
async fn announced(connection: &mut AnyConnection, keys: &[i64], counts: (i64, i64)) -> Result<i64> {
    if keys.is_empty() {
        return Ok(0);
    }
    add_to_counter(connection, "items.online", counts.0).await?;
    add_to_counter(connection, "items.offline", counts.1).await?;
    let sequence = announce(connection, Subject::Item, keys).await?;
    announce(connection, Subject::Standing, keys).await?;
    Ok(sequence)
}

async fn execute(connection: &mut AnyConnection, statement: &'static Bulk, keys: &[i64]) -> Result<()> {
    for piece in large_pieces(keys) {
        let query = piece.iter().fold(statement.query(piece.len()), |query, key| query.bind(*key));
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

fn read_standing_change(row: &AnyRow) -> Result<StandingChange> {
    let online: Option<i64> = row.try_get(2)?;
    let standing = match online {
        None => None,
        Some(online) => Some(Standing {
            online: online != 0,
            read_count: row.try_get(3)?,
            comment_count: row.try_get(4)?,
            digg_count: row.try_get(5)?,
            share_count: row.try_get(6)?,
            watch_count: row.try_get(7)?,
        }),
    };
    Ok(StandingChange { sequence: row.try_get(0)?, group_id: row.try_get(1)?, standing })
}
