//! The content index over tantivy, in the process.
//!
//! Everything lies in one folder, which one process owns (the caller holds a lock over it). Other processes may
//! read it beside the owner with [`TantivyIndex::open_read_only`].

mod asked;
mod cursor;
mod dense;
mod exact;
mod files;
mod filter;
mod housekeeping;
mod recall;
mod relaxed;
mod snapshot;
mod tokenizer;
mod top;
mod waiting;
mod writer;

use std::{
    fs,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tantivy::{Index, IndexReader, ReloadPolicy, Term};

use self::{
    asked::Asked,
    files::{Fields, Format, Payload},
    recall::{Recall, Work},
    snapshot::Snapshot,
    writer::Writer,
};
use crate::{
    Change, ContentIndex, Counters, Error, Explanation, Query, RankedList, Result, RowView,
    plan::Plan,
    rows::{RowTable, Visible},
    second_stage::Stage,
    weights,
};

/// A search that takes longer is worth a line in the log.
const SLOW_SEARCH_MS: u128 = 50;

/// How the index is to work; the defaults suit a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Memory that the writer may fill before it writes a segment, in bytes, for all threads together; at
    /// least 15 MB a thread.
    pub writer_bytes: usize,
    /// Threads that build segments; 1 for a server, 2 for a bulk import on a quiet machine.
    pub writer_threads: usize,
    /// Segments of about one size that the engine's merge policy makes one of. Every segment costs a look-up a token and
    /// query, every merge reads and writes all of them.
    pub segments_a_merge: usize,
    /// How long nothing must have been committed before [`ContentIndex::maintain`] merges segments. While more keeps
    /// coming, the engine's merge policy does.
    pub quiet_after: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            writer_bytes: 32 << 20,
            writer_threads: 1,
            segments_a_merge: 4,
            quiet_after: Duration::from_secs(5),
        }
    }
}

/// What [`TantivyIndex::create_or_open`] gives.
pub struct Opened {
    /// The index.
    pub index: TantivyIndex,
    /// Why the index is new and empty, so that all items have to be put into it; `None` when it was opened.
    pub rebuilt_needed: Option<String>,
}

/// A content index in a folder.
pub struct TantivyIndex {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    snapshot: ArcSwap<Snapshot>,
    /// Whether a thread looks for what waited in an earlier snapshot.
    settling: Arc<AtomicBool>,
    table: RowTable,
    visible: Visible,
    applied: AtomicI64,
    format: Format,
    /// Absent when the index was opened for reading only.
    writer: Option<Mutex<Writer>>,
    /// The first damage that was met while reading.
    damage: OnceLock<String>,
}

impl TantivyIndex {
    /// Opens the index in `folder`; makes an empty one when there is none and says so. An index that is there
    /// and cannot be used is [`Error::Unusable`]; [`Self::create`] then starts anew.
    pub fn create_or_open(folder: &Path, options: &Options) -> Result<Opened> {
        if files::is_absent(folder) {
            let rebuilt_needed = Some(format!("there was no content index in {}", folder.display()));
            return Ok(Opened { index: Self::create(folder, options)?, rebuilt_needed });
        }
        let format = files::check_format(folder)?;
        let (engine, _) = files::open_engine(folder)?;
        // The writer's lock first: after it nobody commits any more.
        let writer = Writer::open(&engine, files::schema().1, options)?;
        let payload = files::read_payload(&engine)?;
        let index = Self::open(engine, folder, &payload, format, Some(writer))?;
        Ok(Opened { index, rebuilt_needed: None })
    }

    /// Wipes whatever index is in `folder` and makes an empty one with sequence 0.
    pub fn create(folder: &Path, options: &Options) -> Result<Self> {
        fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        files::wipe(folder)?;
        let engine = files::create_engine(folder)?;
        let identity = new_identity();
        let table = RowTable::create(folder, identity)?;
        let mut writer = Writer::open(&engine, files::schema().1, options)?;
        writer.commit(0, &table)?;
        drop(table);
        // Last: a folder without it is no index, whatever was interrupted.
        files::write_format(folder)?;
        let payload = files::read_payload(&engine)?;
        Self::open(engine, folder, &payload, Format::Present, Some(writer))
    }

    /// Opens the last commit for reading, beside a process that writes or without one. Later commits do not
    /// show; tantivy's brief lock over its list of segments is the only one taken.
    pub fn open_read_only(folder: &Path) -> Result<Self> {
        if files::is_absent(folder) {
            return Err(Error::unusable(format!("there is none in {}", folder.display())));
        }
        let format = files::check_format(folder)?;
        let (engine, mut payload) = files::open_engine(folder)?;
        loop {
            let index = Self::open(engine.clone(), folder, &payload, format, None);
            let latest = files::read_payload(&engine)?;
            // A commit in between: the segments may be newer than the payload that was read.
            if latest == payload {
                return index;
            }
            payload = latest;
        }
    }

