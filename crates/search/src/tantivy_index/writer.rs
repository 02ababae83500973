//! The writing side: changes in, commits out.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use tantivy::{Index, IndexWriter, TantivyDocument, Term, index::SegmentId, merge_policy::LogMergePolicy};

use super::{
    Options,
    files::{Fields, Payload},
};
use crate::{
    Change, Counters, Document, Error, Result,
    analysis::{self, RankingUnits},
    rows::{RowTable, Visible},
};

/// Share of deleted documents at which a segment is merged for their sake.
const DELETED_A_MERGE: f32 = 0.3;

/// What is written and not committed, and the engine's writer.
pub(super) struct Writer {
    engine: IndexWriter,
    fields: Fields,
    /// Ids with changes since the last commit: their new row, or `None` for removed.
    pub(super) pending: HashMap<i64, Option<u32>>,
    /// The segments at the last quiet moment, and whether their merge was asked for already.
    pub(super) quiet: (Vec<SegmentId>, bool),
    /// When the last commit was, and how long ago it has to be for a quiet moment.
    committed: Instant,
    quiet_after: Duration,
    /// Why nothing can be committed any more: a change was taken up in part.
    broken: Option<String>,
}

impl Writer {
    pub(super) fn open(index: &Index, fields: Fields, options: &Options) -> Result<Self> {
        let engine: IndexWriter =
            index.writer_with_num_threads(options.writer_threads, options.writer_bytes)?;
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(options.segments_a_merge);
        policy.set_del_docs_ratio_before_merge(DELETED_A_MERGE);
        engine.set_merge_policy(Box::new(policy));
        Ok(Self {
            engine,
            fields,
            pending: HashMap::new(),
            quiet: (Vec::new(), false),
            committed: Instant::now(),
            quiet_after: options.quiet_after,
            broken: None,
        })
    }

    pub(super) fn apply(&mut self, change: &Change, table: &RowTable, visible: &Visible) -> Result<()> {
        self.check()?;
        let applied = match change {
            Change::Put(document) => self.put(document, table, visible),
            Change::Remove(group_id) => self.remove(*group_id, table, visible),
            Change::Counters(group_id, counters) => {
                self.set_counters(*group_id, counters, table, visible);
                Ok(())
            }
        };
        if let Err(error) = &applied {
            self.broken = Some(error.to_string());
        }
        applied
    }

    fn put(&mut self, document: &Document, table: &RowTable, visible: &Visible) -> Result<()> {
        let group_id = document.group_id;
        let ordinal = table.put(document, &RankingUnits::of(document))?;
        if self.exists(group_id, table, visible) {
            self.delete(group_id);
        }
        let mut entry = TantivyDocument::default();
        entry.add_text(self.fields.text, analysis::index_text(document));
        entry.add_i64(self.fields.group_id, group_id);
        entry.add_u64(self.fields.row, u64::from(ordinal) << 2 | u64::from(document.kind & 3));
        self.engine.add_document(entry)?;
        self.pending.insert(group_id, Some(ordinal));
        Ok(())
    }

    fn remove(&mut self, group_id: i64, table: &RowTable, visible: &Visible) -> Result<()> {
        if self.exists(group_id, table, visible) {
            table.remove(group_id)?;
            self.delete(group_id);
            self.pending.insert(group_id, None);
        }
        Ok(())
    }

    fn set_counters(&self, group_id: i64, counters: &Counters, table: &RowTable, visible: &Visible) {
        let waiting = self.pending.get(&group_id).copied().flatten();
        for ordinal in waiting.into_iter().chain(visible.get(table, group_id)) {
            table.set_counters(ordinal, counters);
        }
    }

    /// Whether the engine has a document of this id that a change must delete.
    fn exists(&self, group_id: i64, table: &RowTable, visible: &Visible) -> bool {
        self.pending.contains_key(&group_id) || visible.get(table, group_id).is_some()
    }

    fn delete(&self, group_id: i64) {
        self.engine.delete_term(Term::from_field_i64(self.fields.group_id, group_id));
    }

    /// Makes everything durable, the row table first. The only place that commits: a plain commit would clear
    /// the payload.
    pub(super) fn commit(&mut self, sequence: i64, table: &RowTable) -> Result<()> {
        self.check()?;
        let payload = Payload { sequence, extent: table.sync()? };
        let mut prepared = self.engine.prepare_commit()?;
        prepared.set_payload(&payload.text());
        prepared.commit()?;
        self.committed = Instant::now();
        Ok(())
    }

    /// Starts a merge and does not wait for it. `all` are the segments there are: the merge is asked for when
    /// they were the same at the last call and nothing was committed for a while, so that no merge of the policy is on
    /// its way, and only once. Two merges of one segment are work for nothing: the engine throws one of them away.
    pub(super) fn merge_when_quiet(&mut self, mut all: Vec<SegmentId>, chosen: &[SegmentId]) {
        all.sort_unstable();
        if self.quiet.0 != all || self.committed.elapsed() < self.quiet_after {
            self.quiet = (all, false);
        } else if !self.quiet.1 && chosen.len() > 1 {
            self.quiet.1 = true;
            drop(self.engine.merge(chosen));
        }
    }

    fn check(&self) -> Result<()> {
        match &self.broken {
            Some(reason) => {
                Err(Error::unusable(format!("an earlier change was taken up in part ({reason})")))
            }
            None => Ok(()),
        }
    }
}
