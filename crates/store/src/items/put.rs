//! Writing items: what is not as it was is written and announced.

use std::collections::{HashMap, HashSet};

use sqlx::{AnyConnection, Row as _};

use super::{
    ItemChange, ItemRecord, PutOutcome, outcome,
    rows::{ADD, Folded, Kept, PUT, Row, fold, read_kept},
};
use crate::{
    Result, Store, Subject,
    bulk::{Bound, Placeholders, large_pieces},
    sequence::{add_to_counter, announce},
};

impl Store {
    /// Writes items and announces each that changed, in one transaction. An identity that stands in `items` twice
    /// is written once, as if the first had been written before the second, and announced once.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn put_items(&self, items: &[ItemRecord]) -> Result<PutOutcome> {
        self.put(&mut fold(items)).await.map(|(outcome, _)| outcome)
    }

    /// The same, and gives the changes of items as [`Store::item_changes`] would: who indexes what it has just written
    /// need not read it back.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn put_items_with_changes(
        &self,
        items: &[ItemRecord],
    ) -> Result<(PutOutcome, Vec<ItemChange>)> {
        let mut folded = fold(items);
        let (outcome, changed) = self.put(&mut folded).await?;
        let first = outcome.sequence - changed.len() as i64 + 1;
        let rows = folded.rows.iter().filter(|row| changed.contains(&row.item.group_id));
        let changes = (first..).zip(rows).map(|(sequence, row)| row.change(sequence)).collect();
        Ok((outcome, changes))
    }

    /// Writes folded records; tells which items are not as they were.
    async fn put(&self, folded: &mut Folded<'_>) -> Result<(PutOutcome, HashSet<i64>)> {
        let Folded { rows, places, repeated } = folded;
        if rows.is_empty() {
            return Ok(Default::default());
        }
        let keys: Vec<i64> = rows.iter().map(|row| row.item.group_id).collect();
        let mut transaction = self.begin().await?;
        let kept = read_kept(&mut transaction, &keys).await?;
        let (mut online, mut offline) = (0, 0);
        for row in rows.iter_mut() {
            let before = kept.get(&row.item.group_id);
            row.settle(before);
            *(if row.item.online { &mut online } else { &mut offline }) += 1;
            if let Some(before) = before {
                *(if before.online { &mut online } else { &mut offline }) -= 1;
            }
        }
        let changed = write(&mut transaction, rows, &kept).await?;
        add_to_counter(&mut transaction, "items.online", online).await?;
        add_to_counter(&mut transaction, "items.offline", offline).await?;
        let sequence = announce_put(&mut transaction, rows, &changed, &kept).await?;
        transaction.commit().await?;
        let mut outcome = outcome(sequence, places, |place| kept.contains_key(&keys[place]));
        let repeats = places.iter().zip(repeated);
        outcome.unchanged_flags =
            repeats.map(|(place, repeated)| *repeated || !changed.contains(&keys[*place])).collect();
        Ok((outcome, changed))
    }
}

/// Writes rows; tells which items are not as they were. While the database runs a statement, the next is put together.
async fn write(
    connection: &mut AnyConnection,
    rows: &[Row<'_>],
    kept: &HashMap<i64, Kept>,
) -> Result<HashSet<i64>> {
    let mut changed = HashSet::with_capacity(rows.len());
    let placeholders = Placeholders::of(connection);
    let mut pieces = large_pieces(rows).map(|piece| Piece::new(piece, placeholders, kept));
    let mut next = pieces.next();
    while let Some(piece) = next {
        let (written, following) =
            tokio::join!(piece.write(connection, &mut changed), async { pieces.next() });
        written?;
        next = following;
    }
    Ok(changed)
}

/// A statement and the items that it writes.
struct Piece<'r> {
    query: Bound<'r>,
    rows: &'r [Row<'r>],
    /// Of an import nearly everything is new, and need not be told one by one.
    all_new: bool,
}

impl<'r> Piece<'r> {
    fn new(rows: &'r [Row<'r>], placeholders: Placeholders, kept: &HashMap<i64, Kept>) -> Piece<'r> {
        let all_new = !rows.iter().any(|row| kept.contains_key(&row.item.group_id));
        let statement = if all_new { &ADD } else { &PUT };
        let query = statement.query_with(placeholders, rows.len());
        let query = rows.iter().fold(query, |query, row| row.bind(query));
        Piece { query, rows, all_new }
    }

    /// Writes the items and adds those that are not as they were.
    async fn write(self, connection: &mut AnyConnection, changed: &mut HashSet<i64>) -> Result<()> {
        if self.all_new {
            self.query.execute(connection).await?;
            changed.extend(self.rows.iter().map(|row| row.item.group_id));
            return Ok(());
        }
        for row in self.query.fetch_all(connection).await? {
            changed.insert(row.try_get(0)?);
        }
        Ok(())
    }
}

/// Announces the items that changed, and after them those that came or went: see [`Subject::Standing`].
async fn announce_put(
    connection: &mut AnyConnection,
    rows: &[Row<'_>],
    changed: &HashSet<i64>,
    kept: &HashMap<i64, Kept>,
) -> Result<i64> {
    let rows = || rows.iter().map(|row| row.item).filter(|item| changed.contains(&item.group_id));
    let keys: Vec<i64> = rows().map(|item| item.group_id).collect();
    if keys.is_empty() {
        return Ok(0);
    }
    let sequence = announce(connection, Subject::Item, &keys).await?;
    let turned = |item: &&ItemRecord| kept.get(&item.group_id).is_some_and(|kept| kept.online != item.online);
    let turned: Vec<i64> = rows().filter(turned).map(|item| item.group_id).collect();
    if !turned.is_empty() {
        announce(connection, Subject::Standing, &turned).await?;
    }
    Ok(sequence)
}