    fn open(
        index: Index,
        folder: &Path,
        payload: &Payload,
        format: Format,
        writer: Option<Writer>,
    ) -> Result<Self> {
        let fields = files::schema().1;
        let (table, visible) = RowTable::open(folder, writer.is_some(), &payload.extent)?;
        let damaged =
            |error: &dyn std::fmt::Display| Error::unusable(format!("its segments do not open ({error})"));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into();
        let reader: IndexReader = reader.map_err(|error: tantivy::TantivyError| damaged(&error))?;
        let searcher = reader.searcher();
        if searcher.num_docs() != visible.len() as u64 {
            return Err(Error::unusable("its row table and its segments hold different documents"));
        }
        let snapshot = Snapshot::open(searcher, fields, None).map_err(|error| damaged(&error))?;
        Ok(Self {
            index,
            reader,
            fields,
            snapshot: ArcSwap::from_pointee(snapshot),
            settling: Arc::default(),
            table,
            visible,
            applied: AtomicI64::new(payload.sequence),
            format,
            writer: writer.map(Mutex::new),
            damage: OnceLock::new(),
        })
    }

    /// Reads every file to its end against its checksums; slow, for a check-up.
    pub fn verify(&self) -> Result<()> {
        let broken = self.index.validate_checksum()?;
        if let Some(path) = broken.iter().next() {
            return Err(Error::unusable(format!("{} is damaged", path.display())));
        }
        let rows = self.table.rows();
        self.visible.ordinals().into_iter().try_for_each(|ordinal| rows.view(ordinal).map(|_| ()))
    }

    /// How many rows of the row table are of no use any more, and how many are visible. The table is a log:
    /// every update and every removal leaves a row, with its answer, that only making the index anew frees.
    /// Rows that wait for their commit count as the former; right after opening there are none. Cheap.
    pub fn wasted(&self) -> (u64, u64) {
        let visible = self.visible.len() as u64;
        (u64::from(self.table.written()).saturating_sub(visible), visible)
    }

    /// Whether so much of the row table is wasted that the index should be made anew from the items of record:
    /// most of its rows, and more than 10,000 of them. To be asked right after opening.
    pub fn needs_rewriting(&self) -> bool {
        let (wasted, visible) = self.wasted();
        housekeeping::needs_rewriting(wasted, visible)
    }

    /// Why the index should be made anew from the items of record although it can be searched and written to; `None`
    /// when it is as good as a new one. To be asked right after opening.
    pub fn worn(&self) -> Option<&'static str> {
        if self.format == Format::OtherAnalysis {
            return Some("its documents were analysed by the rules of another version");
        }
        self.needs_rewriting().then_some("rows of earlier versions outnumber the present ones")
    }

    /// The ids of all visible documents, in ascending order.
    pub fn ids(&self) -> Vec<i64> {
        let rows = self.table.rows();
        let ids = self.visible.ordinals().into_iter().filter_map(|ordinal| rows.group_id(ordinal));
        let mut ids: Vec<i64> = ids.collect();
        ids.sort_unstable();
        ids
    }

    fn writer(&self) -> Result<&Mutex<Writer>> {
        self.writer.as_ref().ok_or(Error::ReadOnly)
    }

    fn reload(&self) -> Result<()> {
        self.reader.reload()?;
        let before = self.snapshot.load();
        let snapshot = Snapshot::open(self.reader.searcher(), self.fields, Some(&before))?;
        drop(before);
        self.snapshot.swap(Arc::new(snapshot)).waiting.settle(&self.settling);
        Ok(())
    }
}

impl ContentIndex for TantivyIndex {
    fn apply(&self, changes: &[Change]) -> Result<()> {
        let mut writer = self.writer()?.lock();
        changes.iter().try_for_each(|change| writer.apply(change, &self.table, &self.visible))
    }

    fn commit(&self, sequence: i64) -> Result<()> {
        let started = Instant::now();
        let mut writer = self.writer()?.lock();
        writer.commit(sequence, &self.table)?;
        let rows = self.table.rows();
        // New rows show before the lists that name them, removed ones go after: an id of a list always has a
        // row, unless it was taken out.
        for (group_id, ordinal) in &writer.pending {
            if let Some(ordinal) = ordinal {
                self.visible.insert(&rows, *group_id, *ordinal);
            }
        }
        self.reload()?;
        for (group_id, _) in writer.pending.drain().filter(|(_, ordinal)| ordinal.is_none()) {
            self.visible.remove(&rows, group_id);
        }
        self.applied.store(sequence, Ordering::Release);
        tracing::debug!(commit.duration_ms = started.elapsed().as_millis() as u64, "content index committed");
        Ok(())
    }

