//! The operators' entries, and which of them changed since they were read last.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use store::{EntryRecord, Store, Subject};
use suggest::Base;

use super::book::Book;
use crate::{Engine, Result, suggestions::ledger::CLASSES};

/// Entries past which a change of them is only taken up by a new base.
const MOST_ENTRIES: usize = 20_000;
/// Entries read from the store at once.
const PAGE: i64 = 5_000;

/// The operators' entries as they were read last.
#[derive(Default)]
pub(super) struct Entries {
    /// The sequence of the entries that were read.
    pub(super) sequence: i64,
    /// A hash of each, by key and class, to tell which ones changed; `None` where there are too many.
    pub(super) known: Option<HashMap<(String, u8), u64>>,
    /// The sequence of the entries in force.
    pub(super) in_force: i64,
}

impl Engine {
    /// Reads the entries if they changed, and notes which of them did.
    pub(super) async fn look_at_entries(&self, book: &mut Book, base: &Base) -> Result<()> {
        let sequence = self.store.last_sequence_of(Subject::Entries).await?;
        if sequence == book.entries.sequence {
            return Ok(());
        }
        let hashes = hashes_of_entries(&self.store).await?;
        let changed: HashSet<String> = match (&book.entries.known, &hashes) {
            // A base of that sequence was built from these very entries, and nobody has read others before.
            _ if base.sequence() >= sequence && book.entries.sequence == 0 => HashSet::new(),
            (_, None) => HashSet::new(),
            (Some(known), Some(hashes)) => changed_keys(known, hashes).map(str::to_owned).collect(),
            (None, Some(hashes)) => hashes.keys().map(|(key, _)| key.clone()).collect(),
        };
        book.take(changed);
        book.entries.sequence = sequence;
        book.entries.known = hashes;
        Ok(())
    }

    /// The entries of those of the keys that may have one.
    pub(super) async fn entries_of(
        &self,
        book: &Book,
        keys: &[String],
    ) -> Result<HashMap<String, Vec<EntryRecord>>> {
        let known = book.entries.known.as_ref();
        let has = |key: &str, known: &HashMap<(String, u8), u64>| {
            CLASSES.iter().any(|class| known.contains_key(&(key.to_owned(), *class)))
        };
        let keys = keys.iter().map(String::as_str);
        let asked: Vec<&str> = keys.filter(|key| known.is_none_or(|known| has(key, known))).collect();
        let mut entries: HashMap<String, Vec<EntryRecord>> = HashMap::new();
        for entry in self.store.entries_of(&asked).await? {
            entries.entry(entry.key.clone()).or_default().push(entry);
        }
        Ok(entries)
    }
}

/// A hash of every entry, by key and class; `None` if there are too many.
async fn hashes_of_entries(store: &Store) -> Result<Option<HashMap<(String, u8), u64>>> {
    let (mut hashes, mut after) = (HashMap::new(), None);
    loop {
        let rows = store.entries_after(after.as_ref(), PAGE).await?;
        let Some(last) = rows.last() else { return Ok(Some(hashes)) };
        after = Some((last.key.clone(), last.class));
        hashes.extend(rows.into_iter().map(|row| {
            let mut hasher = DefaultHasher::new();
            (&row.text, row.weight, row.valid_from, row.valid_to, &row.extra).hash(&mut hasher);
            ((row.key, row.class), hasher.finish())
        }));
        if hashes.len() > MOST_ENTRIES {
            return Ok(None);
        }
    }
}

/// The keys of the entries that came, changed or went.
fn changed_keys<'a>(
    before: &'a HashMap<(String, u8), u64>,
    after: &'a HashMap<(String, u8), u64>,
) -> impl Iterator<Item = &'a str> {
    let came = after.iter().filter(|(identity, hash)| before.get(*identity) != Some(hash));
    let went = before.iter().filter(|(identity, _)| !after.contains_key(*identity));
    came.chain(went).map(|((key, _), _)| key.as_str())
}
