//! Suggestion entries that an operator brought; the identity is (key, class).

use std::collections::{HashMap, HashSet};

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{
    Error, PutOutcome, Result, Store, Subject,
    bulk::{Bulk, pieces},
    items::outcome,
    sequence::announce,
};

/// The columns of an entry in the order in which they are bound and read.
macro_rules! columns {
    () => {
        "key, class, text, weight, valid_from, valid_to, extra"
    };
}

/// A suggestion entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryRecord {
    /// The text's normal form.
    pub key: String,
    /// The text as it is suggested.
    pub text: String,
    /// How much it weighs against others.
    pub weight: i64,
    /// What it suggests: 0 notes, 1 goods.
    pub class: u8,
    /// From when on it is suggested, Unix seconds.
    pub valid_from: Option<i64>,
    /// Until when it is suggested, Unix seconds.
    pub valid_to: Option<i64>,
    /// What else belongs to it, opaque here.
    pub extra: Vec<u8>,
}

static KNOWN: Bulk = Bulk::list("SELECT key, class FROM entries WHERE key IN", "");
static OF_KEYS: Bulk =
    Bulk::list(concat!("SELECT ", columns!(), " FROM entries WHERE key IN"), "ORDER BY key, class");
static PUT: Bulk = Bulk::rows(
    concat!("INSERT INTO entries (", columns!(), ") VALUES"),
    7,
    "ON CONFLICT (key, class) DO UPDATE SET text = excluded.text, weight = excluded.weight, \
     valid_from = excluded.valid_from, valid_to = excluded.valid_to, extra = excluded.extra",
);
// Without the casts SQLite would not look the rows up in the index but go through the whole table.
static REMOVE: Bulk = Bulk::rows(
    "DELETE FROM entries WHERE (key, class) IN (SELECT CAST(column1 AS TEXT), CAST(column2 AS BIGINT) \
     FROM (VALUES",
    2,
    ") AS given)",
);

impl Store {
    /// Writes entries and announces the change, in one transaction. An identity that stands in `rows` twice
    /// is written as it stands last.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn put_entries(&self, rows: &[EntryRecord]) -> Result<PutOutcome> {
        if rows.is_empty() {
            return Ok(PutOutcome::default());
        }
        let (folded, places) = fold(rows);
        let mut transaction = self.begin().await?;
        let known = read_known(&mut transaction, &folded).await?;
        for piece in pieces(&folded) {
            let mut query = PUT.query(piece.len());
            for row in piece {
                query = query
                    .bind(row.key.clone())
                    .bind(i64::from(row.class))
                    .bind(row.text.clone())
                    .bind(row.weight)
                    .bind(row.valid_from)
                    .bind(row.valid_to)
                    .bind(row.extra.clone());
            }
            query.execute(&mut *transaction).await?;
        }
        let sequence = announce(&mut transaction, Subject::Entries, &[0]).await?;
        transaction.commit().await?;
        let existed =
            |place: usize| known.contains(&(folded[place].key.clone(), i64::from(folded[place].class)));
        Ok(outcome(sequence, &places, existed))
    }

    /// Removes entries and announces the change, in one transaction; its number, 0 when none of them was there.
    ///
    /// # Errors
    /// When the database fails; then nothing was removed.
    pub async fn remove_entries(&self, identities: &[(String, u8)]) -> Result<i64> {
        let mut transaction = self.begin().await?;
        let mut removed = 0;
        for piece in pieces(identities) {
            let mut query = REMOVE.query(piece.len());
            for (key, class) in piece {
                query = query.bind(key.clone()).bind(i64::from(*class));
            }
            removed += query.execute(&mut *transaction).await?.rows_affected();
        }
        if removed == 0 {
            return Ok(0);
        }
        let sequence = announce(&mut transaction, Subject::Entries, &[0]).await?;
        transaction.commit().await?;
        Ok(sequence)
    }

    /// The entry of that identity.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry(&self, key: &str, class: u8) -> Result<Option<EntryRecord>> {
        let row = sqlx::query(concat!("SELECT ", columns!(), " FROM entries WHERE key = $1 AND class = $2"))
            .bind(key)
            .bind(i64::from(class))
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(read_entry).transpose()
    }

    /// The entries of these keys, in no order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_of(&self, keys: &[&str]) -> Result<Vec<EntryRecord>> {
        let mut entries = Vec::new();
        for piece in pieces(keys) {
            let query =
                piece.iter().fold(OF_KEYS.query(piece.len()), |query, key| query.bind((*key).to_owned()));
            let rows = query.fetch_all(self.readers()).await?;
            entries.extend(rows.iter().map(read_entry).collect::<Result<Vec<_>>>()?);
        }
        Ok(entries)
    }

    /// The entries after an identity, in order; all from the beginning with `None`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_after(&self, after: Option<&(String, u8)>, limit: i64) -> Result<Vec<EntryRecord>> {
        let (key, class) = after.map_or(("", -1), |(key, class)| (key.as_str(), i64::from(*class)));
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM entries WHERE (key, class) > ($1, $2) ORDER BY key, class LIMIT $3"
        ))
        .bind(key)
        .bind(class)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read_entry).collect()
    }
}

/// One row for every identity, and for every row given its place among them.
fn fold(rows: &[EntryRecord]) -> (Vec<&EntryRecord>, Vec<usize>) {
    let mut folded: Vec<&EntryRecord> = Vec::with_capacity(rows.len());
    let mut known = HashMap::with_capacity(rows.len());
    let mut places = Vec::with_capacity(rows.len());
    for row in rows {
        let place = *known.entry((row.key.as_str(), row.class)).or_insert(folded.len());
        match folded.get_mut(place) {
            Some(earlier) => *earlier = row,
            None => folded.push(row),
        }
        places.push(place);
    }
    (folded, places)
}

async fn read_known(connection: &mut AnyConnection, rows: &[&EntryRecord]) -> Result<HashSet<(String, i64)>> {
    let mut known = HashSet::new();
    for piece in pieces(rows) {
        let mut query = KNOWN.query(piece.len());
        for row in piece {
            query = query.bind(row.key.clone());
        }
        for row in query.fetch_all(&mut *connection).await? {
            known.insert((row.try_get(0)?, row.try_get(1)?));
        }
    }
    Ok(known)
}

fn read_entry(row: &AnyRow) -> Result<EntryRecord> {
    let class: i64 = row.try_get(1)?;
    Ok(EntryRecord {
        key: row.try_get(0)?,
        class: u8::try_from(class)
            .map_err(|_| Error::Damaged { what: format!("an entry has the class {class}") })?,
        text: row.try_get(2)?,
        weight: row.try_get(3)?,
        valid_from: row.try_get(4)?,
        valid_to: row.try_get(5)?,
        extra: row.try_get(6)?,
    })
}