    fn applied(&self) -> i64 {
        self.applied.load(Ordering::Acquire)
    }

    fn rank(&self, query: &Query<'_>) -> Result<RankedList> {
        let started = Instant::now();
        let snapshot = self.snapshot.load_full();
        let plan = planned(&snapshot, query.keyword, query.kinds)?;
        let tokens = plan.tokens.len();
        let asked = Asked { plan, kinds: query.kinds, now: query.now, spread: query.spread };
        let mut work = Work::of(query);
        let list = asked.ranked((&snapshot, &self.table), query.head, &mut work)?;
        let elapsed = started.elapsed().as_millis();
        if elapsed >= SLOW_SEARCH_MS {
            tracing::info!(
                rank.duration_ms = elapsed as u64,
                rank.tokens = tokens,
                rank.reads = work.reads,
                "slow search"
            );
        }
        Ok(list)
    }

    fn explain(&self, query: &Query<'_>) -> Result<Vec<Explanation>> {
        let snapshot = self.snapshot.load();
        let plan = planned(&snapshot, query.keyword, query.kinds)?;
        let recall = Recall::new(&snapshot, &plan, query.kinds)?;
        let candidates = recall.candidates(&mut Work::of(query))?;
        let rows = self.table.rows();
        let stage = Stage::new(&plan, &recall.idf, query.now, &candidates);
        let ranked = stage.rank(&candidates, &rows, query.spread, usize::MAX);
        Ok(stage.explain(&ranked, &candidates, &rows))
    }

    fn row(&self, group_id: i64, visit: &mut dyn FnMut(RowView<'_>)) -> bool {
        let Some(ordinal) = self.visible.get(&self.table, group_id) else { return false };
        match self.table.rows().view(ordinal) {
            Ok(view) => {
                visit(view);
                true
            }
            Err(error) => {
                if self.damage.set(error.to_string()).is_ok() {
                    tracing::error!(
                        row.group_id = group_id,
                        row.ordinal = ordinal,
                        "damaged row in the row table"
                    );
                }
                false
            }
        }
    }

    fn set_counters(&self, group_id: i64, counters: &Counters) {
        if let Some(ordinal) = self.visible.get(&self.table, group_id) {
            self.table.set_counters(ordinal, counters);
        }
    }

    fn matches(&self, group_id: i64, keyword: &str) -> Result<Option<u8>> {
        let snapshot = self.snapshot.load();
        let plan = planned(&snapshot, keyword, u8::MAX)?;
        let term = Term::from_field_i64(self.fields.group_id, group_id);
        for (index, segment) in snapshot.segments.iter().enumerate() {
            if let Some(document) = segment.find(&term)? {
                return Recall::new(&snapshot, &plan, u8::MAX)?.tier(index, document);
            }
        }
        Ok(None)
    }

    fn documents(&self) -> u64 {
        self.visible.len() as u64
    }

    fn maintain(&self) -> Result<()> {
        let mut writer = self.writer()?.lock();
        let committed = self.index.searchable_segment_ids()?;
        let sizes = self.snapshot.load().segment_sizes();
        let known = |id| sizes.iter().any(|(known, _)| *known == id);
        if committed.len() != sizes.len() || !committed.iter().all(|id| known(*id)) {
            // A merge has ended since; the next call sees whether more is to be merged.
            return self.reload();
        }
        let chosen = housekeeping::worth_merging(sizes);
        writer.merge_when_quiet(committed, &chosen);
        Ok(())
    }

    fn health(&self) -> Result<()> {
        self.damage.get().map_or(Ok(()), |reason| Err(Error::unusable(reason.clone())))
    }
}

/// What a keyword asks for. Where no document holds its phrases, the quotes mean nothing: whoever pastes a quoted
/// sentence is better served by what comes near it than by nothing.
fn planned(snapshot: &Snapshot, keyword: &str, kinds: u8) -> Result<Plan> {
    let mut plan = Plan::new(keyword);
    if !plan.phrases.is_empty() {
        let mut work = Work::within(weights::RELAXED_READS);
        if Recall::new(snapshot, &plan, kinds)?.candidates(&mut work)?.is_empty() {
            plan.phrases.clear();
        }
    }
    Ok(plan)
}

/// Ties the files of one index together; it needs to differ from that of an index copied here, nothing more.
fn new_identity() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now.as_nanos() as u64) ^ (u64::from(std::process::id()) << 48)
}
