//! What changed of the registry, so that a reader loads only that.

use std::collections::BTreeSet;

use sqlx::Row as _;

use super::EVERYTHING;
use crate::{Result, Store, Subject};

/// What changed since a reader looked last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryChange {
    /// Nothing.
    Nothing,
    /// These callers, by number.
    Callers(Vec<i64>),
    /// Anything may have.
    Everything,
}

/// What changed, and up to where that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryChanges {
    /// The newest change of any subject when this was read: the next reading begins after it.
    pub sequence: i64,
    /// What changed.
    pub change: RegistryChange,
}

impl Store {
    /// What changed of the registry after the change of that number, of whatever subject it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn registry_changes(&self, after: i64) -> Result<RegistryChanges> {
        let row = sqlx::query(
            "SELECT (SELECT value FROM counter WHERE name = 'sequence'), \
             (SELECT value FROM counter WHERE name = 'sequence.registry')",
        )
        .fetch_one(self.readers())
        .await?;
        let (sequence, of_registry): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let change = if of_registry <= after {
            RegistryChange::Nothing
        } else {
            self.registry_change(after, sequence).await?
        };
        Ok(RegistryChanges { sequence, change })
    }

    async fn registry_change(&self, after: i64, up_to: i64) -> Result<RegistryChange> {
        let rows = sqlx::query(
            "SELECT key FROM changes WHERE subject = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence",
        )
        .bind(Subject::Registry.number())
        .bind(after)
        .bind(up_to)
        .fetch_all(self.readers())
        .await?;
        // Asked afterwards: numbers have no gaps and the oldest are pruned first, so where the first one asked
        // for is still there, or one before it, none was missing above.
        let oldest = sqlx::query("SELECT MIN(sequence) FROM changes").fetch_one(self.readers()).await?;
        let oldest: Option<i64> = oldest.try_get(0)?;
        let callers =
            rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<BTreeSet<i64>, _>>()?;
        let is_whole = oldest.is_some_and(|oldest| oldest <= after + 1);
        if !is_whole || callers.contains(&EVERYTHING) {
            return Ok(RegistryChange::Everything);
        }
        Ok(RegistryChange::Callers(callers.into_iter().collect()))
    }
}
