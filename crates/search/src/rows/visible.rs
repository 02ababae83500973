//! Which row of an id is visible.

use hashbrown::{HashTable, hash_table::Entry};
use parking_lot::RwLock;

use super::{RowTable, Rows};

/// group_id → visible ordinal. The table holds ordinals only and compares ids in the row table itself, which
/// is read anyway a moment later: about ten bytes an item.
#[derive(Default)]
pub(crate) struct Visible(RwLock<HashTable<u32>>);

impl Visible {
    /// The visible ordinal of `group_id`.
    pub(crate) fn get(&self, table: &RowTable, group_id: i64) -> Option<u32> {
        let ordinals = self.0.read();
        // Loaded under the lock: the mapping is at least as new as every ordinal in the table.
        let rows = table.rows();
        ordinals.find(hash(group_id), |ordinal| rows.group_id(*ordinal) == Some(group_id)).copied()
    }

    /// Makes `ordinal` the visible row of its id.
    pub(crate) fn insert(&self, rows: &Rows, group_id: i64, ordinal: u32) {
        let hasher = |other: &u32| hash(rows.group_id(*other).unwrap_or_default());
        let same = |other: &u32| rows.group_id(*other) == Some(group_id);
        match self.0.write().entry(hash(group_id), same, hasher) {
            Entry::Occupied(mut entry) => *entry.get_mut() = ordinal,
            Entry::Vacant(entry) => {
                entry.insert(ordinal);
            }
        }
    }

    /// Takes `group_id` out.
    pub(crate) fn remove(&self, rows: &Rows, group_id: i64) {
        let same = |other: &u32| rows.group_id(*other) == Some(group_id);
        if let Ok(entry) = self.0.write().find_entry(hash(group_id), same) {
            entry.remove();
        }
    }

    /// All visible ordinals.
    pub(crate) fn ordinals(&self) -> Vec<u32> {
        self.0.read().iter().copied().collect()
    }

    /// How many ids are visible.
    pub(crate) fn len(&self) -> usize {
        self.0.read().len()
    }
}

/// Ids are often consecutive or share their low bits: both multiplications are needed.
fn hash(group_id: i64) -> u64 {
    let mut mixed = group_id.cast_unsigned();
    mixed = (mixed ^ mixed >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ mixed >> 32
}
