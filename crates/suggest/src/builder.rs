//! From candidates to a base: twins together, score order, records, sorted orders, lists.

mod answers;
mod collect;
mod merge;
mod orders;
mod words;

use std::io::{self, Cursor};
use std::path::Path;

use crate::base::{Base, View};
use crate::candidate::{Candidate, Evidence};
use crate::file::{ImageWriter, PartFile, Section, Stamp, Target};
use crate::image::Image;
use crate::permutation::MAX_ENTRIES;
use crate::record::{Details, RecordWriter, Units, Written};
use crate::route::Settings;
use crate::weights::Weights;

use collect::Collection;
use merge::Entry;
use rayon::prelude::*;

/// The most bytes of records: their offsets are `u32`.
const MAX_RECORD_BYTES: usize = u32::MAX as usize;
/// Entries whose readings are found at once.
const CHUNK: usize = 1 << 14;

/// What a base is built for.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildOptions {
    /// The change up to which the candidates are complete; kept and handed back.
    pub sequence: i64,
    /// How many batches of live traffic they hold; kept and handed back.
    pub live: i64,
    /// The moment that their evidence is told for, Unix seconds.
    pub at: i64,
    /// What the parts of the evidence count.
    pub weights: Weights,
    /// The routes and penalties for which answers are kept ready; `None` for what is asked too seldom to be worth it.
    /// Under others the base gives the same answers, the long way.
    pub ready: Option<Settings>,
}

impl Default for BuildOptions {
    fn default() -> Self {
        let (sequence, live, at, weights) = Default::default();
        Self { sequence, live, at, weights, ready: Some(Settings::default()) }
    }
}

/// What a build is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Candidates come in; said by the caller, who alone knows.
    Collecting,
    /// Twins are put together.
    Merging,
    /// Readings are found and records written.
    Writing,
    /// The four orders are sorted.
    Sorting,
    /// Texts are cut into words.
    Postings,
    /// The recent entries get a base of their own.
    Recent,
    /// What is typed most is answered.
    Answers,
    /// The file is made durable and opened.
    Finishing,
}

impl Stage {
    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Collecting => "collecting",
            Self::Merging => "merging",
            Self::Writing => "writing",
            Self::Sorting => "sorting",
            Self::Postings => "postings",
            Self::Recent => "recent",
            Self::Answers => "answers",
            Self::Finishing => "finishing",
        }
    }
}

/// How far a build has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is busy with.
    pub stage: Stage,
    /// What is done of this stage.
    pub done: u64,
    /// What there is to do in this stage; 0 if that is not known.
    pub total: u64,
}

/// Told now and then how far a build has come.
pub(crate) type Report<'r> = &'r (dyn Fn(Progress) + Sync);

/// Collects candidates and builds a base.
pub struct Builder {
    options: BuildOptions,
    candidates: Collection,
}

impl Builder {
    /// A builder without candidates.
    pub fn new(options: BuildOptions) -> Self {
        Self { options, candidates: Collection::default() }
    }

    /// Adds a candidate.
    ///
    /// Candidates of the same class whose texts have the same [`text::normal::key`] become one entry: their
    /// evidence added, written as an operator wrote it, or else as most people did. Candidates with an empty key are left out. A
    /// candidate with a time window stays beside its twins, has their evidence added, and hides them while it is
    /// valid.
    pub fn push(&mut self, candidate: &Candidate) {
        self.candidates.push(candidate);
    }

    /// The number of candidates.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether there is no candidate.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Builds in memory. Entries beyond what a file can hold (2^30, or 4 GiB of records) are left out, the last first.
    pub fn build(self) -> Base {
        let written = self.write(Cursor::new(Vec::new()), &|_| {});
        // Writing to memory does not fail; an empty base would answer nothing, not wrongly.
        let image = written.map(Cursor::into_inner).unwrap_or_default();
        Base::from_image(Image::Owned(image)).unwrap_or_default()
    }

    /// Builds into a file, so that `path` holds either its old content or all of the new one, and opens it.
    ///
    /// Uses the current `rayon` pool. `report` is called now and then from any of its threads.
    ///
    /// # Errors
    /// When the file cannot be written or read.
    pub fn build_to(self, path: &Path, report: &(dyn Fn(Progress) + Sync)) -> io::Result<Base> {
        let (part, out) = PartFile::create(path)?;
        let out = self.write(out, report)?;
        report(Progress { stage: Stage::Finishing, done: 0, total: 1 });
        part.take_place(out)?;
        Base::from_image(Image::map(path)?).map_err(io::Error::other)
    }

    fn write<W: Target>(self, out: W, report: Report<'_>) -> io::Result<W> {
        let Self { options, candidates } = self;
        report(Progress { stage: Stage::Merging, done: 0, total: candidates.len() as u64 });
        let (entries, candidates) = merge::entries(candidates, &options.weights);
        let (mut image, stamp) = write_image(out, entries, candidates, &options, Order::Slow, report)?;
        if let Some(settings) = &options.ready {
            let [ready, recent] = answers::ready(image.so_far()?, settings, report)?;
            image.part(Section::Ready, &ready)?;
            image.part(Section::RecentReady, &recent)?;
            image.finish(&stamp)?;
        }
        Ok(image.into_inner())
    }
}

