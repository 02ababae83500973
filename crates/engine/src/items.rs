//! Acting on items: put, set counters, take down, bring back, delete; the same for the process that holds the
//! directory and for a command beside it.
//!
//! Everything is durable when its function returns, and of what needs no indexing (counters, takedowns, deletions) the
//! process that wrote it has taken it up by then.

use std::time::Duration;

use store::{Acts, CountersRecord, ItemRecord, Subject};

use crate::{
    Engine, Put, Result, Writing,
    writing::{AHEAD, AHEAD_OF_A_COMMAND, Hold},
};

/// Whether what was written can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searchable {
    /// It can.
    Now,
    /// The time that was allowed is over; it is stored and will be found.
    NotYet,
}

impl Engine {
    /// Writes items. Waits while the index is too far behind.
    ///
    /// # Errors
    /// When the store fails or the indexer has stopped.
    pub async fn put_items(&self, items: &[ItemRecord]) -> Result<Put> {
        let put = self.store.put_items(items).await?;
        self.take_up_standings().await?;
        self.wait_visible(put.sequence - AHEAD).await?;
        Ok(put)
    }

    /// The same for a command, which alone writes in its process and is alone to search: its indexer gets what was
    /// written without reading it back, and nobody waits for commits.
    async fn put_items_of_a_command(&self, items: &[ItemRecord]) -> Result<Put> {
        let written = self.progress.fresh.begin();
        let (put, changes) = self.store.put_items_with_changes(items).await?;
        written.done(changes);
        self.take_up_standings().await?;
        self.wait_taken_up(put.sequence - AHEAD_OF_A_COMMAND).await?;
        Ok(put)
    }

    /// Sets counters.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_counters(&self, records: &[CountersRecord]) -> Result<Acts> {
        self.acted(self.store.set_counters(records).await?).await
    }

    /// Takes items down (`online` false) or brings them back.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_online(&self, group_ids: &[i64], online: bool) -> Result<Acts> {
        self.acted(self.store.set_online(group_ids, online).await?).await
    }

    /// Deletes items.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_items(&self, group_ids: &[i64]) -> Result<Acts> {
        self.acted(self.store.delete_items(group_ids).await?).await
    }

    /// Waits until everything that is in the store now can be found, for `patience` at the most.
    ///
    /// # Errors
    /// When the store fails or the indexer has stopped.
    pub async fn wait_searchable(&self, patience: Duration) -> Result<Searchable> {
        let sequence = self.store.last_sequence_of(Subject::Item).await?;
        match tokio::time::timeout(patience, self.wait_visible(sequence)).await {
            Ok(visible) => visible.map(|()| Searchable::Now),
            Err(_) => Ok(Searchable::NotYet),
        }
    }

    async fn acted(&self, acts: Acts) -> Result<Acts> {
        self.take_up_standings().await?;
        self.progress.wake.notify_one();
        Ok(acts)
    }
}

impl Writing {
    /// Writes items, durable when this returns. Waits while the index is too far behind.
    ///
    /// # Errors
    /// When the store fails or the indexer has stopped.
    pub async fn put_items(&mut self, items: &[ItemRecord]) -> Result<Put> {
        if let Some(engine) = self.own() {
            return engine.put_items_of_a_command(items).await;
        }
        let outcome = self.store().put_items(items).await?;
        self.let_others_write().await;
        if self.hold() == Hold::IfFree {
            self.keep_up(outcome.sequence - AHEAD).await?;
        }
        Ok(outcome)
    }

    /// Sets counters, durable when this returns; [`crate::Visible::Standings`] waits until they are in force.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_counters(&mut self, records: &[CountersRecord]) -> Result<Acts> {
        let acts = self.store().set_counters(records).await?;
        self.take_up().await.map(|()| acts)
    }

    /// Takes items down (`online` false) or brings them back; [`crate::Visible::Standings`] waits until those that were
    /// taken down are out of every answer, [`crate::Visible::Search`] until those that are back can be found.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_online(&mut self, group_ids: &[i64], online: bool) -> Result<Acts> {
        let acts = self.store().set_online(group_ids, online).await?;
        self.take_up().await.map(|()| acts)
    }

    /// Deletes items; [`crate::Visible::Standings`] waits until they are out of every answer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_items(&mut self, group_ids: &[i64]) -> Result<Acts> {
        let acts = self.store().delete_items(group_ids).await?;
        self.take_up().await.map(|()| acts)
    }

    async fn take_up(&self) -> Result<()> {
        if let Some(engine) = self.own() {
            engine.take_up_standings().await?;
        }
        self.let_others_write().await;
        Ok(())
    }
}