/// What the entries of an image are numbered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The slow part of the score; the recent entries get an image of their own inside.
    Slow,
    /// The fast part.
    Fast,
}

/// Writes an image of these entries, without answers kept ready.
fn write_image<W: Target>(
    out: W,
    mut entries: Vec<Entry>,
    candidates: Collection,
    options: &BuildOptions,
    order: Order,
    report: Report<'_>,
) -> io::Result<(ImageWriter<W>, Stamp)> {
    let hot = if order == Order::Slow { hot_image(&entries, &candidates, options)? } else { Vec::new() };
    merge::sort(&mut entries, order == Order::Fast);
    let (records, offsets, writer) = records(&entries, &candidates, report);
    drop((entries, candidates));
    let (defaults, sounds) = (writer.defaults(), writer.sounds());
    let units = Units { texts: writer.texts(), sounds: &sounds, defaults: &defaults };
    let offset_bytes: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
    let count = offsets.len() as u32 - 1;
    drop(offsets);

    let mut image = ImageWriter::new(out)?;
    image.part(Section::Units, units.texts)?;
    image.part(Section::Sounds, units.sounds)?;
    image.part(Section::Defaults, units.defaults)?;
    image.part(Section::Offsets, &offset_bytes)?;
    image.part(Section::Records, &records)?;
    let view = View::of_records(units, &offset_bytes, &records);
    orders::write(&view, &mut image, report)?;
    words::write(&view, &mut image, report)?;
    image.part(Section::Hot, &hot)?;
    let BuildOptions { sequence, live, at, .. } = *options;
    let stamp = Stamp { sequence, live, at, entries: count };
    image.finish(&stamp)?;
    Ok((image, stamp))
}

/// The image of the entries with recent submissions, in the order of their fast part; nothing if there are none.
fn hot_image(entries: &[Entry], candidates: &Collection, options: &BuildOptions) -> io::Result<Vec<u8>> {
    let hot: Vec<Entry> = entries.iter().filter(|entry| entry.is_hot()).copied().collect();
    if hot.is_empty() {
        return Ok(Vec::new());
    }
    let (hot, candidates) = candidates.only(hot);
    let out = Cursor::new(Vec::new());
    let (image, _) = write_image(out, hot, candidates, options, Order::Fast, &|_| {})?;
    Ok(image.into_inner().into_inner())
}

/// The records, where each begins and the last ends, and the tables that they need.
fn records(
    entries: &[Entry],
    candidates: &Collection,
    report: Report<'_>,
) -> (Vec<u8>, Vec<u32>, RecordWriter) {
    let (mut records, mut offsets, mut writer) =
        (Vec::new(), Vec::with_capacity(entries.len() + 1), RecordWriter::new());
    offsets.push(0);
    'chunks: for (index, chunk) in entries.chunks(CHUNK).enumerate() {
        report(Progress { stage: Stage::Writing, done: (index * CHUNK) as u64, total: entries.len() as u64 });
        let readings: Vec<_> =
            chunk.par_iter().map(|entry| distinct_readings(candidates.key(entry.surface))).collect();
        for (entry, readings) in chunk.iter().zip(&readings) {
            let start = records.len();
            write_record(entry, readings, candidates, &mut writer, &mut records);
            if offsets.len() > MAX_ENTRIES || records.len() > MAX_RECORD_BYTES {
                records.truncate(start);
                break 'chunks;
            }
            offsets.push(records.len() as u32);
        }
    }
    (records, offsets, writer)
}

fn write_record(
    entry: &Entry,
    readings: &[Vec<text::pinyin::Unit>],
    candidates: &Collection,
    writer: &mut RecordWriter,
    out: &mut Vec<u8>,
) {
    let side = candidates.side(entry.representative);
    let details = Details {
        scores: entry.scores,
        queries: u64::from(entry.queries),
        documents: u64::from(entry.documents),
        entry: u64::from(entry.entry_weight),
        surface: candidates.text(entry.surface).trim().as_bytes(),
        class: side.class,
        valid_from: side.valid_from,
        valid_to: side.valid_to,
        extra: &side.extra,
    };
    let key = candidates.key(entry.surface);
    writer.write(&Written { key, readings, details }, out);
}

/// The plausible readings of a key, no two with the same letters.
fn distinct_readings(key: &str) -> Vec<Vec<text::pinyin::Unit>> {
    let mut readings = text::pinyin::readings(key);
    readings.truncate(crate::permutation::MAX_READINGS);
    if readings.len() > 1 {
        let mut known: Vec<String> = Vec::with_capacity(readings.len());
        readings.retain(|reading| {
            let spelled = text::pinyin::full(reading);
            let is_new = !known.contains(&spelled);
            known.push(spelled);
            is_new
        });
    }
    readings
}

/// The figures that a record keeps of the evidence.
pub(crate) fn evidence_of(details: &Details<'_>) -> Evidence {
    Evidence {
        queries: details.queries,
        documents: details.documents,
        entry: details.entry,
        ..Evidence::default()
    }
}
